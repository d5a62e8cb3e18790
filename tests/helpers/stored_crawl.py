"""Real crawls into MongoDB for tests: begun, watched by what the store holds, and ended."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.helpers.crawls import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.helpers.mongo import ReplicaSet

SECONDS = 900.0
"""For one crawl of 30,000 items on a machine that does other things too."""


@dataclass
class StoredCrawl:
    """A running ``scrapy crawl question``; its log and its spool lie in ``folder``."""

    process: subprocess.Popen[bytes]
    folder: Path
    mongo: ReplicaSet

    def wait_for(self, answers: int) -> None:
        """Wait until the store holds so many answers.

        Raises:
            TimeoutError: it does not, within the time for a crawl; or the crawl ended before.
        """
        deadline = time.monotonic() + SECONDS
        with self.mongo.client() as client:
            while client.zhihu.answers.estimated_document_count() < answers:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise TimeoutError(f"the crawl did not come to {answers} answers:\n{self.log[-3000:]}")
                time.sleep(0.05)

    def finish(self) -> int:
        """Wait for its end, and return the exit status."""
        return self.process.wait(SECONDS)

    @property
    def log(self) -> str:
        """What it said so far."""
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    @property
    def stats(self) -> dict[str, int]:
        """Its whole numbers, once it has ended."""
        told = self.log.rpartition("Dumping Scrapy stats")[2]
        return {name: int(value) for name, value in re.findall(r"'([^']+)': (\d+)[,}]", told)}

    @property
    def spools(self) -> list[Path]:
        """Files of items that wait, or are refused."""
        return sorted((self.folder / "spool").glob("*"))


@contextmanager
def stored_crawl(
    folder: Path, origin: str, mongo: ReplicaSet, ids: str, uri: str = "", **settings: Any
) -> Iterator[StoredCrawl]:
    """Crawl questions of a sandbox into a set, and end it by its id if it still runs afterwards."""
    given = {"MONGODB_URI": uri or mongo.uri("zhihu"), "MONGODB_SPOOL_DIR": folder / "spool", "ZHIHU_PROGRESS": 0}
    given |= {"ZHIHU_ORIGIN": origin, "ZHIHU_SESSIONS": "none", "CONCURRENT_REQUESTS_PER_DOMAIN": 16} | settings
    command = [sys.executable, "-m", "scrapy", "crawl", "question", "-a", f"ids={ids}"]
    command += [part for name, value in given.items() for part in ("-s", f"{name}={value}")]
    known = {name: value for name, value in os.environ.items() if not name.startswith("ZHIHU_")}
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=known, stdout=log, stderr=log)
    try:
        yield StoredCrawl(process, folder, mongo)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
