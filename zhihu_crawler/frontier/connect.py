"""The one place that makes Redis clients from ``REDIS_URL``.

==========================================  ==================================================================
``redis://:password@host:6379/0``           one server
``rediss://user:password@host:6379/0``      the same through TLS (``?ssl_ca_certs=...&ssl_cert_reqs=required``)
``unix:///run/redis.sock?db=0``             one server on this machine
``redis+sentinel://host1:26379,host2/name/0``  the master that sentinels name; ``:password@`` is the master's,
                                            ``?sentinel_password=`` the sentinels'; ``rediss+sentinel`` is TLS
``redis+cluster://host1:6379,host2:6379``   a cluster, found through any of its nodes; ``rediss+cluster`` is TLS
==========================================  ==================================================================

A command is sent once: the client's own retries are off, because a pop whose reply was lost must not be repeated
unseen. Whoever calls decides what may be sent again. A host's name is resolved anew for every connection, and a
sentinel is asked again, so that a server that moved is found.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

import redis as sync_redis
from redis import asyncio as async_redis
from redis import exceptions
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

from zhihu_crawler.errors import BadSetting

if TYPE_CHECKING:
    from collections.abc import Mapping

_FORMS = ("redis", "rediss", "unix", "redis+sentinel", "rediss+sentinel", "redis+cluster", "rediss+cluster")
_SENTINEL_PORT, _REDIS_PORT = 26379, 6379
_PASSING = re.compile(r"(^|-)(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|OOM|MISCONF|BUSY|NOREPLICAS)\b")
"""Refusals that end by themselves or by an operator's hand, alone or as the reason why a script ended."""
_PASSING_ERRORS = (
    exceptions.ConnectionError,
    exceptions.TimeoutError,
    exceptions.ReadOnlyError,
    exceptions.OutOfMemoryError,
    exceptions.ClusterError,
    exceptions.ClusterDownError,
    exceptions.TryAgainError,
    OSError,
)


@dataclass(frozen=True, slots=True)
class Address:
    """What ``REDIS_URL`` says. ``shown`` is it without user, password and query, for logs."""

    form: str
    shown: str
    hosts: tuple[tuple[str, int], ...] = ()
    service: str = ""
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)
    sentinel_options: Mapping[str, Any] = field(default_factory=dict, repr=False)


def read_address(url: str) -> Address:
    """Read ``REDIS_URL``.

    Raises:
        BadSetting: it is none of the forms above; the password is not in the message.
    """
    shown = show(url)
    form = url.partition("://")[0]
    if form not in _FORMS:
        raise BadSetting(f"REDIS_URL ({shown}) must begin with one of {', '.join(f'{form}://' for form in _FORMS)}")
    try:
        return _read_hosts(url, shown) if "+" in form else Address(form, shown, options=_options(url))
    except (ValueError, TypeError) as error:
        raise BadSetting(f"REDIS_URL ({shown}) cannot be used: {error}") from error


def _options(url: str) -> dict[str, Any]:
    """Read an address of one server as the library does; a part of the query that it does not know is a TypeError."""
    options: dict[str, Any] = {**async_redis.connection.parse_url(url)}
    options.pop("connection_class", async_redis.Connection)(**options)  # made, not opened
    return options


def show(url: str) -> str:
    """Return an address without user, password and query, for logs and messages."""
    scheme, found, rest = url.partition("://")
    if not found:
        return "no address"
    return f"{scheme}://{rest.partition('?')[0].rpartition('@')[2]}"


def _read_hosts(url: str, shown: str) -> Address:
    """Read ``form://[user:password@]host[:port],host[:port][/service[/db]][?query]``."""
    form, _, rest = url.partition("://")
    rest, _, query = rest.partition("?")
    places, _, path = rest.partition("/")
    credentials, _, names = places.rpartition("@")
    asked = dict(parse_qsl(query))
    sentinel = {name.removeprefix("sentinel_"): asked.pop(name) for name in list(asked) if name.startswith("sentinel_")}
    options = _options(f"{form.partition('+')[0]}://{credentials}@host?{urlencode(asked)}")
    del options["host"]
    is_sentinel = form.endswith("sentinel")
    hosts = tuple(_host(name, _SENTINEL_PORT if is_sentinel else _REDIS_PORT) for name in names.split(","))
    service, _, number = path.partition("/")
    if is_sentinel and not service:
        raise ValueError("the name of the master is missing, as in redis+sentinel://host:26379/mymaster/0")
    if is_sentinel:
        options["db"] = int(number or 0)
    return Address(form, shown, hosts, unquote(service), options, sentinel)


