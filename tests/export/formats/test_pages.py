from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import unquote

import pytest

from tests.export.conftest import NOBODY, Exporter, answer
from tests.samples import make_item
from zhihu_crawler.export.formats.pages import NO_TEXT
from zhihu_crawler.items import QuestionRef

SUFFIXES = {"markdown": ".md", "html": ".html", "txt": ".txt"}


def names(export: Exporter) -> list[str]:
    return sorted(path.name for path in (export.folder / "out").iterdir() if not path.name.startswith((".", "index")))


@pytest.mark.parametrize(("form", "suffix"), SUFFIXES.items())
def test_each_text_is_a_file(export: Exporter, form: str, suffix: str):
    question = make_item("question", "1", title="问题1？", detail="<p>详</p>")
    export.items(question, answer(2), make_item("article", "3", title="文/章", content="x"), answer(4, content=None))
    report = export.run("out", "questions", "answers", "articles", format=form)
    assert set(names(export)) == {
        f"问题1？--李白的回答-a2{suffix}",
        f"问题1？--问题-q1{suffix}",
        f"文／章--未知的文章-p3{suffix}",
    }
    assert report.left_out == {"answer": {NO_TEXT: [1, ["4"]]}}


def test_anonymous_answers_of_one_question_are_a_file_each(export: Exporter):
    export.items(*(answer(number, author=NOBODY) for number in range(1, 12)))
    export.run("out", "answers", format="markdown")
    assert len(names(export)) == 11
    assert names(export)[0] == "问题1？--匿名用户的回答-a1.md"


@pytest.mark.parametrize(("form", "suffix"), SUFFIXES.items())
def test_names_are_the_same_on_every_run_and_from_whatever_selection(export: Exporter, form: str, suffix: str):
    long = QuestionRef(id="1", title="很长" * 200)
    export.items(*(answer(number, question=long) for number in range(1, 6)))
    export.run("out", "answers", format=form)
    first = names(export)
    export.run("out", "answers", format=form, overwrite=True, where=["voteup_count>=3"], sort=["voteup_count:desc"])
    assert names(export) == first[2:]


def test_the_index_of_markdown_leads_to_every_file_in_order(export: Exporter):
    export.items(answer(1), answer(2, question=QuestionRef(id="1", title="[a](b) *c* (d)")), answer(3))
    export.run("out", "answers", format="markdown", sort=["voteup_count:desc"])
    index = (export.folder / "out" / "index.md").read_text(encoding="utf-8")
    assert index == (
        "# 目录\n\n"
        "- [问题1？](问题1？--李白的回答-a3.md) · 李白的回答 赞同: 3\n"
        "- [\\[a\\](b) \\*c\\* (d)]([a]%28b%29%20＊c＊%20%28d%29--李白的回答-a2.md) · 李白的回答 赞同: 2\n"
        "- [问题1？](问题1？--李白的回答-a1.md) · 李白的回答 赞同: 1\n"
    )


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found.append(unquote(dict(attrs)["href"] or ""))


def test_the_index_of_html_leads_to_every_file(export: Exporter):
    export.items(answer(1, question=QuestionRef(id="1", title='100% "#1" <b>?')), answer(2))
    export.run("out", "answers", format="html")
    links = _Links()
    links.feed((export.folder / "out" / "index.html").read_text(encoding="utf-8"))
    assert sorted(links.found) == names(export)
    assert all((export.folder / "out" / name).is_file() for name in links.found)


def test_the_index_of_texts_names_every_file(export: Exporter):
    export.items(answer(1))
    export.run("out", "answers", format="txt")
    assert (export.folder / "out" / "index.txt").read_text(encoding="utf-8") == (
        "目录\n\n问题1？ · 李白的回答 赞同: 1\t问题1？--李白的回答-a1.txt\n"
    )
