"""How many replies in a row got the crawl nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhihu_crawler.errors import BlockedError, Meaning

if TYPE_CHECKING:
    from zhihu_crawler.verdict import Verdict

_FINE = frozenset({Meaning.OK, Meaning.GONE, Meaning.INCOMPLETE})


class Row:
    """Counts; ``most`` is how many are too many, 0 for none ever are.

    A refusal is one more, what the site gives ends the row. What may be either (a thing that is not shown, a server in
    trouble) does neither. Pages that cannot be read have a row of their own, which a page that could be ends.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self.refused = 0
        self._unread, self._read_before = 0, -1

    def is_over(self, verdict: Verdict) -> bool:
        """Count a reply; say whether there were too many."""
        if isinstance(verdict.error, BlockedError):
            self.refused += 1
        elif verdict.meaning in _FINE:
            self.refused = 0
        return bool(self._most) and self.refused >= self._most

    def is_over_unread(self, read: int) -> bool:
        """Count a page that could not be read, after ``read`` ones that could; say whether there were too many."""
        self._unread = self._unread + 1 if read == self._read_before else 1
        self._read_before = read
        return bool(self._most) and self._unread >= self._most
