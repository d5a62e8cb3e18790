"""Settings of alerts: where the channels of ``schedule.toml`` lead."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self
from urllib.parse import unquote, urlsplit

from zhihu_crawler.errors import BadSetting

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

JPUSH_URL = "https://api.jpush.cn/v3/push"
_PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Who takes mail, and from whom to whom it goes. ``is_tls`` is TLS from the first byte."""

    host: str
    port: int
    sender: str
    to: tuple[str, ...]
    is_tls: bool = False
    user: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertConfig:
    """Settings whose names begin with ``ALERT_``; a channel whose settings are empty is not set up.

    What may hold a secret is no part of the repr.
    """

    webhook: str = field(default="", repr=False)
    mail: MailServer | None = None
    jpush_key: str = ""
    jpush_secret: str = field(default="", repr=False)
    jpush_url: str = JPUSH_URL

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> Self:
        """Read and check them.

        Raises:
            BadSetting: a value that cannot be used, by name and without its secrets.
        """
        key, secret = _text(settings, "ALERT_JPUSH_KEY"), _text(settings, "ALERT_JPUSH_SECRET")
        if bool(key) != bool(secret):
            raise BadSetting("ALERT_JPUSH_KEY and ALERT_JPUSH_SECRET (the master secret) go together: set both")
        return cls(
            webhook=_address(settings, "ALERT_WEBHOOK_URL"),
            mail=_mail(settings),
            jpush_key=key,
            jpush_secret=secret,
            jpush_url=_address(settings, "ALERT_JPUSH_URL") or JPUSH_URL,
        )


def _text(settings: BaseSettings, name: str) -> str:
    return str(settings.get(name) or "").strip()


def _address(settings: BaseSettings, name: str) -> str:
    url = _text(settings, name)
    try:
        parts = urlsplit(url)
        good = not url or (parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0)
    except ValueError:  # brackets that hold no IPv6 address, a port that is no number
        good = False
    if not good:
        raise BadSetting(f"{name} must begin with https:// or http:// and a host (its value is not shown)")
    return url


def _mail(settings: BaseSettings) -> MailServer | None:
    url = _text(settings, "ALERT_EMAIL_SERVER")
    if not url:
        return None
    to = tuple(part.strip() for part in _text(settings, "ALERT_EMAIL_TO").split(",") if part.strip())
    sender = _text(settings, "ALERT_EMAIL_FROM") or "".join(to[:1])
    if not to:
        raise BadSetting("ALERT_EMAIL_TO says whom to tell, and it is not set")
    if bad := [address for address in (*to, sender) if "@" not in address or any(char.isspace() for char in address)]:
        raise BadSetting(f"ALERT_EMAIL_TO and ALERT_EMAIL_FROM must be mail addresses, {bad[0]!r} is none")
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS[parts.scheme]
    except (ValueError, KeyError):
        port = 0
    if not port or not parts.hostname:
        raise BadSetting(
            "ALERT_EMAIL_SERVER must be smtp://user:password@host:587 or smtps://user:password@host:465"
            " (its value is not shown)"
        )
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    is_tls = parts.scheme == "smtps"
    return MailServer(host=parts.hostname, port=port, sender=sender, to=to, is_tls=is_tls, user=user, password=password)
