"""What ``scrapy login`` reads or asks of whoever calls it."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path

from pydantic import SecretStr

from zhihu_crawler.config.sessions import check_proxy
from zhihu_crawler.errors import BadSetting

_LEAST_USER_AGENT = 20


def read_file(file: str) -> str:
    """Return the text of ``--import``, ``-`` for standard input.

    Raises:
        BadSetting: it cannot be read.
    """
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise BadSetting(f"--import {file!r} cannot be read: {error.strerror}") from error


def ask_user_agent(given: str | None, file: str) -> str:
    """Return the user agent that belongs to the cookies.

    Raises:
        BadSetting: it is not given and cannot be asked for, or is none.
    """
    if given is None and (file == "-" or not sys.stdin.isatty()):
        raise BadSetting(
            "--user-agent is missing: give that of the browser the cookies come from (navigator.userAgent in its "
            "console), because the site's cookie __zse_ck is bound to it"
        )
    if given is None:
        print(
            "The site's cookie __zse_ck is bound to the user agent of the browser that it came from.", file=sys.stderr
        )
        given = input("Paste what its console says to navigator.userAgent: ")
    given = given.strip().strip("'\"")
    if len(given) < _LEAST_USER_AGENT or not given.isprintable():
        raise BadSetting(f"--user-agent {given!r:.60} is none: it is like 'Mozilla/5.0 (X11; Linux x86_64) ...'")
    return given


def ask_proxy(given: str | None) -> SecretStr | None:
    if given == "-":
        given = (
            getpass.getpass("Proxy (http://user:password@host:port): ") if sys.stdin.isatty() else sys.stdin.readline()
        )
    if not given or not given.strip():
        return None
    try:
        return SecretStr(check_proxy(given.strip()))
    except ValueError as error:
        raise BadSetting(f"--proxy: {error}") from None
