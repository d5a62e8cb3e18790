"""Logging in by a QR code as the site does it: the page draws a code, asks whether it was scanned, and is given z_c0.

The names of the addresses, of the replies' fields and of the page's elements are the site's, as other projects read
them (MediaCrawler, zhihu-plus-plus, zkqiang/zhihu-login); no stored page shows them.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from zhihu_crawler.sandbox.dice import hex_of

if TYPE_CHECKING:
    from collections.abc import Callable

QRCODE = "/api/v3/account/api/login/qrcode"
WAITING, SCANNED, EXPIRED = 0, 1, 2
"""``status`` of ``scan_info``; there is none in the reply that brings the log-in."""
MOST_CODES = 1000


@dataclass(slots=True)
class Code:
    """A code that was given out: until when it can be scanned, and the account that scanned or confirmed it."""

    ends: float
    account: int | None = None
    confirmed: bool = False


class Codes:
    """Codes to scan, by their tokens, which follow from the seed and their number.

    Args:
        seed: of the world.
        seconds: for how long one can be scanned.
        clock: seconds that only go on.
    """

    def __init__(self, seed: int, seconds: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._seed, self.seconds, self._clock = seed, seconds, clock
        self._codes: dict[str, Code] = {}
        self._given = 0

    def make(self) -> str:
        """Give out a code."""
        self._given += 1
        token = hex_of("qrcode", self._seed, self._given, length=32)
        self._codes[token] = Code(self._clock() + self.seconds)
        if len(self._codes) > MOST_CODES:
            del self._codes[next(iter(self._codes))]
        return token

    def find(self, token: str) -> Code | None:
        """Return a code, ``None`` where there is none of that token."""
        return self._codes.get(token)

    def status(self, token: str) -> int:
        """Say how a code stands that nobody has confirmed."""
        code = self._codes.get(token)
        if code is None or self._clock() > code.ends:
            return EXPIRED
        return WAITING if code.account is None else SCANNED

    def scan(self, token: str, account: int, *, confirm: bool = True) -> bool:
        """Scan a code as an account, and confirm it; return whether it could still be scanned."""
        code = self._codes.get(token)
        if code is None or self.status(token) == EXPIRED:
            return False
        code.account, code.confirmed = account, confirm
        return True

    def collect(self, token: str) -> int | None:
        """Return the account of a code that was confirmed, once."""
        code = self._codes.get(token)
        if code is None or not code.confirmed or self.status(token) == EXPIRED:
            return None
        del self._codes[token]
        return code.account


def qr_png(text: str) -> bytes:
    """Draw a QR code.

    Raises:
        ImportError: what draws it is not installed.
    """
    import segno  # noqa: PLC0415  # the sandbox goes without it until somebody logs in

    file = BytesIO()
    segno.make(text, micro=False).save(file, kind="png", scale=6, border=2)
    return file.getvalue()


QR_BOX = """
<div class="Qrcode-container smallVersion"><div class="Qrcode-title">扫码登录</div><div class="Qrcode-content">
<div class="Qrcode-img"><canvas class="Qrcode-qrcode" width="1" height="1" style="width:180px;height:180px"></canvas>
<div class="Qrcode-expired" hidden>二维码已过期<button type="button" class="Qrcode-refresh">点击刷新</button></div>
</div>
<div class="Qrcode-guide-message"></div><a class="Qrcode-sandbox" target="_blank">(sandbox) scan it here</a></div></div>
"""
QR_SCRIPT = """
<script>
const API = "/api/v3/account/api/login/qrcode", pick = (name) => document.querySelector(".Qrcode-" + name);
async function begin() {
  pick("expired").hidden = true;
  const code = await (await fetch(API, {method: "POST"})).json();
  const image = new Image();
  image.onload = () => {
    const canvas = pick("qrcode");
    canvas.width = image.width; canvas.height = image.height;
    canvas.getContext("2d").drawImage(image, 0, 0);
  };
  image.src = API + "/" + code.token + "/image";
  pick("sandbox").href = code.link;
  const timer = setInterval(async () => {
    const found = await (await fetch(API + "/" + code.token + "/scan_info")).json();
    if (found.status === 1) pick("guide-message").textContent = "扫码成功，请在手机上确认登录";
    if (found.status === 2) { clearInterval(timer); pick("expired").hidden = false; }
    if (found.user_id) { clearInterval(timer); location = "/people/" + found.user_id; }
  }, 500);
}
pick("refresh").onclick = begin;
begin();
</script>
"""
