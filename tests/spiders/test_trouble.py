"""Listings that misbehave, faults on the way, refusals: nothing made up, nothing lost, all of it told."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers.crawls import Crawled, crawl
from tests.helpers.sandbox import running_sandbox

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.sandbox import Sandbox

pytestmark = pytest.mark.crawl
ALL = 120
QUIRKS = {
    1: ("totals too large", 108, "end", False),
    2: ("totals too small", ALL, "end", True),
    3: ("next repeats", ALL, "repeat", True),
    4: ("next is plain http", ALL, "end", True),
    5: ("next on the API's host", ALL, "end", True),
    6: ("next on an inner address", ALL, "end", True),
    7: ("next is escaped", ALL, "end", True),
    8: ("next without /api/v4", ALL, "end", True),
    9: ("next on a foreign host", 5, "foreign", False),
    10: ("never says that it ends", ALL, "empty", True),
    11: ("wants a log-in", 10, "login", False),
    12: ("repeats an entry", ALL, "end", True),
    13: ("names no next", 10, "last-page", False),
    14: ("empty in spite of totals", 0, "login", False),
    15: ("ends early", 3, "end", False),
    16: ("page without a state", ALL, "end", True),
}


@pytest.fixture(scope="module")
def quirky(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    """One crawl over all listings that misbehave: none may spoil another."""
    ids = ",".join(f"24{quirk:02d}0001" for quirk in QUIRKS)
    return crawl(tmp_path_factory.mktemp("quirks"), sandbox.origin, "question", f"ids={ids}")


@pytest.mark.parametrize(
    ("quirk", "expected"),
    [pytest.param(quirk, tuple(rest), id=name) for quirk, (name, *rest) in QUIRKS.items()],
)
def test_a_listing_that_misbehaves_is_read_as_far_as_it_goes(
    sandbox: Sandbox, quirky: Crawled, quirk: int, expected: tuple[int, str, bool]
):
    question = f"24{quirk:02d}0001"
    got, _, _ = expected
    listing, answers = of_question(quirky, question)

    assert (listing["got"], listing["stopped"], listing["complete"]) == expected, listing
    assert len(answers) == len(set(answers)) == got
    assert set(answers) <= set(sandbox.truth(f"question/{question}")["answers"]["ids"])


def test_the_first_listings_that_are_not_whole_are_named_and_the_others_counted(quirky: Crawled):
    short = [f"24{quirk:02d}0001" for quirk, (*_, complete) in QUIRKS.items() if not complete]
    named = [question for question in short if any(question in remark for remark in quirky.tally["remarks"])]
    assert len(named) == 5
    assert quirky.tally["unfinished"] == len(short)


def of_question(crawled: Crawled, question: str) -> tuple[dict[str, Any], list[str]]:
    """Return the record of a question's listing, and the ids of its answers as they were found."""
    [listing] = [one for one in crawled.items["listing"] if one["owner_id"] == question]
    answers = crawled.items.get("answer", [])
    return listing, [one["id"] for one in answers if one["question"]["id"] == question]


def test_passing_faults_cost_nothing(tmp_path: Path):
    faults = ["429=0.05", "500=0.05", "503=0.03", "reset=0.05", "cut=0.03", "slow:0.05=0.05"]
    args = [part for fault in faults for part in ("--fault", fault)]
    with running_sandbox(*args) as running:
        crawled = crawl(tmp_path, running.origin, "question", "ids=25000001", RETRY_EXCEPTIONS_DELAY="0.02")
        truth = running.truth("question/25000001")["answers"]["ids"]
        happened = running.stats()["fault"]

    assert sum(happened.values()) > 5, happened
    assert sorted(crawled.ids("answer")) == sorted(truth)
    assert crawled.listing["complete"]


def test_a_page_that_came_damaged_is_asked_for_once_more(tmp_path: Path):
    faults = ["--fault-url", "feeds.*offset=10=truncate", "--fault-url", "/question/24000001$=truncate"]
    with running_sandbox(*faults) as running:
        crawled = crawl(tmp_path, running.origin, "question", "ids=24000001")
        happened = running.stats()["fault"]

    assert happened["truncate"] >= 2
    assert len(crawled.ids("answer")) == ALL
    assert crawled.listing["complete"]
    assert crawled.tally["troubles"] == {}


