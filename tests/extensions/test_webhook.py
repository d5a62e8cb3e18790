from __future__ import annotations

import asyncio
import logging
import socket
from typing import Any

import pytest

from tests.helpers.webhook import receiver
from zhihu_crawler.extensions import _webhook
from zhihu_crawler.extensions._webhook import Webhook, WebhookError, post


def sent(url: str, *messages: dict[str, Any], seconds: float = 5) -> list[str]:
    """Send messages, and return what became of each: nothing, or why not."""
    told: list[str] = []

    async def send() -> None:
        webhook = Webhook(url, lambda error: told.append(str(error or "")), pause=0.01)
        for message in messages:
            webhook.send(message)
        await webhook.close(seconds)

    asyncio.run(send())
    return told


def test_a_message_is_sent_as_json():
    with receiver(204) as server:
        assert sent(server.url, {"text": "知乎", "n": 1}, {"n": 2}) == ["", ""]
        assert server.got == [{"text": "知乎", "n": 1}, {"n": 2}]


@pytest.mark.parametrize(
    ("statuses", "told", "times"),
    [
        ((500, 503, 200), "", 3),
        ((429, 200), "", 2),
        ((500,), "status 500", 3),
        ((404,), "status 404", 1),
        ((302,), "status 302; it leads elsewhere: give the address itself", 1),
    ],
)
def test_what_may_pass_is_tried_again_and_what_will_not_is_not(statuses: tuple[int, ...], told: str, times: int):
    with receiver(*statuses) as server:
        assert sent(server.url, {"n": 1}) == [told]
        assert len(server.got) == times


def test_nobody_there_is_told_without_the_address(caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.DEBUG):
        [told] = sent("http://127.0.0.1:1/s3cret", {"n": 1})
    assert told.startswith("ClientConnectorError (Connect call failed")
    assert "s3cret" not in told + caplog.text


def test_one_that_never_answers_is_given_up():
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        pytest.raises(WebhookError, match=r"no answer within 0\.2 s"),
    ):
        asyncio.run(post(f"http://127.0.0.1:{server.getsockname()[1]}/", {}, seconds=0.2))


def test_at_the_end_it_is_not_waited_for_without_bound():
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert sent(f"http://127.0.0.1:{server.getsockname()[1]}/", {"n": 1}, seconds=0.2) == []


def test_what_waits_is_bounded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(_webhook, "WAITING", 2)
    with receiver() as server:
        told = sent(server.url, {"n": 1}, {"n": 2}, {"n": 3})
    assert told == ["2 messages wait already", "", ""]
