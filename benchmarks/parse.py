"""Pages a second: our parsers against the same fields read with BeautifulSoup and with selectolax.

``python benchmarks/parse.py [--pages FOLDER]``: FOLDER holds saved pages (``question/*.html`` with an ``INDEX.tsv``, or
just pages); without it, pages are made by the sandbox and in the shape of 2015. Every contender reads the same fields
of every answer, and its values are compared with ours before anything is timed.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from datetime import UTC, datetime
from functools import partial
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks._made import legacy_page, state_page
from benchmarks._readers import Read, lexbor_legacy, lexbor_state, soup_legacy, soup_state
from benchmarks._run import Goals, in_turn, ratio, show
from zhihu_crawler.items import Answer, Layout, Question
from zhihu_crawler.parsers.page import parse_page
from zhihu_crawler.parsers.result import Source
from zhihu_crawler.payload import read_body

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 7
NOW = datetime(2026, 1, 1, tzinfo=UTC)
READERS: dict[str, dict[str, Callable[[bytes], Read]]] = {
    "legacy": {
        "BeautifulSoup, as zhihu-python": lambda body: soup_legacy(body, again=True),
        "BeautifulSoup, parsed once": soup_legacy,
        "BeautifulSoup, html.parser": lambda body: soup_legacy(body, "html.parser"),
        "selectolax": lexbor_legacy,
    },
    "state": {
        "BeautifulSoup, as zhihu-python": lambda body: soup_state(body, again=True),
        "BeautifulSoup, parsed once": soup_state,
        "BeautifulSoup, html.parser": lambda body: soup_state(body, "html.parser"),
        "selectolax": lexbor_state,
    },
}
AGAINST = {"legacy": ("BeautifulSoup, as zhihu-python", 8.0), "state": ("BeautifulSoup, as zhihu-python", 20.0)}
SLOW = frozenset({"BeautifulSoup, as zhihu-python"})


def ours(body: bytes) -> Any:
    """From bytes to items."""
    return parse_page(read_body(body), Source("", NOW, Layout.API), None)


def same_fields(body: bytes) -> Read:
    """Our items in the readers' form, to be compared with theirs."""
    items = ours(body).items
    (question,) = [item for item in items if isinstance(item, Question)]
    told = {
        "title": question.title,
        "topics": [topic.name for topic in question.topics or ()],
        "visits": question.visit_count,
        "answers": question.answer_count,
    }
    return told, [
        {
            "id": answer.id,
            "author": answer.author.url_token if answer.author else None,
            "votes": answer.voteup_count,
            "comments": answer.comment_count,
            "created": int(answer.created.timestamp()) if answer.created else None,
            "text": answer.content,
        }
        for answer in items
        if isinstance(answer, Answer)
    ]


def disagreement(mine: Read, theirs: Read) -> str | None:
    """Say where two readings differ; texts are compared by their words, since libraries write HTML each in its way."""
    if mine[0] != theirs[0]:
        return f"question: {mine[0]} and {theirs[0]}"
    if len(mine[1]) != len(theirs[1]):
        return f"{len(mine[1])} and {len(theirs[1])} answers"
    by_id = {answer["id"]: answer for answer in theirs[1]}
    for answer in mine[1]:
        for name, value in answer.items():
            other = by_id[answer["id"]][name]
            if (_plain(value) != _plain(other)) if name == "text" else value != other:
                return f"answer {answer['id']} {name}: {value!r:.120} and {other!r:.120}"
    return None


def _plain(html: str | None) -> str:
    return re.sub(r"\s+", "", unescape(re.sub(r"<[^>]*>", "", html or "")))


def pages(folder: Path | None) -> dict[str, dict[str, bytes]]:
    """The largest question pages of a folder, or made ones."""
    if folder is None:
        return {"legacy": {"50 answers": legacy_page(50)}, "state": {"5 answers": state_page()}}
    found: dict[str, list[tuple[int, str, bytes]]] = {"legacy": [], "state": []}
    for path in folder.rglob("question/*.html"):
        body = path.read_bytes()
        kind = "state" if b'<script id="js-initialData"' in body else "legacy" if b"data-atoken" in body else None
        if kind and _is_utf8(body) and b"<![CDATA[" not in body:
            found[kind].append((len(body), path.name, body))
    return {kind: {name: body for _, name, body in sorted(rows, reverse=True)[:3]} for kind, rows in found.items()}


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def measure(kind: str, name: str, body: bytes, goals: Goals) -> list[list[object]]:
    """Time one page with every reader, in turn."""
    mine = same_fields(body)
    for reader, read in READERS[kind].items():
        if reader not in SLOW and (fault := disagreement(mine, read(body))):
            print(f"{name}: {reader} disagrees with ours: {fault}")
            sys.exit(2)
    readers: dict[str, Callable[[bytes], object]] = {"ours": ours, **READERS[kind]}
    contenders = {reader: partial(read, body) for reader, read in readers.items() if reader not in SLOW}
    seconds = in_turn(contenders, ROUNDS)
    for reader in SLOW & READERS[kind].keys():
        once = in_turn({name: partial(readers[name], body) for name in ("ours", reader)}, 1)
        seconds[reader] = [once[reader][0] / once["ours"][0] * own for own in seconds["ours"]]
    reader, goal = AGAINST[kind]
    goals.at_least(f"{kind}: {name}", ratio(seconds[reader], seconds["ours"]), goal)
    return [
        [f"{kind} {name}", reader, f"{len(times) / sum(times):.1f}", f"{ratio(times, seconds['ours']):.1f}"]
        for reader, times in seconds.items()
    ]


def peak_memory(kind: str, reader: str, body: bytes) -> int:
    """Peak MiB of a process that reads one page twenty times with one reader."""
    command = [sys.executable, __file__, "--alone", kind, reader]
    done = subprocess.run(command, input=body, capture_output=True, check=True)
    return int(done.stdout)


def alone(kind: str, reader: str) -> None:
    """Read a page from standard input with one reader and print this process's peak memory."""
    body = sys.stdin.buffer.read()
    read: Callable[[bytes], object] = ours if reader == "ours" else READERS[kind][reader]
    for _ in range(1 if reader in SLOW else 20):
        read(body)
    status = Path("/proc/self/status").read_text()  # ru_maxrss would tell that of the process that started this one
    print(int(re.findall(r"VmHWM:\s+(\d+)", status)[0]) // 1024)


def main() -> int:
    """Measure, print, and say whether the goals were reached."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=Path)
    parser.add_argument("--alone", nargs=2)
    args = parser.parse_args()
    if args.alone:
        alone(*args.alone)
        return 0
    goals, rows = Goals(), []
    for kind, bodies in pages(args.pages).items():
        for name, body in bodies.items():
            rows += measure(kind, name, body, goals)
        for reader in ("ours", *READERS[kind]):
            goals.facts[f"peak MiB, {kind}, {reader}"] = peak_memory(kind, reader, next(iter(bodies.values())))
    show("Parsing, from bytes to fields", ["page", "reader", "pages/s", "times as long as ours"], rows)
    show("Peak memory of a process", ["reader", "MiB"], [[name, value] for name, value in goals.facts.items()])
    return goals.finish()


if __name__ == "__main__":
    sys.exit(main())
