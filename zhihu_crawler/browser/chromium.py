"""Which Chromium is used, and how it is started; nothing here needs Playwright until a browser is really wanted."""

from __future__ import annotations

import os
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from zhihu_crawler.errors import BadSetting

REQUIREMENTS = "requirements-browser.txt"
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