REFUSALS = {
    "code-40362": "blocked/rate",
    "code-40352": "blocked/browser",
    "code-40353": "blocked/login",
    "code-10003": "blocked/browser",
    "code-100": "blocked/login",
    "code-602": "blocked/login",
    "unhuman-redirect": "blocked/browser",
    "login-redirect": "blocked/login",
    "gone": "gone",
    "bare-404": "gone",
    "truncate": "damagedpage",
}


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    """One crawl of questions whose listings are broken off, each by a refusal of its own."""
    rules = [f"/{question}/feeds.*offset=10={fault}:always" for question, fault in refusals().items()]
    with running_sandbox(*(part for rule in rules for part in ("--fault-url", rule))) as running:
        folder, ids = tmp_path_factory.mktemp("refused"), ",".join(refusals())
        return crawl(folder, running.origin, "question", f"ids={ids}", RETRY_TIMES="0", ZHIHU_COOLDOWN="0.1")


def refusals() -> dict[str, str]:
    """Give each refusal a question."""
    return {f"240000{number:02d}": fault for number, fault in enumerate(REFUSALS, start=20)}


@pytest.mark.parametrize("question", refusals(), ids=list(REFUSALS))
def test_a_refusal_within_a_listing_breaks_it_off(refused: Crawled, question: str):
    listing, answers = of_question(refused, question)
    assert listing["stopped"] in ("error", "login")
    assert not listing["complete"]
    assert len(answers) == 10


def test_every_refusal_is_named(refused: Crawled):
    wanted = Counter(f"zhihu/pages/{reason}" for reason in REFUSALS.values())
    pages = {name: count for name, count in refused.tally["troubles"].items() if name.startswith("zhihu/pages/")}
    assert pages == wanted, refused.log[-3000:]


PAGES = {"zse-ck": "error", "unhuman": "error", "login-redirect": "login", "wasteland": "error", "error-200": "error"}


def test_a_refused_page_gives_no_item(tmp_path: Path):
    faults = {f"2400000{number}": fault for number, fault in enumerate(PAGES, start=1)}
    rules = [f"/question/{question}={fault}:always" for question, fault in faults.items()]
    with running_sandbox(*(part for rule in rules for part in ("--fault-url", rule))) as running:
        crawled = crawl(tmp_path, running.origin, "question", f"ids={','.join(faults)}", RETRY_TIMES="0")

    assert set(crawled.items) == {"listing"}
    assert {faults[one["owner_id"]]: one["stopped"] for one in crawled.items["listing"]} == PAGES
    assert len(crawled.tally["remarks"]) == len(PAGES)


def test_what_is_gone_is_a_result_and_what_may_be_is_named(tmp_path: Path):
    with running_sandbox(
        "--fault-url", "/question/24000001$=bare-404:always"
    ) as running:  # 34000001: a page that says 荒原
        crawled = crawl(tmp_path, running.origin, "question", "ids=34000001,24000001,21000001")

    assert crawled.ids("question") == ["21000001"]
    assert crawled.ids("tombstone") == ["question:24000001"]
    assert crawled.tally["troubles"] == {"zhihu/pages/gone": 1, "zhihu/pages/hidden": 1}
    assert crawled.status == 0


def test_a_crawl_that_robots_txt_forbids_ends_at_once_and_names_the_setting(tmp_path: Path):
    with running_sandbox("--robots", "deny") as running:
        crawled = crawl(tmp_path, running.origin, "question", "ids=24000001,24000002,24000003")
        allowed = crawl(tmp_path, running.origin, "question", "ids=21000001", ROBOTSTXT_OBEY="False")
        kinds = running.stats()["kind"]

    told = [line for line in crawled.log.splitlines() if "ROBOTSTXT_OBEY=False" in line and "ERROR" in line]
    assert len(told) == 1
    assert crawled.status == 3
    assert "answer" not in crawled.items
    assert allowed.ids("question") == ["21000001"], kinds
