from __future__ import annotations

from itertools import pairwise

import pytest

from zhihu_crawler.errors import BadSetting
from zhihu_crawler.sandbox.blocks import BLOCKS, FAULT_NAMES, RESHAPED, SIGNALS, reshape
from zhihu_crawler.sandbox.faults import Fault, Faults, read_fault, read_rules

URL = "https://www.zhihu.com/api/v4/questions/24000001"


def decided(faults, times=9, url=URL, *, of="thing"):
    found = [faults.decide(url, of=of) for _ in range(times)]
    return [fault.name if fault else None for fault in found]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("gone", Fault("gone")),
        ("slow", Fault("slow", 1.0)),
        ("slow:2.5", Fault("slow", 2.5)),
        ("429:7:always", Fault("429", 7.0, always=True)),
        ("reset:always", Fault("reset", always=True)),
    ],
)
def test_a_fault_is_read_from_its_name(text, fault):
    assert read_fault(text) == fault


@pytest.mark.parametrize("text", ["", "unknown", "slow:x", "slow:-1", "slow:1:2", "gone:3"])
def test_a_fault_that_cannot_be_read_is_named(text):
    with pytest.raises(BadSetting, match=r"--fault"):
        read_fault(text)


@pytest.mark.parametrize("text", ["429", "429=x", "429=2", "429=-1", "429=0.5:never", "unknown=0.5", "=1"])
def test_a_rate_that_cannot_be_read_is_named(text):
    with pytest.raises(BadSetting, match=r"--fault"):
        read_rules([text], [])


@pytest.mark.parametrize("text", ["gone", "=gone", "(=gone", "x=unknown"])
def test_a_pattern_that_cannot_be_read_is_named(text):
    with pytest.raises(BadSetting, match=r"--fault"):
        read_rules([], [text])


def test_an_address_fails_at_most_twice_in_a_row():
    faults = Faults(1, read_rules(["500=1"], []))
    for number in range(50):
        told = decided(faults, url=f"{URL}?{number}")
        assert None in told[:3]
        assert told[0] == "500"


def test_each_signal_has_the_share_of_addresses_that_is_given():
    rules = read_rules(["signals=0.25", "reset=0.5"], [])
    assert {rule.fault.name: rule.rate for rule in rules} == dict.fromkeys(SIGNALS, 0.25) | {"reset": 0.5}
    assert not {"gone", "bare-404", "legacy-ban"} & set(SIGNALS)


def test_an_address_may_fail_always():
    assert decided(Faults(1, read_rules(["500=1:always"], []))) == ["500"] * 9
    assert decided(Faults(1, read_rules([], ["questions/24=gone:always"]))) == ["gone"] * 9


def test_a_rate_is_a_share_of_all_addresses():
    faults = Faults(1, read_rules(["429=0.2"], []))
    hit = [faults.decide(f"{URL}?{number}", of="list") for number in range(5_000)]
    assert 0.17 < sum(fault is not None for fault in hit) / 5_000 < 0.23


def test_a_pattern_is_found_anywhere_in_the_address():
    faults = Faults(1, read_rules([], [r"offset=40\b=500"]))
    assert decided(faults, 1, f"{URL}/answers?offset=40") == ["500"]
    assert decided(faults, 1, f"{URL}/answers?offset=400") == [None]


def test_the_same_seed_decides_the_same():
    def told(seed):
        faults = Faults(seed, read_rules(["500=0.3", "429=0.3"], []))
        return [decided(faults, 3, f"{URL}?{number}") for number in range(100)]

    assert told(1) == told(1)
    assert told(1) != told(2)


def test_two_faults_take_turns_and_a_retry_succeeds():
    faults = Faults(1, read_rules(["500=1", "429=1"], []))
    told = decided(faults, 20)
    assert None in told
    assert {"500", "429"} <= set(told)
    assert any(before != after for before, after in pairwise(told))


