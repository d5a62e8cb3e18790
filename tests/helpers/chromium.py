"""The real browser of the tests: the system's, and a window that needs no screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from zhihu_crawler.browser.chromium import find_chromium, need_playwright
from zhihu_crawler.errors import BadSetting

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The browser's program."""
    try:
        need_playwright()
        return find_chromium()
    except BadSetting as error:
        pytest.skip(f"no real browser: {error}")


@pytest.fixture(scope="session")
def windowed(chromium: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same browser where a window is asked for and no screen is there: it shows it to nobody."""
    program: Path = tmp_path_factory.mktemp("windowed") / "chromium"
    program.write_text(f'#!/bin/sh\nexec "{chromium}" --headless "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    return program
