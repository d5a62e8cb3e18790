"""Which request fails, and how: decided by seed, address and attempt, so that a run can be repeated."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zhihu_crawler.errors import BadSetting
from zhihu_crawler.sandbox.blocks import BLOCKS, FAULT_NAMES, RESHAPED, SIGNALS
from zhihu_crawler.sandbox.dice import Dice

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zhihu_crawler.sandbox.blocks import Scope

ALL_SIGNALS = "signals"
"""Name of all signals together, of which each befalls the share of addresses that is given."""
IN_A_ROW = 2
"""Times that one address fails before it succeeds, where it was not asked to fail always."""
_ARGUED = {"slow": 1.0, "429": 1.0}
"""Faults that take a number, and its usual value: seconds to wait, seconds of Retry-After."""
MOST_REMEMBERED = 100_000
"""Addresses whose attempts are counted; past it the count begins anew, so that a long run stays small."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A way to fail: ``argument`` is in seconds; ``always`` never lets a request through."""

    name: str
    argument: float = 0.0
    always: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """Whom a fault befalls: a share of all addresses, or those that a pattern is found in."""

    fault: Fault
    rate: float = 1.0
    pattern: re.Pattern[str] | None = None


def read_fault(text: str) -> Fault:
    """Read ``NAME[:SECONDS][:always]``.

    Raises:
        BadSetting: no such fault, or a number that is none.
    """
    name, *words = text.split(":")
    if name not in FAULT_NAMES:
        raise BadSetting(f"--fault {text!r}: no fault {name!r}; there are {', '.join(sorted(FAULT_NAMES))}")
    numbers = [word for word in words if word != "always"]
    if len(numbers) > 1 or (numbers and name not in _ARGUED):
        raise BadSetting(f"--fault {text!r}: {name} takes {'one number' if name in _ARGUED else 'no number'}")
    argument = _number(numbers[0], text) if numbers else _ARGUED.get(name, 0.0)
    return Fault(name, argument, "always" in words)


def _number(text: str, option: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 3600:
        raise BadSetting(f"--fault {option!r}: {text!r} is no number from 0 to 3600")
    return number


def read_rules(rates: Iterable[str], urls: Iterable[str]) -> tuple[Rule, ...]:
    """Read the values of ``--fault NAME=RATE[:always]`` and ``--fault-url REGEX=NAME``; addresses come first.

    Raises:
        BadSetting: a value that cannot be read, and why.
    """
    return (*(_rule_of_url(text) for text in urls), *(rule for text in rates for rule in _rules_of_rate(text)))


def _rules_of_rate(text: str) -> list[Rule]:
    """``signals=RATE`` is each of the signals at that rate."""
    name, mark, tail = text.rpartition("=")
    return [_rule_of_rate(f"{one}{mark}{tail}") for one in (SIGNALS if name == ALL_SIGNALS else (name,))]


def _rule_of_rate(text: str) -> Rule:
    name, mark, tail = text.rpartition("=")
    value, _, word = tail.partition(":")
    rate = _number(value, text) if mark else -1.0
    if not 0 <= rate <= 1 or word not in ("", "always"):
        raise BadSetting(f"--fault {text!r} must be NAME=RATE, such as 429=0.1: RATE is 0 to 1, then perhaps :always")
    return Rule(read_fault(f"{name}:{word}" if word else name), rate=rate)


def _rule_of_url(text: str) -> Rule:
    pattern, mark, name = text.rpartition("=")
    if not mark or not pattern:
        raise BadSetting(f"--fault-url {text!r} must be REGEX=NAME, such as '/question/2400=gone:always'")
    try:
        return Rule(read_fault(name), pattern=re.compile(pattern))
    except re.error as error:
        raise BadSetting(f"--fault-url {text!r}: {pattern!r} is no regular expression: {error}") from error


class Faults:
    """Decides for each request; remembers only how often the addresses that are to fail were asked for."""

    def __init__(self, seed: int, rules: tuple[Rule, ...]) -> None:
        self._seed = seed
        self._rules = rules
        self._attempts: dict[int, int] = {}

    def decide(self, url: str, *, of: Scope) -> Fault | None:
        """Return how a request fails, ``None`` where it does not.

        Args:
            url: host, path and query.
            of: what is asked for; some faults are only of pages, of the API or of its listings.
        """
        for place, rule in enumerate(self._rules):
            if _fits(rule.fault.name, of) and self._is_hit(rule, place, url):
                if rule.fault.always:
                    return rule.fault
                if self._has_turn(place, url):
                    return rule.fault
        self._forget(url)
        return None

    def _is_hit(self, rule: Rule, place: int, url: str) -> bool:
        if rule.pattern:
            return rule.pattern.search(url) is not None
        return Dice(self._seed, "fault", place, url).chance(rule.rate)

    def _has_turn(self, place: int, url: str) -> bool:
        """Once or twice it fails; other faults of the same address have their turns before or after."""
        key = hash((place, url))
        if len(self._attempts) >= MOST_REMEMBERED:
            self._attempts.clear()
        attempt = self._attempts.get(key, 0) + 1
        if attempt > Dice(self._seed, "turns", place, url).between(1, IN_A_ROW):
            return False
        self._attempts[key] = attempt
        return True

    def _forget(self, url: str) -> None:
        """An address that got through begins anew, with all its faults."""
        for place in range(len(self._rules)):
            self._attempts.pop(hash((place, url)), None)


def _fits(name: str, of: Scope) -> bool:
    scope = BLOCKS[name].scope if name in BLOCKS else RESHAPED.get(name, "any")
    return scope in ("any", of) or (scope == "api" and of != "page")