@pytest.mark.parametrize(
    ("name", "of", "befalls"),
    [
        ("unhuman", "thing", False),
        ("unhuman", "list", False),
        ("unhuman", "page", True),
        ("hit-labels", "thing", True),
        ("hit-labels", "list", True),
        ("hit-labels", "page", False),
        ("force-login", "page", False),
        ("force-login", "thing", False),
        ("force-login", "list", True),
        ("truncated-content", "thing", True),
        ("truncated-content", "list", True),
        ("truncated-content", "page", False),
        ("code-40352", "page", True),
        ("reset", "list", True),
    ],
)
def test_a_fault_befalls_only_what_it_can(name, of, befalls):
    faults = Faults(1, read_rules([f"{name}=1"], []))
    assert (decided(faults, 1, of=of) == [name]) is befalls


@pytest.mark.parametrize(
    ("name", "status", "sign"),
    [
        ("429", 429, ""),
        ("500", 500, ""),
        ("502", 502, ""),
        ("503", 503, ""),
        ("login-redirect", 302, ""),
        ("unhuman-redirect", 302, ""),
        ("unhuman", 200, '"appName":"unhuman"'),
        ("code-40362", 403, "40362"),
        ("code-40352", 403, "/account/unhuman?type=S6E3V1"),
        ("code-40353", 403, "/account/unhuman?type=U4E3Z1"),
        ("code-10003", 403, "10003"),
        ("code-10003-400", 400, "10003"),
        ("code-100", 401, "AuthenticationInvalidRequest"),
        ("code-101", 401, "ZERR_NOT_LOGIN"),
        ("code-602", 401, "第三方应用无此权限"),
        ("code-120017", 403, "120017"),
        ("user-limited", 400, "该用户暂时被反作弊限制"),
        ("hit-labels", 400, '{"HitLabels":null}'),
        ("zse-ck", 403, '<meta id="zh-zse-ck"'),
        ("gone", 404, "4041"),
        ("bare-404", 404, ""),
        ("error-200", 200, '"error"'),
        ("wasteland", 200, "没有知识存在的荒原"),
        ("empty-page", 200, "<html>"),
        ("legacy-block", 200, "unblock-dialog-template"),
        ("legacy-ban", 200, "ProfileBan-title"),
    ],
)
def test_a_refusal_is_worded_as_the_site_words_it(name, status, sign):
    block = BLOCKS[name]
    assert block.status == status
    assert sign in block.body


LISTING = {"data": [1, 2, 3, 4], "paging": {"is_end": False, "totals": 40}}


@pytest.mark.parametrize(
    ("name", "data", "is_end"),
    [("force-login", [], True), ("need-force-login", [], False), ("ends-early", [1, 2, 3], True)],
)
def test_a_listing_may_be_kept_back_behind_an_honest_face(name, data, is_end):
    reply = reshape(name, LISTING)
    assert (reply["data"], reply["paging"]["is_end"], reply["paging"]["totals"]) == (data, is_end, 40)
    assert LISTING["data"] == [1, 2, 3, 4]


def test_a_reply_that_is_no_listing_stays_as_it_is():
    assert all(reshape(name, {"id": "1"}) == {"id": "1"} for name in RESHAPED)


@pytest.mark.parametrize(
    ("wrap", "unwrap"),
    [
        (lambda thing: thing, lambda reply: reply),
        (lambda thing: {"data": [thing]}, lambda reply: reply["data"][0]),
        (lambda thing: {"data": [{"target": thing}]}, lambda reply: reply["data"][0]["target"]),
        (lambda thing: {"data": [{"content": thing}]}, lambda reply: reply["data"][0]["content"]),
    ],
)
def test_a_body_may_be_cut_behind_an_honest_face(wrap, unwrap):
    cut = unwrap(reshape("truncated-content", wrap({"content": "x" * 100})))
    assert (len(cut["content"]), cut["content_need_truncated"]) == (60, True)


def test_every_fault_can_be_asked_for():
    assert [rule.fault.name for rule in read_rules([f"{name}=1" for name in sorted(FAULT_NAMES)], [])] == sorted(
        FAULT_NAMES
    )
