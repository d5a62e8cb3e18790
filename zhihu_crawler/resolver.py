"""Names of servers and proxies, resolved again after a while: Scrapy's own cache keeps an address until the crawl ends.

An answer is used for ``DNSCACHE_TTL_SECONDS``, or until a connection fails (``expire``). A name that cannot be resolved
is asked for again after ``RETRY_SECONDS``; meanwhile its last address is used, for ``DNSCACHE_STALE_SECONDS`` at most.

Twisted's handler of http and https (the default one) and its proxies go through this, for IPv4 and IPv6. The handlers
on aiohttp and httpx, which have to be chosen, do not: they resolve for themselves, the former every 10 s.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self, cast

from scrapy.resolver import HostResolution
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IHostnameResolver, IResolutionReceiver
from zope.interface import implementer  # type: ignore[import-untyped]  # it has no types

from zhihu_crawler.config import NetworkConfig

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from scrapy.crawler import Crawler
    from twisted.internet.interfaces import IAddress, IHostResolution

logger = logging.getLogger(__name__)
RETRY_SECONDS = 5.0
"""How soon a name is asked for again at the earliest, whatever fails."""
Key = tuple[str, frozenset[Any] | None]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a name: its addresses, when they were found, until when nobody is asked again."""

    addresses: tuple[Any, ...]
    found: float
    until: float
    is_stale: bool = False


class NameCache:
    """Answers and how long they hold; times are of a clock that never goes back."""

    def __init__(self, *, ttl: float, stale: float, size: int) -> None:
        self._ttl, self._stale, self._size = ttl, stale, size
        self._known: OrderedDict[Key, Known] = OrderedDict()

    def fresh(self, key: Key, now: float) -> Known | None:
        """Return what holds still; ``None`` when the name has to be asked for."""
        known = self._known.get(key)
        return known if known and now < known.until else None

    def learn(self, key: Key, addresses: Sequence[Any], now: float) -> tuple[Known | None, Known]:
        """Take an answer, empty where there was none; return what was known before, and what is to be used now."""
        before = self._known.get(key)
        retry = min(self._ttl, RETRY_SECONDS)
        if addresses:
            known = Known(tuple(addresses), now, now + self._ttl)
        elif before and before.addresses and now - before.found <= self._stale:
            known = replace(before, until=now + retry, is_stale=True)
        else:
            known = Known((), now, now + retry)
        self._known[key] = known
        self._known.move_to_end(key)
        while len(self._known) > self._size:
            self._known.popitem(last=False)
        return before, known

    def expire(self, name: str, now: float) -> None:
        """Have a name asked for again, RETRY_SECONDS after it was last found at the earliest."""
        for key, known in self._known.items():
            if key[0] == name and known.addresses:
                self._known[key] = replace(known, until=min(known.until, max(now, known.found + RETRY_SECONDS)))


