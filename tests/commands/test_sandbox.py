"""``scrapy sandbox`` in this process: its options, and that it serves until it is told to end."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

import aiohttp
import pytest
from scrapy.exceptions import UsageError
from scrapy.settings import Settings

from zhihu_crawler.commands import sandbox
from zhihu_crawler.commands.sandbox import Command
from zhihu_crawler.sandbox.accounts import Rules

if TYPE_CHECKING:
    from pathlib import Path


def read(*words: str) -> tuple[Command, list[str], Namespace]:
    made = Command()
    made.settings = Settings()
    parser = ArgumentParser()
    made.add_options(parser)
    options, args = parser.parse_known_args(list(words))
    return made, args, options


def run(*words: str) -> None:
    made, args, options = read(*words)
    made.run(args, options)


class Visitor:
    """Asks for some pages as soon as the port is told, then ends the sandbox as a user does."""

    def __init__(self, *paths: str) -> None:
        self.paths, self.seen = paths, {}
        self._visiting: asyncio.Task[None] | None = None

    def come(self, path: Path, port: int) -> None:
        self._write_port(path, port)
        self._visiting = asyncio.get_running_loop().create_task(self._visit(port))

    _write_port = staticmethod(sandbox._write_port)

    async def _visit(self, port: int) -> None:
        try:
            async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as client:
                for path in self.paths:
                    async with client.get(path, headers={"Host": "www.zhihu.com"}) as reply:
                        self.seen[path] = (reply.status, await reply.text())
        finally:
            os.kill(os.getpid(), signal.SIGTERM)


@pytest.fixture
def visitor(monkeypatch: pytest.MonkeyPatch) -> Visitor:
    made = Visitor("/robots.txt", "/question/23000001", "/question/23000002")
    monkeypatch.setattr(sandbox, "_write_port", made.come)
    return made


def test_it_serves_what_it_was_told_until_a_signal_ends_it(
    visitor: Visitor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    port, log = tmp_path / "port", tmp_path / "log"
    run(
        *("--port-file", str(port), "--log", str(log), "--robots", "deny"),
        *("--fault-url", "question/23000002=500", "--seed", "3"),
    )
    assert capsys.readouterr().out == f"http://127.0.0.1:{port.read_text().strip()}\n"
    assert "Disallow: /\n" in visitor.seen["/robots.txt"][1]
    assert [visitor.seen[f"/question/2300000{number}"][0] for number in (1, 2)] == [200, 500]
    assert len([json.loads(line) for line in log.read_text().splitlines()]) == 3
    assert [path.name for path in tmp_path.iterdir()].count("port") == 1


async def nothing_may_be_served(*_: object) -> None:
    pytest.fail("it serves")


def test_robots_may_be_a_file(visitor: Visitor, tmp_path: Path):
    (tmp_path / "robots").write_text("User-agent: *\nDisallow: /mine\n")
    run("--port-file", str(tmp_path / "port"), "--robots", str(tmp_path / "robots"))
    assert "Disallow: /mine" in visitor.seen["/robots.txt"][1]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("x",), "no argument is taken, 'x' was given"),
        (("--host", "0.0.0.0"), "--host '0.0.0.0' is not this machine's own"),
        (("--host", "example.org"), "--host 'example.org' is not this machine's own"),
        (("--session-requests", "0"), "--session-requests '0' must be a whole number above 0"),
        (("--session-renew", "x"), "--session-renew 'x' must be a whole number above 0"),
        (("--session-limit", "3"), "--session-limit"),
        (("--qr-seconds", "soon"), "--qr-seconds"),
        (("--fault", "429"), "429"),
        (("--robots", "/none/robots"), "/none/robots"),
        (("--captures", "/none/captures"), "/none/captures"),
    ],
)
def test_a_wrong_option_is_told_by_name(monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], told: str):
    monkeypatch.setattr(sandbox, "serve", nothing_may_be_served)
    with pytest.raises(UsageError) as caught:
        run(*words)
    assert told in str(caught.value)


def test_what_sessions_are_held_to_is_read():
    words = "--login required --session-requests 9 --session-limit 5:2 --session-rate 3:1.5 --session-renew 4"
    _, _, options = read(*words.split(), "--qr-seconds", "0.5")
    rules = sandbox.read_login_rules(options)
    assert rules == Rules("required", requests=9, limit=(5, 2), rate=(3, 1.5), renew=4, qr_seconds=0.5)
