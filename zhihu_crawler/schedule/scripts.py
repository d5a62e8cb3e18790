"""The Lua scripts of schedules, and commands that are sent again until Redis answers."""

from __future__ import annotations

import time
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, TypeVar

from redis.exceptions import RedisError

from zhihu_crawler.frontier.connect import is_passing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from redis import Redis

Answer = TypeVar("Answer")
PATIENCE_SECONDS = 15.0
"""How long a command is sent again while Redis restarts, or another server takes over."""
_PAUSE_SECONDS = 0.3


@cache
def source(name: str, *, on: str = "") -> str:
    """Return a script, with the one that it stands on before it."""
    folder = files("zhihu_crawler.schedule") / "lua"
    return "\n".join((folder / f"{part}.lua").read_text(encoding="utf-8") for part in (on, name) if part)


def call(client: Redis, text: str, keys: Sequence[str | bytes], *args: str | bytes | float) -> Any:
    """Run a script; it must do no harm when it runs twice."""
    script = client.register_script(text)
    return patiently(lambda: script(keys=list(keys), args=list(args)))


def patiently(ask: Callable[[], Answer], *, seconds: float = PATIENCE_SECONDS) -> Answer:
    """Ask until there is an answer.

    Raises:
        RedisError: there was none in all that time, or a refusal that will not pass.
    """
    end = time.monotonic() + seconds
    while True:
        try:
            return ask()
        except (RedisError, OSError) as error:
            if not is_passing(error) or time.monotonic() >= end:
                raise
        time.sleep(_PAUSE_SECONDS)
