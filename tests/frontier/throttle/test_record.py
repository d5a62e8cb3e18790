"""Tokens and turns, on a clock of the test's own: never too many, nobody passed over, nothing lost for good."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhihu_crawler.frontier.throttle.record import EARLY, LEASE, SLACK, Change, Record, Terms

WORKERS = [f"w{number}" for number in range(5)]


class Desk:
    """A record and its clock; ``gone`` are the moments at which a worker was let go."""

    def __init__(self, terms: Terms, now: float = 1000.0) -> None:
        self.terms, self.now = terms, now
        self.record = Record.new(now, terms)
        self.gone: list[float] = []

    def take(self, worker: str = "w0") -> float:
        self.record.settle(self.now, self.terms)
        wait = self.record.take(worker, self.terms)
        if wait == 0:
            self.gone.append(self.now)
        return wait

    def write(self, **change: Any) -> None:
        self.record.settle(self.now, self.terms)
        self.record.write(Change(**{"rate": self.terms.rate, "knee": 0.0, "strikes": 0, "reason": "x"} | change))

    def read(self) -> Any:
        self.record.settle(self.now, self.terms)
        return self.record.read(self.terms)


def most_in_a_row(moments: list[float], rate: float) -> float:
    """Return by how much the busiest window exceeds what its length allows: that is the burst which there was."""
    return max(
        (last - first + 1 - rate * (moments[last] - moments[first]))
        for first in range(len(moments))
        for last in range(first, len(moments))
    )


rates = st.sampled_from([0.02, 0.5, 1.0, 7.0, 50.0])
bursts = st.sampled_from([1.0, 2.0, 2.5, 10.0])
visits = st.lists(
    st.tuples(st.sampled_from(["take", "take", "take", "leave"]), st.sampled_from(WORKERS), st.floats(0, 3)),
    max_size=60,
)


@given(rate=rates, burst=bursts, visits=visits)
def test_no_window_sees_more_than_the_burst_and_the_rate_whoever_comes_when(rate: float, burst: float, visits: Any):
    desk = Desk(Terms(rate=rate, rate_min=rate, burst=burst))
    for what, worker, intervals in visits:
        desk.now += intervals / rate
        if what == "take":
            desk.take(worker)
        else:
            desk.record.settle(desk.now, desk.terms)
            desk.record.leave(worker)

    assert not desk.gone or most_in_a_row(desk.gone, rate) <= burst + SLACK + 1e-6


@given(rate=rates, burst=bursts, pauses=st.lists(st.floats(0, 20), max_size=40), workers=st.integers(1, 5))
def test_workers_that_come_when_they_are_told_never_see_more_at_all(
    rate: float, burst: float, pauses: list[float], workers: int
):
    desk = Desk(Terms(rate=rate, rate_min=rate, burst=burst))
    for pause in pauses:
        desk.now += pause / rate
        waiting = {name: desk.now + desk.take(name) for name in WORKERS[:workers]}
        while waiting := {name: at for name, at in waiting.items() if at > desk.now}:
            name = min(waiting, key=waiting.__getitem__)
            desk.now = min(waiting[name], desk.now + LEASE / 2)
            for other in waiting:  # all that wait are heard of in time
                waiting[other] = desk.now + desk.take(other)

    assert not desk.gone or most_in_a_row(desk.gone, rate) <= burst + rate * EARLY + 1e-6


@given(rate=rates, workers=st.integers(1, 5), rounds=st.integers(2, 8))
def test_among_workers_that_always_want_more_each_goes_once_a_round(rate: float, workers: int, rounds: int):
    desk = Desk(Terms(rate=rate, rate_min=rate))
    names = WORKERS[:workers]
    due = dict.fromkeys(names, desk.now)
    order = []
    while len(order) < workers * rounds:
        name = min(due, key=due.__getitem__)
        desk.now = max(desk.now, due[name])
        wait = desk.take(name)
        due[name] = desk.now + min(wait, 1.0)
        if wait == 0:
            order.append(name)
            due[name] += 1e-6

    assert {name: order.count(name) for name in names} == dict.fromkeys(names, rounds)
    rest = order[workers:]
    for start in range(0, len(rest) - workers + 1, workers):
        assert len(set(rest[start : start + workers])) == workers
    assert desk.gone[-1] - desk.gone[0] == pytest.approx((workers * rounds - 1) / rate, rel=0.01, abs=0.01)


def test_after_a_quiet_time_the_burst_may_go_at_once_and_no_more():
    desk = Desk(Terms(rate=1, rate_min=1, burst=4))
    desk.take()
    desk.now += 3600
    assert [desk.take(name) for name in (*WORKERS[:4], "late")] == [0, 0, 0, 0, pytest.approx(1)]


def test_a_new_budget_has_one_token_and_no_burst():
    desk = Desk(Terms(rate=1, rate_min=1, burst=4))
    assert [desk.take("a"), desk.take("b")] == [0, pytest.approx(1)]


def test_a_turn_is_kept_for_who_waits_and_asks_again():
    desk = Desk(Terms(rate=0.1, rate_min=0.1))
    desk.take("a")
    assert desk.take("b") == pytest.approx(10)
    assert desk.take("c") == pytest.approx(20)
    for _ in range(9):
        desk.now += 1
        desk.take("b")
        desk.take("c")
    desk.now += 1
    assert desk.take("c") == pytest.approx(10)
    assert desk.take("b") == 0


def test_a_dead_worker_costs_its_turn_once():
    desk = Desk(Terms(rate=1, rate_min=1))
    desk.take("alive")
    desk.take("dies")
    assert desk.take("alive") == pytest.approx(2)  # behind the one that will not come
    desk.now += 2
    assert desk.take("alive") == 0
    assert desk.take("alive") == pytest.approx(1)


def test_workers_that_die_over_and_over_do_not_put_the_others_off():
    desk = Desk(Terms(rate=0.1, rate_min=0.1))
    for crash in range(200):
        desk.now += 1
        desk.take(f"crashed-{crash}")
    desk.now += LEASE + 0.1
    assert desk.take("alive") <= 10 * (LEASE + 1)


def test_a_turn_given_back_is_the_next_ones():
    desk = Desk(Terms(rate=0.1, rate_min=0.1))
    desk.take("a")
    desk.take("b")
    desk.record.leave("b")
    assert desk.take("c") == pytest.approx(10)


def test_who_comes_late_goes_when_there_is_a_token_and_the_others_keep_their_distance():
    desk = Desk(Terms(rate=1, rate_min=1))
    desk.take("a")
    assert [desk.take("late"), desk.take("c"), desk.take("d")] == pytest.approx([1, 2, 3])
    desk.now += 2
    assert desk.take("c") == 0  # the late one's token
    assert desk.take("late") == pytest.approx(0.5)
    assert desk.take("d") == pytest.approx(1.5)
    desk.now += 0.5
    assert desk.take("late") == 0
    desk.now += 1
    assert desk.take("d") == 0


def test_a_burst_makes_good_what_a_late_worker_lost():
    desk = Desk(Terms(rate=1, rate_min=1, burst=2))
    desk.take("a")
    assert [desk.take("late"), desk.take("c")] == pytest.approx([1, 2])
    desk.now += 2
    assert [desk.take("c"), desk.take("late")] == [0, 0]
    assert desk.take("d") == pytest.approx(1)


@pytest.mark.parametrize("jump", [-1e6, -3600, -0.7])
def test_a_clock_that_is_put_back_makes_nobody_wait_longer(jump: float):
    desk = Desk(Terms(rate=1, rate_min=1))
    desk.take("a")
    desk.take("b")
    desk.write(pause=30.0)
    desk.now += 10
    assert desk.read().paused == pytest.approx(20)
    desk.now += jump
    assert desk.read().paused == pytest.approx(20)
    desk.now += 20
    assert [desk.take("a"), desk.take("b")] == [0, pytest.approx(1)]
    desk.now += jump
    assert desk.take("b") == pytest.approx(1)


@given(jumps=st.lists(st.sampled_from([-1e6, -50.0, -1.0, 1.0, 50.0, 1e6]), min_size=1, max_size=5))
def test_a_clock_that_jumps_gives_at_most_one_burst_for_each_jump(jumps: list[float]):
    terms, true_time, gone = Terms(rate=1, rate_min=1, burst=3), 0.0, 0
    desk = Desk(terms)
    for jump in jumps:
        for _ in range(20):
            true_time += 0.5
            desk.now += 0.5
            gone += sum(desk.take(worker) == 0 for worker in WORKERS)
        desk.now += jump
    assert gone <= 3 * (len(jumps) + 1) + true_time


def test_a_pause_ends_all_turns_and_leaves_one_token_for_its_end():
    desk = Desk(Terms(rate=1, rate_min=0.1, burst=5))
    desk.now += 100
    desk.take("a")
    desk.write(pause=60.0, rate=0.5)
    assert desk.take("a") == pytest.approx(60)
    desk.now += 59
    assert desk.take("b") == pytest.approx(1)
    desk.now += 1
    assert [desk.take("a"), desk.take("b"), desk.take("c")] == [0, pytest.approx(2), pytest.approx(4)]


def test_a_longer_pause_counts_and_a_shorter_one_changes_nothing():
    desk = Desk(Terms(rate=1, rate_min=0.1))
    desk.write(pause=60.0)
    desk.write(pause=10.0, is_cut=False)
    assert desk.read().paused == pytest.approx(60)
    desk.write(pause=90.0, is_cut=False)
    assert desk.read().paused == pytest.approx(90)


def test_a_cut_begins_an_epoch_and_empties_the_bucket():
    desk = Desk(Terms(rate=10, rate_min=0.1, burst=5))
    desk.now += 100
    before = desk.read()
    desk.write(rate=0.5)
    after = desk.read()
    assert (after.epoch - before.epoch, after.version - before.version) == (1, 1)
    assert after.effective == 0.5
    assert desk.take() == pytest.approx(2)


def test_a_step_up_begins_no_epoch():
    desk = Desk(Terms(rate=10, rate_min=0.1))
    desk.write(rate=0.5, is_cut=False)
    assert (desk.read().epoch, desk.read().version) == (0, 1)


@pytest.mark.parametrize(
    ("latency", "rate"),
    [(0.1, 1.0), (1.0, 1.0), (4.0, 0.25), (1e9, 0.01)],
)
def test_no_more_requests_are_under_way_than_the_concurrency_says(latency: float, rate: float):
    desk = Desk(Terms(rate=1, rate_min=0.01, concurrency=1.0, start_latency=latency))
    assert desk.read().effective == pytest.approx(rate)


def test_what_grows_slower_is_believed_sooner_than_what_grows_faster():
    slow, fast = Record.new(0, Terms(1, 1, start_latency=1)), Record.new(0, Terms(1, 1, start_latency=3))
    slow.learn(3)
    fast.learn(1)
    assert slow.latency - 1 > 3 - fast.latency > 0


def test_a_latency_of_nothing_leaves_a_latency():
    terms = Terms(5, 1, concurrency=1)
    record = Record.new(0, terms)
    for _ in range(1000):
        record.learn(0.0)
    assert record.effective(terms) == 5


def test_the_counting_of_windows_sees_a_burst():
    assert most_in_a_row([0.0, 0.0, 0.0, 5.0], 1.0) == 3
