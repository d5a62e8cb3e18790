from __future__ import annotations

import pytest
from scrapy.utils.test import get_crawler

from tests.samples import make_item
from zhihu_crawler.extensions.summary import Tally, _notes, console, show
from zhihu_crawler.items import Stop


@pytest.fixture
def tally() -> Tally:
    return Tally(files={"collection_entry": "exports/collection_entries.jsonl", "listing": "exports/listings.jsonl"})


def shown(tally: Tally, capsys: pytest.CaptureFixture[str]) -> str:
    show({"collection": tally}, console())
    return capsys.readouterr().err


def test_a_file_name_is_whole_where_no_terminal_limits_it(
    tally: Tally, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("COLUMNS", raising=False)
    tally.got["collection_entry"] = 60
    tally.reasons.append("finished")
    assert "exports/collection_entries.jsonl" in shown(tally, capsys)


def test_what_the_site_counts_stands_beside_what_was_got(tally: Tally, capsys: pytest.CaptureFixture[str]):
    tally.add_item(make_item("collection_entry"))
    tally.add_item(make_item("listing", name="entries", got=1, total=3, stopped=Stop.EMPTY, complete=False))
    lines = shown(tally, capsys).splitlines()
    assert any(line.split()[1:4] == ["collection_entries", "1", "3"] for line in lines)
    assert any(line.startswith("Not whole: entries of question 1: 1 of 3, stopped at: empty") for line in lines)


def test_texts_that_the_site_cut_short_are_counted(tally: Tally):
    for id_, cut in (("1", True), ("2", False), ("3", None), ("4", True)):
        tally.add_item(make_item("answer", id_=id_, content="x", content_truncated=cut))
    assert list(tally.told()) == ["Cut short by the site: 2 answers (content_truncated)"]


def test_what_is_kept_is_told_with_what_to_do(tally: Tally):
    crawler = get_crawler(settings_dict={"ZHIHU_UNKNOWN_DIR": "odd"})
    assert list(_notes(crawler)) == []
    crawler.stats.set_value("zhihu/replies/kept", 3)
    crawler.stats.set_value("zhihu/unknown/kept", 2)
    refused, unknown = _notes(crawler)
    assert refused.startswith("Refused to the end and kept: 3 requests; the same command")
    assert unknown.startswith("Of an unknown layout: 2 pages, kept in odd")


def test_a_mention_is_not_what_was_asked_for(tally: Tally):
    tally.add_item(make_item("user", partial=True))
    tally.add_item(make_item("question", partial=True))
    assert tally.got == {}


def test_only_the_first_unfinished_listings_are_named_and_the_rest_is_counted(tally: Tally):
    for number in range(8):
        tally.add_item(make_item("listing", id_=str(number), got=0, total=1, stopped=Stop.ERROR, complete=False))
    told = list(tally.told())
    assert len(told) == 6
    assert told[-1] == "... and 3 more, see exports/listings.jsonl"


def test_a_listing_cut_short_by_the_crawls_own_limit_is_whole(tally: Tally):
    tally.add_item(make_item("listing", got=5, total=100, stopped=Stop.LIMIT, complete=False))
    assert tally.expected == {"answer": 5}
    assert list(tally.told()) == []
