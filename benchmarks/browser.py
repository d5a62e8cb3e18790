"""Reading in a browser: pages a second and memory, against HTTP and against scrapy-playwright used barely.

All open the same profiles of the sandbox; ours reads all their fields, the bare one their titles. Memory is the sum of
what belongs to the crawl, its browser and their helpers (PSS), at its highest, over few pages and many.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks._run import Goals, median, show
from zhihu_crawler.browser import available
from zhihu_crawler.commands.tour import sandbox

ROOT = Path(__file__).resolve().parents[1]
PAGES, MANY, ROUNDS = 20, 90, 2
RECYCLE = 30
"""Pages after which the browser is started anew, in the measurement of memory."""
_SAMPLE_SECONDS = 0.5


@dataclass
class Crawl:
    """What a crawl did: its numeric stats, and the most MiB that it held."""

    stats: dict[str, float] = field(default_factory=dict)
    peak: float = 0.0

    @property
    def rate(self) -> float:
        """Pages a second, from the opening of the spider to its end, the browser's start included."""
        return self.stats["item_scraped_count"] / self.stats["elapsed_time_seconds"]


def run(command: list[str], folder: Path, given: dict[str, object], pages: int, origin: str) -> Crawl:
    """Crawl so many profiles, and watch its memory."""
    out, log = folder / "items.jsonl", folder / "log"
    tokens = ",".join(f"shili-n-{number}" for number in range(1, pages + 1))
    arguments = {"tokens": tokens} | ({"origin": origin} if command[0] == "runspider" else {})
    full = [sys.executable, "-m", "scrapy", *command, "-O", str(out), "--logfile", str(log)]
    full += [part for name, value in given.items() for part in ("-s", f"{name}={value}")]
    full += [part for name, value in arguments.items() for part in ("-a", f"{name}={value}")]
    log.unlink(missing_ok=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ZHIHU_")}
    environment["PYTHONPATH"] = str(ROOT)
    crawl = Crawl()
    cwd = folder if command[0] == "runspider" else ROOT
    with subprocess.Popen(
        full, cwd=cwd, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        while process.poll() is None:
            crawl.peak = max(crawl.peak, held_by(process.pid))
            time.sleep(_SAMPLE_SECONDS)
    found = re.findall(r"'([\w/]+)': ([\d.]+)[,}]", log.read_text(encoding="utf-8"))
    crawl.stats = {name: float(value) for name, value in found}
    if crawl.stats.get("item_scraped_count") != pages:
        raise RuntimeError(
            f"{command} got {crawl.stats.get('item_scraped_count')} of {pages} pages:\n{log.read_text()}"
        )
    return crawl


def held_by(ancestor: int) -> float:
    """Return the MiB of a process and all that descend from it; what two share counts half for each."""
    parents = {int(path.name): parent_of(path) for path in Path("/proc").glob("[0-9]*")}
    family = {ancestor}
    while more := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= more
    return sum(map(pss_of, family)) / 1024


def parent_of(path: Path) -> int:
    """Return the id of a process's parent, 0 where the process is gone."""
    try:
        return int((path / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def pss_of(pid: int) -> int:
    """Return the KiB that belong to a process."""
    try:
        found = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    except OSError:
        return 0
    return int(found[1]) if found else 0


def ours(folder: Path, origin: str, way: str, pages: int = PAGES, recycle: int = 1000) -> Crawl:
    """Crawl with our user spider."""
    given = {"ZHIHU_ORIGIN": origin, "ZHIHU_PROGRESS": 0, "ZHIHU_SESSIONS": "none", "ZHIHU_FETCH": way}
    return run(["crawl", "user"], folder, given | {"ZHIHU_BROWSER_RECYCLE": recycle}, pages, origin)


def bare(folder: Path, origin: str) -> Crawl:
    """Crawl with scrapy-playwright."""
    return run(["runspider", str(ROOT / "benchmarks" / "_playwright.py")], folder, {"LOG_LEVEL": "INFO"}, PAGES, origin)


def main() -> int:
    """Measure, print, and say whether the goals were reached."""
    if not (found := available()):
        print(f"cannot be measured: {found.reason}", file=sys.stderr)
        return 1
    goals = Goals()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with sandbox(folder) as origin:
            contenders = {
                "HTTP": partial(ours, folder, origin, "http"),
                "browser": partial(ours, folder, origin, "browser"),
                "scrapy-playwright": partial(bare, folder, origin),
            }
            rounds = [{name: crawl() for name, crawl in contenders.items()} for _ in range(ROUNDS)]
            few = ours(folder, origin, "browser", RECYCLE, RECYCLE)
            many = ours(folder, origin, "browser", MANY, RECYCLE)
    rates = {name: median(one[name].rate for one in rounds) for name in contenders}
    rows = [[name, f"{rate:.1f}", f"{median(one[name].peak for one in rounds):.0f}"] for name, rate in rates.items()]
    goals.at_least(
        "pages/s, ours to scrapy-playwright",
        median(r["browser"].rate / r["scrapy-playwright"].rate for r in rounds),
        0.8,
    )
    goals.at_least(f"memory, {RECYCLE} pages to {MANY}", few.peak / many.peak, 0.8)
    goals.facts["HTTP is so many times as fast"] = round(rates["HTTP"] / rates["browser"], 1)
    goals.facts |= {f"peak MiB, {RECYCLE} pages": round(few.peak), f"peak MiB, {MANY} pages": round(many.peak)}
    show(f"{PAGES} profiles of the sandbox", ["read by", "pages/s", "peak MiB"], rows)
    return goals.finish()


if __name__ == "__main__":
    sys.exit(main())
