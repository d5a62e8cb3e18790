from __future__ import annotations

import json

import pytest

from zhihu_crawler.sandbox.ids import read_question, read_user
from zhihu_crawler.sandbox.records import ODDITIES
from zhihu_crawler.sandbox.world import World

DEMO = "24000001"


def odd(world, kind):
    """The demo question's first answer that is odd in this way."""
    return world.answers(read_question(DEMO)).make(ODDITIES.index(kind))


@pytest.mark.parametrize(
    ("id_", "count"),
    [("20000001", 0), ("21000001", 1), ("22000001", 3), (DEMO, 120), ("26000001", 20_000), ("28000001", 1_000_000)],
)
def test_a_questions_size_is_in_its_id(world, id_, count):
    assert world.question(id_)["answer_count"] == count


@pytest.mark.parametrize("path", ["34000001", "1900000000034000001"])
def test_a_question_that_begins_with_three_is_gone(world, path):
    assert world.question(path) is None


def test_the_same_seed_gives_the_same_world():
    def told(seed):
        world = World(seed)
        things = (world.question(DEMO), world.user("shili-t-1"), world.collection("440000001"), odd(world, "plain"))
        return json.dumps(things)

    assert told(5) == told(5)
    assert told(5) != told(6)


def test_an_anonymous_author_has_neither_id_nor_token(world):
    author = odd(world, "anonymous")["author"]
    assert (author["name"], author["id"], author["url_token"]) == ("匿名用户", "0", "")


@pytest.mark.parametrize(("kind", "name"), [("deactivated", "知乎用户"), ("closed", "已注销")])
def test_a_closed_account_has_no_token(world, kind, name):
    author = odd(world, kind)["author"]
    assert (author["name"], author["url_token"]) == (name, "")


def test_an_organisation_answers_too(world):
    author = odd(world, "organisation")["author"]
    assert (author["is_org"], author["user_type"], author["gender"]) == (True, "organization", -1)


def test_some_authors_have_badges(world):
    assert odd(world, "badges")["author"]["badge"][0]["type"] == "best_answerer"


def test_an_answer_may_be_collapsed(world):
    answer = odd(world, "collapsed")
    assert (answer["is_collapsed"], answer["collapsed_by"]) == (True, "community")
    assert odd(world, "plain")["is_collapsed"] is False


def test_a_body_may_be_cut_short(world):
    answer = odd(world, "truncated")
    assert answer["content_need_truncated"]
    assert answer["force_login_when_click_read_more"]


def test_an_answer_may_have_no_votes(world):
    answer = odd(world, "no_votes")
    assert (answer["voteup_count"], answer["thanks_count"], answer["comment_count"]) == (0, 0, 0)


def test_an_edited_answer_is_younger_than_it_was_written(world):
    answer = odd(world, "edited")
    assert answer["updated_time"] > answer["created_time"]


def test_an_answer_may_forbid_copying(world):
    assert odd(world, "not_copyable")["is_copyable"] is False


@pytest.mark.parametrize(
    ("kind", "mark"),
    [
        ("images", "<noscript><img"),
        ("images", "data-actualsrc="),
        ("formula", "https://www.zhihu.com/equation?tex="),
        ("code", '<div class="highlight"><pre><code class="language-python">'),
        ("link", "https://link.zhihu.com/?target="),
        ("link_card", 'data-draft-type="link-card"'),
        ("video", 'class="video-box"'),
        ("references", 'data-draft-type="reference"'),
    ],
)
def test_texts_hold_everything_that_real_ones_do(world, kind, mark):
    assert mark in odd(world, kind)["content"]
    assert mark in odd(world, "everything")["content"]
    assert mark not in odd(world, "plain")["content"]


def test_answers_ids_have_eight_or_nineteen_digits(world):
    listing = world.answers(read_question(DEMO))
    assert {len(listing.key(place)) for place in range(listing.size)} == {8, 19}


def test_a_detail_may_be_empty(world):
    assert world.question("24000003")["detail"] == ""
    assert world.question(DEMO)["detail"]


@pytest.mark.parametrize("token", ["shili-t-1", "shili-m-1", "shili-k-1", "shili-org-1", "shili-n-1", "shili-e-1"])
def test_a_users_counters_are_the_lengths_of_the_lists(world, token):
    user, sizes = world.user(token), world.user_sizes(read_user(token))
    keys = {"followers": "follower_count", "followees": "following_count", "answers": "answer_count"}
    assert {name: user[key] for name, key in keys.items()} == {name: sizes[name] for name in keys}


def test_a_user_is_the_same_by_token_and_by_id(world):
    user = world.user("shili-n-77")
    assert world.user(user["id"]) == user


def test_a_million_followers_are_a_million_people(world):
    followers = world.user_list(read_user("shili-m-1"), "followers")
    assert followers.size == 1_000_000
    assert len({followers.key(place) for place in range(0, 1_000_000, 97)}) == len(range(0, 1_000_000, 97))


def test_what_a_user_wrote_is_by_that_user(world):
    user = read_user("shili-t-3")
    for name in ("answers", "articles", "questions", "pins"):
        thing = world.user_list(user, name).make(4)
        assert thing["author"]["url_token"] == "shili-t-3", name


def test_everything_in_a_users_lists_can_be_read_by_its_id(world):
    user = read_user("shili-t-3")
    readers = {"answers": world.answer, "articles": world.article, "questions": world.question}
    for name, reader in (readers | {"favlists": world.collection, "pins": world.pin}).items():
        listing = world.user_list(user, name)
        assert reader(listing.key(listing.size - 1)) is not None, name
        assert listing.key(0) != listing.key(1)


@pytest.mark.parametrize(("id_", "size"), [("440000001", 60), ("460000001", 20_000), ("400000001", 0)])
def test_a_collections_entries_are_all_different(world, id_, size):
    entries = world.entries(id_)
    assert len({entries.key(place) for place in range(entries.size)}) == size


def test_a_collection_mixes_what_can_be_collected(world):
    entries = world.entries("440000001")
    made = [entries.make(place) for place in range(60)]
    assert {entry["content"]["type"] for entry in made} == {"answer", "article", "pin", "zvideo"}
    assert [f"{entry['content']['type']}:{entry['content']['id']}" for entry in made] == [
        entries.key(place) for place in range(60)
    ]
    assert {len(entry["content"]["id"]) for entry in made if entry["content"]["type"] == "answer"} == {8, 19}


@pytest.mark.parametrize(
    ("reader", "id_"),
    [
        ("collection", "540000001"),
        ("collection", "440000"),
        ("collection", "41000000199999"),
        ("article", "712345678"),
        ("article", "9400001000120"),
        ("column", "shilizl-x-1"),
        ("topic", "19560000"),
        ("pin", "1"),
        ("user", "shili-gone-1"),
        ("answer", "1040000010000000120"),
        ("answer", "2200000010000450000"),
    ],
)
def test_what_is_gone_is_not_there(world, reader, id_):
    assert getattr(world, reader)(id_) is None


def test_no_name_is_anybodys(world):
    followers = world.user_list(read_user("shili-t-1"), "followers")
    assert all(followers.make(place)["name"].startswith("示例") for place in range(60))
