"""Ways to tell people: a webhook, e-mail, JPush. Each sends one message at once, or says why not, without a secret."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import asdict
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any, Protocol

import urllib3

from zhihu_crawler.errors import ChannelError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zhihu_crawler.config import AlertConfig
    from zhihu_crawler.config.alerts import MailServer
    from zhihu_crawler.schedule.incidents import Message

SECONDS = 10.0
"""How long a channel may take."""
_JPUSH_LIVE_SECONDS = 86_400
_MOST_OF_A_PUSH = 600


class Channel(Protocol):
    """Where messages go."""

    def send(self, message: Message) -> None:
        """Send a message.

        Raises:
            ChannelError: it was not taken.
        """


def channels_of(config: AlertConfig) -> dict[str, Channel]:
    """Return the channels that are set up, by name."""
    found: dict[str, Channel] = {}
    if config.webhook:
        found["webhook"] = Webhook(config.webhook)
    if config.mail is not None:
        found["email"] = Email(config.mail)
    if config.jpush_key:
        found["jpush"] = JPush(config.jpush_url, config.jpush_key, config.jpush_secret)
    return found


def _post(url: str, body: Any, headers: Mapping[str, str] | None = None) -> None:
    """Send JSON; redirects are not followed, and no part of the address is in an error."""
    timeout = urllib3.Timeout(total=SECONDS)
    try:
        with urllib3.PoolManager(timeout=timeout, retries=False) as pool:
            reply = pool.request("POST", url, json=body, headers=dict(headers or {}), redirect=False)
            status, told = reply.status, reply.data[:200]
    except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        raise ChannelError(f"no answer ({type(error).__name__})") from None  # the cause quotes the address
    if not 200 <= status < 300:
        said = " ".join(told.decode(errors="replace").split())
        raise ChannelError(f"status {status}{f': {said}' if said else ''}")


class Webhook:
    """Posts JSON: ``{"text": ..., "alert": ..., "subject": ..., "change": ..., "since": ..., "at": ...}``.

    ``text`` is the whole in a line, which chats show by themselves; ``change`` is ``found``, ``lasts``, ``recovered``
    or ``test``; times are ISO 8601, of UTC.
    """

    def __init__(self, url: str) -> None:
        self._url = url

    def send(self, message: Message) -> None:
        """Send a message."""
        times = {"since": _iso(message.since), "at": _iso(message.at)}
        _post(self._url, asdict(message) | times | {"text": message.line})


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


class JPush:
    """Pushes a notification to all devices of an app, by version 3 of JPush's REST API."""

    def __init__(self, url: str, key: str, secret: str) -> None:
        self._url = url
        self._headers = urllib3.make_headers(basic_auth=f"{key}:{secret}")

    def send(self, message: Message) -> None:
        """Send a message."""
        body = {
            "platform": "all",
            "audience": "all",
            "notification": {"alert": message.line[:_MOST_OF_A_PUSH]},
            "options": {"time_to_live": _JPUSH_LIVE_SECONDS},
        }
        _post(self._url, body, self._headers)


class Email:
    """Sends mail. A password goes through TLS alone."""

    def __init__(self, server: MailServer) -> None:
        self._server = server

    def send(self, message: Message) -> None:
        """Send a message."""
        try:
            with self._client() as client:
                self._secure(client)
                client.send_message(self._mail(message))
        except smtplib.SMTPRecipientsRefused as error:
            raise ChannelError(f"the server refuses {', '.join(error.recipients)}") from None
        except smtplib.SMTPAuthenticationError as error:
            raise ChannelError(f"the server refuses the log-in ({error.smtp_code})") from None
        except (smtplib.SMTPException, OSError) as error:
            raise ChannelError(f"{type(error).__name__}: {' '.join(str(error).split())[:200]}") from None

    def _client(self) -> smtplib.SMTP:
        host, port = self._server.host, self._server.port
        if self._server.is_tls:
            return smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=ssl.create_default_context())
        return smtplib.SMTP(host, port, timeout=SECONDS)

    def _secure(self, client: smtplib.SMTP) -> None:
        client.ehlo()
        if not self._server.is_tls and client.has_extn("starttls"):
            client.starttls(context=ssl.create_default_context())
        elif not self._server.is_tls and self._server.password:
            raise ChannelError("the server offers no TLS (STARTTLS), and a password goes through TLS alone")
        if self._server.user:
            client.login(self._server.user, self._server.password)

    def _mail(self, message: Message) -> EmailMessage:
        mail = EmailMessage()
        mail["From"], mail["To"] = self._server.sender, ", ".join(self._server.to)
        mail["Date"] = format_datetime(datetime.fromtimestamp(message.at, UTC))
        mail["Subject"] = f"[zhihu_crawler] {message.line}"[:160].replace("\n", " ")
        times = f"Since: {_iso(message.since)}\nSeen:  {_iso(message.at)}"
        mail.set_content(f"{message.line}\n\nAlert: {message.alert}\nAbout: {message.subject or '-'}\n{times}\n")
        return mail
