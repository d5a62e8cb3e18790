"""The server: one handler that asks captures, faults, the API and the pages in turn, and counts what it gave."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING

import orjson
from aiohttp import web
from multidict import CIMultiDict

from zhihu_crawler.sandbox.api import Api
from zhihu_crawler.sandbox.blocks import BLOCKS, HTML, JSON, RESHAPED, Scope, reshape
from zhihu_crawler.sandbox.faults import Fault, Faults
from zhihu_crawler.sandbox.gate import Gate, Reply, user_of
from zhihu_crawler.sandbox.line import send_badly
from zhihu_crawler.sandbox.pages import Pages
from zhihu_crawler.sandbox.shapes import words
from zhihu_crawler.sandbox.truth import Truth
from zhihu_crawler.sandbox.world import World

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zhihu_crawler.sandbox.accounts import Rules
    from zhihu_crawler.sandbox.captures import Captures

ALLOW_ALL = "User-agent: *\nDisallow:\n"
DENY_ALL = "User-agent: *\nDisallow: /\n"
_API = "/api/v4/"
_WORDS = frozenset(
    words(
        "questions feeds answers members people org articles favlists collections followers followees following pins "
        "items contents columns topics me question answer asks posts zvideos collection p column signin account "
        "unhuman robots.txt"
    )
)
"""Words of paths that are counted by name; a client that invents paths cannot make the counts grow."""
_OWN_HOSTS = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes out."""

    status: int
    body: bytes
    content_type: str = HTML
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """What came in: the host that was meant, and whether its API was.

    ``in_browser`` is whoever asks for the sandbox by its own ``origin`` instead of a host of Zhihu's.
    """

    host: str
    path: str
    query: Mapping[str, str]
    query_string: str
    z_c0: str | None = field(default=None, repr=False)
    has_device: bool = False
    origin: str = "https://www.zhihu.com"
    in_browser: bool = False

    @property
    def api_path(self) -> str | None:
        """Path below the API's root, ``None`` where a page is asked for."""
        if self.path.startswith(_API):
            return self.path.removeprefix(_API)
        return self.path.lstrip("/") if self.host == "api.zhihu.com" else None

    @property
    def scope(self) -> Scope:
        """What is asked for: a page, or of the API a listing or a single thing."""
        path = self.api_path
        if path is None:
            return "page"
        return "list" if path.strip("/").count("/") > 1 else "thing"

    @property
    def url(self) -> str:
        """Host, path and query as text."""
        return f"https://{self.host}{self.path}" + (f"?{self.query_string}" if self.query_string else "")


