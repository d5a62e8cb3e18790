from __future__ import annotations

import json
import logging
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.task import Clock

from tests.conftest import ROOT
from tests.helpers.moving import Door, Names, doors
from tests.helpers.sandbox import Sandbox, running_sandbox
from zhihu_crawler.config import NetworkConfig
from zhihu_crawler.resolver import RETRY_SECONDS, Resolver

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

FAST = {"DOWNLOAD_DELAY": "0", "AUTOTHROTTLE_ENABLED": "0", "RETRY_EXCEPTIONS_DELAY": "0.5"}
QUESTION = "1900000000024000001"


class FakeReactor(Clock):
    """A clock, and a name server that says what it is told to say: ``None`` is nothing, for ever."""

    def __init__(self) -> None:
        super().__init__()
        self.says: list[str] | None = ["192.0.2.1"]
        self.asked: list[str] = []
        self.late: list[Any] = []
        self.nameResolver = self

    def resolveHostName(self, receiver: Any, name: str, port: int, types: Any, semantics: str) -> None:  # noqa: N802  # Twisted's name
        self.asked.append(name)
        receiver.resolutionBegan(None)
        if self.says is None:
            self.late.append(receiver)
        else:
            answer(receiver, self.says)

    def installNameResolver(self, resolver: Any) -> None:  # noqa: N802  # Twisted's name
        self.nameResolver = resolver


def answer(receiver: Any, hosts: list[str]) -> None:
    for host in hosts:
        kind = IPv6Address if ":" in host else IPv4Address
        receiver.addressResolved(kind("TCP", host, 0))
    receiver.resolutionComplete()


class Asker:
    """Who wants to connect: gathers the addresses it is given."""

    def __init__(self) -> None:
        self.got: list[tuple[str, int]] = []
        self.is_done = False

    def resolutionBegan(self, resolution: Any) -> None:  # noqa: N802  # Twisted's name
        assert resolution.name

    def addressResolved(self, address: Any) -> None:  # noqa: N802  # Twisted's name
        self.got.append((address.host, address.port))

    def resolutionComplete(self) -> None:  # noqa: N802  # Twisted's name
        assert not self.is_done
        self.is_done = True


@pytest.fixture
def reactor() -> FakeReactor:
    return FakeReactor()


@pytest.fixture
def resolver(reactor: FakeReactor) -> Resolver:
    return made(reactor)


def made(reactor: FakeReactor, **config: Any) -> Resolver:
    resolver = Resolver(reactor, NetworkConfig(ttl=60, stale=600, timeout=10, **config))
    resolver.install_on_reactor()
    assert reactor.nameResolver is resolver
    return resolver


def ask(resolver: Resolver, name: str = "www.zhihu.com", port: int = 443, types: Any = None) -> Asker:
    asker = Asker()
    resolver.resolveHostName(asker, name, port, types)
    return asker


def hosts(resolver: Resolver) -> list[str]:
    asker = ask(resolver)
    assert asker.is_done
    return [host for host, _ in asker.got]


def test_an_answer_is_used_for_its_time_and_then_asked_for_again(reactor: FakeReactor, resolver: Resolver):
    assert hosts(resolver) == ["192.0.2.1"]
    reactor.says = ["192.0.2.2"]
    reactor.advance(59.9)
    assert hosts(resolver) == ["192.0.2.1"]
    reactor.advance(0.1)
    assert hosts(resolver) == ["192.0.2.2"]
    assert len(reactor.asked) == 2


def test_all_addresses_are_given_each_with_the_port_of_who_asks(reactor: FakeReactor, resolver: Resolver):
    reactor.says = ["192.0.2.1", "2001:db8::1"]
    assert ask(resolver, port=443).got == [("192.0.2.1", 443), ("2001:db8::1", 443)]
    assert ask(resolver, port=80).got == [("192.0.2.1", 80), ("2001:db8::1", 80)]
    assert len(reactor.asked) == 1


