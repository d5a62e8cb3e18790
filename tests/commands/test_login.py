"""``scrapy login`` in a real Chromium against the sandbox: the test is the person with the phone."""

from __future__ import annotations

import asyncio
import json
import os
import re
import stat
import subprocess
import sys
import time
from argparse import ArgumentParser
from io import StringIO
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from scrapy.exceptions import UsageError
from scrapy.utils.project import get_project_settings

from tests.helpers.chromium import chromium, windowed
from tests.helpers.crawls import ROOT, crawl, scrapy
from tests.helpers.sandbox import running_sandbox
from tests.helpers.sessions import BROWSER, keep_sessions
from tests.sessions.test_qr import scan
from zhihu_crawler.commands._login import unless_gone
from zhihu_crawler.commands.login import Command
from zhihu_crawler.errors import BadSession
from zhihu_crawler.sessions import SessionStore

__all__ = ["chromium", "windowed"]  # fixtures
SECONDS = 120
BLOCKS = re.compile(r"[ ▀▄█]{29,}")
TOKEN = re.compile(r"/login/qrcode/(\w+)/scan_info")


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    log = tmp_path_factory.mktemp("sandbox") / "log"
    with running_sandbox("--login", "required", "--qr-seconds", "5", "--log", str(log)) as running:
        yield running, log


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "sessions"


def environment(sandbox, folder, **more):
    known = {name: value for name, value in os.environ.items() if not name.startswith("ZHIHU_")}
    return known | {"ZHIHU_ORIGIN": sandbox.origin, "ZHIHU_SESSION_DIR": str(folder), **more}


class Login:
    """A running ``scrapy login``, whose output grows in two files."""

    def __init__(self, folder, env, *args):
        self.out, self.err = folder.parent / "out", folder.parent / "err"
        command = [sys.executable, "-m", "scrapy", "login", *args]
        with self.out.open("wb") as out, self.err.open("wb") as err:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=err
            )

    @property
    def said(self):
        return self.out.read_text("utf-8") + self.err.read_text("utf-8")

    def codes(self):
        """Addresses of the codes that were printed, the latest last."""
        lines = [line for line in self.out.read_text("utf-8").splitlines() if BLOCKS.fullmatch(line)]
        blank, codes, code = "█", [], []
        for line in lines:
            code.append(line)
            if set(line) == {blank} and len(code) > len(line) // 2:
                codes.append(code)
                code = []
        return [text for code in codes for text in scan("\n".join(code), ground=0)]

    def wait(self):
        try:
            return self.process.wait(SECONDS)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()

    def until(self, condition):
        """Wait for something to be so, and return it."""
        deadline = time.monotonic() + SECONDS
        while not (found := condition()):
            assert self.process.poll() is None, self.said
            if time.monotonic() > deadline:
                self.process.kill()
                raise AssertionError(f"waited in vain: {self.said}")
            time.sleep(0.1)
        return found


def visit(link):
    try:
        with urlopen(link, timeout=20) as reply:
            return reply.status
    except HTTPError as error:
        return error.code


def secrets(folder):
    return [cookie["value"] for path in folder.glob("*.json") for cookie in json.loads(path.read_bytes())["cookies"]]


@pytest.mark.crawl
def test_a_code_is_printed_renewed_scanned_and_the_session_crawls(chromium, sandbox, folder, tmp_path):
    running, _ = sandbox
    login = Login(folder, environment(running, folder), "--headless", "--timeout", str(SECONDS))
    first = login.until(login.codes)[0]
    login.until(lambda: login.codes()[1:])  # the first has expired meanwhile
    assert visit(first) == 410
    login.until(lambda: visit(f"{login.codes()[-1]}?account=7") == 200)
    assert login.wait() == 0, login.said
    assert "The code has expired; here is a new one" in login.said
    assert "Logged in as 示例用户t0000007 (shili-t-7). Kept as session 'shili-t-7'" in login.said

    session = SessionStore(folder).load("shili-t-7")
    assert (session.account, session.token, session.is_local) == ("示例用户t0000007", "shili-t-7", True)
    assert {"z_c0", "d_c0"} <= session.cookies.names
    assert "Chrome/" in session.user_agent
    assert "Headless" not in session.user_agent
    assert stat.S_IMODE((folder / "shili-t-7.json").stat().st_mode) == 0o600
    assert not any(value in login.said for value in secrets(folder))

    crawled = crawl(tmp_path, running.origin, "question", "ids=22000001", ZHIHU_SESSION_DIR=str(folder))
    assert len(crawled.ids("answer")) == 3
    guest = crawl(tmp_path / "guest", running.origin, "question", "ids=22000001")
    assert guest.ids("answer") == []


