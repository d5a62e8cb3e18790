"""Who is logged in to the sandbox, for how long, and how often each session may ask."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

from zhihu_crawler.errors import BadSetting
from zhihu_crawler.sandbox.dice import hex_of

if TYPE_CHECKING:
    from collections.abc import Callable

Mode = Literal["open", "optional", "required"]
MODES: tuple[str, ...] = get_args(Mode)
MOST_LOGINS = 10_000
"""Sessions that are remembered; past it the oldest is forgotten, so that a long run stays small."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a session may do.

    ``mode``: ``open`` takes any z_c0 for a log-in, ``optional`` only those that were given out, ``required`` lets
    nobody read without one. A session ends after ``requests``. After every ``limit[0]`` requests the next ``limit[1]``
    are refused. More than ``rate[0]`` requests in ``rate[1]`` seconds are refused for as many seconds. After every
    ``renew`` requests it is given a new z_c0; the old one is good for as many more. A code to scan lives for
    ``qr_seconds``.
    """

    mode: Mode = "open"
    requests: int | None = None
    limit: tuple[int, int] | None = None
    rate: tuple[int, float] | None = None
    renew: int | None = None
    qr_seconds: float = 120.0


def read_pair(text: str, option: str) -> tuple[int, float]:
    """Read ``N:M``: a count and a number, both above 0.

    Raises:
        BadSetting: it is none.
    """
    front, _, back = text.partition(":")
    try:
        pair = int(front), float(back)
    except ValueError:
        pair = 0, 0.0
    if pair[0] < 1 or not 0 < pair[1] <= 86_400:
        raise BadSetting(f"{option} {text!r} must be two numbers above 0, such as 50:10")
    return pair


@dataclass(slots=True)
class Login:
    """One session: the account, how often it asked, after how many requests it ends, and when it asked of late.

    ``is_due`` says that the next reply that arrives whole brings a new z_c0.
    """

    account: int
    number: int
    asked: int = 0
    ends_after: int | None = None
    is_due: bool = False
    expired: bool = False
    limited_until: float = 0.0
    lately: deque[float] = field(default_factory=deque)


class Accounts:
    """All sessions by their z_c0. Account N is the user ``shili-t-N``.

    Args:
        seed: of the world; cookies follow from it, from the account and from how often that logged in.
        rules: what a session may do.
        clock: seconds that only go on; for ``rate`` alone.
    """

    def __init__(self, seed: int, rules: Rules, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._seed, self.rules, self._clock = seed, rules, clock
        self._logins: dict[str, Login] = {}
        self._numbers: dict[int, int] = {}

    def log_in(self, account: int) -> str:
        """Begin a session and return its z_c0."""
        number = self._numbers[account] = self._numbers.get(account, 0) + 1
        value = self._value(account, number)
        self._remember(value, Login(account, number))
        return value

    def who(self, z_c0: str | None) -> int | None:
        """Return the account of a z_c0, ``None`` where nobody is logged in with it."""
        login = self._find(z_c0)
        return None if login is None or login.expired else login.account

    def expire(self, account: int) -> int:
        """End all sessions of an account; return how many."""
        ended = [login for login in self._logins.values() if login.account == account and not login.expired]
        for login in ended:
            login.expired = True
        return len(ended)

    def ask(self, z_c0: str) -> bool:
        """Count a request of a session that is logged in; return whether it may be answered now.

        The request that is one too many ends the session: look with ``who`` afterwards.
        """
        login = self._find(z_c0)
        assert login
        login.asked += 1
        if self.rules.renew and login.asked % self.rules.renew == 0 and login.ends_after is None:
            login.is_due = True
        ends = [most for most in (self.rules.requests, login.ends_after) if most is not None]
        if ends and login.asked > min(ends):
            login.expired = True
            return False
        return not (self._is_over_limit(login) or self._is_too_fast(login))

    def renewed(self, z_c0: str) -> str | None:
        """Return a session's new z_c0 when it is time for one."""
        login, every = self._find(z_c0), self.rules.renew
        if login is None or every is None or not login.is_due:
            return None
        value = self.log_in(login.account)
        self._logins[value].asked = login.asked
        login.is_due, login.ends_after = False, login.asked + every
        return value

    def told(self) -> list[dict[str, object]]:
        """Say how all sessions stand, without their cookies."""
        return [
            {"account": login.account, "login": login.number, "requests": login.asked, "expired": login.expired}
            for login in self._logins.values()
        ]

    def _find(self, z_c0: str | None) -> Login | None:
        """Find a session; where any z_c0 is a log-in, one that was never seen is the next account's."""
        if z_c0 is None:
            return None
        if z_c0 not in self._logins and self.rules.mode == "open":
            account = len(self._numbers) + 1
            self._numbers[account] = 1
            self._remember(z_c0, Login(account, 1))
        return self._logins.get(z_c0)

    def _remember(self, value: str, login: Login) -> None:
        self._logins[value] = login
        if len(self._logins) > MOST_LOGINS:
            del self._logins[next(iter(self._logins))]

    def _value(self, account: int, number: int) -> str:
        """A z_c0 is written as the site writes it: fields with their lengths, and a signature."""
        ticket = hex_of("ticket", self._seed, account, number, length=80)
        return f"2|1:0|10:1790000000|4:z_c0|80:{ticket}|{hex_of('signature', ticket, length=64)}"

    def _is_over_limit(self, login: Login) -> bool:
        if self.rules.limit is None:
            return False
        good, refused = self.rules.limit
        return (login.asked - 1) % (good + refused) >= good

    def _is_too_fast(self, login: Login) -> bool:
        if self.rules.rate is None:
            return False
        most, seconds = self.rules.rate
        now = self._clock()
        if now < login.limited_until:
            return True
        while login.lately and login.lately[0] <= now - seconds:
            login.lately.popleft()
        if len(login.lately) >= most:
            login.limited_until = now + seconds
            return True
        login.lately.append(now)
        return False
