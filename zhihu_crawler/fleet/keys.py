"""Names of the keys of reports, and how long they are kept."""

from __future__ import annotations

from dataclasses import dataclass

KEPT_SECONDS = 86_400
"""How long a minute, and a worker that is gone, can be looked at."""


@dataclass(frozen=True, slots=True)
class ReportKeys:
    """The keys of one spider: all with one hash tag, so that a script finds them on one node of a cluster."""

    spider: str

    @property
    def _prefix(self) -> str:
        return f"{{{self.spider}:report}}"

    @property
    def workers(self) -> str:
        """Sorted set of workers by when they last reported, in ms."""
        return f"{self._prefix}:workers"

    @property
    def minutes(self) -> str:
        """Hash with what is known of the whole, and what the keys of hours begin with."""
        return f"{self._prefix}:minutes"

    def worker(self, name: str) -> str:
        """Hash of a worker's last report."""
        return f"{self._prefix}:worker:{name}"

    def hour(self, number: int) -> str:
        """Hash of the minutes of an hour since 1970."""
        return f"{self.minutes}:{number}"