@pytest.mark.crawl
def test_a_window_is_the_users_and_only_waited_for(windowed, sandbox, folder):
    running, log = sandbox
    before = len(log.read_text("utf-8"))
    login = Login(folder, environment(running, folder, ZHIHU_CHROMIUM=str(windowed)), "--name", "mine")
    token = login.until(lambda: TOKEN.findall(log.read_text("utf-8")[before:]))[-1]
    assert visit(f"{running.origin}/sandbox/scan/{token}?account=8&step=scan") == 200
    time.sleep(1.5)
    assert login.process.poll() is None  # scanned is not confirmed
    assert visit(f"{running.origin}/sandbox/scan/{token}?account=8") == 200
    assert login.wait() == 0, login.said
    assert SessionStore(folder).load("mine").token == "shili-t-8"
    assert not BLOCKS.search(login.out.read_text("utf-8"))


class Deaf:
    """A browser that is asked for a page, dies, and never answers."""

    def __init__(self, *, is_connected):
        self.is_connected, self.asked = lambda: is_connected, asyncio.Event()

    def on(self, event, tell):
        assert event == "disconnected"
        self.die = lambda: tell(self)

    async def new_page(self):
        self.asked.set()
        await asyncio.Event().wait()


@pytest.mark.parametrize("is_connected", [True, False])
def test_a_browser_that_dies_while_it_is_asked_for_something_is_not_waited_for(is_connected):
    async def die():
        browser = Deaf(is_connected=is_connected)
        waiting = asyncio.create_task(unless_gone(browser, browser.new_page()))
        if is_connected:
            await browser.asked.wait()
            browser.die()
        async with asyncio.timeout(SECONDS):
            await waiting

    with pytest.raises(BadSession, match="its window was closed, or it died"):
        asyncio.run(die())


@pytest.mark.crawl
def test_a_window_that_is_closed_and_a_time_that_is_over_are_told(chromium, sandbox, folder, tmp_path):
    running, _ = sandbox
    closing = tmp_path / "closing"
    closing.write_text(f'#!/bin/sh\nexec timeout -s KILL 3 "{chromium}" --headless "$@"\n', encoding="utf-8")
    closing.chmod(0o755)
    login = Login(folder, environment(running, folder, ZHIHU_CHROMIUM=str(closing)))
    assert login.wait() == 1
    assert "Not logged in: the browser ended or failed before anybody was logged in" in login.said
    assert "Traceback" not in login.said
    login = Login(folder, environment(running, folder), "--headless", "--timeout", "1")
    assert login.wait() == 1
    assert "nobody was logged in within 1 s; --timeout gives more time" in login.said
    assert not folder.exists()


def given(sandbox, account):
    """Cookies that the sandbox knows, as an extension exports them."""
    return [cookie | {"domain": ".zhihu.com"} for cookie in sandbox.json(f"/sandbox/login/{account}")["cookies"]]


def login_by(sandbox, folder, *args, **more):
    asked = {"ZHIHU_ORIGIN": sandbox.origin, "ZHIHU_SESSION_DIR": str(folder)}
    return scrapy("login", *args, **more, **asked)


