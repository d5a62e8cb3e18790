"""Sessions for tests: made-up people with made-up secrets, in a folder of the test's own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from zhihu_crawler.sessions import Cookies, Session, SessionStore

if TYPE_CHECKING:
    from pathlib import Path

CREATED = datetime(2026, 10, 1, tzinfo=UTC)
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0.0.0"


def make_session(name: str, *, z_c0: str = "", proxy: str | None = None, **more: Any) -> Session:
    """Return a session of the sandbox: its log-in is ``z_c0``, or made of its name."""
    cookies = Cookies(
        [
            {"name": "z_c0", "value": z_c0 or f"2|1:0|{name}-login-secret", "httpOnly": True},
            {"name": "d_c0", "value": f"{z_c0 or name}-device-secret"},
        ]
    )
    given: dict[str, Any] = {"account": f"Account {name}", "user_agent": BROWSER, "created": CREATED, "is_local": True}
    given |= {"cookies": cookies, "proxy": SecretStr(proxy) if proxy else None}
    return Session(name=name, **(given | more))


def keep_sessions(folder: Path, *sessions: Session | str, **more: Any) -> SessionStore:
    """Keep sessions, made where only a name is given, in a folder; give ``ZHIHU_SESSION_DIR=folder`` to the crawl."""
    store = SessionStore(folder)
    for session in sessions:
        store.save(make_session(session, **more) if isinstance(session, str) else session)
    return store
