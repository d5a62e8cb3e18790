"""Cookies as browsers and their extensions give them: cookies.txt, JSON, a ``Cookie`` header."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from zhihu_crawler.errors import BadSession
from zhihu_crawler.sessions.cookies import LOGIN, SITE, Cookies

_HTTP_ONLY = "#HttpOnly_"
_HEADER = re.compile(r"^\s*cookie\s*:", re.IGNORECASE)
_TIMES = ("expirationDate", "expires", "expiry")
"""What Cookie-Editor and EditThisCookie, Playwright, and Selenium call the time at which a cookie runs out."""


def read_cookies(text: str) -> Cookies:
    """Read the site's cookies, with the log-in among them; those of other sites are left out.

    Args:
        text: a Netscape cookies.txt, a JSON list of an extension (or an object with ``cookies``, or one of names and
            values), or a ``Cookie`` header with or without its name.

    Raises:
        BadSession: no cookie can be read, or none is the log-in; the message says what to do and holds no value.
    """
    found = list(_read(text.strip().removeprefix("\ufeff")))
    own = [cookie for cookie in found if _is_of_site(cookie.get("domain") or SITE)]
    if not own:
        others = f"; there are {len(found)} of other sites" if found else ""
        raise BadSession(f"no cookie of zhihu.com was found{others}. Export those of www.zhihu.com while it is open")
    try:
        cookies = Cookies(own)
    except (KeyError, TypeError, ValueError) as error:  # the cause may quote a value: it is not chained
        raise BadSession(f"a cookie cannot be used: {type(error).__name__}") from None
    if not cookies.has_login:
        raise BadSession(_why_no_login(own))
    return cookies


def _why_no_login(own: list[dict[str, Any]]) -> str:
    ends = [cookie["expires"] for cookie in own if cookie["name"] == LOGIN and cookie.get("expires")]
    if ends:
        day = datetime.fromtimestamp(max(ends), UTC).date()
        return f"the log-in ({LOGIN}) ran out on {day}: log in with the browser, then export anew"
    return (
        f"the log-in ({LOGIN}) is missing: log in with the browser first, and export with an extension or from the "
        "developer tools, because scripts on the page cannot see it (it is HttpOnly)"
    )


def _read(text: str) -> Iterable[dict[str, Any]]:
    if text.startswith(("[", "{")):
        return _read_json(text)
    if any(line.count("\t") >= 6 for line in text.splitlines()):
        return _read_netscape(text)
    return _read_header(_HEADER.sub("", text))


def _read_json(text: str) -> Iterable[dict[str, Any]]:
    try:
        data = json.loads(text)
    except ValueError:  # what it quotes of the text may be a value
        raise BadSession("the file begins like JSON and is none: export it anew") from None
    if isinstance(data, dict) and isinstance(data.get("cookies"), list):
        data = data["cookies"]
    if isinstance(data, dict):
        return [{"name": str(name), "value": str(value)} for name, value in data.items()]
    return [_of_json(cookie) for cookie in data if isinstance(cookie, Mapping) and cookie.get("name")]


def _of_json(cookie: Mapping[str, Any]) -> dict[str, Any]:
    ends = next((cookie[name] for name in _TIMES if cookie.get(name) is not None), None)
    domain = str(cookie.get("domain") or "")
    if domain and not domain.startswith(".") and cookie.get("hostOnly") is False:
        domain = f".{domain}"
    return {
        "name": str(cookie["name"]),
        "value": str(cookie.get("value", "")),
        "domain": domain,
        "path": cookie.get("path"),
        "expires": ends if isinstance(ends, int | float) else None,
        "secure": cookie.get("secure", True),
        "httpOnly": cookie.get("httpOnly", False),
    }


def _read_netscape(text: str) -> Iterable[dict[str, Any]]:
    for line in text.splitlines():
        fields = line.removeprefix(_HTTP_ONLY).split("\t")
        if len(fields) < 7 or (line.startswith("#") and not line.startswith(_HTTP_ONLY)):
            continue
        domain, with_subdomains, path, secure, expires, name, value = (field.strip() for field in fields[:7])
        dotted = domain if domain.startswith(".") or with_subdomains != "TRUE" else f".{domain}"
        yield {
            "name": name,
            "value": value,
            "domain": dotted,
            "path": path,
            "expires": int(expires) if expires.isascii() and expires.isdigit() else None,
            "secure": secure == "TRUE",
            "httpOnly": line.startswith(_HTTP_ONLY),
        }


def _read_header(text: str) -> Iterable[dict[str, Any]]:
    for part in text.split(";"):
        name, mark, value = part.strip().partition("=")
        if mark and name.strip():
            yield {"name": name.strip(), "value": value.strip()}


def _is_of_site(domain: str) -> bool:
    host = domain.lstrip(".").lower()
    return host == SITE[1:] or host.endswith(SITE)
