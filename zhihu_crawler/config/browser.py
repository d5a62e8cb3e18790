"""Settings of the browser."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings


@dataclass(frozen=True, slots=True)
class BrowserConfig:
    """``chromium`` is the browser's program, by path or by name; ``None`` takes the first that is found."""

    chromium: str | None = None

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> Self:
        """Read them."""
        return cls(chromium=settings.get("ZHIHU_CHROMIUM") or None)
