"""What every format's writer can do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol

from zhihu_crawler.export.disk import sync, sync_names
from zhihu_crawler.export.draft import MARK

if TYPE_CHECKING:
    from pathlib import Path

    from zhihu_crawler.export.asked import Plan
    from zhihu_crawler.export.reading import Found

Kept = dict[str, Any]
"""Where writing goes on: plain values."""


class Sink(Protocol):
    """Writes what was found into a draft, and knows how much of it is sure to be there."""

    def resume(self, kept: Kept) -> None:
        """Open the draft, cut back to a checkpoint; ``{}`` begins it."""

    def write(self, found: Found) -> str | None:
        """Write one thing; return why it has no place in this format."""

    def is_due(self, seconds: float) -> bool:
        """Say whether a checkpoint should be made, so many seconds after the last."""

    def checkpoint(self) -> Kept:
        """Bring all to the disk."""

    def finish(self) -> Path | None:
        """Close the output and return it, whole; can be called again. ``None`` where it went to a stream.

        Raises:
            ExportError: nothing can be made of what was written.
        """

    def close(self) -> None:
        """Let go of files, whatever state they are in; can be called again."""

    def remarks(self) -> list[str]:
        """Say what a user has to know of what was written."""


CHECKPOINT_SECONDS = 2.0
"""So much work is done again after a kill, at most."""


def mark(folder: Path, plan: Plan) -> None:
    """Mark a folder as made by an export."""
    told = {"format": plan.format.name, "kinds": plan.kinds}
    (folder / MARK).write_text(json.dumps(told) + "\n", encoding="utf-8")
    sync(folder / MARK)
    sync_names([folder])
