"""Settings of what is done about replies that are no pages: docs/blocks.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from zhihu_crawler.config._values import read_number

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings


@dataclass(frozen=True, slots=True)
class BlocksConfig:
    """When a crawl ends that gets nowhere, and where pages go that nobody can read.

    ``in_a_row`` replies that refuse, without a good one between them, close the crawl; 0 never does. Of pages whose
    layout is not known ``unknown_most`` are kept in ``unknown_dir``, those of earlier crawls counted; 0 keeps none.
    ``is_kept`` says that what waits outlives the crawl, ``is_own`` that it does so for this process alone.
    """

    in_a_row: int = 20
    unknown_dir: str = "unknown-pages"
    unknown_most: int = 20
    is_kept: bool = False
    is_own: bool = False

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> Self:
        """Read and check them.

        Raises:
            BadSetting: a value that cannot be used, by name.
        """
        usual = cls()
        is_shared, has_job = bool(settings.get("REDIS_URL")), bool(settings.get("JOBDIR"))
        return cls(
            in_a_row=int(read_number(settings, "ZHIHU_BLOCKS_IN_A_ROW", usual.in_a_row, most=10_000)),
            unknown_dir=settings.get("ZHIHU_UNKNOWN_DIR") or usual.unknown_dir,
            unknown_most=int(read_number(settings, "ZHIHU_UNKNOWN_MOST", usual.unknown_most, most=10_000)),
            is_kept=is_shared or has_job,
            is_own=has_job and not is_shared,
        )
