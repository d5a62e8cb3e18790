from __future__ import annotations

import io
import json
import sys
from typing import TYPE_CHECKING

import pytest

from tests.helpers.crawls import scrapy
from tests.helpers.redis import Redis, free_port, running_redis
from tests.schedule.helpers import run_command
from zhihu_crawler.commands.seed import Command

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "question:start_urls"


@pytest.fixture(scope="module")
def one_redis() -> Iterator[Redis]:
    with running_redis() as server:
        yield server


@pytest.fixture
def seed(one_redis, capsys):
    """Runs ``scrapy seed``; returns its exit status, what it printed, and what it said."""
    with one_redis.client as client:
        client.flushall()

    def run(*words, **settings):
        status = run_command(Command, *words, **{"REDIS_URL": one_redis.url} | settings)
        told = capsys.readouterr()
        return status, told.out, told.err

    return run


def waiting(redis):
    with redis.client as client:
        return [seed.decode() for seed in client.lrange(KEY, 0, -1)]


def address(number):
    return f"https://www.zhihu.com/question/{number}"


def test_ids_and_addresses_are_pushed(seed, one_redis):
    assert seed("question", "1,2", "https://www.zhihu.com/question/3/answer/4") == (
        *(0, "", f"Pushed 3 seeds to {KEY}; 3 wait there\n"),
    )
    assert waiting(one_redis) == [address(1), address(2), address(3)]


def test_a_file_is_pushed_and_its_bad_lines_are_named(seed, one_redis, tmp_path):
    (tmp_path / "seeds.txt").write_text("1\n# more\nnobody\n2\n")
    status, _, said = seed("question", "-f", str(tmp_path / "seeds.txt"))
    assert (status, waiting(one_redis)) == (1, [address(1), address(2)])
    assert f"seed: left out: line 3 of {tmp_path}/seeds.txt: 'nobody' is no question" in said


def test_a_file_of_bad_lines_alone_pushes_nothing_and_names_the_first_ones(seed, one_redis, tmp_path):
    (tmp_path / "seeds.txt").write_text("nobody\n" * 30)
    status, _, said = seed("question", "-f", str(tmp_path / "seeds.txt"))
    assert (status, waiting(one_redis)) == (1, [])
    assert said.count("is no question") == 20
    assert "seed: and 10 more were left out" in said


def test_standard_input_is_a_file(seed, one_redis, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("5\n6\n"))
    assert seed("question", "-f", "-")[0] == 0
    assert waiting(one_redis) == [address(5), address(6)]


def test_limits_and_priority_go_with_the_seeds(seed, one_redis):
    assert seed("question", "1", "-a", "max_answers=3", "-a", "follow=authors", "--priority", "7")[0] == 0
    told = {"url": address(1), "priority": 7, "arguments": {"max_answers": 3, "follow": ["authors"]}}
    assert [json.loads(one) for one in waiting(one_redis)] == [told]


def test_what_was_pushed_lately_is_left_out_on_request(seed, one_redis):
    seed("question", "1")
    assert seed("question", "1", "2", "--dedupe")[2] == (
        f"Pushed 1 seeds to {KEY}, 1 left out as pushed lately; 2 wait there\n"
    )
    assert seed("question", "1", "--dedupe", "1h")[2].startswith("Pushed 0 seeds")
    assert seed("question", "1")[2].startswith("Pushed 1 seeds")


def test_a_trial_pushes_nothing(seed, one_redis):
    assert seed("question", "1", "1", "2", "--dry-run") == (0, "", f"2 seeds would be pushed to {KEY}\n")
    assert waiting(one_redis) == []


def test_what_waits_is_listed(seed):
    assert seed("question", "--list") == (0, "", f"{KEY} (list): 0 seeds wait\n")
    seed("question", "1", "2", "3")
    status, printed, said = seed("question", "--list", "2")
    assert (status, printed) == (0, f"{address(1)}\n{address(2)}\n")
    assert said == f"{KEY} (list): 3 seeds wait\n... and 1 more; --list 3 shows all\n"


