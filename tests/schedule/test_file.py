"""Bad files of schedules, and what a person is told."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from pathlib import Path

import pytest

from tests.schedule.helpers import faults_of, plan_of, spiders
from zhihu_crawler.errors import BadSchedule
from zhihu_crawler.schedule.alerts import Blocked, ScheduleMissed
from zhihu_crawler.schedule.file import load, read_plan

GOOD = 'name = "a"\nspider = "question"\nseeds = ["1"]\nevery = "6h"\n'

MISTAKES = tomllib.loads((Path(__file__).parent / "mistakes.toml").read_text(encoding="utf-8"))["mistake"]


@pytest.mark.parametrize("mistake", MISTAKES, ids=[mistake["told"][-1][:60] for mistake in MISTAKES])
def test_a_mistake_is_told_with_its_line(mistake, tmp_path):
    faults = faults_of(mistake["text"], tmp_path)
    for part in mistake["told"]:
        assert any(part in fault for fault in faults), faults
    assert all(fault.startswith("schedule.toml:") for fault in faults)


def test_all_mistakes_are_told_at_once_and_good_neighbours_stay():
    text = f'[[schedule]]\n{GOOD}[[schedule]]\nname = "b"\nevry = "1h"\nspider = "usr"\n[[alert]]\nwhen = "x"\n'
    plan = read_plan(text, Path("schedule.toml"), spiders())
    assert list(plan.schedules) == ["a"]
    assert list(plan.broken) == ["b"]
    assert [int(fault.split(":")[1]) for fault in plan.faults] == sorted(int(f.split(":")[1]) for f in plan.faults)
    assert len(plan.faults) == 5


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (None, "cannot be read: No such file or directory; docs/schedule.md shows one, SCHEDULE_FILE names another"),
        (b"\xff\xfe", "is no text in UTF-8"),
        (b"[[schedule]\n", "schedule.toml:1: this is no TOML"),
    ],
)
def test_a_file_that_cannot_be_read_is_told(tmp_path, made, told):
    path = tmp_path / "schedule.toml"
    if made is not None:
        path.write_bytes(made)
    with pytest.raises(BadSchedule) as caught:
        load(path, spiders())
    assert told in str(caught.value)


def test_a_sound_file_is_typed(tmp_path):
    (tmp_path / "seeds.txt").write_text("1\n")
    plan = plan_of(
        'time_zone = "Asia/Shanghai"\n'
        '[[schedule]]\nname = "a"\nspider = "question"\nseeds_file = "seeds.txt"\ncron = "@daily"\ndedupe = "12h"\n'
        '[[schedule]]\nname = "b"\ntype = "export"\ntime_zone = "UTC"\nevery = "1d12h"\narguments = "--kind answer"\n'
        '[[alert]]\nname = "x"\nwhen = "blocked"\nto = ["webhook", "jpush"]\nabove = 0.5\nfor = "5m"\nrepeat = "1h"\n'
        '[[alert]]\nname = "y"\nwhen = "schedule-missed"\nto = ["email"]\nschedule = "a"\n',
        tmp_path,
    )
    a, b = plan.schedules.values()
    assert (a.time_zone.key, a.rule, a.dedupe, a.queue) == ("Asia/Shanghai", "@daily", timedelta(hours=12), "schedule")
    assert (b.time_zone.key, b.rule, b.queue) == ("UTC", "every 1d12h", "export")
    x, y = plan.alerts
    assert isinstance(x, Blocked)
    assert (x.above, x.lasting, x.repeat) == (0.5, timedelta(minutes=5), timedelta(hours=1))
    assert isinstance(y, ScheduleMissed)
    assert y.lasting == timedelta(minutes=10)
