from __future__ import annotations

import pytest
from scrapy import Request

from zhihu_crawler.frontier.book import MOST, STAGE, Book
from zhihu_crawler.frontier.codec import PUT_ASIDE
from zhihu_crawler.frontier.leases import Buried, Child, Lease, Root


def child(mark=1, how="new"):
    return Child(how, mark, 0, b"{}")


def received(book, *ids):
    for id_ in ids:
        book.receive(Lease(id_, Request(f"https://a.example/{id_}")))


def begun(book, id_):
    received(book, id_)
    request = book.begin()
    return request, book.lease(id_)


@pytest.fixture
def book():
    return Book()


def test_requests_are_given_out_in_the_order_of_the_queue(book):
    received(book, "1", "2")
    assert [book.begin().url for _ in range(2)] == ["https://a.example/1", "https://a.example/2"]
    assert book.begin() is None


def test_a_pages_children_go_with_it_and_not_before(book):
    request, lease = begun(book, "1")
    book.add(lease, Root(child()))
    assert not book.wants_exchange()
    assert book.cut(1).pages == []
    book.finish({request})
    assert not book.wants_exchange()
    book.finish(set())
    batch = book.cut(1)
    assert [(page.id, page.children) for page in batch.pages] == [("1", [child()])]


def test_what_has_no_page_goes_with_the_next_exchange(book):
    book.add(None, Root(child()))
    book.buried.append(Buried("seed", "why", b"x"))
    batch = book.cut(1)
    assert (len(batch.roots), len(batch.buried)) == (1, 1)
    assert book.is_empty


def test_size_counts_what_redis_has_not_got(book):
    _request, lease = begun(book, "1")
    for mark in range(3):
        book.add(lease, Root(child(mark)))
    book.add(None, Root(child()))
    book.add(None, Root(None, "start", "done"))
    assert book.size == 4
    book.finish(set())
    batch = book.cut(1)
    assert book.size == 4
    book.confirm(batch, [], lambda mark: None)
    assert book.size == 0


def test_marks_are_learnt_when_redis_has_them(book):
    learnt = []
    for id_, verdict in (("1", "ok"), ("2", "dead"), ("3", "back"), ("4", "again"), ("5", "ok")):
        _, lease = begun(book, id_)
        book.add(lease, Root(child(int(id_))))
        book.add(lease, Root(child(99, "again")))
        if verdict != "ok":
            lease.fail(verdict, "kind", "why")
    book.add(None, Root(child(6, "seed")))
    book.finish(set())
    book.confirm(book.cut(1), ["5"], learnt.append)
    assert learnt == [1, 2, 6]


def test_a_page_of_very_many_children_sends_them_ahead(book):
    _request, lease = begun(book, "1")
    for mark in range(STAGE - 1):
        book.add(lease, Root(child(mark)))
    assert book.cut(1).stages == []
    book.add(lease, Root(child(STAGE)))
    assert book.wants_exchange()
    batch = book.cut(2)
    assert [(number, len(children)) for _, number, children in batch.stages] == [(1, STAGE)]
    book.confirm(batch, [], lambda mark: None)
    assert book.size == 0
    book.add(lease, Root(child()))
    book.finish(set())
    (page,) = book.cut(3).pages
    assert (page.stages, len(page.children)) == (1, 1)


def test_an_exchange_is_of_bounded_size(book):
    for number in range(3 * MOST):
        book.add(None, Root(child(number)))
    assert [len(book.cut(no).roots) for no in range(4)] == [MOST, MOST, MOST, 0]


def test_a_page_that_ended_with_more_children_than_an_exchange_holds_goes_in_stages(book):
    _, lease = begun(book, "1")
    for number in range(2 * MOST + 5):
        book.add(lease, Root(child(number)))
    book.finish(set())
    sizes, pages, no = [], [], 0
    while book.wants_exchange():
        no += 1
        batch = book.cut(no)
        sizes.append(sum(len(children) for _, _, children in batch.stages) + sum(len(p.children) for p in batch.pages))
        pages += batch.pages
        book.confirm(batch, [], lambda mark: None)
    assert (sum(sizes), [page.id for page in pages]) == (2 * MOST + 5, ["1"])
    assert max(sizes) <= MOST + 5
    assert book.size == 0


def test_what_was_not_begun_goes_back(book):
    received(book, "1", "2")
    book.begin()
    book.give_back()
    assert [(page.id, page.verdict) for page in book.cut(1).pages] == [("2", "back")]


def test_the_first_fault_is_the_one_that_is_told():
    lease = Lease("1")
    lease.fail("dead", "http", "HTTP 503\nat  the last try")
    lease.fail("again", "item", "later")
    assert (lease.verdict, lease.kind, lease.reason) == ("dead", "http", "HTTP 503 at the last try")


def test_a_callback_may_say_that_its_page_is_to_be_put_aside(book):
    request, lease = begun(book, "1")
    request.meta[PUT_ASIDE] = "blocked/login"
    book.finish(set())
    assert (lease.verdict, lease.kind, lease.reason) == ("dead", "page", "blocked/login")


def test_what_robots_txt_refused_goes_back_when_it_ends_the_crawl(book):
    for id_, is_ending in (("1", False), ("2", True)):
        _, lease = begun(book, id_)
        lease.fail("dead", "ignored", "forbidden")
        book.finish(set(), is_ending=is_ending)
    assert [(page.id, page.verdict) for page in book.cut(1).pages] == [("1", "dead"), ("2", "back")]


def test_leases_that_went_to_others_are_let_go_of_with_what_came_of_them(book):
    _request, going = begun(book, "1")
    received(book, "2", "3")
    book.add(going, Root(child()))
    assert book.lose(["1", "3", "unknown"]) == 2
    assert (book.size, book.held(), [lease.id for lease in book.ready]) == (0, ["2"], ["2"])
    book.add(going, Root(child()))
    assert book.size == 0
    book.finish(set())
    assert book.cut(1).pages == []
    assert book.lease("1") is None


def test_a_worker_that_was_given_up_keeps_what_had_no_page(book):
    _request, lease = begun(book, "1")
    book.add(lease, Root(child()))
    book.add(None, Root(child(2)))
    book.add(None, Root(child(3), seeds="1"))
    book.finish(set())
    batch = book.cut(1)
    book.add(None, Root(child(4)))
    assert book.expire(batch) == 1
    assert [root.child.mark for root in book.roots] == [2, 4]
    assert book.size == 2
    assert book.held() == []


def test_pages_that_trusted_a_memory_are_read_again_after_a_restart(book):
    for id_, trusting in (("1", True), ("2", False), ("3", True)):
        _, lease = begun(book, id_)
        lease.trusting = trusting
    book.lease("3").fail("dead", "http", "why")
    assert book.distrust() == 1
    book.finish(set())
    assert [(page.id, page.verdict) for page in book.cut(1).pages] == [("1", "back"), ("2", "ok"), ("3", "dead")]
