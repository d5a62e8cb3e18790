"""Bringing files to the disk, so that what a draft's state says is there outlives a power cut too."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def sync(*paths: Path) -> None:
    """Wait until files are on the disk.

    Raises:
        OSError: the disk is full or broken.
    """
    for path in paths:
        number = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def sync_names(folders: Iterable[Path]) -> None:
    """Wait until folders' own lists of names are on the disk; some file systems have no such thing."""
    for folder in folders:
        with contextlib.suppress(OSError):
            sync(folder)
