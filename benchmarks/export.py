"""Exporting: documents a second of every format out of a MongoDB store, and what memory ten times as many take.

Each export is a process of its own (``scrapy export``, as a user runs it) against a throw-away set of one member, with
answers of some 4 KB of rich text: paragraphs, a list, code, a picture, two formulas. Its peak memory is what the kernel
says of it at its end. The rate is that of the larger export less the smaller one, so that starting up does not count.

Peers: the loop that people write for JSON Lines (find, a dict a line, json.dumps), which checks nothing, keeps nothing
safe and is begun anew when it was stopped, a process as well, the better of two rounds each; and
markdownify as it comes, which reads the same texts but loses formulas and the code's language, and knows nothing of
escapes that Chinese texts need.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from markdownify import markdownify
from pymongo import MongoClient

from benchmarks._run import Goals, show
from zhihu_crawler.export.text.body import body_of
from zhihu_crawler.export.text.markdown import markdown_of
from zhihu_crawler.sandbox.mongod import find_mongod
from zhihu_crawler.sandbox.replica_set import running_set

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parents[1]
ROWS, PAGES = (10_000, 100_000), (500, 5_000)
"""Answers of the smaller and the larger export: rows are faster than pages."""
FORMATS = {"csv": ROWS, "parquet": ROWS, "html": PAGES, "markdown": PAGES, "epub": PAGES}
ROUNDS = 2
_LOOP = "a plain loop to JSON Lines"
LAUNCHER = """
import os, sys
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(child, 0)
print(usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""
"""A small process between: Linux counts what the process that starts another has in memory as that one's own."""
PLAIN_LOOP = """
import json, sys
from pymongo import MongoClient
uri, path, limit = sys.argv[1:]
with MongoClient(uri) as client, open(path, "w", encoding="utf-8") as file:
    for one in client.zhihu.answers.find().sort("_id").limit(int(limit)):
        file.write(json.dumps(one, ensure_ascii=False, default=str) + "\\n")
"""
_TEXT = (
    "<p>第{n}次算盘的说法很多，这里只是<b>演示文字</b>，长短与真实的回答相仿。"
    + "关于旧的算盘的说法很多，各地不同。" * 12
    + "</p>"
    '<p>设 <img eeimg="1" src="https://www.zhihu.com/equation?tex=x_{n}" alt="x_{n}"/> 为所求，则有</p>'
    '<p><img eeimg="1" src="https://www.zhihu.com/equation?tex=y" alt="\\frac{{x_{n}}}{{2}} = y^2"/></p>'
    "<ul><li>其一</li><li>其二<br/>其三</li></ul>"
    '<div class="highlight"><pre><code class="language-python"><span class="k">print</span>({n})\n</code></pre></div>'
    '<figure data-size="normal"><img src="https://pic1.zhimg.com/v2-{n:032x}_r.jpg" data-caption="图"/></figure>'
) + '<p>再说一遍：旧的算盘也能算，只是慢一些；<a href="https://example.org/{n}">这里</a>有更多。</p>' * 8


def documents(count: int) -> Iterator[dict[str, Any]]:
    """Make answers as the store holds them."""
    time_ = datetime(2026, 3, 1, tzinfo=UTC)
    for n in range(count):
        yield {
            "_id": f"{10**9 + n}",
            "id": f"{10**9 + n}",
            "layout": "state",
            "partial": False,
            "crawled_at": time_,
            "question": {"id": "1", "title": "算盘怎么用？"},
            "content": _TEXT.format(n=n),
            "voteup_count": n % 1000,
            "author": {"kind": "user", "id": f"{n:032x}", "url_token": f"shili-{n}", "name": f"示例{n}"},
            "created": time_,
            "first_seen": time_,
            "last_seen": time_,
            "meta": {},
            "history": [],
            "comment_count": n % 7,
        }


def fill(uri: str) -> None:
    """Insert the answers."""
    connect: type[MongoClient[dict[str, Any]]] = MongoClient
    with connect(uri) as client:
        made = documents(ROWS[1])
        while batch := list(islice(made, 1000)):
            client.zhihu.answers.insert_many(batch)


def timed(command: list[str], uri: str, output: Path) -> tuple[float, float]:
    """Run a process that writes something, and return its seconds and the peak of its memory in MiB."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MONGODB", "ZHIHU"))}
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-S", "-c", LAUNCHER, sys.executable, *command],
        cwd=ROOT,
        env=environment | {"MONGODB_URI": uri},
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - begun
    if done.returncode or not output.exists():
        raise RuntimeError(done.stderr)
    shutil.rmtree(output) if output.is_dir() else output.unlink()
    return seconds, int(done.stdout) / 1024


def export(uri: str, folder: Path, form: str, limit: int) -> tuple[float, float]:
    """Export answers as a user does."""
    output = folder / f"out.{form}"
    command = ["-m", "scrapy", "export", "answers", "-o", str(output), "-f", form, "--limit", str(limit)]
    return timed(command, uri, output)


def plain_loop(uri: str, folder: Path, _: str, limit: int) -> tuple[float, float]:
    """Write JSON Lines as people do."""
    output = folder / "loop.jsonl"
    return timed(["-c", PLAIN_LOOP, uri, str(output), str(limit)], uri, output)


def converting() -> tuple[float, float]:
    """Return milliseconds a text: of ours, of markdownify alone."""
    texts = [one["content"] for one in documents(200)]
    times = []
    for convert in (lambda text: markdown_of(body_of(text)), markdownify):
        convert(texts[0])
        begun = time.perf_counter()
        for text in texts:
            convert(text)
        times.append((time.perf_counter() - begun) / len(texts) * 1000)
    return times[0], times[1]


class Bench:
    """Measures exports, and keeps the table."""

    def __init__(self, uri: str, folder: Path) -> None:
        self._uri, self._folder = uri, folder
        self.rows: list[list[str]] = []
        self.rates: dict[str, float] = {}
        self.goals = Goals()

    def measure(self, name: str, counts: tuple[int, int], run: Callable[..., tuple[float, float]], rounds: int) -> None:
        """Measure a small and a large export."""
        small, large = counts
        few = [run(self._uri, self._folder, name, small) for _ in range(rounds)]
        many = [run(self._uri, self._folder, name, large) for _ in range(rounds)]
        seconds = min(many)[0] - min(few)[0]
        least, most = (max(memory for _, memory in times) for times in (few, many))
        self.rates[name] = (large - small) / max(seconds, 0.001)
        self.rows.append(
            [name, f"{large:,}", f"{self.rates[name]:,.0f}", f"{least:.0f}", f"{most:.0f}", f"{least / most:.2f}"]
        )
        if run is export:
            self.goals.at_least(f"memory, {name}, {small:,} to {large:,}", least / most, 0.8)


def main() -> int:
    """Measure, print, and say whether the goals were reached."""
    with tempfile.TemporaryDirectory() as name, running_set(1, mongod=find_mongod()) as replica_set:
        uri = replica_set.uri("zhihu")
        fill(uri)
        bench = Bench(uri, Path(name))
        bench.measure(_LOOP, ROWS, plain_loop, ROUNDS)
        bench.measure("jsonl", ROWS, export, ROUNDS)
        for form, counts in FORMATS.items():
            bench.measure(form, counts, export, 1)
    show("Exports", ["format", "answers", "answers/s", "MiB, a tenth", "MiB, all", "ratio"], bench.rows)
    mine, alone = converting()
    goals = bench.goals
    goals.facts |= {f"answers/s, {form}": round(rate) for form, rate in bench.rates.items()}
    goals.facts |= {"ms a text, ours": round(mine, 2), "ms a text, markdownify alone": round(alone, 2)}
    goals.at_least("JSON Lines, ours to a plain loop", bench.rates["jsonl"] / bench.rates[_LOOP], 0.4)
    goals.at_least("Markdown of a text, markdownify alone to ours", alone / mine, 0.4)
    return goals.finish()


if __name__ == "__main__":
    sys.exit(main())
