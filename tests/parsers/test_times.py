"""Moments and dates, from numbers and from labels."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from tests.parsers.test_values import CAPTURED, NOT_NUMBERS
from zhihu_crawler.items import Precision
from zhihu_crawler.parsers import values


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (0, None),
        ("", None),
        ("0", None),
        (1411567255, datetime(2014, 9, 24, 14, 0, 55, tzinfo=UTC)),
        ("1411567255", datetime(2014, 9, 24, 14, 0, 55, tzinfo=UTC)),
        (1411567255.0, datetime(2014, 9, 24, 14, 0, 55, tzinfo=UTC)),
        (1411567255123, datetime(2014, 9, 24, 14, 0, 55, 123000, tzinfo=UTC)),
        ("2018-01-29T02:30:33.000Z", datetime(2018, 1, 29, 2, 30, 33, tzinfo=UTC)),
        ("2016-03-01T12:30:00+08:00", datetime(2016, 3, 1, 4, 30, tzinfo=UTC)),
        (" 2016-03-01T12:30:00+08:00 ", datetime(2016, 3, 1, 4, 30, tzinfo=UTC)),
        ("2016-03-01T12:30:00", datetime(2016, 3, 1, 4, 30, tzinfo=UTC)),  # no offset: China's time
        ("2016-03-01", datetime(2016, 2, 29, 16, 0, tzinfo=UTC)),
    ],
)
def test_a_moment_is_read_as_utc(value, expected):
    moment = values.read_time(value)
    assert moment == expected
    assert moment is None or moment.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "value",
    [
        *NOT_NUMBERS,
        1,
        86400,
        141156725,
        99_999_999_999,
        9_999_999_999_999,
        "soon",
        "2016-13-01",
        "1999-12-31",
        "2100-01-02",
        "0001-01-01T00:00:00+08:00",
        "9999-12-31T23:59:59-08:00",
        "１４１１５６７２５５",
        "²",
        "20160301",
    ],
)
def test_what_is_no_time_since_zhihu_opened_is_refused(value):
    with pytest.raises(ValueError, match=r"is no (time|whole number|count)"):
        values.read_time(value)


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        (None, None),
        ("  ", None),
        ("编辑于 2014-09-25", (datetime(2014, 9, 24, 16, tzinfo=UTC), Precision.DAY)),
        ("发布于 2015-2-7", (datetime(2015, 2, 6, 16, tzinfo=UTC), Precision.DAY)),
        ("发布于 2018-01-29 10:30", (datetime(2018, 1, 29, 2, 30, tzinfo=UTC), Precision.MINUTE)),
        ("编辑于 15:05", (datetime(2016, 3, 1, 7, 5, tzinfo=UTC), Precision.MINUTE)),
        ("发布于 昨天 15:05", (datetime(2016, 2, 29, 7, 5, tzinfo=UTC), Precision.MINUTE)),
        ("编辑于 昨天", (datetime(2016, 2, 28, 16, tzinfo=UTC), Precision.DAY)),
        ("今天 00:00", (datetime(2016, 2, 29, 16, tzinfo=UTC), Precision.MINUTE)),
    ],
)
def test_a_date_label_is_read_in_chinas_time(label, expected):
    assert values.read_date_label(label, CAPTURED) == expected


@pytest.mark.parametrize("label", ["编辑于 15:05", "昨天", "发布于 昨天 15:05", "今天 08:00"])
def test_a_date_told_from_an_unknown_day_is_not_made_up(label):
    assert values.read_date_label(label, None) is None


def test_yesterday_is_counted_from_chinas_midnight_not_utcs():
    late_in_utc = datetime(2016, 2, 29, 17, 0, tzinfo=UTC)  # one in the morning of 1 March in China
    assert values.read_date_label("昨天", late_in_utc) == (datetime(2016, 2, 28, 16, tzinfo=UTC), Precision.DAY)
    same_moment = late_in_utc.astimezone(timezone(timedelta(hours=-8)))
    assert values.read_date_label("昨天", same_moment) == values.read_date_label("昨天", late_in_utc)


@pytest.mark.parametrize(
    "label",
    [
        "编辑于",
        "很久以前",
        "2 小时前",
        "编辑于 2014-13-25",
        "2014-02-30",
        "12014-09-25",
        "2014-09-255",
        "编辑于 25:05",
        "昨天 15:75",
        "0001-01-01",
        "1999-01-01",
        "2014-09-25 25:00",
    ],
)
def test_a_label_that_tells_no_date_is_refused(label):
    with pytest.raises(ValueError, match=r"."):
        values.read_date_label(label, CAPTURED)
