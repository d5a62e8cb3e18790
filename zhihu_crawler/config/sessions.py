"""Settings of the sessions: where they are kept, which ones a crawl uses, and what becomes of it without any."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from pydantic import SecretStr

from zhihu_crawler.config._values import read_flag
from zhihu_crawler.config.crawl import ZhihuConfig
from zhihu_crawler.errors import BadSetting

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

NONE = "none"
"""Value of ZHIHU_SESSIONS for a crawl as a guest, whatever sessions there are."""
RESERVED = frozenset({NONE, "guest", "site"})
"""Names that mean something else: no session, and two budgets of the throttle."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}", re.ASCII)
_PROXY_SCHEMES = ("http", "https", "socks4", "socks4a", "socks5", "socks5h")
PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class SessionConfig:
    """What the settings say of sessions; without a ZHIHU_SESSION_DIR (it is in settings.py) there are none.

    ``directory`` holds one file a session. ``names`` are those that may be used, ``None`` for all there are, empty for
    a guest's crawl. ``guests`` lets a crawl go on without a session when all its sessions have expired. ``check`` asks
    the site once at the start who each session is. ``is_local`` says that requests go to this machine only,
    ``is_elsewhere`` that they go to a mirror: no session ever goes there. ``session_proxies`` are proxies by sessions'
    names, before those of their files; ``proxies`` are those that requests name without user and password. Both may
    hold passwords, which their ``repr`` does not show.
    """

    directory: Path
    names: tuple[str, ...] | None = None
    guests: bool = False
    check: bool = True
    is_local: bool = False
    is_elsewhere: bool = False
    session_proxies: Mapping[str, SecretStr] = field(default_factory=dict)
    proxies: tuple[SecretStr, ...] = ()

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> Self:
        """Read and check them.

        Raises:
            BadSetting: a value that cannot be used, by name.
        """
        crawl, directory = ZhihuConfig.from_settings(settings), settings.get("ZHIHU_SESSION_DIR")
        return cls(
            directory=_directory(directory or "~/.config/zhihu_crawler/sessions"),
            names=_names(settings.get("ZHIHU_SESSIONS") if directory else NONE),
            guests=read_flag(settings, "ZHIHU_GUESTS"),
            check=read_flag(settings, "ZHIHU_SESSION_CHECK"),
            is_local=crawl.is_local,
            is_elsewhere=crawl.origin is not None and not crawl.is_local,
            session_proxies=_session_proxies(settings.get("ZHIHU_SESSION_PROXIES")),
            proxies=tuple(_proxy(proxy, "ZHIHU_PROXIES") for proxy in _words(settings.get("ZHIHU_PROXIES"))),
        )


def check_name(name: str, setting: str = "name") -> str:
    """Return a session's name if it can be one: it is a file's name, a budget's, and stands in logs.

    Raises:
        BadSetting: it cannot.
    """
    if not _NAME.fullmatch(name):
        raise BadSetting(f"{setting} ({name!r:.60}) must be letters, digits, '-' and '_', at most 40, such as 'work-2'")
    if name in RESERVED:
        raise BadSetting(
            f"{setting} ({name!r}) has another meaning; take a name other than {', '.join(sorted(RESERVED))}"
        )
    return name


def check_proxy(url: str) -> str:
    """Return a proxy's address if it is one.

    Raises:
        ValueError: it is not; what is told of it holds no password.
    """
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in _PROXY_SCHEMES and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        is_good = False
    if not is_good:
        raise ValueError(f"proxy {shown_proxy(url)!r} must be like http://user:password@host:8080")
    return url


def shown_proxy(url: str) -> str:
    """Return a proxy's address without user and password, however malformed."""
    scheme, mark, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}" if mark else url.rpartition("@")[2]


def _proxy(url: object, setting: str) -> SecretStr:
    try:
        return SecretStr(check_proxy(str(url)))
    except ValueError as error:
        raise BadSetting(f"{setting}: {error}") from None  # the cause may quote a password


def _session_proxies(value: object) -> dict[str, SecretStr]:
    """Read names and proxies: a mapping, or the JSON of one, as the environment gives it."""
    told = "ZHIHU_SESSION_PROXIES must be names and proxies"
    if isinstance(value, str) and value:
        try:
            value = json.loads(value)
        except ValueError:  # what it quotes may be a password
            raise BadSetting(f"""{told}, as JSON: {{"work": "http://user:password@host:8080"}}""") from None
    if not value:
        return {}
    if not isinstance(value, Mapping):
        raise BadSetting(f"{told}, not a {type(value).__name__}")
    named = "ZHIHU_SESSION_PROXIES"
    return {check_name(str(name), named): _proxy(proxy, f"{named}: {name}") for name, proxy in value.items()}


def _words(value: object) -> list[str]:
    words = value if isinstance(value, list | tuple) else re.split(r"[,\s]+", str(value or ""))
    return list(dict.fromkeys(str(word) for word in words if word))


def _names(value: object) -> tuple[str, ...] | None:
    names = tuple(_words(value))
    if names == (NONE,):
        return ()
    return tuple(check_name(name, "ZHIHU_SESSIONS") for name in names) or None


def _directory(value: str) -> Path:
    directory = Path(value).expanduser().absolute()
    if (PROJECT / "scrapy.cfg").is_file() and directory.resolve().is_relative_to(PROJECT):
        raise BadSetting(
            f"ZHIHU_SESSION_DIR ({value}) is inside the project: what is kept there gets committed one day"
        )
    return directory
