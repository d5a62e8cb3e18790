"""A request as JSON and back: compact, versioned, and unable to run code.

Only plain values travel. A callback is the name of a method of the spider's own class; anything else is refused. What
is at its default is left out: ``{"v":1,"u":"https://www.zhihu.com/question/1","c":"parse_question","k":{"id_":"1"}}``.
"""

from __future__ import annotations

import base64
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson
from scrapy import FormRequest, Request, Spider
from scrapy.http import JsonRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Container

VERSION = 1
LEASE = "frontier_lease"
"""Key in ``meta``: the lease under which a request is crawled. It never travels.

What takes a request's place (a retry, a redirect) has the same, what a page leads to has it with ``CHILD`` before it.
"""
CHILD = ">"
PUT_ASIDE = "put_aside"
"""Key in ``meta`` by which a callback says why its page is to be put aside; it does not travel either."""
_CLASSES: dict[str, type[Request]] = {kind.__name__: kind for kind in (Request, FormRequest, JsonRequest)}
_STRICT = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_SUBCLASS
"""What JSON has no word for is an error rather than something else on the other side."""


class UnserialisableError(ValueError):
    """A request that cannot travel; the message says which part of it."""


class UnreadableError(ValueError):
    """A payload that this worker cannot read; the message says why."""


def encode(request: Request, spider: Spider, headers: Container[bytes] | None = None) -> bytes:
    """Write a request.

    Args:
        request: what travels.
        spider: whose methods its callbacks are.
        headers: names of those that travel, where not all do: a retry has what middlewares set for the first try, the
            session's cookies among them, and they set it again.

    Raises:
        UnserialisableError: a callback that is no method of the spider, or a value that is not plain.
    """
    told: dict[str, Any] = {"v": VERSION, "u": request.url}
    if type(request) is not Request:
        told["t"] = _class_name(request)
    if request.callback is not None:
        told["c"] = _method_name(request.callback, spider)
    if request.errback is not None:
        told["e"] = _method_name(getattr(request.errback, "wrapped", request.errback), spider)
    told |= _plain(request, headers)
    try:
        return orjson.dumps(told, option=_STRICT)
    except TypeError as error:
        raise UnserialisableError(f"{_odd_part(told)}: {error}") from error


def _class_name(request: Request) -> str:
    name = type(request).__name__
    if _CLASSES.get(name) is not type(request):
        raise UnserialisableError(f"requests of the class {name} do not travel; {', '.join(_CLASSES)} do")
    return name


def _plain(request: Request, headers: Container[bytes] | None) -> dict[str, Any]:
    """Return the parts that differ from their defaults."""
    meta = {key: value for key, value in request.meta.items() if key not in (LEASE, PUT_ASIDE)}
    parts = {
        "k": request.cb_kwargs,
        "m": meta,
        "p": request.priority,
        "d": int(request.dont_filter),
        "C": request.cookies,
        "f": request.flags,
    }
    told = {name: value for name, value in parts.items() if value}
    if request.method != "GET":
        told["M"] = request.method
    if request.encoding != "utf-8":
        told["E"] = request.encoding
    if kept := {name: values for name, values in request.headers.items() if headers is None or name in headers}:
        told["h"] = {
            name.decode("latin-1"): [value.decode("latin-1") for value in values] for name, values in kept.items()
        }
    if request.body:
        told["b"] = base64.b64encode(request.body).decode("ascii")
    return told


def _odd_part(told: dict[str, Any]) -> str:
    names = {"k": "cb_kwargs", "m": "meta", "C": "cookies", "f": "flags", "u": "url"}
    for name, value in told.items():
        for key, part in value.items() if isinstance(value, dict) else ((None, value),):
            try:
                orjson.dumps({key or "": part}, option=_STRICT)
            except TypeError:
                where = names.get(name, name)
                return f"{where}[{key!r}] ({part!r:.100})" if key is not None else f"{where} ({part!r:.100})"
    return "the request"


def _method_name(method: Callable[..., Any], spider: Spider) -> str:
    name = getattr(method, "__name__", "")
    if name not in callbacks_of(spider) or getattr(spider, name, None) != method:
        raise UnserialisableError(f"{method!r:.100} is no method of the spider {spider.name!r}")
    return str(name)


@lru_cache(maxsize=8)
def callbacks_of(spider: Spider) -> frozenset[str]:
    """Return the names of a spider's own methods: what Scrapy's base class brings is none, but for ``parse``."""
    own = (kind for kind in type(spider).__mro__ if kind not in Spider.__mro__)
    names = {name for kind in own for name, value in vars(kind).items() if callable(value)}
    return frozenset(name for name in names | {"parse"} if not name.startswith("__"))


def decode(payload: bytes, spider: Spider) -> Request:
    """Read a request.

    Raises:
        UnreadableError: no JSON object, another version, an unknown callback or class, or values that make no request.
    """
    try:
        told = orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise UnreadableError(f"it is no JSON: {error}") from error
    if not isinstance(told, dict) or told.get("v") != VERSION:
        version = told.get("v") if isinstance(told, dict) else None
        raise UnreadableError(f"its version is {version!r:.50}, this worker reads {VERSION}")
    kind = _CLASSES.get(told.get("t", "Request"))
    if kind is None:
        raise UnreadableError(f"its class {told['t']!r:.100} is unknown")
    try:
        return kind(**_arguments(told, spider))
    except UnreadableError:
        raise
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise UnreadableError(f"it makes no request: {error}") from error


def _arguments(told: dict[str, Any], spider: Spider) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        name: told[key]
        for key, name in (("u", "url"), ("k", "cb_kwargs"), ("m", "meta"), ("p", "priority"))
        if key in told
    }
    for key, name in (("C", "cookies"), ("f", "flags"), ("M", "method"), ("E", "encoding")):
        if key in told:
            arguments[name] = told[key]
    for key, name in (("c", "callback"), ("e", "errback")):
        if key in told:
            arguments[name] = _method(told[key], spider)
    if "h" in told:
        arguments["headers"] = {
            name.encode("latin-1"): [value.encode("latin-1") for value in values] for name, values in told["h"].items()
        }
    if "d" in told:
        arguments["dont_filter"] = bool(told["d"])
    if "b" in told:
        arguments["body"] = base64.b64decode(told["b"], validate=True)
    return arguments


def _method(name: object, spider: Spider) -> Callable[..., Any]:
    if name not in callbacks_of(spider):
        raise UnreadableError(f"its callback {name!r:.100} is no method of the spider {spider.name!r}")
    method: Callable[..., Any] = getattr(spider, str(name))
    return method
