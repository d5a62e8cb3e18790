"""A session's cookies: they go on requests and into its file, and are shown nowhere."""

from __future__ import annotations

import time
from http.cookiejar import Cookie
from typing import TYPE_CHECKING, Any, NoReturn, Self
from urllib.parse import urlsplit

from scrapy.http.cookies import CookieJar

from zhihu_crawler.urls import HOSTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from scrapy import Request
    from scrapy.http import Response

LOGIN = "z_c0"
"""The cookie that is the log-in."""
LASTING = frozenset({LOGIN, "d_c0", "__zse_ck", "_xsrf"})
"""Cookies without which a session is another one: a new value is kept at once (zhihu-formats' sources)."""
SITE = ".zhihu.com"
_FAR = 253_402_300_800
"""The year 10000 in unix seconds."""


def may_go_to(url: str) -> bool:
    """Say whether cookies may go to an address: one of Zhihu's hosts, and not in the clear."""
    parts = urlsplit(url)
    return parts.scheme == "https" and parts.hostname in HOSTS and parts.port in (None, 443)


class Cookies:
    """A jar that hides what it holds: ``repr`` names the cookies, and it is neither pickled nor copied."""

    def __init__(self, cookies: Iterable[Mapping[str, Any]] = ()) -> None:
        """Fill it; each cookie as ``dump`` gives it. ``domain`` may be absent: the site's.

        Raises:
            KeyError, TypeError, ValueError: a cookie has no name or value, or none that can be one.
        """
        self._jar = CookieJar()
        for cookie in cookies:
            self._jar.set_cookie(_read(cookie))

    def __repr__(self) -> str:
        return f"Cookies({', '.join(sorted(self.names))})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("cookies are secrets and are not pickled: keep the session's name")

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __iter__(self) -> Iterator[Cookie]:
        return iter(self._jar)

    def __len__(self) -> int:
        return len(self._jar)

    @property
    def names(self) -> frozenset[str]:
        """Names of the cookies that have not run out."""
        now = int(time.time())
        return frozenset(cookie.name for cookie in self._jar if not cookie.is_expired(now))

    @property
    def has_login(self) -> bool:
        """Whether the cookie is there that is the log-in."""
        return LOGIN in self.names

    def is_same_login(self, other: Cookies) -> bool:
        """Say whether two jars hold the same log-in."""
        return self._values().get(LOGIN) == other._values().get(LOGIN)

    def put_on(self, request: Request) -> None:
        """Set the ``Cookie`` header, in place of any other, to what belongs to the request's address.

        Raises:
            ValueError: the address is not the site's; cookies never go elsewhere.
        """
        if not may_go_to(request.url):
            raise ValueError(f"cookies of a session do not go to {request.url}")
        request.headers.pop("Cookie", None)
        self._jar.add_cookie_header(request)

    def take_from(self, response: Response, request: Request) -> frozenset[str]:
        """Take what a reply sets; return the names of the lasting ones that have another value now, or none."""
        before = self._values()
        self._jar.extract_cookies(response, request)
        after = self._values()
        return frozenset(name for name in LASTING if before.get(name) != after.get(name))

    def dump(self) -> list[dict[str, Any]]:
        """Return all that have not run out, for the session's file or a browser; the values are secret."""
        now = int(time.time())
        return [_dumped(cookie) for cookie in self._jar if not cookie.is_expired(now)]

    def _values(self) -> dict[str, str | None]:
        return {cookie.name: cookie.value for cookie in self._jar}


def _dumped(cookie: Cookie) -> dict[str, Any]:
    return {
        "name": cookie.name,
        "value": cookie.value or "",
        "domain": cookie.domain,
        "path": cookie.path,
        "expires": cookie.expires,
        "secure": cookie.secure,
        "httpOnly": cookie.has_nonstandard_attr("HttpOnly"),
    }


def _read(cookie: Mapping[str, Any]) -> Cookie:
    name, value, domain = str(cookie["name"]), str(cookie["value"]), str(cookie.get("domain") or SITE)
    if not name or any(mark in name + value for mark in ";\r\n\0") or "=" in name:
        raise ValueError(
            f"no cookie can be called {name!r:.40}" if "=" in name or not name else f"{name:.40}: bad value"
        )
    return Cookie(
        version=0,
        name=name,
        value=value,
        port=None,
        port_specified=False,
        domain=domain,
        domain_specified=domain.startswith("."),
        domain_initial_dot=domain.startswith("."),
        path=str(cookie.get("path") or "/"),
        path_specified=True,
        secure=bool(cookie.get("secure", True)),
        expires=_end(cookie.get("expires")),
        discard=False,
        comment=None,
        comment_url=None,
        rest={"HttpOnly": ""} if cookie.get("httpOnly") else {},
    )


def _end(expires: object) -> int | None:
    """Return when a cookie runs out, ``None`` where it goes with the session: absent, 0, -1, or no time at all."""
    if not isinstance(expires, int | float) or not 0 < expires < _FAR:
        return None
    return int(expires)
