"""The real browser of the tests: the system's, and a window that needs no screen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from zhihu_crawler.browser.chromium import find_chromium, need_playwright
from zhihu_crawler.errors import BadSetting

if TYPE_CHECKING:
    from collections.abc import Iterator


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


def browsers_below(ancestor: int) -> list[int]:
    """Return the ids of the browsers, not of their helpers, that descend from a process."""
    commands = _below(ancestor)
    return [
        pid for pid, command in commands.items() if "--remote-debugging-pipe" in command and "--type=" not in command
    ]


def drivers_below(ancestor: int) -> list[int]:
    """Return the ids of Playwright's own processes that descend from a process."""
    return [pid for pid, command in _below(ancestor).items() if "run-driver" in command]


def _below(ancestor: int) -> dict[int, str]:
    """Return the command lines of what descends from a process."""
    parents, commands = {}, {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(path.name)] = int((path / "stat").read_text().rpartition(")")[2].split()[1])
            commands[int(path.name)] = (path / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
    return {pid: command for pid, command in commands.items() if ancestor in _ancestors(pid, parents)}


def _ancestors(pid: int, parents: dict[int, int]) -> Iterator[int]:
    while found := parents.get(pid):
        yield found
        pid = found
