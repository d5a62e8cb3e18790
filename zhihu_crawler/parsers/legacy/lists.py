"""What profiles and topics list: people, questions, collections."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from zhihu_crawler.items import Author, Collection, Item, Question
from zhihu_crawler.parsers import values
from zhihu_crawler.parsers.follows import make_follow
from zhihu_crawler.parsers.legacy.answers import BLOCKS, question_ref
from zhihu_crawler.parsers.legacy.people import CARDS, read_card
from zhihu_crawler.parsers.markup import Fields, attribute, text
from zhihu_crawler.parsers.result import ListingPage, Parsed, Source, each
from zhihu_crawler.urls import canonical_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parsel import Selector

    from zhihu_crawler.errors import PageError


def next_page(page: Selector, source: Source, otherwise: str) -> str | None:
    """Return the address behind 下一页, ``None`` on the last page and on one without a pager."""
    for link in page.css(".zm-invite-pager a"):
        if "下一页" in (link.xpath("string()").get() or ""):
            return urljoin(source.url or otherwise, link.attrib.get("href", ""))
    return None


def parse_people_list(page: Selector, source: Source, owner: str, name: str, *, first: int | None = 0) -> Parsed:
    """Read cards of people: followees or followers of the owner, the first of them at a place of the list if known."""
    parsed = Parsed()

    def read(numbered: tuple[int, Selector]) -> Iterator[Item]:
        user = read_card(numbered[1], source, parsed.problems)
        yield user
        yield make_follow(user, name, owner, source, position=None if first is None else first + numbered[0])

    received, bad = each(enumerate(page.css(CARDS)), read, parsed)
    label = text(page, ".zm-profile-section-name")
    parsed.listings.append(
        ListingPage(
            owner_kind="user",
            owner_id=owner,
            name=name,
            received=received,
            unreadable=bad,
            total=Fields(f"{name} of {owner}", parsed.problems).read("total", values.read_count, _tail(label)),
            keys=tuple(item.key for item in parsed.items if item.kind == "follow"),
        )
    )
    return parsed


def read_people(page: Selector, source: Source, parsed: Parsed) -> None:
    """Read cards of people who are nobody's followers: of voters, and of who follows a question or a topic."""
    each(page.css(CARDS), lambda card: [read_card(card, source, parsed.problems)], parsed)


def _tail(label: str | None) -> str | None:
    """``某人 关注了 28 人``, ``某人 被 28 人关注``: the name may hold digits too."""
    found = _PEOPLE.findall(label or "")
    return found[-1] if found else None


def questions_of(page: Selector, source: Source, problems: list[PageError]) -> Iterator[Question]:
    """Read the questions that a profile or a topic lists: asked ones, those of activities, and those of feeds."""
    for item in page.css(".zm-profile-section-item, .feed-item, .question-item"):
        link = next(iter(item.css("a.question_link")), None)
        ref = question_ref(link) if link is not None else None
        told = attribute(item, 'meta[itemprop="answerCount"]', "content")
        if link is None or ref is None or (item.css(BLOCKS) and told is None):
            continue
        fields = Fields(f"question {ref.id}", problems)
        words = values.squeeze(" ".join(item.css(".meta ::text").getall())) or ""
        counts = _marked(words, _META) | ({"answer_count": told} if told else {})
        yield Question(
            id=ref.id,
            url=canonical_url("question", ref.id),
            crawled_at=source.crawled_at,
            layout=source.layout,
            partial=True,
            title=ref.title,
            visit_count=fields.read("visit_count", values.read_count, text(item, ".zm-profile-vote-num")),
            **{name: fields.read(name, values.read_count, part) for name, part in counts.items()},
        )


_PEOPLE = re.compile(r"\d[\d,]*(?=\s*人)")
_META = {"个回答": "answer_count", "人关注": "follower_count"}
_FAV_META = {"条内容": "item_count", "个回答": "answer_count", "条回答": "answer_count", "人关注": "follower_count"}


def _marked(words: str, marks: dict[str, str]) -> dict[str, str]:
    """Split ``3 个回答 • 12 人关注`` into the labels of its counts."""
    return {name: part for part in words.split("•") for mark, name in marks.items() if mark in part}


def collections_of(page: Selector, source: Source, problems: list[PageError], owner: Author) -> Iterator[Collection]:
    """Read the collections that a profile lists."""
    for link in page.css("a.zm-profile-fav-item-title"):
        id_ = link.attrib.get("href", "").rpartition("/")[2]
        if not id_.isdigit():
            continue
        fields = Fields(f"collection {id_}", problems)
        words = values.squeeze(" ".join(link.xpath("following::*[contains(@class, 'fav-bio')][1]//text()").getall()))
        counts = _marked(words or "", _FAV_META)
        yield Collection(
            id=id_,
            url=canonical_url("collection", id_),
            crawled_at=source.crawled_at,
            layout=source.layout,
            partial=True,
            title=values.squeeze(link.xpath("string()").get()),
            creator=owner,
            **{name: fields.read(name, values.read_count, part) for name, part in counts.items()},
        )
