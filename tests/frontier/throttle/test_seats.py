from __future__ import annotations

import asyncio
import gc

import pytest
from scrapy import Request

from zhihu_crawler.frontier.throttle.seats import BUDGET, GUEST, SITE_SLOT, Seats, budget_of, slot_of

URL = "https://www.zhihu.com/question/1"


@pytest.mark.parametrize(
    ("meta", "budget", "slot"),
    [
        ({}, GUEST, SITE_SLOT),
        ({BUDGET: None}, GUEST, SITE_SLOT),
        ({BUDGET: ""}, GUEST, SITE_SLOT),
        ({BUDGET: "mine"}, "mine", f"{SITE_SLOT}/mine"),
    ],
)
def test_a_request_says_who_asks_and_each_has_a_slot(meta: dict[str, str], budget: str, slot: str):
    assert budget_of(meta) == budget
    assert slot_of(budget) == slot


def test_no_more_sit_than_there_are_seats_and_who_came_first_sits_first():
    async def main():
        seats, seated = Seats(2), []
        requests = [Request(f"{URL}{number}") for number in range(4)]

        async def sit(number: int):
            await seats.take("slot", requests[number])
            seated.append(number)

        tasks = [asyncio.ensure_future(sit(number)) for number in range(4)]
        await asyncio.sleep(0)
        assert seated == [0, 1]
        seats.give_back(requests[1])
        seats.give_back(requests[1])
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert seated == [0, 1, 2]
        seats.give_back(requests[0])
        await asyncio.gather(*tasks)
        assert seated == [0, 1, 2, 3]
        assert [seats.is_done(request) for request in requests] == [True, True, False, False]

    asyncio.run(main())


@pytest.mark.parametrize(("slot", "count"), [("any", 3), ("own", 2), ("none", 1)])
def test_a_slot_has_its_own_number_or_that_of_all_and_at_least_one(slot: str, count: int):
    assert Seats(3, {"own": 2, "none": 0}).count(slot) == count


def test_slots_do_not_share_seats():
    async def main():
        seats, one, other = Seats(), Request(URL), Request(URL)
        await seats.take("one", one)
        await asyncio.wait_for(seats.take("other", other), 1)

    asyncio.run(main())


def test_a_request_that_vanished_frees_its_seat():
    async def main():
        seats, after = Seats(), Request(URL)
        await seats.take("slot", Request(URL))
        gc.collect()
        await asyncio.wait_for(seats.take("slot", after), 1)

    asyncio.run(main())


def test_who_gives_up_waiting_keeps_nobody_from_a_seat():
    async def main():
        seats, one, other, third = Seats(), Request(URL), Request(URL), Request(URL)
        await seats.take("slot", one)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(seats.take("slot", other), 0.01)
        seats.give_back(one)
        await asyncio.wait_for(seats.take("slot", third), 1)

    asyncio.run(main())
