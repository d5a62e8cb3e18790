"""A crawl in bad weather: every signal now and then, two sessions, one of which expires on the way.

Says what a perfect crawler would have got, and counted, from what the sandbox wrote down of each request.
"""

from __future__ import annotations

import asyncio
import json
import re
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

import orjson
from scrapy import signals
from scrapy.http import Response

from spiders.question import QuestionSpider
from tests.helpers.crawls import Crawled, crawl
from tests.helpers.sandbox import running_sandbox
from tests.helpers.sessions import keep_sessions, make_session
from zhihu_crawler.frontier.throttle.crawler import throttle_of
from zhihu_crawler.sandbox.api import Api
from zhihu_crawler.sandbox.blocks import BLOCKS, reshape
from zhihu_crawler.sandbox.world import World
from zhihu_crawler.sessions import Cookies
from zhihu_crawler.verdict import judge
from zhihu_crawler.walk import ENOUGH

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.sandbox import Sandbox

NAMES = ("a", "b")
GONE = (r"people/shili-n-\d*[05]7$=gone:always", r"people/shili-n-\d*[05]3$=bare-404:always")
"""Two in a hundred profiles each."""
CUTTING = frozenset({"ends-early", "force-login"})
"""Signals that only show as a list that has less than it counts."""
_API = Api(World(1))
EVERY_SECONDS = 0.2
RATES = {"ZHIHU_RATE": "1200", "ZHIHU_RATE_SESSION": "600", "ZHIHU_RATE_MIN": "2", "ZHIHU_RATE_RECOVERY": "2"}
PAUSES = {"ZHIHU_COOLDOWN": "0.02", "ZHIHU_COOLDOWN_MAX": "0.1", "RETRY_EXCEPTIONS_DELAY": "0.01", "RETRY_TIMES": "12"}


class StormSpider(QuestionSpider):
    """Reads questions, as ``question`` does, and writes down how fast each session may ask: to STORM_RATES."""

    name = "storm"
    doubtful_tries: ClassVar[int] = 12

    @classmethod
    def from_crawler(cls, crawler: Any, *args: Any, **kwargs: Any) -> Any:
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.opened, signal=signals.spider_opened)
        crawler.signals.connect(spider.closing, signal=signals.spider_closed)
        return spider

    def opened(self) -> None:
        self._watching = asyncio.ensure_future(self._watch())

    def closing(self) -> None:
        self._watching.cancel()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            states = await throttle_of(self.crawler).state(NAMES)
            rates = {state.budget: 0.0 if state.paused else state.rate for state in states}
            with open(self.settings["STORM_RATES"], "a", encoding="utf-8") as file:  # noqa: PTH123, ASYNC230  # a line
                file.write(json.dumps({"time": time.time(), **rates}) + "\n")


@dataclass
class Storm:
    """What a crawl got, what the sandbox gave, and what is true."""

    crawled: Crawled
    asked: list[dict[str, Any]]
    truth: dict[str, list[str]]
    rates: list[dict[str, float]] = field(default_factory=list)

    @cached_property
    def pages(self) -> list[dict[str, Any]]:
        """Requests for something of Zhihu's."""
        return [one for one in self.asked if one["path"] not in ("/robots.txt", "/api/v4/me")]

    @property
    def counted(self) -> Counter[str]:
        """The crawl's own count of what replies meant."""
        found = re.findall(r"'zhihu/replies/([\w/-]+)': (\d+)", self.crawled.log)
        return Counter({name: int(count) for name, count in found})

    @property
    def given(self) -> Counter[str]:
        """The same, by what the sandbox gave."""
        return Counter(name for one in self.pages if (name := meaning(one)))

    @property
    def cut(self) -> set[str]:
        """Questions of whose answers a page told less than there is."""
        feeds = [one for one in self.pages if one["fault"] in CUTTING and "/feeds" in one["path"]]
        return {one["path"].split("/")[4] for one in feeds}

    @property
    def gone(self) -> set[str]:
        """Profiles that were asked for and are gone."""
        return {one["path"].split("/")[2] for one in self.pages if one["fault"] in ("gone", "bare-404")}


def meaning(one: dict[str, Any]) -> str | None:
    """Return how a reply should be counted, ``None`` where nobody sees it: a redirect within the site."""
    fault, url = one["fault"], f"https://{one['host']}{one['path']}"
    if fault == "empty-page":
        return "unknown/layoutunknown"
    if fault in BLOCKS:
        block = BLOCKS[fault]
        return _told(Response(url, status=block.status, body=block.body.encode(), headers=block.headers))
    if one["session"] is None:
        return "needs-login/code-100" if one["status"] == 401 else "needs-login/login-redirect"
    if one["status"] == 302:
        return None
    parts = urlsplit(url)
    if not parts.path.startswith("/api/v4/"):
        return "ok"
    _, body = _API.reply(parts.path.removeprefix("/api/v4/"), dict(parse_qsl(parts.query)), me=None)
    return _told(Response(url, body=orjson.dumps(reshape(fault, body) if fault else body)))


