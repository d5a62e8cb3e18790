from __future__ import annotations

import os
import sys
import time

import pytest

from zhihu_crawler.sandbox.background import Background, NotStarted, identity

PYTHON = sys.executable
SLEEPER = [PYTHON, "-c", "import time; print('here', flush=True); time.sleep(60)"]
STUBBORN = [
    PYTHON,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('here', flush=True); time.sleep(60)",
]


@pytest.fixture
def background(tmp_path):
    made = Background(tmp_path)
    yield made
    for path in (tmp_path / "pids").glob("*.pid"):
        made.kill(path.stem)


def wait_for(background, name, text):
    deadline = time.monotonic() + 30
    while text not in background.last_words(name):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_what_was_started_is_known_to_another_command_and_ended_by_it(background, tmp_path):
    pid = background.start("one", SLEEPER, {})
    other = Background(tmp_path)
    assert other.pid("one") == pid
    assert other.stop(["one"]) == []
    assert other.pid("one") is background.pid("one") is None
    assert identity(pid) == ""


def test_a_process_has_the_environment_that_it_was_given_and_no_other(background, monkeypatch):
    monkeypatch.setenv("REDIS_URL", "redis://production")
    background.start("one", [PYTHON, "-c", "import os; print(os.environ)"], {"ONE": "1"})
    wait_for(background, "one", "environ")
    assert "'ONE': '1'" in background.last_words("one")
    assert "production" not in background.last_words("one")


def test_nothing_is_started_twice(background):
    background.start("one", SLEEPER, {})
    with pytest.raises(NotStarted, match="one runs already"):
        background.start("one", SLEEPER, {})


def test_another_process_that_has_the_number_now_is_never_ended(background, tmp_path):
    (tmp_path / "pids").mkdir()
    (tmp_path / "pids" / "one.pid").write_text(f"{os.getpid()} {identity(os.getpid())}9\n")
    assert background.pid("one") is None
    assert not background.kill("one")
    assert background.stop(["one"]) == []


@pytest.mark.parametrize("told", ["", "4711\n", "4711 \n"])
def test_a_pid_file_that_says_too_little_names_nobody(background, tmp_path, told):
    (tmp_path / "pids").mkdir()
    (tmp_path / "pids" / "one.pid").write_text(told)
    assert background.pid("one") is None


def test_one_that_does_not_end_in_time_is_killed_and_named(background):
    background.start("one", STUBBORN, {})
    background.start("two", SLEEPER, {})
    wait_for(background, "one", "here")
    assert background.stop(["one", "two", "three"], seconds=0.5) == ["one"]
    assert background.pid("one") is None


def test_a_process_that_ended_is_dead_though_nobody_has_asked_for_its_status(background):
    pid = background.start("one", [PYTHON, "-c", "print('here')"], {})
    wait_for(background, "one", "here")
    deadline = time.monotonic() + 30
    while identity(pid):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert background.pid("one") is None
