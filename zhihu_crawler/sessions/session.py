"""One session: who it is, how it stands, and the secrets that nobody sees."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NoReturn, Self

from pydantic import SecretStr

from zhihu_crawler.config.sessions import check_name, check_proxy, shown_proxy
from zhihu_crawler.sessions.cookies import Cookies

if TYPE_CHECKING:
    from collections.abc import Mapping

_TIMES = ("created", "used", "checked", "until")


class State(StrEnum):
    """How a session stands with the site."""

    GOOD = "good"
    EXPIRED = "expired"
    """Not logged in any more: only ``scrapy login`` makes it good again."""
    LIMITED = "limited"
    """The site wants less of it until a time; the log-in is good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A log-in of one account.

    ``name`` is a plain word that stands in logs, queues and stats. ``account`` is the display name, ``token`` the
    url_token. ``created``, ``used``, ``checked`` and ``until`` (the end of LIMITED) are times of UTC; ``reason`` says
    in a few words why it is not GOOD. ``is_local`` is a session of the sandbox: it never goes to the site, and one of
    the site never to the sandbox.

    Cookies and proxy are not in its ``repr``, it has no JSON, and it is not pickled.
    """

    name: str
    cookies: Cookies = field(repr=False)
    user_agent: str = field(repr=False)
    created: datetime
    account: str | None = None
    token: str | None = None
    proxy: SecretStr | None = field(default=None, repr=False)
    used: datetime | None = None
    checked: datetime | None = None
    state: State = State.GOOD
    reason: str = ""
    until: datetime | None = None
    is_local: bool = False

    def __post_init__(self) -> None:
        check_name(self.name)

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"session {self.name!r} holds secrets and is not pickled: keep its name")

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    @property
    def proxy_shown(self) -> str:
        """The proxy's scheme, host and port, empty without one."""
        return shown_proxy(self.proxy.get_secret_value()) if self.proxy else ""

    def state_at(self, now: datetime) -> State:
        """Return its state: a limit that is over is none."""
        is_over = self.state is State.LIMITED and self.until is not None and self.until <= now
        return State.GOOD if is_over else self.state

    def with_state(self, state: State, reason: str = "", until: datetime | None = None) -> Session:
        """Return it in another state."""
        return replace(self, state=state, reason=reason, until=until)

    def dump(self) -> dict[str, Any]:
        """Return all of it for its file, secrets too."""
        times = {name: _written(getattr(self, name)) for name in _TIMES}
        proxy = self.proxy.get_secret_value() if self.proxy else None
        plain = {name: getattr(self, name) for name in ("name", "account", "token", "user_agent", "reason", "is_local")}
        return {
            "version": 1,
            **plain,
            **times,
            "state": self.state.value,
            "proxy": proxy,
            "cookies": self.cookies.dump(),
        }

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> Self:
        """Make one of what ``dump`` gave.

        Raises:
            KeyError, TypeError, ValueError: something is missing or is not what it must be.
        """
        return cls(
            name=data["name"],
            account=data.get("account"),
            token=data.get("token"),
            user_agent=str(data["user_agent"]),
            cookies=Cookies(data["cookies"]),
            proxy=SecretStr(check_proxy(data["proxy"])) if data.get("proxy") else None,
            created=_time(data, "created") or utc_now(),
            used=_time(data, "used"),
            checked=_time(data, "checked"),
            state=State(data.get("state", State.GOOD)),
            reason=str(data.get("reason") or ""),
            until=_time(data, "until"),
            is_local=bool(data.get("is_local", False)),
        )


def _time(data: Mapping[str, Any], name: str) -> datetime | None:
    return datetime.fromisoformat(data[name]).astimezone(UTC) if data.get(name) else None


def utc_now() -> datetime:
    """Return the time in UTC, whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


def _written(time: datetime | None) -> str | None:
    return time.astimezone(UTC).isoformat() if time else None
