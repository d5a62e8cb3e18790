"""How long an export waits for a store that does not answer, and which of its errors another try may mend."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from pymongo.errors import AutoReconnect, CursorNotFound, OperationFailure

from zhihu_crawler.errors import UnreachableError
from zhihu_crawler.storage.connect import explain

if TYPE_CHECKING:
    from pymongo.errors import PyMongoError

    from zhihu_crawler.config import StoreConfig

logger = logging.getLogger(__name__)
_PASSING = frozenset({6, 7, 89, 91, 133, 134, 175, 189, 9001, 10107, 11600, 11602, 13388, 13435, 13436})
"""Codes of MongoDB's retryable reads: another try, or another member, answers."""


class Patience:
    """Bounds how long nobody may answer: ``MONGODB_RETRY_SECONDS`` since the last document."""

    def __init__(self, config: StoreConfig) -> None:
        self._config = config
        self._tries = 0
        self._since = 0.0

    def renew(self) -> None:
        """Something came: the next trouble is a new one."""
        self._tries = 0

    def wait_or_raise(self, error: PyMongoError) -> None:
        """Wait before the next try.

        Raises:
            UnreachableError: it has been long enough.
            PyMongoError: no other try can help.
        """
        if isinstance(error, OperationFailure) and not _passes(error):
            raise error
        self._since = self._since if self._tries else time.monotonic()
        self._tries += 1
        if time.monotonic() - self._since >= self._config.retry:
            raise UnreachableError(explain(error, self._config)) from error
        if self._tries == 1:
            logger.warning("A member went away (%s); reading goes on from another", type(error).__name__)
        time.sleep(min(0.1 * 2**self._tries, 2.0))


def _passes(error: OperationFailure) -> bool:
    is_passing = isinstance(error, CursorNotFound | AutoReconnect) or error.code in _PASSING
    return is_passing or error.has_error_label("RetryableError") or error.has_error_label("ResumableChangeStreamError")
