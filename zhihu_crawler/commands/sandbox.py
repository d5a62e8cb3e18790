"""``scrapy sandbox``: serves a small Zhihu on loopback until it is told to end."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import ExitStack
from ipaddress import ip_address
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, ClassVar

from aiohttp import web
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from zhihu_crawler.errors import BadSetting
from zhihu_crawler.sandbox.accounts import MODES, Rules, read_pair
from zhihu_crawler.sandbox.app import ALLOW_ALL, DENY_ALL, Sandbox
from zhihu_crawler.sandbox.captures import Captures
from zhihu_crawler.sandbox.faults import Faults, read_rules
from zhihu_crawler.sandbox.scripts import Wants

if TYPE_CHECKING:
    import argparse


_SESSIONS = {
    "--session-requests": ("N", "a session ends after so many requests"),
    "--session-limit": ("N:M", "after every N requests of a session the next M are refused with code 40362"),
    "--session-rate": ("N:SECONDS", "more than N requests of a session in so many seconds are refused for as long"),
    "--session-renew": ("N", "a session is given a new z_c0 after every N requests"),
    "--qr-seconds": ("SECONDS", "for how long a code can be scanned (default: 120)"),
}


class Command(ScrapyCommand):
    """Serves the sandbox; prints its origin once it listens."""

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        """Return how it is called."""
        return "[options]"

    def short_desc(self) -> str:
        """Return what it does."""
        return "Serve a small, made-up Zhihu on this machine"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add the sandbox's own options."""
        super().add_options(parser)
        parser.add_argument("--host", default="127.0.0.1", help="address of this machine (default: %(default)s)")
        parser.add_argument("--port", type=int, default=0, help="0 takes a free one (default)")
        parser.add_argument("--seed", type=int, default=1, help="another seed is another world (default: %(default)s)")
        parser.add_argument("--fault", action="append", default=[], metavar="NAME=RATE", help="such as 429=0.1")
        parser.add_argument(
            "--fault-url", action="append", default=[], metavar="REGEX=NAME", help="the same by address"
        )
        parser.add_argument("--captures", type=Path, metavar="DIR", help="replay the saved pages of DIR/INDEX.tsv")
        parser.add_argument("--robots", default="allow", metavar="allow|deny|FILE", help="robots.txt (default: allow)")
        parser.add_argument(
            "--login", choices=MODES, default="open", help="whom a z_c0 makes logged in (default: open)"
        )
        for option, (metavar, told) in _SESSIONS.items():
            parser.add_argument(option, metavar=metavar, help=told)
        parser.add_argument("--challenge", action="store_true", help="pages want the cookie that their script sets")
        parser.add_argument("--signature", action="store_true", help="listings want what their page's script sends")
        parser.add_argument("--port-file", type=Path, metavar="FILE", help="write the port there once it listens")
        parser.add_argument("--log", type=Path, metavar="FILE", help="write each request there, a line of JSON each")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Serve until SIGTERM or SIGINT."""
        if args:
            raise UsageError(f"no argument is taken, {args[0]!r} was given")
        try:
            _check_loopback(opts.host)
            with ExitStack() as stack:
                log = stack.enter_context(opts.log.open("ab")) if opts.log else None
                asyncio.run(serve(_make(opts, log), opts.host, opts.port, opts.port_file))
        except (BadSetting, OSError) as error:
            raise UsageError(str(error), print_help=False) from error


def _check_loopback(host: str) -> None:
    try:
        is_loopback = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        raise BadSetting(f"--host {host!r} is not this machine's own: the sandbox is only served on loopback")


def _make(opts: argparse.Namespace, log: IO[bytes] | None) -> Sandbox:
    robots = {"allow": ALLOW_ALL, "deny": DENY_ALL}.get(opts.robots)
    return Sandbox(
        opts.seed,
        faults=Faults(opts.seed, read_rules(opts.fault, opts.fault_url)),
        captures=Captures(opts.captures) if opts.captures else None,
        robots=Path(opts.robots).read_text(encoding="utf-8") if robots is None else robots,
        log=log,
        login=read_login_rules(opts),
        wants=Wants(challenge=opts.challenge, signature=opts.signature),
    )


def read_login_rules(opts: argparse.Namespace) -> Rules:
    """Read the options that are about sessions.

    Raises:
        BadSetting: one that cannot be used, by name.
    """
    limit = read_pair(opts.session_limit, "--session-limit") if opts.session_limit else None
    return Rules(
        mode=opts.login,
        requests=_count(opts.session_requests, "--session-requests"),
        limit=(limit[0], int(limit[1])) if limit else None,
        rate=read_pair(opts.session_rate, "--session-rate") if opts.session_rate else None,
        renew=_count(opts.session_renew, "--session-renew"),
        qr_seconds=read_pair(f"1:{opts.qr_seconds}", "--qr-seconds")[1] if opts.qr_seconds else 120.0,
    )


def _count(text: str | None, option: str) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and int(text)):
        raise BadSetting(f"{option} {text!r} must be a whole number above 0")
    return int(text)


async def serve(sandbox: Sandbox, host: str, port: int, port_file: Path | None) -> None:
    """Listen, tell the origin, and wait for the signal that ends it."""
    ending = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ending.set)
    runner = web.ServerRunner(web.Server(sandbox.handle, access_log=None), shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        bound = runner.addresses[0][1]
        if port_file:
            _write_port(port_file, bound)
        name = f"[{host}]" if ":" in host else host
        print(f"http://{name}:{bound}", flush=True)
        await ending.wait()
    finally:
        await runner.cleanup()


def _write_port(path: Path, port: int) -> None:
    """A reader finds the whole number or nothing, because renaming is one step."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_text(f"{port}\n", encoding="ascii")
    draft.replace(path)
