"""What is shipped to run a fleet names commands, queues and paths that exist."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from configparser import ConfigParser

import pytest
from scrapy.spiderloader import SpiderLoader
from scrapy.utils.project import get_project_settings

from tests.conftest import ROOT
from zhihu_crawler.schedule.app import app
from zhihu_crawler.schedule.model import QUEUES

UNITS = sorted((ROOT / "deploy" / "systemd").iterdir())
SERVICES = [path for path in UNITS if path.suffix == ".service"]
HOME = "/opt/zhihu_crawler"
COMMANDS = re.findall(r"command: \[(.+)\]", (ROOT / "compose.fleet.yaml").read_text(encoding="utf-8"))


def name_of(path):
    return path.name


def unit_of(path):
    parser = ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str
    parser.read(path, encoding="utf-8")
    return parser


def check(words):
    """Check a command line of ours: its command, its app, its queue."""
    program, *rest = words
    if program == "scrapy":
        name = rest[0].replace("-", "_")
        assert name == "crawl" or (ROOT / "zhihu_crawler" / "commands" / f"{name}.py").is_file()
    else:
        assert program == "celery"
        assert rest[:2] == ["-A", app.main + ".app"]
        assert rest[2] in ("worker", "beat")
        if rest[2] == "worker":
            assert rest[rest.index("-Q") + 1] in QUEUES


@pytest.mark.parametrize("path", SERVICES, ids=name_of)
def test_a_unit_starts_a_command_of_the_project_and_not_as_root(path):
    service = unit_of(path)["Service"]
    words = shlex.split(service["ExecStart"])
    if words[0] == "/bin/sh":
        words = shlex.split(words[2].removeprefix("exec "))
    assert words[0].startswith(f"{HOME}/.venv/bin/")
    check([words[0].rpartition("/")[2], *words[1:]])
    assert (service["User"], service["WorkingDirectory"]) == ("zhihu", HOME)
    assert service["NoNewPrivileges"] == "yes"


@pytest.mark.parametrize(("instance", "spider"), [("question", "question"), ("question.2", "question")])
def test_a_workers_instance_is_its_spider_and_what_tells_it_apart(instance, spider):
    command = unit_of(ROOT / "deploy/systemd/zhihu-crawl@.service")["Service"]["ExecStart"]
    told = command.replace("%%", "\0").replace("%i", instance).replace("\0", "%").replace("$$", "$")
    words = shlex.split(told)
    script = words[2].replace(f"exec {HOME}/.venv/bin/scrapy", "echo")
    assert subprocess.run([words[0], "-c", script, *words[3:]], capture_output=True, text=True, check=True).stdout == (
        f"crawl {spider}\n"
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_a_service_of_compose_starts_a_command_of_the_project(command):
    check([word.strip().strip('"') for word in command.split(",")])


def test_every_spider_and_every_queue_has_a_service_of_compose():
    text = " ".join(COMMANDS)
    for spider in SpiderLoader.from_settings(get_project_settings()).list():
        assert f"scrapy, crawl, {spider}" in text
    for queue in QUEUES:
        assert f"-Q, {queue}," in text


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not on this machine")
def test_systemd_takes_the_units(tmp_path):
    for path in UNITS:
        text = path.read_text(encoding="utf-8").replace(HOME, str(ROOT))
        text = re.sub(r"^EnvironmentFile=.*\n", "", text, flags=re.MULTILINE)
        text = re.sub(r"/\S+/\.venv/bin/(scrapy|celery)", "/bin/true", text)
        (tmp_path / path.name.replace("@.", "@question.")).write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", *sorted(str(path) for path in tmp_path.iterdir())],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