def _host(text: str, port: int) -> tuple[str, int]:
    parts = urlsplit(f"//{text}")
    if not parts.hostname:
        raise ValueError(f"{text!r} is no host")
    return parts.hostname, parts.port or port


def _policy(timeout: float, name: str, retry: Any) -> dict[str, Any]:
    """What every client is made with, whatever the address says. RESP2: no notices between the replies."""
    return {
        "socket_timeout": timeout,
        "socket_connect_timeout": timeout,
        "socket_keepalive": True,
        "retry": retry,
        "client_name": name,
        "protocol": 2,
        "decode_responses": False,
    }


class _Master(async_redis.Redis):
    """A client of the master that sentinels name; closing it closes those to the sentinels too."""

    async def aclose(self, close_connection_pool: bool | None = None) -> None:  # noqa: FBT001  # the library's signature
        await super().aclose(close_connection_pool)
        await self.connection_pool.sentinel_manager.aclose()  # type: ignore[attr-defined]  # a sentinels' pool has it


class _SyncMaster(sync_redis.Redis):
    """The same, blocking."""

    def close(self) -> None:
        super().close()
        for sentinel in self.connection_pool.sentinel_manager.sentinels:  # type: ignore[attr-defined]  # as above
            sentinel.close()


def connect(url: str, *, timeout: float = 5.0, name: str = "zhihu_crawler") -> async_redis.Redis:
    """Make a client for the running event loop; nothing is sent yet.

    Args:
        url: as above.
        timeout: seconds after which a connection or a reply counts as failed.
        name: how the connections are called in ``CLIENT LIST``.

    Raises:
        BadSetting: the address cannot be used.
    """
    client: async_redis.Redis = _make(
        read_address(url), _policy(timeout, name, AsyncRetry(NoBackoff(), 0)), async_redis
    )
    return client


def connect_sync(url: str, *, timeout: float = 5.0, name: str = "zhihu_crawler") -> sync_redis.Redis:
    """Make a blocking client, for commands; arguments and errors are those of ``connect``."""
    client: sync_redis.Redis = _make(read_address(url), _policy(timeout, name, Retry(NoBackoff(), 0)), sync_redis)
    return client


def _make(address: Address, policy: dict[str, Any], library: Any) -> Any:
    options = {**address.options, **policy}
    is_tls = address.form.startswith("rediss")
    if address.form.endswith("cluster"):
        nodes = [library.cluster.ClusterNode(host, port) for host, port in address.hosts]
        return library.RedisCluster(startup_nodes=nodes, ssl=is_tls, **options)
    if address.form.endswith("sentinel"):
        kept = ("socket_timeout", "socket_connect_timeout", "retry", "protocol")
        own = {name: policy[name] for name in kept} | dict(address.sentinel_options)
        sentinel = library.sentinel.Sentinel(address.hosts, sentinel_kwargs=own | ({"ssl": True} if is_tls else {}))
        master = _Master if library is async_redis else _SyncMaster
        return sentinel.master_for(address.service, redis_class=master, **options, **({"ssl": True} if is_tls else {}))
    return library.Redis.from_pool(_pool(address, options, library))


def _pool(address: Address, options: dict[str, Any], library: Any) -> Any:
    kinds = {"rediss": library.SSLConnection, "unix": library.UnixDomainSocketConnection}
    if address.form == "unix":
        del options["socket_keepalive"]  # of TCP alone
    return library.ConnectionPool(connection_class=kinds.get(address.form, library.Connection), **options)


def is_passing(error: BaseException) -> bool:
    """Say whether Redis did not answer, or refused for a reason that passes: the same may be asked again later."""
    if isinstance(error, exceptions.AuthenticationError):
        return False
    return isinstance(error, _PASSING_ERRORS) or bool(_PASSING.search(str(error)))


def tell(error: BaseException, url: str) -> str:
    """Say in one line what is wrong with Redis, and where; without a password."""
    where = f"Redis at {show(url)}"
    what = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, exceptions.AuthenticationError):
        return f"{where} refuses the log-in: {what}. Check user and password in REDIS_URL"
    if isinstance(error, exceptions.TimeoutError | TimeoutError):
        return f"{where} does not answer: {what}"
    if isinstance(error, exceptions.ConnectionError | OSError):
        return f"{where} cannot be reached: {what}"
    if isinstance(error, exceptions.OutOfMemoryError) or "OOM command not allowed" in what:
        return f"{where} is full: {what} Raise its maxmemory; nothing is lost meanwhile"
    return f"{where} refuses: {what}"
