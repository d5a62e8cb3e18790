"""Export files: JSON Lines, JSON, CSV that a spreadsheet opens, XML; all with the same values."""

from __future__ import annotations

import io
import re
from dataclasses import is_dataclass
from typing import TYPE_CHECKING, Any, Self

import orjson
from scrapy.exporters import CsvItemExporter, JsonItemExporter, JsonLinesItemExporter, XmlItemExporter

from zhihu_crawler.items import KINDS
from zhihu_crawler.rows import TIMES, columns, flat, plain

if TYPE_CHECKING:
    from collections.abc import Iterable
    from io import BytesIO

    from scrapy.crawler import Crawler


class JsonLinesExporter(JsonLinesItemExporter):
    """One item a line."""

    def export_item(self, item: Any) -> None:
        """Write one item; at full speed unless fields were chosen."""
        if self.fields_to_export is None and not self.indent and is_dataclass(item):
            self.file.write(orjson.dumps(item, option=TIMES | orjson.OPT_APPEND_NEWLINE))
        else:
            super().export_item(plain(item))


class JsonExporter(JsonItemExporter):
    """One list of all items."""

    def export_item(self, item: Any) -> None:
        """Write one item."""
        super().export_item(plain(item))


class XmlExporter(XmlItemExporter):
    """One element an item; characters that XML cannot hold become U+FFFD."""

    def export_item(self, item: Any) -> None:
        """Write one item."""
        super().export_item(_for_xml(plain(item)))


class CsvExporter(CsvItemExporter):
    """One row an item, whatever its kind, with a column for every field of every kind that the spider yields.

    The file begins with a byte order mark, by which spreadsheets know that it is UTF-8. ``author.name`` and the like
    are columns of their own; lists are written as ``a; b``, lists of objects as JSON.
    """

    def __init__(self, file: BytesIO, kinds: Iterable[str] | None = None, **kwargs: Any) -> None:
        begins = not (file.seekable() and file.seek(0, io.SEEK_END))
        if (kwargs.get("encoding") or "utf-8").lower().replace("_", "-") in ("utf-8", "utf8") and begins:
            kwargs["encoding"] = "utf-8-sig"
        super().__init__(file, include_headers_line=begins, **kwargs)
        if self.fields_to_export is None:
            self.fields_to_export = list(columns(KINDS if kinds is None else kinds))

    @classmethod
    def from_crawler(cls, crawler: Crawler, file: BytesIO, **kwargs: Any) -> Self:
        """Make it with the columns of the crawl's own spider."""
        return cls(file, getattr(crawler.spidercls, "kinds", None), **kwargs)

    def export_item(self, item: Any) -> None:
        """Write one item."""
        super().export_item(dict(flat(plain(item))) if is_dataclass(item) else item)


_NOT_IN_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _for_xml(value: Any) -> Any:
    """What was not seen has no element: XML has no null."""
    if isinstance(value, str):
        return _NOT_IN_XML.sub("\ufffd", value)
    if isinstance(value, dict):
        return {name: _for_xml(inner) for name, inner in value.items() if inner is not None}
    return [_for_xml(inner) for inner in value] if isinstance(value, list) else value
