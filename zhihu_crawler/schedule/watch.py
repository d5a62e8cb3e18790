"""Looks at the facts, and tells people by the alerts of the plan: whoever looks, each condition is told once.

What was told is kept in Redis, so that schedulers on several machines tell it once together. A message that was sent
while its sender died may come a second time; none is lost.
"""

from __future__ import annotations

import json
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from redis.exceptions import LockError, RedisError

from zhihu_crawler.config import AlertConfig
from zhihu_crawler.errors import ChannelError, RunError
from zhihu_crawler.schedule.channels import channels_of
from zhihu_crawler.schedule.facts import gatherer
from zhihu_crawler.schedule.incidents import Incident, Message, Terms, step
from zhihu_crawler.schedule.rules import find, hold
from zhihu_crawler.schedule.scripts import patiently

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from zhihu_crawler.schedule.alerts import Alert
    from zhihu_crawler.schedule.channels import Channel
    from zhihu_crawler.schedule.facts import Facts
    from zhihu_crawler.schedule.file import Plan
    from zhihu_crawler.schedule.shop import Shop

logger = logging.getLogger(__name__)
KEY = "{schedule:alerts}"
_LOCK_SECONDS = 180.0
SENDING_SECONDS = 60.0
"""How long one look sends messages; what is left is sent by the next."""


@dataclass(frozen=True, slots=True)
class Tried:
    """How it went to send a message by a channel."""

    line: str
    is_good: bool


class Watch:
    """The alerts of a plan.

    Args:
        shop: what it works with.
        plan: whose alerts.
        facts: gathers what they look at.
        channels: by name, those that are set up.
    """

    def __init__(
        self, shop: Shop, plan: Plan, facts: Callable[[Shop, Plan], Facts], channels: Mapping[str, Channel]
    ) -> None:
        self._shop, self._plan, self._facts, self._channels = shop, plan, facts, channels

    def look(self) -> list[str]:
        """Look once, and send what is to be told; returns what was new, as lines. Where another looks, it does not.

        Raises:
            RedisError: Redis does not answer.
        """
        rules = [rule for rule in self._plan.alerts if rule.enabled]
        if not rules:
            return []
        lock = self._shop.client.lock(f"{KEY}:lock", timeout=_LOCK_SECONDS, blocking=False)
        if not lock.acquire():
            return []
        try:
            return self._looked(rules)
        finally:
            try:
                lock.release()
            except (LockError, RedisError) as error:  # it ended by itself
                logger.debug("alerts: the lock was not released: %s", error)

    def _looked(self, rules: list[Alert]) -> list[str]:
        try:
            facts = self._facts(self._shop, self._plan)
        except RedisError:
            raise
        except Exception:  # a fault of what gathers must not stop the schedules
            logger.exception("alerts: the facts cannot be gathered")
            return []
        before = self._read()
        after = {key: value for rule in rules for key, value in self._judged(rule, facts, before)}
        lines = [new.message.line for key, new in after.items() if new.message and _is_news(new, before.get(key))]
        self._keep(before, after)
        for line in lines:
            logger.warning("%s", line)
        self._send(after, facts.at.timestamp())
        return lines

    def _judged(self, rule: Alert, facts: Facts, before: Mapping[str, Incident]) -> Iterator[tuple[str, Incident]]:
        """Give what is to be remembered of a rule, by key."""
        found = find(rule, facts)
        terms = Terms(rule.name, tuple(rule.to), hold(rule), rule.repeat)
        known = {key.partition("\n")[2] for key in before if key.partition("\n")[0] == rule.name}
        is_blind = "" in found and found[""] is None
        for subject in sorted(known | found.keys()):
            key = f"{rule.name}\n{subject}"
            is_unknown = is_blind or (subject in found and found[subject] is None)
            incident = (
                before.get(key) if is_unknown else step(terms, subject, found.get(subject), before.get(key), facts.at)
            )
            if incident is not None:
                yield key, incident

    def _read(self) -> dict[str, Incident]:
        told = cast("dict[bytes, bytes]", patiently(lambda: self._shop.client.hgetall(KEY)))
        return {key.decode(): Incident.from_dict(json.loads(value)) for key, value in told.items()}

    def _keep(self, before: Mapping[str, Incident], after: Mapping[str, Incident]) -> None:
        for key in before.keys() - after.keys():
            patiently(lambda key=key: self._shop.client.hdel(KEY, key))  # type: ignore[misc]  # bound at once
        for key, incident in after.items():
            if incident != before.get(key):
                self._write(key, incident)

    def _write(self, key: str, incident: Incident) -> None:
        patiently(lambda: self._shop.client.hset(KEY, key, json.dumps(incident.as_dict())))

    def _send(self, incidents: Mapping[str, Incident], now: float) -> None:
        end = time.monotonic() + SENDING_SECONDS
        for key, incident in incidents.items():
            if incident.message and incident.pending and incident.again <= now and time.monotonic() < end:
                tried = {name: self._try(name, incident.message) for name in incident.pending}
                failed = [name for name, one in tried.items() if not one.is_good]
                for name in failed:
                    logger.error("alerts: %s", tried[name].line)
                self._write(key, incident.sent(failed, now))

    def _try(self, name: str, message: Message) -> Tried:
        channel = self._channels.get(name)
        if channel is None:
            return Tried(f"{name} is not set up: .env.example says how", is_good=False)
        try:
            channel.send(message)
        except ChannelError as error:
            return Tried(f"{name} did not take it: {error}", is_good=False)
        return Tried(f"{name} took it", is_good=True)

    def test(self, name: str | None) -> list[Tried]:
        """Send a message that says that it is a test, by the channels of an alert, or by all that alerts name.

        Raises:
            RunError: there is no such alert, or none at all.
        """
        rules = [rule for rule in self._plan.alerts if name in (None, rule.name)]
        if not rules:
            known = ", ".join(rule.name for rule in self._plan.alerts) or "none"
            raise RunError(f"there is no alert {name or ''}; there are: {known}", is_passing=False)
        now = time.time()
        message = Message(name or "test", "", "test", "this is a test: nothing is wrong", now, now)
        return [self._try(channel, message) for channel in _in_order(to for rule in rules for to in rule.to)]


def _in_order(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _is_news(new: Incident, old: Incident | None) -> bool:
    return old is None or new.message != old.message


def make_watch(shop: Shop, plan: Plan) -> Watch:
    """Make it with what the settings say.

    Raises:
        BadSetting: one cannot be used.
    """
    return Watch(shop, plan, gatherer(shop.settings), channels_of(AlertConfig.from_settings(shop.settings)))
