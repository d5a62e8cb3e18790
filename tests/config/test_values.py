from __future__ import annotations

import pytest
from scrapy.settings import Settings

from zhihu_crawler.config._values import read_flag, read_number
from zhihu_crawler.errors import BadSetting


@pytest.mark.parametrize(("given", "number"), [("2.5", 2.5), (0, 0.0), ("", 7.0), (None, 7.0), ("10", 10.0)])
def test_a_number_is_read_and_what_is_empty_is_the_default(given: object, number: float):
    assert read_number(Settings({"N": given}), "N", 7.0, most=10) == number


@pytest.mark.parametrize("given", ["x", "-1", 11, "nan", [], "1,5"])
def test_a_number_out_of_bounds_is_named_with_its_bounds(given: object):
    with pytest.raises(BadSetting, match=r"N \(.*\) must be a number, 0 to 10"):
        read_number(Settings({"N": given}), "N", 7.0, most=10)


def test_without_an_upper_bound_the_message_names_the_lower_one():
    with pytest.raises(BadSetting, match=r"N \('0'\) must be a number, 1 or more"):
        read_number(Settings({"N": "0"}), "N", 7.0, least=1)


@pytest.mark.parametrize("given", ["maybe", "ja"])
def test_a_flag_is_0_or_1(given: str):
    with pytest.raises(BadSetting, match=r"F \('.*'\) must be 0 or 1"):
        read_flag(Settings({"F": given}), "F")
