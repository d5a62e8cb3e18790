"""The real pages beside the checkout: what each gives, and values that were read off their bytes by eye."""

from __future__ import annotations

import csv
import functools
from collections import Counter
from pathlib import Path

import pytest

from zhihu_crawler.errors import PageError
from zhihu_crawler.exporters import plain
from zhihu_crawler.saved import SavedPage, parse_saved, read_day

FOLDER = Path(__file__).resolve().parents[1].parent / "shared" / "captures"
pytestmark = [
    pytest.mark.captures,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="there are no stored pages beside the checkout"),
]
GIVES = {
    "answer/legacy-answer1-zhihuhelp.html": "answer:3 question:1 topic:5 user:1",
    "answer/legacy-kindle-zhihuhelp.html": "answer:3 question:1 topic:5 user:1",
    "answer/legacy-thanks-zhihu-py3.html": "answer:3 question:1 topic:5 user:1",
    "answer/modern2026-answer-page-vaultstream.initialData-excerpt.json": "answer:1 question:1 topic:2",
    "api-v4/mobile2016-activity-zhihuhelp.json": "answer:10 article:1 question:10",
    "api-v4/mobile2016-answer-zhihuhelp.json": "answer:1 question:1",
    "api-v4/mobile2016-article-zhihuhelp.json": "article:1 column:1",
    "api-v4/mobile2016-collection-zhihuhelp.json": "collection:1",
    "api-v4/mobile2016-people-zhihuhelp.json": "user:1",
    "api-v4/mobile2016-question-zhihuhelp.json": "question:1 topic:4",
    "api-v4/mobile2016-topic-zhihuhelp.json": "topic:1",
    "api-v4/v4-2018-followees-brenda.json": "follow:1 user:1",
    "api-v4/v4-2018-me-brenda.json": "user:1",
    "api-v4/v4-2018-member-questions-brenda.json": "question:1",
    "api-v4/v4-2018-question-answers-brenda.json": "answer:1",
    "api-v4/v4-2018-question-brenda.json": "question:1",
    "api-v4/v4-2018-topic-brenda.json": "topic:1",
    "api-v4/v4-2019-followees-empty-page-jdxj.json": "nothing",
    "api-v4/v4-2019-types-activity-zhihuhelp.json": "answer:1 article:1 column:1 question:1 user:2",
    "api-v4/v4-2019-types-answer-zhihuhelp.json": "answer:1 question:2",
    "api-v4/v4-2019-types-article-zhihuhelp.json": "article:1 column:1 topic:1",
    "api-v4/v4-2019-types-article_excerpt-zhihuhelp.json": "article:1",
    "api-v4/v4-2019-types-author-zhihuhelp.json": "answer:1 article:1 question:1 user:2",
    "api-v4/v4-2019-types-collection-zhihuhelp.json": "answer:4 article:1 collection:1 question:1 user:1",
    "api-v4/v4-2019-types-column-zhihuhelp.json": "column:1",
    "api-v4/v4-2019-types-question-zhihuhelp.json": "question:1",
    "api-v4/v4-2019-types-topic-zhihuhelp.json": "topic:1",
    "api-v4/v4-2020-people-collections-jianshu.json": "collection:2",
    "api-v4/v4-2022-collection-items-zhihuhelp.json": "answer:1 article:1 collection_entry:3",
    "api-v4/v4-2023-question-feeds-597272501-tiambloom.json": "answer:5",
    "api-v4/v4-2023-question-feeds-empty-606309719-tiambloom.json": "nothing",
    "api-v4/v4-2026-answer-2012482281965631134-vaultstream.json": "answer:1",
    "api-v4/v4-2026-collection-454292599-vaultstream.json": "collection:1",
    "api-v4/v4-2026-comment-zpp.json": "user:1",
    "api-v4/v4-2026-moments-feed-zpp.json": "answer:1 article:1 question:1",
    "api-v4/v4-2026-people-deephub-vaultstream.json": "user:1",
    "api-v4/v4-2026-pin-target-zpp.json": "user:1",
    "api-v4/v4-2026-search-general-zpp.json": "article:1 user:1",
    "api-v4/v4-2026-search-people-zpp.json": "user:1",
    "api-v4/v4-2026-search-topic-sanitized-zpp.json": "topic:1",
    "article/legacy-column-api-zhihu-py3.json": "column:1",
    "article/legacy-post-api-zhihu-py3.json": "article:1",
    "article/modern-column-chaojigaokao-zerostwo.html": "column:1",
    "article/modern-p-dualboot-nathan.html": "article:1 column:2 topic:3 user:1",
    "article/react2017-column-state-huruji.html": "article:20 column:1 user:2",
    "blocked/401-code100.json": "blocked/login",
    "blocked/403-code10003-2025-fxzhihu.json": "blocked/browser",
    "blocked/403-code40352-unhuman-2024-fxzhihu.json": "blocked/browser",
    "blocked/403-code40362-2024-search.json": "blocked/rate",
    "blocked/signin-wall-2021-dlmuljj.html": "blocked/login",
    "blocked/zse-ck-challenge-2026-answer-vaultstream.html": "blocked/browser",
    "collection/legacy-5000zhan-zhihuhelp.html": "answer:32 collection:1 collection_entry:32",
    "collection/legacy-beide-answers-zhihu-py3.html": "answer:27 collection:1 collection_entry:27",
    "collection/legacy-kanwanjiuxiao-zhihuhelp.html": "answer:23 collection:1 collection_entry:23",
    "collection/modern2026-collection-454292599-vaultstream.excerpt.html": "collection:1",
    "legacy-ajax/answer-upvoter-zhihu-py3.html": "user:1",
    "legacy-ajax/author-activity-1-zhihuhelp.txt": "answer:10 question:10",
    "legacy-ajax/author-activity-2-zhihuhelp.txt": "answer:13 article:2 column:4 question:1",
    "legacy-ajax/question-more-answer-zhihu-py3.html": "answer:1",
    "other/hotlist-skyeye.html": "question:50",
    "people-list/legacy-answers-yangjiawen-zhihuhelp.html": "answer:5 column:1 topic:7 user:1",
    "people-list/legacy-answers-yaozeyuan-zhihuhelp.html": "answer:5 column:7 topic:7 user:1",
    "people-list/legacy-answers-yolfilm-zhihuhelp.html": "answer:20 column:7 topic:7 user:1",
    "people-list/legacy-followees-intopass-hziling.html": "follow:20 topic:7 user:21",
    "people-list/react2018-followers-sammy-decoded.html": "follow:20 user:21",
    "people/legacy-lyounger-wudi.html": "answer:11 column:7 question:3 topic:7 user:1",
    "people/legacy-robbin-zhihuhelp.html": "column:7 topic:7 user:1",
    "people/legacy-yaozeyuan-zhihuhelp.html": "topic:1 user:1",
    "people/modern2023-jiayu-tiambloom.html": "answer:7 question:7 user:1",
    "people/react2017-datastate-imike-huruji.html": "question:3 user:1",
    "people/react2017-datastate-imike-huruji.state.json": "question:3 user:1",
    "question/legacy-24825703-zhihu-py3.html": "answer:50 question:1 topic:5",
    "question/legacy-econ-wudi.html": "answer:20 question:1 topic:5",
    "question/legacy-gbk-zhihuhelp.html": "answer:50 question:1 topic:4",
    "question/legacy-howto-save-zhihuhelp.html": "answer:20 question:1 topic:2",
    "question/legacy-signed-out-wudi.html": "answer:20 question:1 topic:3",
    "question/legacy-taiwan-zhihuhelp.html": "answer:20 question:1 topic:2",
    "question/modern2019-highschool-myxiyifen.html": "answer:5 question:1 topic:5",
    "question/modern2023-secondhand-omnivore.html": "answer:5 question:1 topic:3",
    "question/modern2023-secondhand-omnivore.initialData.json": "answer:5 question:1 topic:3",
    "question/modern2025-hainan-web2json.html": "answer:5 question:1 topic:5",
    "question/modern2025-stealth-web2json.html": "answer:5 question:1 topic:4",
    "question/react2017-datastate-27184171-huruji.html": "answer:3 question:1 topic:1",
    "question/react2017-datastate-27184171-huruji.state.json": "answer:3 question:1 topic:1",
    "question/react2017-starcraft-bomy.html": "answer:3 question:1 topic:4",
    "topic/legacy-top-answers-life-zhihuhelp.html": "answer:20 question:20 topic:12 user:5",
    "topic/legacy-topic-plaza-litttlestone97.html": "question:3 topic:23",
}
SAMPLES = "api-v4/v4-2019-types-"
"""Types written as literals, with a few placeholders where a value should be: those are named as unreadable."""
BY_EYE = [
    ("answer/legacy-kindle-zhihuhelp.html", "user:logics12", "follower_count", 1488),
    ("answer/legacy-kindle-zhihuhelp.html", "user:logics12", "voteup_count", 2160),
    ("people/legacy-lyounger-wudi.html", "answer:88809024", "voteup_count", 27),
    ("people/legacy-lyounger-wudi.html", "question:39353318", "visit_count", 67),
    ("people-list/legacy-answers-yolfilm-zhihuhelp.html", "user:yolfilm", "thank_to_count", 30),
    ("topic/legacy-top-answers-life-zhihuhelp.html", "user:zombie", "headline", "学过化学，懂点生物"),
    ("topic/legacy-topic-plaza-litttlestone97.html", "topic:19563625", "followers_count", 164661),
    ("question/legacy-24825703-zhihu-py3.html", "question:24825703", "follower_count", 4427),
    ("question/legacy-24825703-zhihu-py3.html", "question:24825703", "answer_count", 621),
    ("question/legacy-24825703-zhihu-py3.html", "question:24825703", "visit_count", 377468),
    ("question/legacy-24825703-zhihu-py3.html", "answer:30975949", "aid", "7775236"),
    ("question/legacy-24825703-zhihu-py3.html", "answer:30975949", "created", "2014-09-24T14:00:55Z"),
    ("question/legacy-24825703-zhihu-py3.html", "answer:30975949", "voteup_count", 1164),
    ("question/legacy-24825703-zhihu-py3.html", "answer:30975949", "comment_count", 160),
    ("question/legacy-24825703-zhihu-py3.html", "answer:30975949", "is_copyable", True),
    ("question/legacy-signed-out-wudi.html", "question:23684766", "follower_count", 1327),
    (
        "question/legacy-gbk-zhihuhelp.html",
        "question:23957361",
        "title",
        "如何看待「山东招远麦当劳女子被殴致死」事件？",
    ),
    ("collection/legacy-5000zhan-zhihuhelp.html", "collection:37406996", "follower_count", 51053),
    ("collection/legacy-5000zhan-zhihuhelp.html", "collection:37406996", "comment_count", 26),
    ("people/legacy-yaozeyuan-zhihuhelp.html", "user:404-Page-Not-found", "voteup_count", 8650),
    ("people/legacy-yaozeyuan-zhihuhelp.html", "user:404-Page-Not-found", "thanked_count", 3763),
    ("people/legacy-yaozeyuan-zhihuhelp.html", "user:404-Page-Not-found", "favorited_count", 27633),
    ("people/react2017-datastate-imike-huruji.html", "user:imike", "follower_count", 724479),
    ("people/modern2023-jiayu-tiambloom.html", "user:jia-yu-bu-shi-gui-74", "voteup_count", 710531),
    ("people/modern2023-jiayu-tiambloom.html", "user:jia-yu-bu-shi-gui-74", "thanked_count", 81559),
    ("people/modern2023-jiayu-tiambloom.html", "user:jia-yu-bu-shi-gui-74", "ip_location", "四川"),
    ("question/modern2025-stealth-web2json.html", "question:1983952300432179846", "visit_count", 720628),
    ("question/modern2025-stealth-web2json.html", "question:1983952300432179846", "answer_count", 120),
    ("api-v4/v4-2026-people-deephub-vaultstream.json", "user:deephub", "follower_count", 54194),
    ("api-v4/v4-2026-answer-2012482281965631134-vaultstream.json", "answer:2012482281965631134", "voteup_count", 34),
    (
        "api-v4/v4-2026-answer-2012482281965631134-vaultstream.json",
        "answer:2012482281965631134",
        "created",
        "2026-03-04T02:59:26Z",
    ),
    ("article/legacy-column-api-zhihu-py3.json", "column:xiepanda", "follower_count", 76605),
    ("article/legacy-post-api-zhihu-py3.json", "article:20202275", "voteup_count", 963),
]
TOTALS = [
    ("question/modern2019-highschool-myxiyifen.html", "answers", 5, 4051),
    ("people-list/react2018-followers-sammy-decoded.html", "followers", 20, 14603),
    ("people-list/legacy-followees-intopass-hziling.html", "followees", 20, 28),
    ("people-list/legacy-answers-yolfilm-zhihuhelp.html", "answers", 20, 1372),
    ("api-v4/v4-2022-collection-items-zhihuhelp.json", "entries", 3, 7),
]


