"""Which Chromium is used, and how it is started; nothing here needs Playwright until a browser is really wanted."""

from __future__ import annotations

import asyncio
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zhihu_crawler.config import BrowserConfig
from zhihu_crawler.errors import BadSetting

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from scrapy.settings import BaseSettings

REQUIREMENTS = "requirements-browser.txt"
CLOSE_SECONDS = 10.0
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge", "brave")
_ELSEWHERE = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/snap/bin/chromium",
)
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""Nothing that the browser does by itself: no updates, no sync, no other traffic than the page's."""


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether a browser can be had: its program, or ``reason``, which says what to install."""

    chromium: Path | None = None
    reason: str = ""

    def __bool__(self) -> bool:
        return self.chromium is not None


def available(settings: BaseSettings | None = None) -> Availability:
    """Say whether a crawl with these settings can have a browser, and if not, why."""
    try:
        need_playwright()
        return Availability(find_chromium(BrowserConfig.from_settings(settings).chromium if settings else None))
    except BadSetting as error:
        return Availability(reason=str(error))


def need_playwright() -> None:
    """Make sure that Playwright can be imported.

    Raises:
        BadSetting: it cannot; with what to do.
    """
    if find_spec("playwright") is None:
        raise BadSetting(f"this needs a browser's driver, which is not installed: pip install -r {REQUIREMENTS}")


def find_chromium(wanted: str | None = None) -> Path:
    """Return the browser that is named, else the first that is found.

    Args:
        wanted: a path, or a name in PATH (ZHIHU_CHROMIUM).

    Raises:
        BadSetting: there is none; with what to do.
    """
    if wanted:
        found = shutil.which(wanted)
        if not found:
            raise BadSetting(f"ZHIHU_CHROMIUM ({wanted!r}) is no program: name Chromium's, or leave it unset")
        return Path(found)
    for name in (*NAMES, *_ELSEWHERE):
        if found := shutil.which(name):
            return Path(found)
    raise BadSetting(
        f"no browser was found ({', '.join(NAMES)}): install one (Debian: apt install chromium), or name it: "
        "ZHIHU_CHROMIUM=/path/to/chrome"
    )


def launch_options(chromium: Path, *, headless: bool) -> dict[str, Any]:
    """Return what Playwright's ``chromium.launch`` is given. Chromium's own sandbox does not work for root."""
    flags = [*FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    return {"executable_path": str(chromium), "headless": headless, "args": flags}


async def end(*endings: Callable[[], Awaitable[object]]) -> None:
    """End a page, a browser, its driver, in turn; what does not end by itself, because it died, is given up."""
    for ending in endings:
        with suppress(Exception):
            await asyncio.wait_for(ending(), CLOSE_SECONDS)
