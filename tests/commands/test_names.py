"""Every command has a name that Scrapy finds, and only the one that is called is loaded."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from scrapy.utils.misc import load_object

from tests.helpers.sandbox import ROOT

if TYPE_CHECKING:
    from scrapy.commands import ScrapyCommand

COMMANDS = ROOT / "zhihu_crawler" / "commands"
NAMES = sorted(file.stem for file in COMMANDS.glob("[a-z]*.py"))


def test_every_command_has_a_name():
    assert sorted(file.stem for file in (COMMANDS / "names").glob("[a-z]*.py")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_name_becomes_its_command(name: str):
    real: type[ScrapyCommand] = load_object(f"zhihu_crawler.commands.{name}.Command")
    named: ScrapyCommand = load_object(f"zhihu_crawler.commands.names.{name}.Command")()
    assert named.short_desc() == real().short_desc()
    assert named.requires_project
    assert named.syntax() == real().syntax()
    assert type(named) is real
    assert (named.requires_crawler_process, named.exitcode) == (real.requires_crawler_process, 0)


def test_a_command_that_is_run_at_once_is_the_real_one(capsys: pytest.CaptureFixture[str]):
    named = load_object("zhihu_crawler.commands.names.schemas.Command")()
    with pytest.raises(Exception, match="schemas takes no 'x'"):
        named.run(["x"], None)


def test_a_call_loads_no_other_command():
    code = (
        "import sys; from scrapy.cmdline import execute\n"
        "try: execute(['scrapy', 'list'])\n"
        "except SystemExit: print(*sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    loaded = {name for name in out.split() if name.startswith("zhihu_crawler.")}
    assert "zhihu_crawler.commands.names.store-replay" not in loaded  # it is loaded by its file's name
    assert "zhihu_crawler.commands.names.store_replay" in loaded
    others = ("commands.export", "commands.status", "export", "schedule", "storage", "sandbox")
    assert not loaded & {f"zhihu_crawler.{name}" for name in others}