@implementer(IHostnameResolver)
class Resolver:
    """Twisted's own resolver behind a cache whose answers grow old; set as TWISTED_DNS_RESOLVER."""

    def __init__(self, reactor: Any, config: NetworkConfig) -> None:
        self._reactor, self._timeout = reactor, config.timeout
        self._original: Any = reactor.nameResolver  # mypy takes the methods of an interface for static ones
        self._cache = NameCache(ttl=config.ttl, stale=config.stale, size=config.size)
        self._asked: dict[Key, list[Deferred[Known]]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: Any) -> Self:
        """Make it; Scrapy calls this once a process."""
        return cls(reactor, NetworkConfig.from_settings(crawler.settings))

    def install_on_reactor(self) -> None:
        """Put it where all of Twisted's connections by name ask."""
        self._reactor.installNameResolver(self)

    def expire(self, name: str) -> None:
        """Ask for a name again, soon: a connection to its address failed."""
        self._cache.expire(name.lower(), self._reactor.seconds())

    def resolveHostName(  # noqa: N802  # Twisted's name
        self,
        resolutionReceiver: Any,  # noqa: N803  # as above
        hostName: str,  # noqa: N803  # as above
        portNumber: int = 0,  # noqa: N803  # as above
        addressTypes: Sequence[type[IAddress]] | None = None,  # noqa: N803  # as above
        transportSemantics: str = "TCP",  # noqa: N803  # as above
    ) -> IHostResolution:
        """Give the addresses of a name to a receiver: those that are known, or those that Twisted's resolver finds."""
        key = (hostName.lower(), None if addressTypes is None else frozenset(addressTypes))
        resolution = cast("IHostResolution", HostResolution(hostName))
        resolutionReceiver.resolutionBegan(resolution)

        def give(known: Known) -> None:
            for address in known.addresses:
                resolutionReceiver.addressResolved(_at_port(address, portNumber))
            resolutionReceiver.resolutionComplete()

        if known := self._cache.fresh(key, self._reactor.seconds()):
            give(known)
        else:
            self._wait(key, addressTypes, transportSemantics).addCallback(give)
        return resolution

    def _wait(self, key: Key, types: Sequence[type[IAddress]] | None, semantics: str) -> Deferred[Known]:
        """Return what will be known; who asks for a name that is being asked for waits for the same answer."""
        waiting: Deferred[Known] = Deferred()
        is_asked = key in self._asked
        self._asked.setdefault(key, []).append(waiting)
        if not is_asked:
            late = self._reactor.callLater(self._timeout, self._answered, key, ())
            receiver = _Collector(lambda addresses: self._answered(key, addresses, late))
            self._original.resolveHostName(receiver, key[0], 0, types, semantics)
        return waiting

    def _answered(self, key: Key, addresses: Sequence[Any], late: Any = None) -> None:
        """Take an answer, or the lack of one in time; one that comes after that is kept for the next who asks."""
        if late is not None and late.active():
            late.cancel()
        elif late is not None and not addresses:
            return  # too late, and nothing
        before, known = self._cache.learn(key, addresses, self._reactor.seconds())
        _log(key[0], before, known, self._reactor.seconds())
        for waiting in self._asked.pop(key, ()):
            waiting.callback(known)


@implementer(IResolutionReceiver)
class _Collector:
    """Gathers the addresses of one answer."""

    def __init__(self, complete: Any) -> None:
        self._complete = complete
        self._addresses: list[Any] = []

    def resolutionBegan(self, resolutionInProgress: IHostResolution) -> None:  # noqa: N802, N803  # Twisted's names
        """Called first; nothing to do."""

    def addressResolved(self, address: IAddress) -> None:  # noqa: N802  # as above
        """Take one; the port is the asker's."""
        self._addresses.append(address)

    def resolutionComplete(self) -> None:  # noqa: N802  # as above
        """Hand them over."""
        self._complete(self._addresses)


def _at_port(address: Any, port: int) -> IPv4Address | IPv6Address:
    """Return an address with the port of who asks now."""
    if isinstance(address, IPv6Address):
        return IPv6Address(address.type, address.host, port, address.flowInfo, address.scopeID)
    return IPv4Address(address.type, address.host, port)


def _log(name: str, before: Known | None, known: Known, now: float) -> None:
    if known.is_stale and not (before and before.is_stale):
        hosts, age = ", ".join(_hosts(known)), now - known.found
        logger.warning("%s cannot be resolved now; its address of %.0f s ago is used meanwhile: %s", name, age, hosts)
    elif before and before.is_stale and not known.addresses:
        logger.warning("%s cannot be resolved, and its last address is too old to be used", name)
    elif before and before.is_stale and not known.is_stale:
        logger.info("%s is resolved again: %s", name, ", ".join(_hosts(known)))
    elif before and before.addresses and known.addresses and set(_hosts(before)).isdisjoint(_hosts(known)):
        logger.info("%s has moved from %s to %s", name, ", ".join(_hosts(before)), ", ".join(_hosts(known)))


def _hosts(known: Known) -> Iterator[str]:
    return (address.host for address in known.addresses)
