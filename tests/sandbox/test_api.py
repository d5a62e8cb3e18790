from __future__ import annotations

import pytest

from tests.sandbox.walker import answer_ids, split_next, walk
from zhihu_crawler.sandbox.api import make_cursor, read_cursor
from zhihu_crawler.sandbox.ids import Quirk
from zhihu_crawler.sandbox.truth import Truth

ALL = [(quirk, way) for quirk in Quirk for way in ("feeds", "answers")]


def quirky(quirk):
    return f"24{quirk:02d}0001"


@pytest.mark.parametrize(("quirk", "way"), ALL, ids=lambda value: str(getattr(value, "name", value)).lower())
def test_a_patient_walk_gets_what_the_truth_says(world, api, quirk, way):
    id_ = quirky(quirk)
    truth = Truth(world).tell(f"question/{id_}")["answers"]
    got = answer_ids(walk(api, f"questions/{id_}/{way}", limit=20))
    expected = truth["ids"][:20] if quirk is Quirk.NO_NEXT else truth["ids"]
    assert list(dict.fromkeys(got)) == expected
    assert truth["delivered"] == len(truth["ids"])


def test_an_ordinary_listing_gives_each_answer_once(api):
    assert len(answer_ids(walk(api, "questions/24000001/feeds", limit=20))) == 120


@pytest.mark.parametrize("order", ["updated", "created"])
def test_another_order_gives_the_newest_first(api, order):
    pages = walk(api, "questions/24000001/answers", limit=20, sort_by=order)
    times = [record[f"{order}_time"] for page in pages for record in page["data"]]
    assert times == sorted(times, reverse=True)
    assert len(times) == 120


def test_feeds_have_advertisements_but_no_totals(api):
    pages = walk(api, "questions/24000001/feeds", limit=20)
    kinds = {record["type"] for page in pages for record in page["data"]}
    assert kinds == {"question_feed_card", "feed_advert"}
    assert all("totals" not in page["paging"] for page in pages)


@pytest.mark.parametrize(("asked", "given"), [("", 5), ("3", 3), ("20", 20), ("100", 20), ("x", 5), ("0", 1)])
def test_a_feed_gives_five_or_as_many_as_asked_up_to_twenty(api, asked, given):
    query = {"limit": asked} if asked else {}
    cards = [card for card in api.reply("questions/24000001/feeds", query)[1]["data"] if "target" in card]
    assert len(cards) == given


def test_a_feed_goes_on_at_the_last_cards_cursor(api):
    _, page = api.reply("questions/24000001/feeds", {"limit": "5"})
    path, query = split_next(page["paging"]["next"])
    assert path == "questions/24000001/feeds"
    assert query["cursor"] == page["data"][-1]["cursor"]
    assert query["session_id"] == page["session"]["id"]


def test_an_exhausted_feed_is_empty_and_ended(api):
    _, page = api.reply("questions/20000001/feeds", {})
    assert (page["data"], page["paging"]["is_end"], page["session"]) == ([], True, {"id": ""})


@pytest.mark.parametrize("cursor", ["x", "0" * 32, "717295dfee0a0d5c52496e2cb481e952"])
def test_a_cursor_of_elsewhere_is_refused(api, cursor):
    assert api.reply("questions/24000001/feeds", {"cursor": cursor})[0] == 400


def test_a_cursor_hides_its_position():
    assert read_cursor("24000001", make_cursor("24000001", 77)) == 77
    assert make_cursor("24000001", 77) != make_cursor("24000002", 77)


@pytest.mark.parametrize(
    ("quirk", "start"),
    [
        (Quirk.NONE, "https://www.zhihu.com/api/v4/questions/"),
        (Quirk.NEXT_IS_HTTP, "http://www.zhihu.com/api/v4/questions/"),
        (Quirk.NEXT_ON_API_HOST, "https://api.zhihu.com/questions/"),
        (Quirk.NEXT_ON_INNER_HOST, "http://172.16."),
        (Quirk.NEXT_IS_ESCAPED, "https://www.zhihu.com/api/v4/questions/"),
        (Quirk.NEXT_WITHOUT_API, "https://www.zhihu.com/questions/"),
        (Quirk.NEXT_ON_FOREIGN_HOST, "https://zhihu.example.com/api/v4/questions/"),
    ],
)
def test_next_may_name_another_host(api, quirk, start):
    next_ = api.reply(f"questions/{quirky(quirk)}/answers", {})[1]["paging"]["next"]
    assert next_.startswith(start)
    assert ("&amp;" in next_) == (quirk is Quirk.NEXT_IS_ESCAPED)


