"""``scrapy export``."""

from __future__ import annotations

from zhihu_crawler.commands._named import Named


class Command(Named):
    """See ``commands/export.py``."""

    about = "Export what was crawled: JSON Lines, CSV, Parquet, Markdown, HTML, text, EPUB"
