"""Logs for machines: ``LOG_FORMAT=json`` makes a line of JSON of each record.

Every line has ``time`` (ISO 8601, UTC), ``level``, ``logger``, ``message`` and ``worker``; where the record tells of
them, ``spider``, ``url`` of the request or reply, ``kind`` and ``id`` of the item, and ``exc_info`` with the traceback.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pythonjsonlogger.json import JsonFormatter
from scrapy.http import Request, Response

from zhihu_crawler.config import FrontierConfig

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

JSON = "json"


def install(settings: BaseSettings) -> bool:
    """Put a handler of ours in the place of Scrapy's, where JSON is wanted; return whether it is."""
    if settings.get("LOG_FORMAT") != JSON:
        return False
    handler = _handler(settings)
    handler.setLevel(settings.get("LOG_LEVEL"))
    handler.setFormatter(RecordFormatter(FrontierConfig.from_settings(settings).worker))
    logging.root.setLevel(logging.NOTSET)
    logging.root.addHandler(handler)
    settings.set("LOG_INSTALL_ROOT_HANDLER", value=False, priority="cmdline")
    return True


def _handler(settings: BaseSettings) -> logging.Handler:
    if not settings.getbool("LOG_ENABLED"):
        return logging.NullHandler()
    if not (path := settings.get("LOG_FILE")):
        return logging.StreamHandler()
    mode = "a" if settings.getbool("LOG_FILE_APPEND") else "w"
    return logging.FileHandler(path, mode=mode, encoding=settings.get("LOG_ENCODING"))


class RecordFormatter(JsonFormatter):
    """Adds what a record tells of its spider, its page and its item."""

    def __init__(self, worker: str) -> None:
        super().__init__("%(message)s", json_ensure_ascii=False)
        self._worker = worker

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        """Replace all fields by ours."""
        super().add_fields(log_data, record, message_dict)
        message, traceback = log_data.get("message"), log_data.get("exc_info")
        log_data.clear()
        log_data |= {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": message,
            "worker": self._worker,
            **_told(record),
        }
        if traceback:
            log_data["exc_info"] = traceback


def _told(record: logging.LogRecord) -> dict[str, str]:
    told: dict[str, str] = {}
    if spider := getattr(record, "spider", None):
        told["spider"] = str(getattr(spider, "name", spider))
    args = record.args if isinstance(record.args, Mapping) else {}
    url = next((one.url for one in args.values() if isinstance(one, Request | Response)), None)
    if url:
        told["url"] = url
    kind, separator, id_ = str(args.get("item", "")).partition(":")
    return told | {"kind": kind, "id": id_} if separator else told
