"""Messages to real servers on loopback: a webhook, JPush's address, a mail server."""

from __future__ import annotations

import base64
import socketserver
import threading
from contextlib import contextmanager
from email import message_from_string
from email.policy import default
from typing import Any

import pytest

from tests.helpers.redis import free_port
from tests.helpers.webhook import receiver
from zhihu_crawler.config import AlertConfig
from zhihu_crawler.config.alerts import MailServer
from zhihu_crawler.errors import ChannelError
from zhihu_crawler.schedule.channels import Email, JPush, Webhook, channels_of
from zhihu_crawler.schedule.incidents import Message

MESSAGE = Message("no answers 断流", "question", "found", "no item since 11:40", 1_762_084_800.0, 1_762_086_000.0)
SECRET = "s3cret"


def test_a_webhook_is_told_in_json():
    with receiver() as server:
        Webhook(server.url).send(MESSAGE)
    assert server.got == [
        {
            "alert": "no answers 断流",
            "subject": "question",
            "change": "found",
            "text": "ALERT no answers 断流 (question): no item since 11:40",
            "since": "2025-11-02T12:00:00+00:00",
            "at": "2025-11-02T12:20:00+00:00",
        }
    ]


@pytest.mark.parametrize(("status", "told"), [(404, "status 404"), (500, "status 500"), (302, "status 302")])
def test_a_webhook_that_refuses_or_leads_elsewhere_is_an_error_without_the_address(status, told):
    with receiver(status) as server, pytest.raises(ChannelError, match=told) as caught:
        Webhook(server.url).send(MESSAGE)
    assert len(server.got) == 1
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "no-such-host.invalid"])
def test_a_webhook_that_is_not_there_is_an_error_without_the_address(host):
    with pytest.raises(ChannelError, match="no answer") as caught:
        Webhook(f"http://{host}:{free_port()}/{SECRET}").send(MESSAGE)
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None


def test_jpush_is_told_as_its_rest_api_wants():
    with receiver() as server:
        JPush(server.url, "key", SECRET).send(MESSAGE)
    assert server.got == [
        {
            "platform": "all",
            "audience": "all",
            "notification": {"alert": "ALERT no answers 断流 (question): no item since 11:40"},
            "options": {"time_to_live": 86_400},
        }
    ]
    assert server.authorizations == [f"Basic {base64.b64encode(f'key:{SECRET}'.encode()).decode()}"]


class Mailbox(socketserver.StreamRequestHandler):
    """Takes mail without TLS, as a server of the own machine does; refuses whom it does not know."""

    def handle(self) -> None:
        self._say("220 mail")
        data = False
        for line in self.rfile:
            text = line.decode().rstrip("\r\n")
            if data:
                data = text != "."
                self.server.lines.append(text)
                if not data:
                    self._say("250 taken")
            else:
                data = text.upper() == "DATA"
                self._say(self._answer(text))

    def _answer(self, text: str) -> str:
        self.server.commands.append(text)
        word = text.split(maxsplit=1)[0].upper()
        if word == "RCPT" and "nobody" in text:
            return "550 unknown"
        return {"DATA": "354 go on", "QUIT": "221 bye", "AUTH": "235 in"}.get(word, "250 mail")

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@contextmanager
def mail_server():
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mailbox) as server:
        server.daemon_threads = True
        told: Any = server
        told.lines, told.commands = [], []
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def mail(server, to=("me@example.org", "you@example.org"), **given):
    return MailServer(host="127.0.0.1", port=server.server_address[1], sender="crawler@example.org", to=to, **given)


def test_mail_goes_to_everybody_with_a_subject_that_says_it():
    with mail_server() as server:
        Email(mail(server)).send(MESSAGE)
    assert [text for text in server.commands if text.startswith("rcpt")] == [
        "rcpt TO:<me@example.org>",
        "rcpt TO:<you@example.org>",
    ]
    found = message_from_string("\n".join(server.lines), policy=default)
    assert found["to"] == "me@example.org, you@example.org"
    assert found["subject"] == "[zhihu_crawler] ALERT no answers 断流 (question): no item since 11:40"
    assert found["date"] == "Sun, 02 Nov 2025 12:20:00 +0000"
    assert "Since: 2025-11-02T12:00:00+00:00" in found.get_content()


def test_a_password_goes_through_tls_alone():
    with mail_server() as server, pytest.raises(ChannelError, match="offers no TLS") as caught:
        Email(mail(server, user="me", password=SECRET)).send(MESSAGE)
    assert SECRET not in " ".join([*server.commands, str(caught.value)])
    assert not any(command.startswith("AUTH") for command in server.commands)


def test_a_mail_server_that_refuses_or_is_not_there_is_an_error():
    with mail_server() as server, pytest.raises(ChannelError, match=r"refuses nobody@example\.org"):
        Email(mail(server, to=("nobody@example.org",))).send(MESSAGE)
    with pytest.raises(ChannelError, match="ConnectionRefusedError"):
        Email(mail(server)).send(MESSAGE)


def test_what_is_set_up_is_a_channel():
    assert channels_of(AlertConfig()) == {}
    config = AlertConfig(
        webhook="https://x", jpush_key="k", jpush_secret="s", mail=MailServer(host="h", port=1, sender="a", to=("b",))
    )
    assert list(channels_of(config)) == ["webhook", "email", "jpush"]
