"""Books are read back by a reader library, and their parts are held against the rules of EPUB 3."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from epub_utils import Document
from lxml import etree

from tests.export.conftest import LI_BAI, NOBODY, Exporter, answer, entry
from tests.samples import make_item
from zhihu_crawler.errors import ExportError
from zhihu_crawler.items import Author, AuthorKind

if TYPE_CHECKING:
    from pathlib import Path

NAMES = {
    "h": "http://www.w3.org/1999/xhtml",
    "o": "http://www.idpf.org/2007/opf",
    "n": "http://www.daisy.org/z3986/2005/ncx/",
}
TEX = '<img eeimg="1" alt="x^2">'


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist()}


def chapters(path: Path) -> list[str]:
    """The words of the chapters, in reading order."""
    package = etree.fromstring(parts(path)["EPUB/package.opf"])
    files = {one.get("id"): one.get("href") for one in package.iterfind(".//o:item", NAMES)}
    order = [files[one.get("idref")] for one in package.iterfind(".//o:itemref", NAMES)]
    found = parts(path)
    return ["".join(etree.fromstring(found[f"EPUB/{name}"]).itertext()) for name in order]


def check(path: Path) -> None:
    """Hold a book against what EPUB 3 asks for."""
    with zipfile.ZipFile(path) as file:
        first = file.infolist()[0]
        assert (first.filename, first.compress_type, file.read(first)) == ("mimetype", 0, b"application/epub+zip")
    found = parts(path)
    package = etree.fromstring(found["EPUB/package.opf"])
    items = package.findall(".//o:item", NAMES)
    ids = [one.get("id") for one in items]
    assert len(set(ids)) == len(ids)
    assert {f"EPUB/{one.get('href')}" for one in items} == set(found) - {
        "mimetype",
        "META-INF/container.xml",
        "EPUB/package.opf",
    }
    assert all(one.get("idref") in ids for one in package.iterfind(".//o:itemref", NAMES))
    assert [one.get("id") for one in items if one.get("properties") == "nav"] == ["nav"]
    for one in items:
        if one.get("href").endswith(".xhtml"):
            page = etree.fromstring(found[f"EPUB/{one.get('href')}"])
            assert page.find(".//h:img", NAMES) is None  # no picture is in the book
            assert (page.find(".//{*}math") is not None) is (one.get("properties") == "mathml")


def test_a_question_is_a_book_with_a_chapter_an_answer_by_votes(export: Exporter):
    question = make_item("question", "1", title="为什么？", detail="<p>详细</p>", answer_count=3)
    export.items(
        question, answer(1), answer(3, author=NOBODY, content=f"<p>{TEX}</p>"), answer(2), answer(9, question=2)
    )
    export.run("out.epub", question="1")
    path = export.folder / "out.epub"
    check(path)
    book = Document(path)
    assert book.package.metadata.title == "为什么？"
    assert book.package.metadata.language == "zh-CN"
    assert "匿名用户 · 赞同 3" in book.toc.to_str()
    front, contents, *rest = chapters(path)
    assert "详细" in front
    assert "回答 3" in front
    assert [text.partition("赞同: ")[2].partition("\n")[0] for text in rest] == ["3", "2", "1"]
    assert [line for line in contents.splitlines() if "赞同" in line] == [
        "匿名用户 · 赞同 3",
        "李白 · 赞同 2",
        "李白 · 赞同 1",
    ]


def test_a_question_that_was_never_read_itself_has_its_number(export: Exporter):
    export.items(answer(1))
    export.run("out.epub", question="1")
    check(export.folder / "out.epub")
    assert Document(export.folder / "out.epub").package.metadata.title == "知乎问题 1"


def test_a_collection_is_a_book_in_its_order(export: Exporter):
    gone = Author(kind=AuthorKind.DEACTIVATED)
    export.items(
        make_item("collection", "5", title="藏<书>", description="说明", creator=LI_BAI),
        *(entry(5, 0, "article", "7"), entry(5, 1, "answer", "1"), entry(5, 2, "pin", "3"), entry(5, 3, "answer", "8")),
        *(make_item("article", "7", title="文", content="<p>x</p>", author=gone), answer(1)),
    )
    report = export.run("out.epub", collection="5")
    path = export.folder / "out.epub"
    check(path)
    assert Document(path).package.metadata.title == "藏<书>"
    assert Document(path).package.metadata.creator == "李白"
    front, contents, *rest = chapters(path)
    assert "说明" in front
    assert "文 - 知乎用户（已注销） · 赞同 未知" in contents
    assert ["文" in rest[0], "问题1？" in rest[1], len(rest)] == [True, True, 2]
    assert report.left_out["pin"] == {"not a kind that is read": [1, ["3"]]}
    assert report.left_out["answer"] == {f"not found in {export.file}": [1, ["8"]]}


@pytest.mark.parametrize(
    ("asked", "title"),
    [
        ({"column": "li"}, "栏"),
        ({"author": "li-bai"}, "李白的文选"),
        ({"author": "li-bai", "title": "我的书"}, "我的书"),
        ({"title": "选"}, "选"),
        ({}, "知乎文选"),
    ],
)
def test_a_book_may_be_of_anything_that_was_chosen(export: Exporter, asked: dict[str, Any], title: str):
    column = make_item("column", "li", title="栏", author=LI_BAI)
    article = make_item("article", "7", title="文", content="x", author=LI_BAI, column={"id": "li", "title": "栏"})
    export.items(column, article, make_item("user", LI_BAI.id, url_token="li-bai", name="李白"))
    export.run("out.epub", *([] if "column" in asked or "author" in asked else ["articles"]), **asked)
    check(export.folder / "out.epub")
    assert Document(export.folder / "out.epub").package.metadata.title == title


def test_the_same_texts_give_the_same_bytes(export: Exporter):
    export.items(answer(1), answer(2))
    export.run("a.epub", question="1")
    export.run("b.epub", question="1")
    assert export.read("a.epub") == export.read("b.epub")


def test_pictures_are_links_and_say_so(export: Exporter):
    export.items(answer(1, content='<figure><img src="https://pic1.zhimg.com/v2-1_r.jpg" data-caption="说"></figure>'))
    report = export.run("out.epub", question="1")
    front, _, chapter = chapters(export.folder / "out.epub")
    assert "[图片：说]" in chapter
    assert "图片没有收入本书" in front
    assert report.remarks


def test_strange_texts_give_a_sound_book(export: Exporter):
    strange = [
        "<b>&#1;\x0b</p><table><p>x",
        "<ul>a<li>b</ul><sup data-numero='1' data-text='&lt;'>1</sup>",
        "<svg/onload=x>",
        "",
    ]
    export.items(*(answer(number, content=text) for number, text in enumerate(strange, start=1)))
    export.run("out.epub", question="1")
    check(export.folder / "out.epub")


def test_a_book_without_a_text_is_none(export: Exporter):
    export.items(answer(1, content=None))
    with pytest.raises(ExportError, match="no text to make a book of"):
        export.run("out.epub", question="1")
    assert sorted(path.name for path in export.folder.iterdir()) == ["items.jsonl"]


def test_it_has_the_older_table_of_contents_as_well(export: Exporter):
    export.items(answer(1), answer(2))
    export.run("out.epub", question="1")
    ncx = etree.fromstring(parts(export.folder / "out.epub")["EPUB/toc.ncx"])
    assert [one.text for one in ncx.iterfind(".//n:navLabel/n:text", NAMES)] == ["李白 · 赞同 2", "李白 · 赞同 1"]