@pytest.mark.parametrize(
    ("answer", "left", "said"),
    [
        ("y", 0, f"Removed 2 seeds from {KEY}; what workers have taken already goes on\n"),
        ("", 2, "seed: nothing was removed\n"),
        ("no", 2, "seed: nothing was removed\n"),
    ],
)
def test_before_seeds_are_removed_it_asks(seed, monkeypatch, answer, left, said):
    seed("question", "1", "2")
    asked = []
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda question: asked.append(question) or answer)
    assert seed("question", "--clear") == (left, "", said)  # its status is 2 where it did nothing
    assert asked == [f"Remove the 2 seeds that wait at {KEY}? [y/N] "]
    assert seed("question", "--list", "0")[2].endswith(f": {left} seeds wait\n")


def test_where_nobody_can_be_asked_only_yes_removes(seed, one_redis, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    seed("question", "1")
    status, _, said = seed("question", "--clear")
    assert (status, len(waiting(one_redis))) == (2, 1)
    assert "--yes removes without asking" in said
    assert seed("question", "--clear", "--yes")[0] == 0
    assert waiting(one_redis) == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "name a spider: answer, collection, question, user"),
        (["qestion", "1"], "there is no spider 'qestion'; did you mean question?"),
        (["question"], "nothing to push: give ids, addresses or -f FILE; --list shows what waits"),
        (["question", "abc"], "'abc' is no question: give its id (digits) or its address"),
        (["question", "1", "-a", "max_anwsers=3"], "max_anwsers=3: no such argument; did you mean max_answers?"),
        (["question", "1", "-a", "ids=3"], "-a ids=3: is of a whole crawl; a seed may bring max_answers"),
        (["question", "1", "-a", "max_answers"], "-a is written NAME=VALUE"),
        (["question", "-f", "no-such-file"], "-f no-such-file: there is no such file"),
        (["question", "1", "--dedupe", "1 day"], "--dedupe 1 day: must be a length of time"),
        (["question", "1", "--dedupe", "30d"], "--dedupe 30d: is remembered for 7d at most"),
        (["question", "1", "--clear"], "--list and --clear stand alone"),
        (["question", "1", "--list"], "--list and --clear stand alone"),
        (["user", "https://www.zhihu.com/question/1"], "is the address of a question, not of a user"),
    ],
)
def test_what_cannot_be_used_is_told_and_nothing_is_pushed(seed, one_redis, words, told):
    status, _, said = seed(*words)
    assert status == 2
    assert told in said
    assert waiting(one_redis) == []


def test_all_that_is_wrong_is_told_at_once(seed):
    said = seed("question", "abc", "-a", "x=1", "--dedupe", "?")[2]
    assert [part in said for part in ("'abc'", "x=1", "--dedupe ?")] == [True] * 3


def test_without_redis_it_says_so(seed):
    nobody = f"redis://:s3cret@127.0.0.1:{free_port()}/0"
    assert seed("question", "1", REDIS_URL="")[::2] == (
        *(2, "there is no REDIS_URL: seeds and runs are kept there; such as redis://127.0.0.1:6379/0\n"),
    )
    status, _, said = seed("question", "1", REDIS_URL=nobody)
    assert status == 3
    assert "cannot be reached" in said
    assert "s3cret" not in said


def test_another_programs_key_is_left_alone(seed, one_redis):
    with one_redis.client as client:
        client.set(KEY, "x")
    assert seed("question", "1")[::2] == (
        *(2, f"seed: {KEY} holds a string, and no seeds: is it another program's?\n"),
    )


def test_it_is_a_command_of_the_project(one_redis):
    done = scrapy("seed", "user", "imike", REDIS_URL=one_redis.url)
    assert (done.returncode, done.stderr) == (0, "Pushed 1 seeds to user:start_urls; 1 wait there\n")
