"""Crawling: our question spider against the least that Scrapy needs for the same pages, and what memory a crawl takes.

Both read the same questions of the sandbox into one file of JSON Lines. Ours checks every value, keeps count of every
listing and drops what it has seen; the other yields the API's objects as they come. Memory is that of a crawl of 20,000
answers against one of 1,000.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks._run import Goals, median, show
from zhihu_crawler.commands.tour import sandbox

ROOT = Path(__file__).resolve().parents[1]
QUESTIONS = [f"2500000{n}" for n in range(1, 5)]
"""Of 1,000 answers each."""
SMALL, LARGE = "25000001", "26000001"
"""A question with 1,000 answers, and one with 20,000."""
ROUNDS = 3
FAST = ["CONCURRENT_REQUESTS_PER_DOMAIN=16", "LOG_LEVEL=INFO"]


def run(
    command: list[str], folder: Path, given: list[str], arguments: dict[str, str], *, cwd: Path
) -> dict[str, float]:
    """Run a crawl to its end, and return the numbers among its stats, with the items of its file."""
    out, log = folder / "items.jsonl", folder / "log"
    full = [sys.executable, "-m", "scrapy", *command, "-O", str(out), "--logfile", str(log)]
    full += [part for name in (*FAST, *given) for part in ("-s", name)]
    full += [part for name, value in arguments.items() for part in ("-a", f"{name}={value}")]
    log.unlink(missing_ok=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ZHIHU_")}
    subprocess.run(full, cwd=cwd, env=environment, check=True, capture_output=True)
    stats = re.findall(r"'([\w/]+)': ([\d.]+)[,}]", log.read_text(encoding="utf-8"))
    return {name: float(value) for name, value in stats}


def ours(folder: Path, origin: str, ids: list[str]) -> dict[str, float]:
    """Crawl with our spider."""
    given = [f"ZHIHU_ORIGIN={origin}", "ZHIHU_PROGRESS=0", "MEMUSAGE_ENABLED=1", "MEMUSAGE_CHECK_INTERVAL_SECONDS=0.2"]
    return run(["crawl", "question"], folder, given, {"ids": ",".join(ids)}, cwd=ROOT)


def minimal(folder: Path, origin: str, ids: list[str]) -> dict[str, float]:
    """Crawl with the least."""
    script = str(ROOT / "benchmarks" / "_minimal.py")
    return run(["runspider", script], folder, [], {"ids": ",".join(ids), "origin": origin}, cwd=folder)


def rate(stats: dict[str, float]) -> float:
    """Pages a second, from the opening of the spider to its end."""
    return stats["response_received_count"] / stats["elapsed_time_seconds"]


def main() -> int:
    """Measure, print, and say whether the goals were reached."""
    goals, rows = Goals(), []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with sandbox(folder) as origin:
            contenders = {
                "ours": partial(ours, folder, origin, QUESTIONS),
                "minimal": partial(minimal, folder, origin, QUESTIONS),
            }
            seen = {name: [crawl() for crawl in contenders.values()] for name in range(ROUNDS)}
            small, large = ours(folder, origin, [SMALL]), ours(folder, origin, [LARGE])
    for place, contender in enumerate(contenders):
        runs = [both[place] for both in seen.values()]
        rows.append(
            [
                contender,
                f"{median(map(rate, runs)):.0f}",
                f"{runs[0]['response_received_count']:.0f}",
                f"{runs[0]['item_scraped_count']:.0f}",
            ]
        )
    goals.at_least(
        "pages/s, ours to minimal", median(rate(mine) / rate(theirs) for mine, theirs in seen.values()), 0.85
    )
    for answers, stats in (("1,000", small), ("20,000", large)):
        goals.facts[f"peak MiB, {answers} answers"] = round(stats["memusage/max"] / 2**20, 1)
    goals.at_least("memory, 1,000 answers to 20,000", small["memusage/max"] / large["memusage/max"], 0.8)
    show("Crawling the sandbox", ["spider", "pages/s", "pages", "items"], rows)
    return goals.finish()


if __name__ == "__main__":
    sys.exit(main())
