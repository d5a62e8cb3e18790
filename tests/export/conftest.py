from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest

from tests.samples import USER_ID, make_item
from zhihu_crawler.export.asked import Asked
from zhihu_crawler.export.job import Job, Report
from zhihu_crawler.export.sources.files import FilesSource
from zhihu_crawler.items import Author, AuthorKind, Item, QuestionRef
from zhihu_crawler.rows import TIMES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

LI_BAI = Author(kind=AuthorKind.USER, id=USER_ID, url_token="li-bai", name="李白")
NOBODY = Author(kind=AuthorKind.ANONYMOUS, name="匿名用户")


def answer(number: int, question: int | QuestionRef = 1, **fields: Any) -> Item:
    """An answer in full; its votes are its number."""
    asked = QuestionRef(id=str(question), title=f"问题{question}？") if isinstance(question, int) else question
    known: dict[str, Any] = {
        "question": asked,
        "author": LI_BAI,
        "content": f"<p>回答 <b>{number}</b></p>",
        "voteup_count": number,
        "url": f"https://www.zhihu.com/question/{asked.id}/answer/{number}",
    }
    item: Item = make_item("answer", str(number), **known | fields)
    return item


def entry(collection: int, position: int, kind: str, id_: str, **fields: Any) -> Item:
    item: Item = make_item(
        "collection_entry",
        f"{collection}/{kind}:{id_}",
        collection_id=str(collection),
        content_kind=kind,
        content_id=id_,
        position=position,
        **fields,
    )
    return item


def write_items(path: Path, items: Iterable[Item], *more: bytes) -> Path:
    path.write_bytes(b"".join([orjson.dumps(one, option=TIMES) + b"\n" for one in items] + list(more)))
    return path


class Exporter:
    """Exports items out of a file into a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "items.jsonl"

    def items(self, *items: Item, more: bytes = b"") -> None:
        write_items(self.file, items, more)

    def job(self, output: str, *kinds: str, **asked: Any) -> Job:
        name = output if output == "-" else str(self.folder / output)
        known = {"overwrite": asked.pop("overwrite", False), "restart": asked.pop("restart", False)}
        told = Asked(list(kinds), output=name, files=[str(self.file)], **asked)
        return Job(told, lambda folder: FilesSource([self.file], folder), kept=False, **known)

    def run(self, output: str, *kinds: str, **asked: Any) -> Report:
        return self.job(output, *kinds, **asked).run()

    def read(self, output: str) -> bytes:
        return (self.folder / output).read_bytes()

    def rows(self, output: str) -> list[dict[str, Any]]:
        return [orjson.loads(line) for line in self.read(output).splitlines()]

    def ids(self, output: str) -> list[str]:
        return [row["id"] for row in self.rows(output)]


@pytest.fixture
def export(tmp_path: Path) -> Exporter:
    return Exporter(tmp_path)