class Sandbox:
    """Answers requests, in this order: its own addresses, robots.txt, captures or faults, API, pages."""

    def __init__(
        self,
        seed: int,
        *,
        faults: Faults | None = None,
        captures: Captures | None = None,
        robots: str = ALLOW_ALL,
        log: IO[bytes] | None = None,
        login: Rules | None = None,
    ) -> None:
        world = World(seed)
        self._api, self._pages, self._truth = Api(world), Pages(world), Truth(world)
        self._faults = faults or Faults(seed, ())
        self._captures = captures
        self._robots = robots
        self._log = log
        self._gate = Gate(seed, login)
        self._counts: Counter[str] = Counter()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        asked = _read(request)
        if asked.path.startswith("/sandbox/"):
            return _send(self._own(asked))
        refused = self._gate.answer(asked)
        fault = None if refused else self._fault_of(asked)
        answer = _answer_of(refused) if refused else self._answer(asked, fault)
        self._note(request.method, asked, answer.status, fault)
        if fault and fault.name in ("reset", "cut", "slow"):
            return await send_badly(request, answer, fault)
        return _send(answer, self._gate.cookies(asked), in_browser=asked.in_browser)

    def _fault_of(self, asked: Asked) -> Fault | None:
        if asked.path in ("/robots.txt", "/signin", "/account/unhuman"):
            return None
        return self._faults.decide(asked.url, of=asked.scope)

    def _answer(self, asked: Asked, fault: Fault | None) -> Answer:
        if fault and fault.name in BLOCKS:
            return _block(fault)
        answer = self._honest(asked, fault.name if fault and fault.name in RESHAPED else None)
        if fault and fault.name == "truncate":
            half = answer.body[: len(answer.body) // 2]
            return Answer(answer.status, half, answer.content_type, answer.headers)
        return answer

    def _honest(self, asked: Asked, reshaped: str | None) -> Answer:
        if asked.path == "/robots.txt":
            return Answer(200, self._robots.encode(), "text/plain; charset=utf-8")
        if self._captures:
            return _replay(self._captures, asked.url)
        if (path := asked.api_path) is not None:
            account = self._gate.accounts.who(asked.z_c0)
            status, body = self._api.reply(path, asked.query, me=user_of(account) if account else None)
            return Answer(status, orjson.dumps(reshape(reshaped, body) if reshaped else body), JSON)
        status, page, location = self._pages.page(asked.host, asked.path, asked.query)
        return Answer(status, page.encode(), HTML, {"Location": location} if location else {})

    def _own(self, asked: Asked) -> Answer:
        if reply := self._gate.own(asked):
            return _answer_of(reply)
        if asked.path == "/sandbox/stats":
            return Answer(200, orjson.dumps(self.stats()), JSON)
        told = self._truth.tell(asked.path.removeprefix("/sandbox/truth/"))
        return Answer(200 if told else 404, orjson.dumps(told or {"error": "no such thing"}), JSON)

    def stats(self) -> dict[str, dict[str, int]]:
        """Return counts of requests by kind of path, by status and by fault."""
        told: dict[str, dict[str, int]] = {"kind": {}, "status": {}, "fault": {}}
        for key, count in sorted(self._counts.items()):
            part, name = key.split("/", 1)
            told[part][name] = count
        return told

    def _note(self, method: str, asked: Asked, status: int, fault: Fault | None) -> None:
        name = fault.name if fault else None
        self._counts[f"kind/{kind_of(asked)}"] += 1
        self._counts[f"status/{status}"] += 1
        if name:
            self._counts[f"fault/{name}"] += 1
        if self._log:
            line: dict[str, object] = {"time": datetime.now(UTC).isoformat(), "method": method, "host": asked.host}
            path = asked.path + (f"?{asked.query_string}" if asked.query_string else "")
            line |= {"path": path, "status": status, "fault": name, "session": self._gate.accounts.who(asked.z_c0)}
            self._log.write(orjson.dumps(line) + b"\n")
            self._log.flush()


def kind_of(asked: Asked) -> str:
    """Name a path by the words that are known: ``api/questions/feeds``, ``people/answers``; ids are left out."""
    path = asked.api_path
    parts = (path if path is not None else asked.path).strip("/").split("/")
    front = ["api"] if path is not None else []
    named = [word for word in parts if word in _WORDS]
    if asked.host == "zhuanlan.zhihu.com" and not named:
        named = ["column"]
    return "/".join(front + (named or ["other"]))


def _read(request: web.BaseRequest) -> Asked:
    own = host = request.headers.get("Host", "www.zhihu.com").lower()
    in_browser = host.rpartition(":")[0] in _OWN_HOSTS or host in _OWN_HOSTS
    if in_browser:
        host = "www.zhihu.com"
    return Asked(
        host,
        request.rel_url.path,
        dict(request.rel_url.query),
        request.rel_url.raw_query_string,
        z_c0=request.cookies.get("z_c0"),
        has_device="d_c0" in request.cookies,
        origin=f"http://{own}" if in_browser else f"https://{host}",
        in_browser=in_browser,
    )


def _answer_of(reply: Reply) -> Answer:
    status, body, content_type, headers = reply
    return Answer(status, body, content_type, headers)


def _send(answer: Answer, cookies: Mapping[str, str] | None = None, *, in_browser: bool = False) -> web.Response:
    headers = CIMultiDict({"Content-Type": answer.content_type})
    headers.extend(answer.headers)
    headers.extend(cookies or {})
    if in_browser and "Location" in headers:  # a browser stays in the sandbox
        headers["Location"] = headers["Location"].removeprefix("https://www.zhihu.com")
    return web.Response(status=answer.status, body=answer.body, headers=headers)


def _block(fault: Fault) -> Answer:
    block = BLOCKS[fault.name]
    headers = dict(block.headers)
    if fault.name == "429":
        headers["Retry-After"] = str(round(fault.argument))
    return Answer(block.status, block.body.encode(), block.content_type, headers)


def _replay(captures: Captures, url: str) -> Answer:
    found = captures.find(url)
    if found is None:
        return Answer(404, b"", HTML)
    return Answer(found.status, found.path.read_bytes(), found.content_type)
