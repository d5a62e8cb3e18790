"""EPUB 3: one book of a question's answers, a collection, a column, or whatever else was chosen; a chapter each.

Chapters are files of the draft until the end, when they are packed; so a book of any length takes little memory, and
one that was stopped goes on. Pictures stay links: an EPUB may not show what is not in it.
"""

from __future__ import annotations

import json
import os
from typing import IO, TYPE_CHECKING, Any

from zhihu_crawler.errors import ExportError
from zhihu_crawler.export.disk import sync, sync_names
from zhihu_crawler.export.formats._book import Book, chapter_file, front_file, pack
from zhihu_crawler.export.formats._sink import CHECKPOINT_SECONDS, Kept
from zhihu_crawler.export.formats.pages import NO_TEXT
from zhihu_crawler.export.text.page import page_of, question_page
from zhihu_crawler.items import Question

if TYPE_CHECKING:
    from pathlib import Path

    from zhihu_crawler.export.asked import Plan
    from zhihu_crawler.export.reading import Found


class EpubSink:
    """Writes one book."""

    def __init__(self, plan: Plan, folder: Path, book: Book) -> None:
        self._plan, self._book = plan, book
        self._folder = folder / "chapters"
        self._result = folder / "book.epub"
        self._list_path = folder / "chapters.jsonl"
        self._list: IO[str] | None = None
        self._count = 0
        self._newest = ""
        self._new: list[Path] = []

    def resume(self, kept: Kept) -> None:
        """Go on behind the last chapter."""
        self._folder.mkdir(exist_ok=True)
        self._list_path.touch()
        os.truncate(self._list_path, kept.get("list", 0))
        self._list = self._list_path.open("a", encoding="utf-8", newline="\n")
        self._count, self._newest = kept.get("count", 0), kept.get("newest", "")
        if not kept:
            self._write("front.xhtml", front_file(self._book, None))

    def write(self, found: Found) -> str | None:
        """Write a chapter; the question that a book is about stands on its first page."""
        self._newest = max(self._newest, found.item.crawled_at.strftime("%Y-%m-%dT%H:%M:%SZ"))
        if isinstance(found.item, Question) and self._plan.about == ("question", found.id):
            self._write("front.xhtml", front_file(self._book, question_page(found.item)))
            return None
        page = page_of(found.item)
        if page is None:
            return NO_TEXT
        self._count += 1
        name = f"c{self._count:06}.xhtml"
        is_answer_of_book = self._plan.about is not None and self._plan.about[0] == "question"
        title = page.author if is_answer_of_book else f"{page.title} - {page.author}"
        chapter = chapter_file(page)
        self._write(name, chapter)
        told: dict[str, Any] = {"file": name, "title": title, "votes": page.votes, "math": "<math" in chapter}
        assert self._list
        self._list.write(json.dumps(told, ensure_ascii=False) + "\n")
        return None

    def _write(self, name: str, text: str) -> None:
        path = self._folder / name
        path.write_text(text, encoding="utf-8", newline="\n")
        self._new.append(path)

    def is_due(self, seconds: float) -> bool:
        """Every two seconds."""
        return seconds >= CHECKPOINT_SECONDS

    def checkpoint(self) -> Kept:
        """Remember the chapters."""
        assert self._list
        self._list.flush()
        sync(*self._new, self._list_path)
        sync_names([self._folder])
        self._new.clear()
        return {"list": self._list.tell(), "count": self._count, "newest": self._newest}

    def finish(self) -> Path:
        """Pack the book."""
        self.close()
        if not self._count:
            raise ExportError("there is no text to make a book of: nothing that was asked for has been crawled in full")
        pack(self._result, self._folder, self._list_path, self._book, self._newest)
        sync(self._result)
        return self._result

    def close(self) -> None:
        """Close the list."""
        if self._list:
            self._list.close()

    def remarks(self) -> list[str]:
        """What became of pictures."""
        return ["pictures are links in the book: an EPUB may not show what is not in it"]