def _told(reply: Response) -> str:
    found = judge(reply)
    return f"{found.meaning}/{found.signal}" if found.signal else str(found.meaning)


def storm(folder: Path, questions: int, rate: float, *, seconds: float = 240) -> Storm:
    """Crawl so many questions and all who answered them; half-way one of the two sessions expires."""
    log, rates, ids = folder / "asked", folder / "rates", [f"24{number:06d}" for number in range(1, questions + 1)]
    faults = ["--fault", f"signals={rate}", *(part for gone in GONE for part in ("--fault-url", gone))]
    with running_sandbox("--login", "required", "--log", str(log), *faults) as sandbox:
        keep_sessions(
            folder / "sessions", *(known(sandbox, number, name) for number, name in enumerate(NAMES, start=1))
        )
        ending = threading.Event()
        expiring = threading.Thread(target=expire_at, args=(sandbox, questions * 110, ending))
        expiring.start()
        try:
            given = RATES | PAUSES | {"SPIDER_MODULES": "tests.helpers.storm"}
            given |= {"ZHIHU_SESSION_DIR": str(folder / "sessions"), "STORM_RATES": str(rates)}
            crawled = crawl(
                folder, sandbox.origin, "storm", f"ids={','.join(ids)}", "follow=authors", seconds=seconds, **given
            )
        finally:
            ending.set()
            expiring.join()
        truth = {id_: sandbox.truth(f"question/{id_}")["answers"]["ids"] for id_ in ids}
    assert rates.exists(), crawled.log[-5000:]
    return Storm(crawled, _lines(log), truth, _lines(rates))


def known(sandbox: Sandbox, account: int, name: str) -> Any:
    """Log in to the sandbox."""
    cookies = [cookie | {"secure": True} for cookie in sandbox.json(f"/sandbox/login/{account}")["cookies"]]
    return make_session(name, cookies=Cookies(cookies))


def expire_at(sandbox: Sandbox, requests: int, ending: threading.Event) -> None:
    """End the first session once so many requests came."""
    while not ending.wait(0.2):
        if sum(sandbox.stats()["kind"].values()) >= requests:
            sandbox.json("/sandbox/expire/1")
            return


def check(found: Storm) -> None:
    """Hold a crawl to what is true."""
    crawled = found.crawled
    assert crawled.status == 0, crawled.log[-5000:]
    check_answers(found)
    check_people(found)
    assert (found.counted - found.given, found.given - found.counted) == (Counter(), Counter())
    assert re.findall(r"Session '(\w+)' \([\w -]+\) is not logged in any more", crawled.log) == ["a"]
    assert {one["session"] for one in found.asked[-20:]} <= {2}
    rates = [sum(one[f"session:{name}"] for name in NAMES) for one in found.rates]
    lowest = rates.index(min(rates))
    assert min(rates) < max(rates) / 2
    assert max(rates[lowest:]) > 2 * min(rates)


def check_answers(found: Storm) -> None:
    """Every answer that was listed once, none made up; a list that ended early, near its end, says so."""
    got = found.crawled.ids("answer")
    assert len(got) == len(set(got))
    assert set(got) <= {id_ for ids in found.truth.values() for id_ in ids}
    listings = {one["owner_id"]: one for one in found.crawled.items["listing"]}
    assert set(listings) == set(found.truth)
    missing = {id_: len(set(ids) - set(got)) for id_, ids in found.truth.items()}
    assert {id_ for id_, one in listings.items() if not one["complete"]} == {id_ for id_ in missing if missing[id_]}
    assert {id_ for id_ in missing if missing[id_]} <= found.cut
    assert all(missing[id_] <= (1 - ENOUGH) * len(ids) for id_, ids in found.truth.items())
    assert sorted(found.crawled.ids("question")) == sorted(found.truth)


def check_people(found: Storm) -> None:
    """Everybody who answered once, but those that are gone, of whom a tombstone tells."""
    answers = found.crawled.items["answer"]
    authors = {one["author"]["url_token"] for one in answers if one["author"]["kind"] in ("user", "organization")}
    users = [one["url_token"] for one in found.crawled.items["user"] if not one["partial"]]
    assert len(users) == len(set(users))
    assert set(users) == authors - found.gone
    assert {one["gone_id"] for one in found.crawled.items.get("tombstone", [])} == found.gone


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
