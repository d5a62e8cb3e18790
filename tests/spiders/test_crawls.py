"""Each spider against what the sandbox says that a crawl which misses nothing gets."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest

from tests.helpers.crawls import Crawled, crawl, scrapy

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.sandbox import Sandbox

pytestmark = pytest.mark.crawl
QUESTION = "1900000000024000001"
COLLECTION = "440000001"
USER = "shili-t-1"


@pytest.fixture(scope="module")
def question(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    return crawl(tmp_path_factory.mktemp("question"), sandbox.origin, "question", f"ids={QUESTION}", "follow=authors")


def test_a_question_comes_with_all_its_answers_once_each(question: Crawled, sandbox: Sandbox):
    truth = sandbox.truth(f"question/{QUESTION}")["answers"]

    assert question.status == 0, question.log
    assert question.ids("question") == [QUESTION]
    assert sorted(question.ids("answer")) == sorted(truth["ids"])


def test_every_author_with_a_profile_is_read_once(question: Crawled):
    wanted = {
        answer["author"]["url_token"]
        for answer in question.items["answer"]
        if answer["author"]["kind"] in ("user", "organization")
    }
    tokens = [user["url_token"] for user in question.items["user"]]

    assert set(tokens) == wanted
    assert len(tokens) == len(wanted)
    assert not any(user["partial"] for user in question.items["user"])


def test_anonymous_and_deactivated_authors_are_told_apart(question: Crawled):
    authors = [answer["author"] for answer in question.items["answer"]]
    nameless = [author for author in authors if author["kind"] == "anonymous"]
    closed = [author for author in authors if author["kind"] == "deactivated"]

    assert nameless
    assert closed
    assert all(author["id"] is None and author["url_token"] is None for author in nameless)
    assert all(author["url_token"] is None for author in closed)


def test_the_listing_tells_got_total_and_why_it_ended(question: Crawled):
    listing = question.listing

    assert (listing["got"], listing["total"], listing["stopped"], listing["complete"]) == (120, 120, "end", True)
    assert question.tally["got"]["answer"] == question.tally["expected"]["answer"] == 120
    assert "zhihu/listing/question:1900000000024000001:answers': '120 of 120, end'" in question.log


def test_items_see_canonical_addresses_and_not_the_origin(question: Crawled, sandbox: Sandbox):
    text = json.dumps(question.items)

    assert sandbox.origin not in text
    assert question.items["question"][0]["url"] == f"https://www.zhihu.com/question/{QUESTION}"


@pytest.mark.parametrize(
    ("order", "layouts"), [("default", {"state", "api"}), ("updated", {"api"}), ("created", {"api"})]
)
def test_answers_come_in_any_order(sandbox: Sandbox, tmp_path: Path, order: str, layouts: set[str]):
    crawled = crawl(tmp_path, sandbox.origin, "question", "ids=24000003", f"order={order}")

    assert len(set(crawled.ids("answer"))) == 120
    assert {answer["layout"] for answer in crawled.items["answer"]} == layouts


def test_max_answers_is_exact_and_said(sandbox: Sandbox, tmp_path: Path):
    crawled = crawl(tmp_path, sandbox.origin, "question", "ids=24000003", "max_answers=13")

    assert len(crawled.ids("answer")) == 13
    assert crawled.listing["stopped"] == "limit"
    assert not crawled.listing["complete"]


def test_max_items_is_exact(sandbox: Sandbox, tmp_path: Path):
    crawled = crawl(tmp_path, sandbox.origin, "question", "ids=24000003,24000004", "max_items=31")

    assert sum(len(items) for kind, items in crawled.items.items() if kind not in ("listing", "topic")) <= 31
    assert crawled.tally["reasons"] == ["max_items"]


def test_an_answer_brings_its_question_and_author_on_request(sandbox: Sandbox, tmp_path: Path):
    wanted = sandbox.truth(f"question/{QUESTION}")["answers"]["ids"][1]
    url = f"https://www.zhihu.com/question/{QUESTION}/answer/{wanted}"
    crawled = crawl(tmp_path, sandbox.origin, "answer", f"urls={url}", "follow=question,author")

    assert crawled.ids("answer") == [wanted]
    assert crawled.ids("question") == [QUESTION]
    assert not crawled.items["question"][0]["partial"]
    assert len(crawled.ids("user")) <= 1


def test_a_collection_comes_with_every_entry_in_its_order(sandbox: Sandbox, tmp_path: Path):
    truth = sandbox.truth(f"collection/{COLLECTION}")["entries"]["ids"]
    crawled = crawl(tmp_path, sandbox.origin, "collection", f"ids={COLLECTION}")
    entries = sorted(crawled.items["collection_entry"], key=lambda entry: entry["position"])

    assert [f"{entry['content_kind']}:{entry['content_id']}" for entry in entries] == truth
    assert all(entry["added"] for entry in entries)
    assert {f"answer:{id_}" for id_ in crawled.ids("answer")} == {key for key in truth if key.startswith("answer:")}
    assert {f"article:{id_}" for id_ in crawled.ids("article")} == {key for key in truth if key.startswith("article:")}
    assert all(answer["content"] for answer in crawled.items["answer"])


def test_a_user_comes_with_the_lists_that_were_chosen(sandbox: Sandbox, tmp_path: Path):
    truth = sandbox.truth(f"user/{USER}")
    lists = "answers,questions,articles,collections,followees,followers"
    crawled = crawl(tmp_path, sandbox.origin, "user", f"tokens={USER}", f"follow={lists}")
    follows = crawled.items["follow"]

    assert set(truth["answers"]["ids"]) <= set(crawled.ids("answer"))
    assert set(truth["articles"]["ids"]) <= set(crawled.ids("article"))
    assert set(truth["questions"]["ids"]) <= set(crawled.ids("question"))
    assert set(crawled.ids("collection")) == set(truth["favlists"]["ids"])
    assert len([edge for edge in follows if edge["follower_token"] == USER]) == len(truth["followees"]["ids"])
    assert len([edge for edge in follows if edge["followee_token"] == USER]) == len(truth["followers"]["ids"])
    assert {listing["name"]: listing["complete"] for listing in crawled.items["listing"]} == dict.fromkeys(
        lists.split(","), True
    )


def test_the_follow_graph_is_gone_along_to_its_depth(sandbox: Sandbox, tmp_path: Path):
    crawled = crawl(tmp_path, sandbox.origin, "user", f"tokens={USER}", "follow=followees", "depth=1", "max_per_list=6")
    full = {user["url_token"] for user in crawled.items["user"] if not user["partial"]}
    first = {edge["followee_token"] for edge in crawled.items["follow"] if edge["follower_token"] == USER}

    assert len(first) == 6
    assert full == first | {USER}


def test_seeds_come_from_a_file_and_a_bad_line_costs_itself_alone(sandbox: Sandbox, tmp_path: Path):
    seeds = tmp_path / "seeds.txt.gz"
    lines = [
        "# mine",
        "21000001",
        "https://www.zhihu.com/question/21000002?utm_id=0  # shared",
        "nonsense",
        "",
        "21000001",
    ]
    seeds.write_bytes(gzip.compress("\n".join(lines).encode()))
    crawled = crawl(tmp_path, sandbox.origin, "question", f"seeds_file={seeds}")

    assert sorted(crawled.ids("question")) == ["21000001", "21000002"]
    assert "line 4 of" in crawled.log
    assert "'nonsense'" in crawled.log
    assert crawled.tally["troubles"]["zhihu/seeds/bad"] == 1


def test_seeds_come_from_standard_input(sandbox: Sandbox, tmp_path: Path):
    crawled = crawl(tmp_path, sandbox.origin, "user", "seeds_file=-", stdin="shili-e-3\nshili-t-4\n")

    assert sorted(user["url_token"] for user in crawled.items["user"]) == ["shili-e-3", "shili-t-4"]


def test_a_crawl_that_was_stopped_goes_on_from_its_folder(sandbox: Sandbox, tmp_path: Path):
    where = {"JOBDIR": str(tmp_path / "job")}
    first = crawl(tmp_path, sandbox.origin, "question", "ids=24000005", CLOSESPIDER_PAGECOUNT="9", **where)
    both = crawl(tmp_path, sandbox.origin, "question", "ids=24000005", **where)

    assert 0 < len(first.ids("answer")) < 120
    assert set(both.ids("answer")) == set(sandbox.truth("question/24000005")["answers"]["ids"])
    assert both.items["listing"][-1]["got"] == 120


def test_a_crawl_that_goes_on_adds_to_its_export_files(sandbox: Sandbox, tmp_path: Path):
    given = {"ZHIHU_ORIGIN": sandbox.origin, "ZHIHU_EXPORT_DIR": str(tmp_path / "exports")}
    command = ["crawl", "question", "-a", "ids=24000005", "-s", f"JOBDIR={tmp_path / 'job'}"]
    paused = scrapy(*command, "-s", "CLOSESPIDER_PAGECOUNT=9", **given)
    scrapy(*command, **given)

    lines = (tmp_path / "exports" / "answers.jsonl").read_text(encoding="utf-8").splitlines()
    assert "closespider_pagecount" in paused.stderr
    assert len(lines) == len({json.loads(line)["id"] for line in lines}) == 120
    assert not (tmp_path / "exports" / "earlier").exists()
