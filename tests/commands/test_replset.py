from __future__ import annotations

import argparse
import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from rich.console import Console
from scrapy.exceptions import UsageError
from scrapy.settings import Settings

from tests.helpers.crawls import scrapy
from tests.storage.health.made import NOW, A, B, C, answer, config, row, seen, told
from zhihu_crawler.commands import replset
from zhihu_crawler.commands._replset import as_json, as_table
from zhihu_crawler.commands.replset import Command
from zhihu_crawler.storage.health import Report, assess
from zhihu_crawler.storage.health.observation import Answer, DriverView

if TYPE_CHECKING:
    from tests.helpers.mongo import ReplicaSet

ROLES = config(A, B, C, c={"hidden": True, "priority": 0, "votes": 0, "secondaryDelaySecs": 3600})


def shown(report: Report, width: int = 140) -> list[str]:
    console = Console(width=width, highlight=False)
    with console.capture() as captured:
        console.print(as_table(report))
    return [line.rstrip() for line in captured.get().splitlines()]


def test_the_table_says_all_that_was_seen():
    rows = row(A, "PRIMARY"), row(B, "DOWN", heard=90), row(C, lag=3600)
    lines = shown(assess(told(*rows, parts=ROLES, write_concern={"w": "majority", "wtimeout": 10_000})))
    text = "\n".join(" ".join(line.split()) for line in lines)
    assert lines[0] == "rs0: DOWN  2026-11-25 03:00:00 UTC"
    assert "! b:27017 is down, last heard of 1 min 30 s ago" in text
    assert "a:27017 PRIMARY 0 s 0.5 ms - -\n" in text
    assert "b:27017 DOWN - - 1 min 30 s ago -\n" in text
    assert "c:27017 SECONDARY 1 h 0.5 ms 1 s ago a:27017 no vote, priority 0, hidden, delayed by 1 h\n" in text
    assert "primary a:27017, term 3, elected 2026-11-16 03:00:00 UTC\n" in text
    assert "majority 1 of 2 can elect (2 needed), 1 of 2 can acknowledge (2 needed): there is none\n" in text
    assert "oplog reaches back 2 d, to 2026-11-23 03:00:00 UTC\n" in text
    assert "write concern w=majority, wtimeout=10 s\n" in text
    assert "driver ReplicaSetWithPrimary, writes to a:27017\n" in text


def test_what_was_not_seen_is_a_question_mark_and_not_a_dash():
    [line] = [line for line in shown(assess(seen(answer(A, "PRIMARY"), answer(B), answer(C)))) if line.startswith(B)]
    assert line.split() == [B, "SECONDARY", "0", "s", "0.5", "ms", "?", "?"]


def test_a_lone_server_is_shown_without_members():
    alone = Answer(address=A, hello={"isWritablePrimary": True})
    lines = shown(assess(seen(alone, wanted_set=None, driver=DriverView(topology="Single", primary=A))))
    assert lines[0].startswith("MongoDB: DEGRADED")
    assert "kind           standalone" in lines


def test_a_narrow_terminal_folds_and_loses_nothing():
    text = " ".join(shown(assess(told(row(A, "PRIMARY"), row(B), row(C, "DOWN"), parts=ROLES)), width=80))
    assert " ".join(text.split()).count("c:27017") == 2
    assert "hidden" in text


def test_an_address_that_looks_like_markup_is_shown_as_it_is():
    name = "[::1]:27017"
    report = assess(told(row(name, "PRIMARY"), row(B, "DOWN"), row("[red]:27017", "DOWN")))
    text = "\n".join(shown(report))
    assert text.count("[red]:27017") == 2
    assert text.count(name) == 3


def test_json_has_plain_values_and_iso_times():
    made = json.loads(as_json(assess(told(row(A, "PRIMARY"), row(B), row(C, "DOWN", heard=90), parts=config(A, B, C)))))
    assert (made["verdict"], made["at"], made["kind"]) == ("degraded", NOW.isoformat(), "replica set")
    assert [reason["condition"] for reason in made["reasons"]] == ["member-down"]
    assert made["members"][2]["last_heartbeat"] == (NOW - timedelta(seconds=90)).isoformat()
    assert (made["majority"]["voters_up"], made["majority"]["margin"], made["majority"]["possible"]) == (2, 0, True)


def command(*args: str, **settings: str) -> Command:
    """Run it as Scrapy does; the log and the process around it are left out."""
    made = Command()
    made.settings = Settings(settings)
    parser = argparse.ArgumentParser()
    made.add_options(parser)
    options, rest = parser.parse_known_args(args)
    made.run(rest, options)
    return made


@pytest.mark.parametrize(
    ("args", "settings", "told"),
    [
        ((), {}, "there is no MONGODB_URI"),
        ((), {"MONGODB_URI": "mongodb://u:s3cr@t@a"}, r"MONGODB_URI \('mongodb://u:\*\*\*@a'\) cannot be used"),
        ((), {"MONGODB_URI": "mongodb://a", "MONGODB_HEALTH_LAG_SECONDS": "x"}, "MONGODB_HEALTH_LAG_SECONDS"),
        (("x",), {}, "no argument is taken, 'x' was given"),
        (("--watch", "0"), {}, r"--watch \(0\) must be above 0"),
    ],
)
def test_a_wrong_call_is_told(args: tuple[str, ...], settings: dict[str, str], told: str):
    with pytest.raises(UsageError, match=told):
        command(*args, **settings)


def test_the_exit_status_says_good_degraded_or_down(mongo: ReplicaSet, capsys: pytest.CaptureFixture[str]):
    def ask(seconds: str = "10") -> tuple[int, str]:
        done = command("--json", MONGODB_URI=mongo.uri("zhihu"), MONGODB_HEALTH_TIMEOUT_SECONDS=seconds)
        return done.exitcode, json.loads(capsys.readouterr().out)["verdict"]

    assert ask() == (0, "good")
    primary, [one, other] = mongo.primary(), mongo.secondaries()
    one.kill()
    assert ask() == (1, "degraded")
    other.pause()
    primary.pause()
    assert ask("1") == (2, "down")


@pytest.mark.crawl
def test_the_command_ends_with_the_exit_status_of_what_it_shows():
    done = scrapy("replset", MONGODB_URI="mongodb://127.0.0.1:1/zhihu", MONGODB_HEALTH_TIMEOUT_SECONDS="0.5")
    assert done.returncode == 2, done.stderr
    assert done.stdout.startswith("MongoDB: DOWN")
    assert "no member can be reached: 127.0.0.1:1: Connection refused" in done.stdout


def test_a_watch_gives_a_line_a_look_until_it_is_told_to_end(
    mongo: ReplicaSet, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) >= 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(replset, "pause", wait)
    done = command("--json", "--watch", MONGODB_URI=mongo.uri())
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (done.exitcode, waited) == (0, 3 * [replset.WATCH_SECONDS])
    assert [line["verdict"] for line in lines] == 3 * ["good"]
