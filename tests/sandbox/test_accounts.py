from __future__ import annotations

import pytest

from zhihu_crawler.errors import BadSetting
from zhihu_crawler.sandbox.accounts import Accounts, Rules, read_pair
from zhihu_crawler.sandbox.signin import EXPIRED, SCANNED, WAITING, Codes


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


def asked(accounts, z_c0, times):
    return [accounts.ask(z_c0) for _ in range(times)]


def test_the_same_seed_gives_the_same_sessions():
    first, again, other = (Accounts(seed, Rules()) for seed in (1, 1, 2))
    assert first.log_in(3) == again.log_in(3) != other.log_in(3)
    assert first.log_in(3) != again.log_in(4)
    assert [login["account"] for login in first.told()] == [3, 3]


def test_where_any_cookie_is_a_login_each_is_another_account():
    accounts = Accounts(1, Rules())
    assert [accounts.who(value) for value in ("x", "y", "x", None)] == [1, 2, 1, None]


def test_else_only_what_was_given_out_is():
    accounts = Accounts(1, Rules("optional"))
    assert accounts.who("x") is None
    assert accounts.who(accounts.log_in(5)) == 5


def test_a_session_ends_after_so_many_requests():
    accounts = Accounts(1, Rules("required", requests=3))
    value, other = accounts.log_in(1), accounts.log_in(1)
    assert asked(accounts, value, 4) == [True, True, True, False]
    assert (accounts.who(value), accounts.who(other)) == (None, 1)


def test_a_session_ends_when_it_is_told_to():
    accounts = Accounts(1, Rules("required"))
    values = [accounts.log_in(account) for account in (1, 1, 2)]
    assert accounts.expire(1) == 2
    assert accounts.expire(1) == 0
    assert [accounts.who(value) for value in values] == [None, None, 2]


def test_a_session_is_refused_by_count_and_then_good_again():
    accounts = Accounts(1, Rules(limit=(3, 2)))
    assert asked(accounts, "x", 8) == [True, True, True, False, False, True, True, True]
    assert asked(accounts, "y", 1) == [True]


def test_a_session_is_refused_by_time_and_then_good_again():
    clock = Clock()
    accounts = Accounts(1, Rules(rate=(2, 10.0)), clock=clock)
    assert asked(accounts, "x", 3) == [True, True, False]
    clock.now += 9
    assert asked(accounts, "x", 1) == [False]
    clock.now += 1
    assert asked(accounts, "x", 2) == [True, True]
    clock.now += 6
    assert asked(accounts, "y", 1) == [True]
    assert asked(accounts, "x", 1) == [False]


def test_a_session_is_renewed_and_the_old_cookie_is_good_a_while():
    accounts = Accounts(1, Rules(renew=2))
    old = accounts.log_in(1)
    assert (accounts.ask(old), accounts.renewed(old)) == (True, None)
    assert accounts.ask(old)
    new = accounts.renewed(old)
    assert new != old
    assert (accounts.who(new), accounts.renewed(old)) == (1, None)
    assert asked(accounts, old, 3) == [True, True, False]
    assert accounts.who(old) is None
    assert asked(accounts, new, 2) == [True, True]
    assert accounts.renewed(new) is not None


def test_no_more_sessions_are_remembered_than_there_is_room_for(monkeypatch):
    monkeypatch.setattr("zhihu_crawler.sandbox.accounts.MOST_LOGINS", 3)
    accounts = Accounts(1, Rules("optional"))
    values = [accounts.log_in(account) for account in range(1, 6)]
    assert [accounts.who(value) for value in values] == [None, None, 3, 4, 5]


@pytest.mark.parametrize("text", ["", "5", "0:1", "1:0", "-1:5", "x:1", "1:x", "1:1e9", "1:nan"])
def test_what_is_no_pair_is_told(text):
    with pytest.raises(BadSetting, match="--session-limit"):
        read_pair(text, "--session-limit")


def test_a_code_is_scanned_then_confirmed_then_gone():
    codes = Codes(1, 60, clock=Clock())
    token = codes.make()
    assert (codes.status(token), codes.collect(token)) == (WAITING, None)
    assert codes.scan(token, 7, confirm=False)
    assert (codes.status(token), codes.collect(token)) == (SCANNED, None)
    assert codes.scan(token, 7)
    assert codes.collect(token) == 7
    assert (codes.status(token), codes.collect(token)) == (EXPIRED, None)


def test_a_code_that_is_too_old_is_scanned_by_nobody():
    clock = Clock()
    codes = Codes(1, 60, clock=clock)
    scanned, confirmed, unseen = codes.make(), codes.make(), codes.make()
    codes.scan(scanned, 1, confirm=False)
    codes.scan(confirmed, 1)
    clock.now += 61
    assert [codes.status(token) for token in (scanned, confirmed, unseen, "none")] == [EXPIRED] * 4
    assert codes.collect(confirmed) is None
    assert not codes.scan(unseen, 1)
    assert codes.find(unseen) is not None


def test_no_more_codes_are_remembered_than_there_is_room_for(monkeypatch):
    monkeypatch.setattr("zhihu_crawler.sandbox.signin.MOST_CODES", 2)
    codes = Codes(1, 60)
    tokens = [codes.make() for _ in range(3)]
    assert [codes.find(token) is not None for token in tokens] == [False, True, True]
