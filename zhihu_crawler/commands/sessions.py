"""``scrapy sessions``: who is logged in, since when, and how each session stands."""

from __future__ import annotations

import argparse  # noqa: TC003  # Scrapy's own commands do the same
import sys
from typing import TYPE_CHECKING, Any, ClassVar

from rich.console import Console
from rich.table import Table
from rich.text import Text
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from zhihu_crawler.commands._check import check
from zhihu_crawler.config import SessionConfig
from zhihu_crawler.errors import BadSession, BadSetting
from zhihu_crawler.sessions import Session, SessionStore, State
from zhihu_crawler.sessions.session import utc_now

if TYPE_CHECKING:
    from datetime import datetime

_COLUMNS = ("session", "account", "state", "age", "last used", "checked", "proxy")
_WIDE = 1000
"""A file or a pipe has a line for every session, however long."""
_STEPS = ((60, "s", 1), (3600, "min", 60), (86_400, "h", 3600), (float("inf"), "d", 86_400))


class Command(ScrapyCommand):
    """Shows sessions and never a secret.

    Exit status: 0; 1 when a session's file cannot be used, or after --check one has expired.
    """

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        """How it is called."""
        return "[options]"

    def short_desc(self) -> str:
        """What it is for."""
        return "List the sessions that crawls use, check them, or remove one"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add --check and --remove."""
        super().add_options(parser)
        parser.add_argument("--check", action="store_true", help="ask the site about each of them, one request each")
        parser.add_argument("--remove", metavar="NAME", help="forget a session (the site is not told: log out there)")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Remove or check where that is wanted, then list."""
        if args:
            raise UsageError(f"no argument is taken, {args[0]!r:.40} was given")
        assert self.settings is not None
        try:
            config = SessionConfig.from_settings(self.settings)
            store = SessionStore(config.directory)
            if opts.remove:
                store.remove(opts.remove)
            if opts.check:
                own = [session.name for session in store.load_all()[0] if session.is_local is config.is_local]
                check(self.settings, own if not config.is_elsewhere else ())
            sessions, problems = store.load_all()
        except (BadSetting, BadSession) as error:
            raise UsageError(str(error), print_help=False) from error
        for problem in problems:
            print(problem, file=sys.stderr)
        has_expired = opts.check and any(session.state is State.EXPIRED for session in sessions)
        self.exitcode = int(bool(problems) or has_expired)
        show(sessions, store)


def show(sessions: list[Session], store: SessionStore) -> None:
    """Print the table, to standard output."""
    if not sessions:
        print(f"There are no sessions in {store.directory}: `scrapy login` makes one.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in _COLUMNS:
        table.add_column(column, no_wrap=column == "session")
    now = utc_now()
    for session in sessions:
        table.add_row(*(Text(_plain(cell)) for cell in row(session, now)))
    Console(file=sys.stdout, width=None if sys.stdout.isatty() else _WIDE).print(table)


def row(session: Session, now: datetime) -> tuple[str, ...]:
    """Return what is shown of a session."""
    who = session.account or "unknown"
    if session.token:
        who += f" ({session.token})"
    if session.is_local:
        who += ", sandbox"
    return (
        session.name,
        who,
        state(session, now),
        ago(session.created, now).removesuffix(" ago"),
        ago(session.used, now),
        ago(session.checked, now),
        session.proxy_shown,
    )


def state(session: Session, now: datetime) -> str:
    """Say how a session stands, until when and why."""
    current = session.state_at(now)
    if current is State.GOOD:
        return str(current)
    until = f" for {ago(now, session.until).removesuffix(' ago')}" if current is State.LIMITED and session.until else ""
    return f"{current}{until}" + (f": {session.reason}" if session.reason else "")


def ago(moment: datetime | None, now: datetime) -> str:
    """Say in words how long ago a time was: ``"5 min ago"``, ``"never"``."""
    if moment is None:
        return "never"
    seconds = max(0.0, (now - moment).total_seconds())
    unit, size = next((unit, size) for below, unit, size in _STEPS if seconds < below)
    return f"{int(seconds // size)} {unit} ago"


def _plain(text: str) -> str:
    """A name that somebody chose cannot steer the terminal."""
    return "".join(character if character.isprintable() else "?" for character in text)