def test_who_wants_another_kind_of_address_is_not_given_what_others_asked_for(reactor: FakeReactor, resolver: Resolver):
    ask(resolver)
    ask(resolver, types=[IPv4Address])
    ask(resolver, name="WWW.zhihu.com", types=[IPv4Address])
    assert reactor.asked == 2 * ["www.zhihu.com"]


def test_those_who_ask_at_once_share_one_question(reactor: FakeReactor, resolver: Resolver):
    reactor.says = None
    askers = [ask(resolver, port=port) for port in (1, 2, 3)]
    assert len(reactor.asked) == 1
    answer(reactor.late[0], ["192.0.2.7"])
    assert [asker.got for asker in askers] == [[("192.0.2.7", port)] for port in (1, 2, 3)]


def test_a_name_that_cannot_be_resolved_keeps_its_address_for_a_while(
    reactor: FakeReactor, resolver: Resolver, caplog: pytest.LogCaptureFixture
):
    assert hosts(resolver) == ["192.0.2.1"]
    reactor.says = []
    with caplog.at_level(logging.INFO):
        for _ in range(11):
            reactor.advance(60)
            told = hosts(resolver)
            assert told == (["192.0.2.1"] if reactor.seconds() <= 600 else [])
        reactor.says = ["192.0.2.1"]
        reactor.advance(RETRY_SECONDS)
        assert hosts(resolver) == ["192.0.2.1"]
    first, second = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert first == "www.zhihu.com cannot be resolved now; its address of 60 s ago is used meanwhile: 192.0.2.1"
    assert second == "www.zhihu.com cannot be resolved, and its last address is too old to be used"


def test_the_end_of_such_a_time_is_told(reactor: FakeReactor, resolver: Resolver, caplog: pytest.LogCaptureFixture):
    hosts(resolver)
    reactor.says = []
    reactor.advance(60)
    hosts(resolver)
    reactor.says = ["192.0.2.2"]
    reactor.advance(RETRY_SECONDS)
    with caplog.at_level(logging.INFO):
        assert hosts(resolver) == ["192.0.2.2"]
    assert "www.zhihu.com is resolved again: 192.0.2.2" in caplog.text


def test_a_name_that_is_not_known_is_not_asked_for_at_every_turn(reactor: FakeReactor, resolver: Resolver):
    reactor.says = []
    for _ in range(10):
        assert hosts(resolver) == []
        reactor.advance(1)
    assert len(reactor.asked) == 2


def test_a_name_server_that_is_silent_is_not_waited_for_without_end(reactor: FakeReactor, resolver: Resolver):
    hosts(resolver)
    reactor.says = None
    reactor.advance(60)
    late = ask(resolver)
    reactor.advance(9.9)
    assert not late.is_done
    reactor.advance(0.1)
    assert (late.is_done, late.got) == (True, [("192.0.2.1", 443)])


def test_an_answer_that_comes_late_serves_the_next(reactor: FakeReactor, resolver: Resolver):
    reactor.says = None
    late = ask(resolver)
    reactor.advance(10)
    assert (late.is_done, late.got) == (True, [])
    answer(reactor.late[0], ["192.0.2.9"])
    assert hosts(resolver) == ["192.0.2.9"]


def test_no_answer_that_comes_late_takes_nothing_away(reactor: FakeReactor, resolver: Resolver):
    hosts(resolver)
    reactor.says = None
    reactor.advance(60)
    ask(resolver)
    reactor.advance(10)
    answer(reactor.late[0], [])
    assert hosts(resolver) == ["192.0.2.1"]


def test_after_a_connection_failed_the_name_is_asked_for_again_but_not_at_every_failure(
    reactor: FakeReactor, resolver: Resolver, caplog: pytest.LogCaptureFixture
):
    hosts(resolver)
    reactor.says = ["192.0.2.2"]
    resolver.expire("WWW.zhihu.com")
    assert hosts(resolver) == ["192.0.2.1"]
    with caplog.at_level(logging.INFO):
        reactor.advance(RETRY_SECONDS)
        assert hosts(resolver) == ["192.0.2.2"]
    assert "www.zhihu.com has moved from 192.0.2.1 to 192.0.2.2" in caplog.text
    resolver.expire("unknown.example.org")


