"""``.ci/setup`` from the states in which a checkout may be found. The requirements are empty: no network is needed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from tests.conftest import ROOT

NOWHERE = {
    "NO_PROXY": "*",
    "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
    "PIP_NO_INDEX": "",
    "PIP_FIND_LINKS": "",
    "PIP_RETRIES": "1",
}
FIRST_LINES = ["setup: making .venv", "setup: installing requirements.txt", "setup: ready"]


@pytest.fixture
def checkout(tmp_path):
    """A checkout whose path has a blank, with requirements that ask for nothing."""
    place = tmp_path / "my checkout"
    (place / ".ci").mkdir(parents=True)
    shutil.copy(ROOT / ".ci" / "setup", place / ".ci" / "setup")
    for name in ("requirements.txt", "requirements-dev.txt"):
        (place / name).write_text("# nothing\n", encoding="utf-8")
    return place


def setup(place, level="crawl", **environment):
    known = os.environ | NOWHERE | {"PYTHON": sys.executable, "PIP_CONFIG_FILE": os.devnull} | environment
    return subprocess.run([place / ".ci" / "setup", level], env=known, capture_output=True, text=True, check=False)


def lines(done):
    """What a set-up said, without what depends on the machine."""
    assert (done.returncode, done.stderr) == (0, "")
    return [line.partition(" with")[0].partition(" (")[0] for line in done.stdout.splitlines()]


def fake_python(place, *, ok_for):
    """A Python that runs only what the script asks of a Python of some age."""
    path = place / "python"
    path.write_text(f'#!/bin/sh\ncase "$2" in {ok_for}) echo 3.12;; *) exit 1;; esac\n', encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def test_a_set_up_is_made_once_and_made_good_again_whatever_became_of_it(checkout, tmp_path):
    assert lines(setup(checkout)) == FIRST_LINES
    assert lines(setup(checkout)) == []

    (checkout / "requirements.txt").write_text("# another\n", encoding="utf-8")
    assert lines(setup(checkout)) == FIRST_LINES[1:]

    (checkout / ".venv" / "unfinished").touch()  # a set-up that was killed while it installed
    (checkout / ".venv" / "ready-crawl").unlink()
    assert lines(setup(checkout)) == FIRST_LINES

    moved = checkout.rename(tmp_path / "elsewhere")
    assert lines(setup(moved)) == FIRST_LINES
    assert lines(setup(moved)) == []


def test_what_the_tools_need_holds_for_a_crawl_too(checkout):
    (checkout / "requirements-dev.txt").write_text("-r requirements.txt\n", encoding="utf-8")
    assert lines(setup(checkout, "dev"))[-1] == "setup: ready"
    assert lines(setup(checkout, "crawl")) == []
    (checkout / "requirements-dev.txt").write_text("# another\n", encoding="utf-8")
    assert lines(setup(checkout, "crawl")) == []
    assert lines(setup(checkout, "dev")) == ["setup: installing requirements-dev.txt", "setup: ready"]


def test_what_cannot_be_installed_is_named_and_the_same_command_goes_on_later(checkout):
    (checkout / "requirements.txt").write_text("no-such-package-here>=7\n", encoding="utf-8")
    unreached = setup(checkout)
    assert unreached.returncode == 1
    assert "package index could not be reached, and no-such-package-here>=7 is missing" in unreached.stderr

    unknown = setup(checkout, PIP_NO_INDEX="1")
    assert unknown.returncode == 1
    assert "no-such-package-here>=7 could not be installed; the whole log is in" in unknown.stderr

    (checkout / "requirements.txt").write_text("# nothing\n", encoding="utf-8")
    assert lines(setup(checkout)) == FIRST_LINES[1:]


def test_a_python_that_is_too_old_is_refused(checkout):
    done = setup(checkout, PYTHON=fake_python(checkout, ok_for="nothing"))
    assert done.returncode == 1
    assert "is no Python 3.11 or newer" in done.stderr
    assert not (checkout / ".venv").exists()


def test_without_any_python_the_packages_to_install_are_named(checkout):
    tools = checkout / "bin"
    tools.mkdir()
    for tool in ("bash", "dirname", "env", "flock", "cat"):
        (tools / tool).symlink_to(shutil.which(tool))
    done = setup(checkout, PYTHON="", PATH=str(tools))
    assert done.returncode == 1
    assert "Python 3.11 or newer is wanted, and python3 is absent" in done.stderr
    assert "apt install python3 python3-venv" in done.stderr


def test_a_python_without_venv_names_the_package_that_has_it(checkout):
    done = setup(checkout, PYTHON=fake_python(checkout, ok_for="*version_info*"))
    assert done.returncode == 1
    assert "apt install python3.12-venv" in done.stderr


def test_an_unknown_level_is_refused(checkout):
    done = setup(checkout, "all")
    assert (done.returncode, done.stderr) == (2, "usage: .ci/setup [crawl|dev]\n")
