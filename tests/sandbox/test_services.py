from __future__ import annotations

import shlex
import subprocess
import tomllib

import pytest
from scrapy.utils.project import get_project_settings

from tests.conftest import ROOT
from zhihu_crawler.sandbox.services import MEMBERS, NAMES, PORTS, STAGES, WORKERS, Fleet, answer_urls, schedule_toml
from zhihu_crawler.schedule.file import load
from zhihu_crawler.schedule.spiders import Spiders

FLEET = Fleet(
    "/checkout/.scrapy/fleet",
    "/checkout",
    "/bin/redis-server",
    "/bin/mongod",
    dict(zip(PORTS, range(7000, 7100), strict=False)),
)


def test_a_fleet_is_what_it_was_when_it_is_read_again(tmp_path):
    (tmp_path / "fleet.json").write_text(FLEET.as_json())
    assert Fleet.read(tmp_path / "fleet.json") == FLEET


def test_every_process_is_in_one_stage_and_has_a_command_of_its_own():
    commands = {name: shlex.join(FLEET.command(name)) for name in NAMES}
    assert len(NAMES) == len(set(NAMES)) == sum(map(len, STAGES)) == 11
    beats = {commands.pop("scheduler-1"), commands.pop("scheduler-2")}
    assert len(beats) == 1  # of two that are alike one fires
    assert len(set(commands.values())) == len(commands)


@pytest.mark.parametrize("name", PORTS)
def test_what_listens_is_told_its_port(name):
    assert str(FLEET.ports[name]) in shlex.join(FLEET.command(name))


def test_workers_have_names_and_spiders():
    for name, spider in WORKERS.items():
        assert f"crawl {spider} -s FRONTIER_WORKER={name}" in shlex.join(FLEET.command(name))


def test_the_store_is_all_members():
    uri = FLEET.settings()["MONGODB_URI"]
    assert all(f"127.0.0.1:{FLEET.ports[name]}" in uri for name in MEMBERS)


def test_settings_are_some_that_the_project_has():
    assert set(FLEET.settings()) <= set(get_project_settings())


def test_a_shell_reads_the_settings_as_they_are():
    script = f"{FLEET.env_file()}printf '%s' \"$MONGODB_URI\""
    told = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout
    assert told == FLEET.settings()["MONGODB_URI"]


def test_the_schedules_are_good_ones(tmp_path):
    path = tmp_path / "schedule.toml"
    path.write_text(schedule_toml())
    plan = load(path, Spiders.from_settings(get_project_settings()))
    assert not plan.faults
    assert list(plan.schedules) == ["answers", "questions", "stored"]
    assert len(tomllib.loads(path.read_text())["schedule"][0]["seeds"]) == 12


def test_answers_of_the_sandbox_are_named_without_asking_it():
    urls = answer_urls("23000001")
    assert len(set(urls)) == 12
    assert urls[0].startswith("https://www.zhihu.com/question/23000001/answer/")


def test_two_fleets_are_made_with_ports_of_their_own(tmp_path):
    made = Fleet.make(tmp_path, ROOT)
    assert sorted(made.ports) == sorted(PORTS)
    assert len(set(made.ports.values())) == len(PORTS)