@functools.cache
def index():
    with (FOLDER / "INDEX.tsv").open(encoding="utf-8", newline="") as file:
        return {row["file"]: row for row in csv.DictReader(file, delimiter="\t")}


@functools.cache
def read(name):
    row = index()[name]
    url = row["url"] if row["url"].startswith("http") else ""
    return parse_saved(SavedPage(name, (FOLDER / name).read_bytes(), url, read_day(row["captured"])))


def test_every_stored_page_is_in_the_table():
    assert set(index()) == set(GIVES)


@pytest.mark.parametrize("name", GIVES)
def test_a_stored_page_gives_all_that_is_on_it(name: str):
    try:
        found = Counter(item.kind for item in read(name).items)
        told = " ".join(f"{kind}:{count}" for kind, count in sorted(found.items())) or "nothing"
    except PageError as error:
        told = error.reason
    assert told == GIVES[name]


@pytest.mark.parametrize("name", [name for name in GIVES if not name.startswith(("blocked/", SAMPLES))])
def test_nothing_on_a_stored_page_is_unreadable(name: str):
    assert [str(problem) for problem in read(name).problems] == []


@pytest.mark.parametrize(("name", "key", "field", "value"), BY_EYE)
def test_a_value_is_the_one_that_stands_on_the_page(name: str, key: str, field: str, value: object):
    kind, _, id_ = key.partition(":")
    items = [plain(item) for item in read(name).items if item.kind == kind]
    [item] = [item for item in items if id_ in (item["id"], item.get("url_token"))]
    assert item[field] == value


@pytest.mark.parametrize(("name", "listing", "received", "total"), TOTALS)
def test_a_listing_knows_what_it_got_and_what_the_site_counts(name: str, listing: str, received: int, total: int):
    page = read(name).listing(listing)
    assert page is not None
    assert (page.received, page.total) == (received, total)
