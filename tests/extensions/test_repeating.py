from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from zhihu_crawler.extensions import _repeating
from zhihu_crawler.extensions._repeating import Repeating

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import pytest


def ended_after(step: Callable[[], Awaitable[float]], *, seconds: float) -> float:
    """Let it run for so long, and return how long its end took."""

    async def run() -> float:
        repeating = Repeating(step)
        repeating.start()
        await asyncio.sleep(seconds)
        begun = asyncio.get_running_loop().time()
        await repeating.stop()
        return asyncio.get_running_loop().time() - begun

    return asyncio.run(run())


def test_it_steps_at_once_and_again_after_each_pause():
    done = []

    async def step() -> float:
        done.append(1)
        return 0.01 if len(done) < 3 else 60.0

    assert ended_after(step, seconds=0.5) < 1.0  # a pause of a minute is not waited for
    assert len(done) == 3


def test_a_step_that_takes_its_cancellation_for_a_failure_is_the_last_one():
    done = []

    async def step() -> float:
        done.append(1)
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            return 0.01
        return 0.01

    assert ended_after(step, seconds=0.05) < 1.0
    assert done == [1]


def test_a_step_that_does_not_end_is_left_behind(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture):
    monkeypatch.setattr(_repeating, "STOP_SECONDS", 0.05)

    async def step() -> float:
        for _ in range(8):
            try:
                await asyncio.sleep(0.05)
            except asyncio.CancelledError:
                continue
        return 60.0

    with caplog.at_level(logging.WARNING):
        assert ended_after(step, seconds=0.01) < 1.0
    assert "did not end within 0.05 s" in caplog.text


def test_what_never_began_is_at_its_end():
    async def run() -> None:
        await Repeating(None).stop()

    asyncio.run(run())
