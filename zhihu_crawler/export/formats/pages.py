"""A file for each text: Markdown, HTML or plain text, and an index that leads to them in the order of the export."""

from __future__ import annotations

import os
from html import escape
from typing import IO, TYPE_CHECKING

from zhihu_crawler.export.disk import sync, sync_names
from zhihu_crawler.export.formats._sink import CHECKPOINT_SECONDS, Kept, mark
from zhihu_crawler.export.names import file_name
from zhihu_crawler.export.text.layout import POLICY, STYLE, html_page, markdown_page, text_page
from zhihu_crawler.export.text.markdown import link
from zhihu_crawler.export.text.page import page_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from zhihu_crawler.export.asked import Plan
    from zhihu_crawler.export.reading import Found
    from zhihu_crawler.export.text.page import Page

NO_TEXT = "only mentioned so far: its text was never seen"
_LAYOUTS: dict[str, Callable[[Page], str]] = {"markdown": markdown_page, "html": html_page, "txt": text_page}
_HEAD = (
    '<!DOCTYPE html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n'
    f'<meta name="viewport" content="width=device-width">\n{POLICY}\n'
    f"<title>目录</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>目录</h1>\n<ol>\n"
)


class PagesSink:
    """Writes a folder of pages."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self._plan = plan
        self._folder = folder / "files"
        self._layout = _LAYOUTS[plan.format.name]
        self._suffix = plan.format.suffix
        self._index: IO[str] | None = None
        self._new: list[Path] = []

    def resume(self, kept: Kept) -> None:
        """Cut the index back; pages that are written once more have the same names."""
        self._folder.mkdir(exist_ok=True)
        path = self._folder / f"index{self._suffix}"
        path.touch()
        os.truncate(path, kept.get("index", 0))
        self._index = path.open("a", encoding="utf-8", newline="\n")
        if not kept:
            self._index.write({".html": _HEAD, ".md": "# 目录\n\n"}.get(self._suffix, "目录\n\n"))

    def write(self, found: Found) -> str | None:
        """Write a page and its line in the index."""
        page = page_of(found.item)
        if page is None:
            return NO_TEXT
        name = file_name(page.kind, page.id, page.title, page.by, self._suffix)
        path = self._folder / name
        path.write_text(self._layout(page), encoding="utf-8", newline="\n")
        self._new.append(path)
        assert self._index
        self._index.write(_index_line(page, name, self._suffix))
        return None

    def is_due(self, seconds: float) -> bool:
        """Every two seconds."""
        return seconds >= CHECKPOINT_SECONDS

    def checkpoint(self) -> Kept:
        """Remember the length of the index."""
        assert self._index
        self._index.flush()
        sync(*self._new, self._folder / f"index{self._suffix}")
        sync_names([self._folder])
        self._new.clear()
        return {"index": self._index.tell()}

    def finish(self) -> Path:
        """Close the index."""
        assert self._index
        if not self._index.closed:
            if self._suffix == ".html":
                self._index.write("</ol>\n</body>\n</html>\n")
            self.checkpoint()
            self._index.close()
        mark(self._folder, self._plan)
        return self._folder

    def close(self) -> None:
        """Close the index."""
        if self._index:
            self._index.close()

    def remarks(self) -> list[str]:
        """Where the pictures are."""
        return [] if self._suffix == ".txt" else ["pictures are shown from the site's addresses: they need a network"]


def _index_line(page: Page, name: str, suffix: str) -> str:
    votes = "" if page.kind == "question" else f" 赞同: {page.votes}"
    if suffix == ".md":
        return f"- {link(page.title, _in_href(name))} · {page.by}{votes}\n"
    if suffix == ".html":
        return f'<li><a href="{escape(_in_href(name))}">{escape(page.title)}</a> · {escape(page.by + votes)}</li>\n'
    return f"{page.title} · {page.by}{votes}\t{name}\n"


def _in_href(name: str) -> str:
    return name.replace("%", "%25").replace("#", "%23").replace("?", "%3F")
