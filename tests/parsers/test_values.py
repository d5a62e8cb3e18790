from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhihu_crawler.parsers import values

ANYTHING = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=()))  # lone surrogates too
    | st.text("0123456789.,:-kKwW万亿 +T", max_size=12)
    | st.lists(st.integers(), max_size=2)
    | st.dictionaries(st.text(max_size=2), st.none(), max_size=2)
)


NOT_NUMBERS = [math.nan, math.inf, -math.inf, 1.5, -1, -1.0, True, False, [], {}, b"7", 10**30, 1e300]


CAPTURED = datetime(2016, 3, 1, 4, 30, tzinfo=UTC)  # half past noon in China


def test_a_value_is_told_briefly_however_long_or_deep():
    deep: list[object] = []
    for _ in range(5000):
        deep = [deep]
    for value in (deep, {"a": deep}, "x" * 10**6, ["x" * 200] * 200, 10**100, object()):
        assert len(values.brief(value)) < 400
    assert values.brief({"a": [1, "知"]}) == "{'a': [1, '知']}"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (0, 0),
        (7, 7),
        (7.0, 7),
        ("7", 7),
        (" 7 ", 7),
        ("20,437", 20437),
        ("1,234,567", 1234567),
        (2**62, 2**62),
    ],
)
def test_a_whole_number_is_read(value, expected):
    assert values.read_int(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        *NOT_NUMBERS,
        "",
        " ",
        "-7",
        "+7",
        "7.0",
        "7e3",
        "７",
        "²",
        "0x7",
        "1_000",
        "1,2",
        "12,34",
        ",7",
        "7 条",
        "9" * 5000,
    ],
)
def test_what_is_no_whole_number_is_refused(value):
    with pytest.raises(ValueError, match=r"is no (whole number|count)|digits"):
        values.read_int(value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, None),
        ("", None),
        (" \n", None),
        ("添加评论", 0),
        ("暂无评论", 0),
        ("0", 0),
        ("1164", 1164),
        ("20,437", 20437),
        ("16K", 16_000),
        ("16k", 16_000),
        ("2.5K", 2_500),
        ("1.2 万", 12_000),
        ("1.1万", 11_000),
        ("10 万+", 100_000),
        ("12W", 120_000),
        ("1.2 亿", 120_000_000),
        ("999+", 999),
        ("160 条评论", 160),
        ("赞同 1.2 万", 12_000),
        ("查看全部 621 个回答", 621),
        ("等 20,437 人赞同了该回答", 20437),
        ("(12)", 12),
        ("3 weeks", 3),  # no factor: the letter belongs to a word
    ],
)
def test_a_label_shows_a_number(text, expected):
    assert values.read_count(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "赞同",
        "N 人",
        "评论",
        "-5",
        "1,2",
        "1,234,5",
        "1.2.3",
        "3.5",
        "1.23456 万",
        "1/5",
        "2015-03-01",
        "15:05",
        "²",
        "9" * 30,
        "9" * 5000,
        "99999999999999 亿",
    ],
)
def test_a_label_without_one_clear_number_is_refused(text):
    with pytest.raises(ValueError, match="shows no"):
        values.read_count(text)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, None), (True, True), (False, False), (1, True), (0, False), ("1", True), ("0", False)],
)
def test_a_flag_is_read(value, expected):
    assert values.read_bool(value) is expected


@pytest.mark.parametrize("value", ["", "true", "False", 2, -1, "10", [], {}, math.nan])
def test_what_is_no_flag_is_refused(value):
    with pytest.raises(ValueError, match="is no flag"):
        values.read_bool(value)


@pytest.mark.parametrize("value", [None, "", " 文 ", "<b>"])
def test_text_is_kept_as_it_is(value):
    assert values.read_text(value) == value


@pytest.mark.parametrize("value", [0, 7, False, [], {}, b"x"])
def test_what_is_no_text_is_refused(value):
    with pytest.raises(ValueError, match="is no text"):
        values.read_text(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        ("", None),
        (19550225, "19550225"),
        (1890123456789012345, "1890123456789012345"),
        ("1890123456789012345", "1890123456789012345"),
        (" some-one ", "some-one"),
        ("9" * 40, "9" * 40),
    ],
)
def test_an_id_is_text_of_any_length(value, expected):
    assert values.read_id(value) == expected


@pytest.mark.parametrize("value", [1.5, 1.890123456789012e18, True, False, -7, " ", [], {}, math.nan])
def test_an_id_that_may_have_lost_digits_is_refused(value):
    with pytest.raises(ValueError, match="is no id"):
        values.read_id(value)


@given(value=ANYTHING)
@pytest.mark.parametrize(
    ("read", "kind"),
    [
        (values.read_int, int),
        (values.read_bool, bool),
        (values.read_text, str),
        (values.read_id, str),
        (values.read_time, datetime),
    ],
)
def test_a_reader_of_any_value_gives_its_kind_or_nothing_or_a_value_error(read, kind, value):
    try:
        result = read(value)
    except ValueError:
        return
    assert result is None or type(result) is kind


@given(st.none() | st.text(st.characters(exclude_categories=())) | st.text("0123456789.,:-kKwW万亿 +天昨", max_size=16))
def test_a_reader_of_labels_gives_a_sound_value_or_a_value_error(text):
    for read in (values.read_count, lambda label: values.read_date_label(label, CAPTURED)):
        try:
            result = read(text)
        except ValueError:
            continue
        if isinstance(result, tuple):
            assert 2009 < result[0].year < 2101
        else:
            assert result is None or 0 <= result < 2**63


@given(st.integers(0, 2**63 - 1))
def test_a_number_reads_the_same_with_and_without_commas(number):
    assert values.read_int(f"{number:,}") == values.read_int(number) == number
    assert values.read_count(f"{number:,} 条评论") == number


@given(st.datetimes(datetime(2011, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001  # hypothesis wants naive bounds
def test_a_moment_reads_the_same_in_every_form(moment):
    moment = moment.replace(microsecond=0)
    seconds = int(moment.timestamp())
    in_china = moment.astimezone(values.CHINA).isoformat()
    assert {values.read_time(form) for form in (seconds, str(seconds), seconds * 1000, in_china)} == {moment}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, None),
        ("", None),
        (" \n\u200b ", None),
        ("  一 \n 二\u200b三  ", "一 二 三"),
        ("一\u3000二", "一 二"),
    ],
)
def test_white_space_of_a_label_is_folded(text, expected):
    assert values.squeeze(text) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (None, None),
        ("", ""),
        ("如何看待", "如何看待"),
        ("如何<em>看待</em> A &amp; B", "如何看待 A & B"),
        ("1 < 2", "1 < 2"),
    ],
)
def test_the_marks_of_a_search_are_taken_out_of_a_title(html, expected):
    assert values.plain_text(html) == expected