def test_only_so_many_names_are_kept(reactor: FakeReactor):
    resolver = made(reactor, size=2)
    for name in ("a", "b", "c", "b", "a"):
        ask(resolver, name=name)
    assert reactor.asked == ["a", "b", "c", "a"]


# A real crawl, of a site that moves.


@pytest.fixture(scope="module")
def site() -> Iterator[Sandbox]:
    with running_sandbox() as running:
        yield running


class Crawl:
    """A crawl of zhihu.lan, whose name leads where a file says."""

    def __init__(self, folder: Path, names: Names, port: int, *args: str, **settings: str) -> None:
        self._log, self._summary = folder / "log", folder / "summary.json"
        given = FAST | {"ZHIHU_ORIGIN": f"http://zhihu.lan:{port}", "ZHIHU_EXPORT_DIR": str(folder)} | settings
        given |= {"ZHIHU_SUMMARY_FILE": str(self._summary)}
        options = [part for name, value in given.items() for part in ("-s", f"{name}={value}")]
        command = ["-m", "tests.helpers.moving", str(names.file), "crawl", "question", "-a", f"ids={QUESTION}"]
        with self._log.open("wb") as stderr:
            self.process = subprocess.Popen([sys.executable, *command, *args, *options], cwd=ROOT, stderr=stderr)

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8")

    def wait(self, what: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 60
        while not what():
            assert self.process.poll() is None, self.log
            assert time.monotonic() < deadline, self.log
            time.sleep(0.02)

    def end(self) -> dict[str, int]:
        """Wait for its end, and return how many items of each kind it got."""
        assert self.process.wait(90) == 0
        tally = json.loads(self._summary.read_text(encoding="utf-8"))
        assert tally["reasons"] == ["finished"], self.log
        got: dict[str, int] = tally["got"]
        return got

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.mark.crawl
def test_a_crawl_goes_on_where_its_site_moves_and_loses_nothing(site: Sandbox, tmp_path: Path):
    behind = int(site.origin.rpartition(":")[2])
    with doors(Door("127.0.0.2", 0, behind)) as (first,):
        names = Names(tmp_path / "names.json", **{"zhihu.lan": "127.0.0.2"})
        crawl = Crawl(tmp_path, names, first.port, DNSCACHE_TTL_SECONDS="60", DOWNLOAD_DELAY="0.05")
        try:
            crawl.wait(lambda: first.opened >= 1)
            with doors(Door("127.0.0.3", first.port, behind)) as (second,):
                names.lead({"zhihu.lan": "127.0.0.3"})
                first.close()
                crawl.wait(lambda: second.opened >= 1)
                got = crawl.end()
        finally:
            crawl.stop()
    assert (got["answer"], got["question"]) == (120, 1)
    assert "zhihu.lan has moved from 127.0.0.2 to 127.0.0.3" in crawl.log


@pytest.mark.crawl
def test_an_old_address_that_still_answers_is_left_too(site: Sandbox, tmp_path: Path):
    behind = int(site.origin.rpartition(":")[2])
    with doors(Door("127.0.0.2", 0, behind)) as (first,), doors(Door("127.0.0.3", first.port, behind)) as (second,):
        names = Names(tmp_path / "names.json", **{"zhihu.lan": "127.0.0.2"})
        aged = {"DNSCACHE_TTL_SECONDS": "1", "DOWNLOAD_CONNECTION_SECONDS": "1", "DOWNLOAD_DELAY": "0.1"}
        crawl = Crawl(tmp_path, names, first.port, "-a", "follow=authors", "-a", "max_answers=40", **aged)
        try:
            crawl.wait(lambda: first.opened >= 1)
            names.lead({"zhihu.lan": "127.0.0.3"})
            crawl.wait(lambda: second.opened >= 1)
            names.lead({})
            got = crawl.end()
        finally:
            crawl.stop()
    assert got["answer"] == 40
    assert "'retry/count'" not in crawl.log
    assert crawl.log.count("zhihu.lan cannot be resolved now") == 1
