"""Settings of the store: which MongoDB, how items are gathered for it, how long a fault is waited for."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import unquote

from pymongo.errors import PyMongoError
from pymongo.uri_parser import SRV_SCHEME, parse_uri

from zhihu_crawler.config._values import read_number
from zhihu_crawler.errors import BadSetting

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

DATABASE = "zhihu"
"""The database where the URI names none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreConfig:
    """Settings whose names begin with ``MONGODB_``; times are in seconds.

    ``uri`` may hold a password, so it is no part of the repr; show ``safe_uri``. ``database`` is the URI's path.
    ``batch_size`` items, or what came in ``flush`` seconds, are written at once, ``in_flight`` such batches at a time.
    ``wtimeout`` is how long one write may wait for its majority, ``start`` how long a crawl may wait for a server
    before its first page. What cannot be written is tried anew for ``retry`` seconds, then goes to ``spool_dir``.
    """

    uri: str = field(repr=False)
    database: str = DATABASE
    batch_size: int = 200
    flush: float = 0.1
    in_flight: int = 4
    wtimeout: float = 10.0
    start: float = 10.0
    retry: float = 60.0
    spool_dir: Path = Path("spool")

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> Self | None:
        """Read and check them; ``None`` without a MONGODB_URI: the crawl then has no store.

        Raises:
            BadSetting: a value that cannot be used, by name and without the password.
        """
        uri = str(settings.get("MONGODB_URI") or "").strip()
        if not uri:
            return None
        return cls(
            uri=uri,
            database=_database(uri),
            batch_size=int(read_number(settings, "MONGODB_BATCH_SIZE", 200, least=1, most=10_000)),
            flush=read_number(settings, "MONGODB_FLUSH_SECONDS", 0.1, least=0.001, most=60),
            in_flight=int(read_number(settings, "MONGODB_BATCHES_IN_FLIGHT", 4, least=1, most=100)),
            wtimeout=read_number(settings, "MONGODB_WTIMEOUT_SECONDS", 10, least=0.1, most=600),
            start=read_number(settings, "MONGODB_START_SECONDS", 10, least=0.1, most=600),
            retry=read_number(settings, "MONGODB_RETRY_SECONDS", 60, least=0, most=86_400),
            spool_dir=Path(settings.get("MONGODB_SPOOL_DIR") or "spool"),
        )

    @property
    def safe_uri(self) -> str:
        """The URI with ``***`` for the password, and without its options."""
        return without_password(self.uri).partition("?")[0]

    def hide(self, text: str) -> str:
        """Return a message of a library with the password, as written or decoded, replaced by ``***``."""
        return _hide(text, self.uri)


def without_password(uri: str) -> str:
    """Return a URI with ``***`` where its password was, even when the URI is malformed."""
    scheme, mark, rest = uri.rpartition("://") if uri.count("://") == 1 else uri.partition("://")
    user_info, at, hosts = rest.rpartition("@")
    user, colon, _ = user_info.partition(":")
    return f"{scheme}{mark}{user}{colon and ':***'}{at}{hosts}" if at else uri


def _hide(text: str, uri: str) -> str:
    _, _, password = uri.partition("://")[2].rpartition("@")[0].partition(":")
    for secret in {password, unquote(password)} - {""}:
        text = text.replace(secret, "***")
    return text


def _database(uri: str) -> str:
    """Return the database that a URI names.

    A URI of ``mongodb+srv`` is looked at, not resolved: names are the client's business.
    """
    looked_at = uri.replace(SRV_SCHEME, "mongodb://", 1) if uri.startswith(SRV_SCHEME) else uri
    try:
        parts = parse_uri(looked_at)
    except (PyMongoError, ValueError) as error:
        raise BadSetting(
            f"MONGODB_URI ({without_password(uri)!r}) cannot be used: {_hide(str(error), uri)}; "
            "it is written like mongodb://host1,host2,host3/zhihu?replicaSet=rs0"
        ) from None  # the cause may quote the password
    if parts["options"].get("w") == 0:
        raise BadSetting(f"MONGODB_URI ({without_password(uri)!r}): w=0 asks for no word of a write; leave it out")
    if parts["collection"]:
        raise BadSetting(f"MONGODB_URI ({without_password(uri)!r}) names a database and no more, such as .../zhihu")
    return str(parts["database"] or DATABASE)
