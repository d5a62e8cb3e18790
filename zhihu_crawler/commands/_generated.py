"""Files that are written from the source and checked in: schemas, data dictionary."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ROOT = Path(__file__).resolve().parents[2]
"""The checkout: what is generated lies below it wherever the command is called."""


def write_files(files: Mapping[Path, str]) -> list[Path]:
    """Write what differs, and return it."""
    changed = stale_files(files)
    for path in changed:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files[path], encoding="utf-8")
    return changed


def stale_files(files: Mapping[Path, str]) -> list[Path]:
    """Return the paths whose file is missing or says something else."""
    return [path for path, text in files.items() if not path.is_file() or path.read_text(encoding="utf-8") != text]


def shown(paths: Iterable[Path]) -> str:
    """Return paths as a user would type them in the checkout, by comma."""
    return ", ".join(str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path) for path in paths)
