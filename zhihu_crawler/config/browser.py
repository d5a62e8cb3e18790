"""Settings of the browser."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Self, cast, get_args

from zhihu_crawler.config._values import read_number
from zhihu_crawler.errors import BadSetting

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

Fetch = Literal["http", "browser", "auto"]


@dataclass(frozen=True, slots=True)
class BrowserConfig:
    """What is read in a browser, and how.

    ``chromium`` is the browser's program, by path or by name; ``None`` takes the first that is found. ``fetch`` says
    how pages are asked for: by ``http``, in the ``browser``, or (``auto``) in the browser where HTTP is refused and a
    browser is wanted. ``pages`` may be open at once. After ``recycle`` pages the browser is started anew, so that its
    memory stays bounded. A page is scrolled ``scrolls`` times at most, and for as long as each brings something within
    ``wait`` seconds; ``timeout`` are the seconds in which a page must come.
    """

    chromium: str | None = None
    fetch: Fetch = "http"
    pages: int = 2
    recycle: int = 200
    scrolls: int = 250
    wait: float = 10.0
    timeout: float = 60.0

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> Self:
        """Read and check them.

        Raises:
            BadSetting: a value that cannot be used, by name.
        """
        usual = cls()
        return cls(
            chromium=settings.get("ZHIHU_CHROMIUM") or None,
            fetch=_fetch(settings.get("ZHIHU_FETCH") or "http"),
            pages=int(read_number(settings, "ZHIHU_BROWSER_PAGES", usual.pages, least=1, most=16)),
            recycle=int(read_number(settings, "ZHIHU_BROWSER_RECYCLE", usual.recycle, least=1, most=1e6)),
            scrolls=int(read_number(settings, "ZHIHU_BROWSER_SCROLLS", usual.scrolls, most=5000)),
            wait=read_number(settings, "ZHIHU_BROWSER_WAIT", usual.wait, least=0.1, most=600),
            timeout=settings.getfloat("DOWNLOAD_TIMEOUT") or usual.timeout,
        )


def _fetch(value: str) -> Fetch:
    if value not in get_args(Fetch):
        raise BadSetting(f"ZHIHU_FETCH ({value!r}) must be one of {', '.join(get_args(Fetch))}")
    return cast("Fetch", value)
