"""Shows the log-in page's QR code in the terminal, and a new one when it has expired."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from zhihu_crawler.errors import BadSession
from zhihu_crawler.sessions.qr import Modules, draw, read_picture

if TYPE_CHECKING:
    from playwright.async_api import Page, Response

PLACES = "canvas.Qrcode-qrcode, .Qrcode-img img, .Qrcode-content canvas, .Qrcode-content img, img.Qrcode-qrcode"
"""Elements that show the code; the first is today's (MediaCrawler and others), the rest are older or guesses."""
BOX = ".Qrcode-container, .Qrcode-content"
EXPIRED_WORDS = ("过期", "失效")
SCANNED, EXPIRED = 1, 2
"""``status`` of the replies by which the page learns what became of its code (zhihu-plus-plus)."""
NO_CODE_SECONDS = 45.0
"""A page that shows no code for so long shows something else."""


class QrCode:
    """The code of one log-in page. It hears the page's own questions whether the code was scanned, and asks none."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._shown: Modules | None = None
        self._expired = self._scanned = False
        self._missing_since = time.monotonic()
        page.on("response", self._hear)

    async def show(self) -> None:
        """Print the code if it is a new one; load the page anew when it has expired.

        Raises:
            BadSession: the page shows no code.
        """
        from playwright.async_api import Error  # noqa: PLC0415  # an optional part

        try:
            if self._expired or await self._says_expired():
                await self._renew()
                return
            modules = await self._read()
        except Error:  # a page that is just changing, or a busy machine: the next look may see it
            if self._page.is_closed():
                raise
            modules = None
        if modules is None:
            self._check_patience()
        elif modules != self._shown:
            self._shown = modules
            _print(modules)

    async def _hear(self, response: Response) -> None:
        if "/login/qrcode/" not in response.url or not response.url.partition("?")[0].endswith("/scan_info"):
            return
        from playwright.async_api import Error  # noqa: PLC0415  # an optional part

        try:
            found = await response.json()
        except (Error, ValueError):  # the page went on, or the reply is something else
            return
        status = found.get("status") if isinstance(found, dict) else None
        if status == SCANNED and not self._scanned:
            self._scanned = True
            _tell("The code was scanned: confirm the log-in on the phone.")
        self._expired = self._expired or status in (EXPIRED, "EXPIRED")

    async def _says_expired(self) -> bool:
        box = self._page.locator(BOX).first
        if not await box.count():
            return False
        text = await box.inner_text(timeout=5000)
        return any(word in text for word in EXPIRED_WORDS)

    async def _renew(self) -> None:
        _tell("The code has expired; here is a new one:")
        self._shown, self._expired, self._scanned = None, False, False
        self._missing_since = time.monotonic()
        await self._page.reload(wait_until="domcontentloaded")

    async def _read(self) -> Modules | None:
        element = self._page.locator(PLACES).first
        if not await element.count() or not await element.is_visible():
            return None
        found = read_picture(await element.screenshot(timeout=10_000))
        if found is not None:
            self._missing_since = time.monotonic()
        return found

    def _check_patience(self) -> None:
        """A code that was scanned gives way to a word of thanks, for which there is no hurry."""
        if self._scanned or time.monotonic() - self._missing_since < NO_CODE_SECONDS:
            return
        path = self._page.url.partition("?")[0]
        raise BadSession(
            f"the log-in page shows no QR code that can be read (it is at {path}). Log in in a window, without "
            "--headless, or import the cookies of your own browser: scrapy login --import"
        )


def _print(modules: Modules) -> None:
    """Black on white on a terminal, blocks alone elsewhere."""
    print(draw(modules, coloured=sys.stdout.isatty()), flush=True)
    _tell("Scan it with the Zhihu app (or WeChat, then confirm). Waiting ...")


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
