from __future__ import annotations

import json
import logging
import sys
from typing import TYPE_CHECKING, Any

import pytest
from scrapy.http import Request, TextResponse
from scrapy.settings import Settings

from spiders.answer import AnswerSpider
from tests.helpers.crawls import crawl
from tests.helpers.sandbox import running_sandbox
from tests.samples import make_item
from zhihu_crawler.jsonlog import RecordFormatter, install
from zhihu_crawler.logformat import QuietFormatter

if TYPE_CHECKING:
    from pathlib import Path

URL = "https://www.zhihu.com/answer/2"


def line(msg: str, args: Any = (), **more: Any) -> dict[str, Any]:
    record = logging.LogRecord("scrapy.core", logging.INFO, "file", 1, msg, args, more.pop("exc_info", None))
    for name, value in more.items():
        setattr(record, name, value)
    text = RecordFormatter("worker-1").format(record)
    assert "\n" not in text
    told: dict[str, Any] = json.loads(text)
    return told


def test_a_record_is_a_line_with_the_fields_that_machines_look_for():
    told = line("Crawled (%(status)s) %(request)s", ({"status": 200, "request": Request(URL)},), spider=AnswerSpider)
    assert told.pop("time").endswith("+00:00")
    assert told == {
        "level": "INFO",
        "logger": "scrapy.core",
        "message": f"Crawled (200) <GET {URL}>",
        "worker": "worker-1",
        "spider": "answer",
        "url": URL,
    }


def test_a_line_about_an_item_names_its_kind_and_id():
    spider = AnswerSpider.__new__(AnswerSpider)
    told = QuietFormatter().scraped(make_item("answer", "2"), TextResponse(URL), spider)
    seen = line(told["msg"], (told["args"],))
    assert (seen["message"], seen["kind"], seen["id"]) == ("Scraped answer:2", "answer", "2")


@pytest.mark.parametrize("text", ['"quoted"', "两行\nof it", "\x00\u2028"])
def test_any_text_is_one_line(text: str):
    assert line("%s", (text,))["message"] == text


def test_a_traceback_is_a_field():
    try:
        raise ValueError("odd")
    except ValueError:
        assert "ValueError: odd" in line("failed", exc_info=sys.exc_info())["exc_info"]


def test_without_the_setting_nothing_changes():
    settings = Settings()
    assert install(settings) is False
    assert settings.getbool("LOG_INSTALL_ROOT_HANDLER")


@pytest.mark.crawl
def test_every_line_of_a_crawl_is_json(tmp_path: Path):
    log = tmp_path / "log"
    with running_sandbox() as sandbox:
        done = crawl(
            tmp_path,
            sandbox.origin,
            "answer",
            "ids=1",
            LOG_FORMAT="json",
            LOG_FILE=str(log),
            LOG_LEVEL="DEBUG",
            FRONTIER_WORKER="worker-1",
        )
    assert done.status == 0, done.log
    lines = [json.loads(text) for text in log.read_text(encoding="utf-8").splitlines()]
    assert {one["worker"] for one in lines} == {"worker-1"}
    assert {"scrapy.utils.log", "scrapy.core.engine"} <= {one["logger"] for one in lines}
    assert any(one.get("spider") == "answer" and "url" in one for one in lines)
