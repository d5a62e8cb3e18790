"""``scrapy login``: a session from the site's own page in a real browser, or from cookies that a browser gave out."""

from __future__ import annotations

import argparse  # noqa: TC003  # Scrapy's own commands do the same
import re
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from zhihu_crawler.browser.chromium import find_chromium, need_playwright
from zhihu_crawler.commands._asking import ask_proxy, ask_user_agent, read_file
from zhihu_crawler.commands._check import check
from zhihu_crawler.commands._login import LoggedIn, Plan, log_in
from zhihu_crawler.config import BrowserConfig, SessionConfig, ZhihuConfig
from zhihu_crawler.config.sessions import RESERVED, check_name
from zhihu_crawler.errors import BadSession, BadSetting
from zhihu_crawler.sessions import Session, SessionStore, State
from zhihu_crawler.sessions.imported import read_cookies
from zhihu_crawler.sessions.session import utc_now
from zhihu_crawler.urls import ZHIHU

if TYPE_CHECKING:
    from pydantic import SecretStr


class Command(ScrapyCommand):
    """Keeps a session for crawls to come.

    Exit status: 0 when somebody is logged in, 1 when nobody is, 2 when an option cannot be used.
    """

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        """How it is called."""
        return "[options]"

    def short_desc(self) -> str:
        """What it is for."""
        return "Log in to Zhihu in a browser (or import its cookies), for crawls to come"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add what can be chosen."""
        super().add_options(parser)
        parser.add_argument("--name", help="the session's name (default: the account's; the same account is renewed)")
        parser.add_argument("--headless", action="store_true", help="no window: the QR code is printed here")
        parser.add_argument("--timeout", type=float, default=600.0, metavar="SECONDS", help="default: %(default)g")
        told = "cookies.txt, a cookie extension's JSON, or - for a Cookie header"
        parser.add_argument("--import", dest="file", metavar="FILE", help=told)
        parser.add_argument("--user-agent", help="of the browser that the cookies come from: __zse_ck is bound to it")
        parser.add_argument("--proxy", metavar="URL", help="of this session; - asks for it, so that nobody sees it")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Log in or import, and keep the session."""
        if args:
            raise UsageError(f"no argument is taken, {args[0]!r:.40} was given")
        assert self.settings is not None
        try:
            if opts.name:
                check_name(opts.name, "--name")
            self._config = SessionConfig.from_settings(self.settings)
            self._store = SessionStore(self._config.directory)
            self._store.names()  # a folder that cannot be used is told before anybody logs in
            if self._config.is_elsewhere:
                raise BadSetting("ZHIHU_ORIGIN is neither the site nor this machine: nobody logs in to a mirror")
            proxy = ask_proxy(opts.proxy)
            if opts.file:
                self._import(opts, proxy)
            else:
                self._log_in(opts, proxy)
        except BadSetting as error:
            raise UsageError(str(error), print_help=False) from error
        except BadSession as error:
            print(f"Not logged in: {error}", file=sys.stderr)
            self.exitcode = 1

    def _log_in(self, opts: argparse.Namespace, proxy: SecretStr | None) -> None:
        assert self.settings is not None
        need_playwright()
        plan = Plan(
            origin=ZhihuConfig.from_settings(self.settings).origin or ZHIHU,
            chromium=find_chromium(BrowserConfig.from_settings(self.settings).chromium),
            headless=opts.headless,
            seconds=opts.timeout,
            user_agent=opts.user_agent,
            proxy=proxy or self._known_proxy(opts.name),
        )
        if not plan.headless:
            print("Log in in the window that opens: by QR code, phone or password.", file=sys.stderr)
        self._keep(log_in(plan), opts.name, plan.proxy, checked=True)

    def _import(self, opts: argparse.Namespace, proxy: SecretStr | None) -> None:
        assert self.settings is not None
        user_agent = ask_user_agent(opts.user_agent, opts.file)
        found = LoggedIn(read_cookies(read_file(opts.file)), user_agent, None, None)
        name = self._keep(found, opts.name or self._free_name(), proxy or self._known_proxy(opts.name), checked=False)
        check(self.settings, [name])
        session = self._store.load(name)
        if session.state is State.EXPIRED:
            raise BadSession("the site does not know these cookies: log in with the browser, then export anew")
        if session.checked is None:
            print(
                "The session is kept, but could not be checked: `scrapy sessions --check` tries again.", file=sys.stderr
            )
        self._tell(session)

    def _keep(self, found: LoggedIn, name: str | None, proxy: SecretStr | None, *, checked: bool) -> str:
        """Write the session; one of the same account is renewed, and keeps its proxy and its age."""
        name = name or self._name_of(found.token)
        session = Session(
            name=name,
            account=found.account,
            token=found.token,
            cookies=found.cookies,
            user_agent=found.user_agent,
            proxy=proxy,
            created=utc_now(),
            checked=utc_now() if checked else None,
            is_local=self._config.is_local,
        )
        before = self._find(name)
        if before and before.is_local is not session.is_local:
            of = "the sandbox" if before.is_local else "the site"
            raise BadSession(f"there is a session {name!r} of {of}: take another --name")
        if before and not proxy:
            session = replace(session, proxy=before.proxy)
        self._store.save(session)
        if checked:
            self._tell(session)
        return name

    def _tell(self, session: Session) -> None:
        who = session.account or "an account that could not be asked for its name"
        print(f"Logged in as {who}{f' ({session.token})' if session.token else ''}. ", end="")
        print(f"Kept as session {session.name!r} in {self._store.directory}; `scrapy sessions` lists them.")

    def _name_of(self, token: str | None) -> str:
        """Return the name of the account's session, else one made of its token."""
        for session in self._store.load_all()[0]:
            if token and session.token == token and session.is_local is self._config.is_local:
                return session.name
        name = re.sub(r"[^A-Za-z0-9_-]+", "-", token or "").strip("-_")[:40]
        return name if name and name not in RESERVED and not self._find(name) else self._free_name()

    def _free_name(self) -> str:
        known = set(self._store.names())
        return next(name for number in range(1, 10_000) if (name := f"session-{number}") not in known)

    def _known_proxy(self, name: str | None) -> SecretStr | None:
        before = self._find(name) if name else None
        return before.proxy if before else None

    def _find(self, name: str) -> Session | None:
        try:
            return self._store.load(name)
        except BadSession:
            return None
