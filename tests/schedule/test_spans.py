from __future__ import annotations

from datetime import timedelta

import pytest

from zhihu_crawler.schedule.spans import read_span, tell_span


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("15m", 900), ("12h", 43_200), ("7d", 604_800), ("2w", 1_209_600), ("1h30m", 5400), ("0s", 0)],
)
def test_a_length_of_time_is_read(text, seconds):
    assert read_span(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "15", "m", "15 m", "-5m", "1.5h", "5min", "٣m", "999999999w", "1h 30m"])
def test_what_is_none_is_refused(text):
    with pytest.raises(ValueError, match="must be a length of time"):
        read_span(text)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0, "0 s"), (-3, "0 s"), (59.6, "1 min"), (61, "1 min 1 s"), (3600, "1 h"), (90_061, "1 d 1 h"), (86_460, "1 d")],
)
def test_a_length_of_time_is_told_in_its_two_largest_units(seconds, told):
    assert tell_span(seconds) == told
