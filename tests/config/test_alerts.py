from __future__ import annotations

import pytest
from scrapy.settings import Settings

from zhihu_crawler.config import AlertConfig
from zhihu_crawler.errors import BadSetting

MAIL = {"ALERT_EMAIL_SERVER": "smtp://me:s3c%40ret@mail.example.org", "ALERT_EMAIL_TO": "a@example.org, b@example.org"}


def read(**given):
    return AlertConfig.from_settings(Settings(given))


def test_nothing_is_set_up_by_itself():
    assert read() == AlertConfig()
    assert read().mail is None


def test_a_mail_server_is_an_address():
    mail = read(**MAIL).mail
    assert (mail.host, mail.port, mail.user, mail.password, mail.is_tls) == (
        *("mail.example.org", 587, "me", "s3c@ret", False),
    )
    assert (mail.sender, mail.to) == ("a@example.org", ("a@example.org", "b@example.org"))
    other = read(**MAIL | {"ALERT_EMAIL_SERVER": "smtps://h:4650", "ALERT_EMAIL_FROM": "c@d"}).mail
    assert (other.host, other.port, other.is_tls, other.sender) == ("h", 4650, True, "c@d")


def test_no_secret_is_in_the_repr():
    shown = repr(read(**MAIL, ALERT_WEBHOOK_URL="https://x/s3cret", ALERT_JPUSH_KEY="k", ALERT_JPUSH_SECRET="s3cret"))
    assert "s3c" not in shown


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"ALERT_WEBHOOK_URL": "hooks.example.org/s3cret"}, "ALERT_WEBHOOK_URL must begin with https://"),
        ({"ALERT_JPUSH_URL": "ftp://x/s3cret"}, "ALERT_JPUSH_URL must begin with https://"),
        ({"ALERT_JPUSH_KEY": "k"}, "ALERT_JPUSH_KEY and ALERT_JPUSH_SECRET"),
        ({"ALERT_EMAIL_SERVER": "smtp://me:s3cret@h"}, "ALERT_EMAIL_TO says whom to tell, and it is not set"),
        (MAIL | {"ALERT_EMAIL_SERVER": "mail.example.org:25 s3cret"}, "ALERT_EMAIL_SERVER must be smtp://"),
        (MAIL | {"ALERT_EMAIL_SERVER": "smtp://s3cret@h:port"}, "ALERT_EMAIL_SERVER must be smtp://"),
        (MAIL | {"ALERT_EMAIL_TO": "a@b, nobody"}, "must be mail addresses, 'nobody' is none"),
        (MAIL | {"ALERT_EMAIL_FROM": "a@b\nBcc: c@d"}, "must be mail addresses"),
    ],
)
def test_what_cannot_be_used_is_told_without_a_secret(given, told):
    with pytest.raises(BadSetting) as caught:
        read(**given)
    assert told in str(caught.value)
    assert "s3cret" not in str(caught.value)
