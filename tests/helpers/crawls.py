"""Real crawls for tests: ``scrapy crawl`` as a process of its own, and what came of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 240


@dataclass
class Crawled:
    """What a crawl left: its items by kind in the order of the file, its closing table, its log and exit status."""

    items: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    tally: dict[str, Any] = field(default_factory=dict)
    log: str = ""
    status: int = 0

    def ids(self, kind: str) -> list[str]:
        """Ids of a kind."""
        return [item["id"] for item in self.items.get(kind, [])]

    @property
    def listing(self) -> dict[str, Any]:
        """The record of the only listing."""
        (listing,) = self.items["listing"]
        return listing


def scrapy(
    *args: str, stdin: str | None = None, seconds: float = SECONDS, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run a Scrapy command of the project with settings from the environment."""
    known = {name: value for name, value in os.environ.items() if not name.startswith("ZHIHU_")}
    return subprocess.run(
        [sys.executable, "-m", "scrapy", *args],
        cwd=ROOT,
        env=known | settings,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


def crawl(
    folder: Path,
    origin: str,
    spider: str,
    *args: str,
    stdin: str | None = None,
    seconds: float = SECONDS,
    **settings: str,
) -> Crawled:
    """Crawl into a folder, as a guest unless sessions are named; settings are given as on the command line."""
    items, summary = folder / "items.jsonl", folder / "summary.json"
    settings = {"ZHIHU_SESSIONS": "" if "ZHIHU_SESSION_DIR" in settings else "none"} | settings
    settings = {"ZHIHU_UNKNOWN_DIR": str(folder / "unknown")} | settings
    given = [f"{name}={value}" for name, value in settings.items()]
    given += [f"ZHIHU_ORIGIN={origin}", f"ZHIHU_SUMMARY_FILE={summary}", "ZHIHU_PROGRESS=0"]
    command = ["crawl", spider, "-o", str(items)]
    for flag, values in (("-a", args), ("-s", given)):
        for value in values:
            command += [flag, value]
    done = scrapy(*command, stdin=stdin, seconds=seconds)
    crawled = Crawled(log=done.stderr + done.stdout, status=done.returncode)
    for line in items.read_text(encoding="utf-8").splitlines() if items.exists() else ():
        item = json.loads(line)
        crawled.items.setdefault(item["kind"], []).append(item)
    if summary.exists():
        crawled.tally = json.loads(summary.read_text(encoding="utf-8"))
    return crawled