@pytest.mark.parametrize(
    ("quirk", "total", "delivered"),
    [(Quirk.TOTALS_TOO_LARGE, 120, 108), (Quirk.TOTALS_TOO_SMALL, 115, 120), (Quirk.ENDS_EARLY, 120, 3)],
)
def test_totals_may_disagree_with_what_is_delivered(api, quirk, total, delivered):
    pages = walk(api, f"questions/{quirky(quirk)}/answers", limit=20)
    assert pages[0]["paging"]["totals"] == total
    assert len(answer_ids(pages)) == delivered


def test_a_next_may_repeat_without_an_end(api):
    last = walk(api, f"questions/{quirky(Quirk.NEXT_REPEATS)}/answers", limit=20)[-1]
    path, query = split_next(last["paging"]["next"])
    assert last["paging"]["is_end"] is False
    assert api.reply(path, query)[1] == last


def test_a_listing_may_never_end_but_run_empty(api):
    last = walk(api, f"questions/{quirky(Quirk.NEVER_ENDS)}/answers", limit=20)[-1]
    assert (last["data"], last["paging"]["is_end"]) == ([], False)


@pytest.mark.parametrize("way", ["feeds", "answers"])
def test_a_listing_may_want_a_login(api, way):
    last = walk(api, f"questions/{quirky(Quirk.WANTS_LOGIN)}/{way}", limit=5)[-1]
    assert (last["data"], last["paging"]["need_force_login"]) == ([], True)


def test_an_answer_may_come_again_on_the_next_page(api):
    ids = answer_ids(walk(api, f"questions/{quirky(Quirk.REPEATS_AN_ENTRY)}/answers", limit=20))
    assert (len(ids), len(set(ids))) == (125, 120)


def test_a_listing_may_be_empty_in_spite_of_its_totals(api):
    _, page = api.reply(f"questions/{quirky(Quirk.EMPTY_IN_SPITE_OF_TOTALS)}/answers", {})
    assert (page["data"], page["paging"]["totals"], page["paging"]["is_end"]) == ([], 120, True)


def test_followers_may_end_at_a_ceiling(world):
    assert Truth(world).tell("question/26180001")["answers"]["delivered"] == 5020


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("members/shili-t-1/answers", 45),
        ("members/shili-t-1/questions", 23),
        ("members/shili-t-1/articles", 31),
        ("members/shili-t-1/favlists", 7),
        ("members/shili-t-1/followers", 60),
        ("members/shili-t-1/followees", 60),
        ("members/shili-t-1/pins", 12),
        ("people/shili-t-1/collections", 7),
        ("collections/440000001/items", 60),
        ("columns/shilizl-4-1/items", 120),
        ("members/shili-e-1/answers", 0),
        ("members/shili-q12-1/followers", 62),
    ],
)
def test_every_listing_is_walked_to_its_end(api, path, count):
    pages = walk(api, path, limit=20)
    assert sum(len(page["data"]) for page in pages) == count
    assert pages[0]["paging"]["is_start"] is True
    assert split_next(pages[0]["paging"]["next"])[0] == path


@pytest.mark.parametrize(
    "path",
    [
        "questions/34000001",
        "questions/34000001/feeds",
        "questions/24000001/unknown",
        "answers/1",
        "members/shili-gone-1",
        "members/shili-gone-1/answers",
        "members/shili-t-1/unknown",
        "collections/540000001",
        "collections/540000001/items",
        "articles/1",
        "columns/shilizl-x-1",
        "columns/shilizl-x-1/items",
        "topics/1",
        "unknown",
        "",
    ],
)
def test_what_is_not_there_is_gone_with_code_4041(api, path):
    status, body = api.reply(path, {})
    assert (status, body["error"]["code"]) == (404, 4041)


def test_me_wants_a_login(api):
    assert api.reply("me", {})[1]["error"]["code"] == 100
    assert api.reply("me", {}, me="shili-t-7")[1]["url_token"] == "shili-t-7"


def test_a_collection_stands_in_a_wrapper(api):
    assert api.reply("collections/440000001", {})[1]["collection"]["item_count"] == 60