@pytest.mark.crawl
def test_cookies_of_ones_own_browser_are_imported_and_checked(sandbox, folder, tmp_path):
    running, _ = sandbox
    file = tmp_path / "cookies.json"
    file.write_text(json.dumps(given(running, 5)), encoding="utf-8")
    done = login_by(running, folder, "--import", str(file), "--user-agent", BROWSER, "--proxy", "")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Logged in as 示例用户t0000005 (shili-t-5). Kept as session 'session-1'" in done.stdout
    session = SessionStore(folder).load("session-1")
    assert (session.user_agent, session.token) == (BROWSER, "shili-t-5")
    assert session.checked is not None
    assert not any(value in done.stdout for value in secrets(folder))


@pytest.mark.crawl
def test_a_header_is_imported_and_told_when_the_site_does_not_know_it(sandbox, folder):
    running, _ = sandbox
    done = login_by(
        running, folder, "--import", "-", "--user-agent", BROWSER, stdin="Cookie: z_c0=2|1:0|s3cr3t; d_c0=x"
    )
    assert done.returncode == 1
    assert "Not logged in: the site does not know these cookies" in done.stderr
    assert "s3cr3t" not in done.stderr + done.stdout
    listed = scrapy("sessions", "--check", ZHIHU_ORIGIN=running.origin, ZHIHU_SESSION_DIR=str(folder))
    assert listed.returncode == 1
    assert "expired: the site does not know it" in listed.stdout


def here(capsys, folder, *args, stdin="", **settings):
    """Call the command in this process; return its exit status and all that it said."""
    command, parser = Command(), ArgumentParser()
    command.settings = get_project_settings()
    command.settings.setdict({"ZHIHU_ORIGIN": "", "ZHIHU_SESSION_DIR": str(folder)} | settings, priority="cmdline")
    command.add_options(parser)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdin", StringIO(stdin))
        try:
            command.run(
                parser.parse_known_args(args)[1], parser.parse_args(args[:-1] if args[-1:] == ("more",) else args)
            )
        except UsageError as error:
            return 2, str(error)
    return command.exitcode, "".join(capsys.readouterr())


@pytest.mark.parametrize(
    ("args", "status", "told"),
    [
        (["--import", "-"], 2, "--user-agent is missing"),
        (["--import", "-", "--user-agent", "short"], 2, "--user-agent 'short' is none"),
        (["--import", "/no/such/file", "--user-agent", BROWSER], 2, "cannot be read"),
        (["--import", "-", "--user-agent", BROWSER], 1, "no cookie of zhihu.com"),
        (["--name", "a b"], 2, "--name ('a b') must be letters"),
        (["--proxy", "ftp://me:s3cr3t@x"], 2, "--proxy: proxy 'ftp://x' must be like"),
        (["more"], 2, "no argument is taken"),
    ],
)
def test_what_cannot_be_used_is_told_before_anything_is_done(capsys, folder, args, status, told):
    found, said = here(capsys, folder, *args)
    assert found == status
    assert told in said
    assert "s3cr3t" not in said


@pytest.mark.parametrize(
    ("settings", "status", "told"),
    [
        ({"ZHIHU_CHROMIUM": "/no/such/chrome"}, 2, "ZHIHU_CHROMIUM ('/no/such/chrome') is no program"),
        ({"ZHIHU_ORIGIN": "http://mirror.example.org"}, 2, "nobody logs in to a mirror"),
        ({"ZHIHU_SESSION_DIR": str(ROOT / "sessions")}, 2, "is inside the project"),
    ],
)
def test_a_setting_that_cannot_be_used_is_told(capsys, folder, settings, status, told):
    found, said = here(capsys, folder, **settings)
    assert (found, told in said) == (status, True)


def test_a_folder_that_others_may_read_is_told_before_anybody_logs_in(capsys, folder):
    keep_sessions(folder, "a")
    folder.chmod(0o755)
    found, said = here(capsys, folder)
    assert (found, "chmod 700" in said) == (1, True)


def test_a_program_that_opens_no_window_is_told_with_what_to_do_instead(capsys, folder, tmp_path):
    program = tmp_path / "chromium"
    program.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    program.chmod(0o755)
    found, said = here(capsys, folder, ZHIHU_CHROMIUM=str(program))
    assert found == 1
    assert "opened no window; is there a screen here? Without one, --headless prints" in said
