"""Listings that misbehave, faults on the way, refusals: nothing made up, nothing lost, all of it told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.helpers.crawls import crawl
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


@pytest.mark.parametrize(
    ("quirk", "expected"),
    [pytest.param(quirk, tuple(rest), id=name) for quirk, (name, *rest) in QUIRKS.items()],
)
def test_a_listing_that_misbehaves_is_read_as_far_as_it_goes(
    sandbox: Sandbox, tmp_path: Path, quirk: int, expected: tuple[int, str, bool]
):
    got, _, complete = expected
    crawled = crawl(tmp_path, sandbox.origin, "question", f"ids=24{quirk:02d}0001")
    listing = crawled.listing

    assert (listing["got"], listing["stopped"], listing["complete"]) == expected, listing
    assert len(crawled.ids("answer")) == len(set(crawled.ids("answer"))) == got
    assert set(crawled.ids("answer")) <= set(sandbox.truth(f"question/24{quirk:02d}0001")["answers"]["ids"])
    assert complete or any("24" in remark for remark in crawled.tally["remarks"])


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


@pytest.mark.parametrize(("fault", "reason"), REFUSALS.items())
def test_a_refusal_within_a_listing_breaks_it_off_and_is_named(tmp_path: Path, fault: str, reason: str):
    with running_sandbox("--fault-url", f"feeds.*offset=10={fault}:always") as running:
        crawled = crawl(tmp_path, running.origin, "question", "ids=24000001", RETRY_TIMES="0")

    assert crawled.tally["troubles"].get(f"zhihu/pages/{reason}") == 1, crawled.log[-3000:]
    assert crawled.listing["stopped"] in ("error", "login")
    assert not crawled.listing["complete"]
    assert len(crawled.ids("answer")) == 10


@pytest.mark.parametrize("fault", ["zse-ck", "unhuman", "login-redirect", "wasteland", "error-200"])
def test_a_refused_page_gives_no_item(tmp_path: Path, fault: str):
    with running_sandbox("--fault-url", f"/question/={fault}:always") as running:
        crawled = crawl(tmp_path, running.origin, "question", "ids=24000001", RETRY_TIMES="0")

    assert set(crawled.items) == {"listing"}
    assert crawled.listing["stopped"] == ("login" if fault == "login-redirect" else "error")
    assert crawled.tally["remarks"]


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
