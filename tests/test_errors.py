from __future__ import annotations

import inspect
import re

import pytest

from zhihu_crawler import errors
from zhihu_crawler.errors import (
    BadQuery,
    BadSchedule,
    BadSeed,
    BadSession,
    BadSetting,
    Block,
    BlockedError,
    BrowserError,
    ChannelError,
    DamagedPageError,
    ExportError,
    FieldError,
    GoneError,
    HiddenError,
    LayoutUnknownError,
    OverloadedError,
    PageError,
    RecordError,
    RefusedError,
    RunError,
    ScheduleError,
    SiteError,
    SpooledError,
    StoreError,
    UnreachableError,
    WrongPageError,
    ZhihuError,
)

TREE = {
    BadSeed: ZhihuError,
    BadSetting: ZhihuError,
    BadSession: ZhihuError,
    BrowserError: ZhihuError,
    ExportError: ZhihuError,
    BadQuery: ExportError,
    StoreError: ZhihuError,
    UnreachableError: StoreError,
    RefusedError: StoreError,
    SpooledError: StoreError,
    ScheduleError: ZhihuError,
    BadSchedule: ScheduleError,
    RunError: ScheduleError,
    ChannelError: ScheduleError,
    PageError: ZhihuError,
    BlockedError: PageError,
    GoneError: PageError,
    HiddenError: PageError,
    SiteError: PageError,
    OverloadedError: SiteError,
    WrongPageError: PageError,
    DamagedPageError: PageError,
    LayoutUnknownError: PageError,
    RecordError: PageError,
    FieldError: RecordError,
}


@pytest.mark.parametrize(("error", "parent"), TREE.items())
def test_an_error_stands_where_the_tree_draws_it(error, parent):
    assert error.__bases__[0] is parent


def test_the_tree_at_the_top_of_the_module_names_every_error():
    drawn = re.findall(r"^[│ ]*(?:[├└]── )?(\w+)", errors.__doc__ or "", re.MULTILINE)
    defined = {name for name, value in inspect.getmembers(errors, inspect.isclass) if issubclass(value, Exception)}
    assert defined == {ZhihuError.__name__, *(error.__name__ for error in TREE)}
    assert defined <= set(drawn)


@pytest.mark.parametrize("error", [BadSeed, BadSetting])
def test_a_bad_input_can_be_caught_as_a_value_error(error):
    assert issubclass(error, ValueError)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (GoneError("x"), "gone"),
        (HiddenError("x"), "hidden"),
        (SiteError("x", code=1), "site"),
        (OverloadedError("x"), "overloaded"),
        (WrongPageError("x"), "wrongpage"),
        (DamagedPageError("x"), "damagedpage"),
        (LayoutUnknownError("x"), "layoutunknown"),
        (RecordError("x"), "record"),
        (FieldError("x"), "field"),
        (BlockedError(Block.RATE, "x"), "blocked/rate"),
        (BlockedError(Block.LOGIN, "x"), "blocked/login"),
        (BlockedError(Block.BROWSER, "x"), "blocked/browser"),
        (BlockedError(Block.ACCOUNT, "x"), "blocked/account"),
    ],
)
def test_an_error_has_a_short_reason_for_stats(error, reason):
    assert error.reason == reason


def test_an_error_of_the_site_keeps_the_sites_code_and_words():
    blocked = BlockedError(Block.LOGIN, "code 100: 请登录", code=100)
    assert (blocked.block, blocked.code, str(blocked)) == (Block.LOGIN, 100, "code 100: 请登录")
    odd = SiteError("code 7: 其他", code=7)
    assert (odd.code, str(odd)) == (7, "code 7: 其他")


@pytest.mark.parametrize("error", [BlockedError(Block.RATE, "x"), SiteError("x")])
def test_a_code_that_the_site_did_not_give_is_none(error):
    assert error.code is None
