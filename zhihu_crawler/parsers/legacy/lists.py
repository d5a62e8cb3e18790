"""What profiles and topics list: people, questions, collections."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from zhihu_crawler.items import Answer, Author, Collection, Item, Question
from zhihu_crawler.parsers import values
from zhihu_crawler.parsers.follows import make_follow
from zhihu_crawler.parsers.legacy.answers import BLOCKS, question_ref
from zhihu_crawler.parsers.legacy.people import CARDS, read_card
from zhihu_crawler.parsers.markup import Fields, attribute, target_of, text
from zhihu_crawler.parsers.result import ListingPage, Parsed, Source, each
from zhihu_crawler.urls import canonical_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element as Element
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
    for item in page.css(".zm-profile-section-item, .feed-item, .question-item, .hot-topics li"):
        link = _question_link(item)
        ref = question_ref(link) if link is not None else None
        told = attribute(item, 'meta[itemprop="answerCount"]', "content")
        if link is None or ref is None or (told is None and (item.css(BLOCKS) or _names_answer(link))):
            continue
        fields = Fields(f"question {ref.id}", problems)
        labels = _question_labels(item) | ({"answer_count": told} if told else {})
        yield Question(
            id=ref.id,
            url=canonical_url("question", ref.id),
            crawled_at=source.crawled_at,
            layout=source.layout,
            partial=True,
            title=ref.title,
            **{name: fields.read(name, values.read_count, label) for name, label in labels.items()},
        )


def _question_link(item: Selector) -> Element | None:
    links = (link.root for link in item.css("a.question_link"))
    return next((link for link in links if question_ref(link)), None)


def _names_answer(link: Element) -> bool:
    target = target_of(link.get("href"))
    return target is not None and target.kind == "answer"


def _question_labels(item: Selector) -> dict[str, Any]:
    """Counts below a question: ``3 个回答 • 12 人关注``; a feed also tells them to the site's own scripts."""
    if "hot-topics" in item.root.getparent().get("class", ""):
        return {}  # what stands there is counted of the topic
    words = values.squeeze(" ".join(item.css(".meta ::text").getall())) or ""
    labels: dict[str, Any] = dict(_marked(words, _META))
    if text(item, ".zm-profile-vote-type") in (None, "浏览"):
        labels["visit_count"] = text(item, ".zm-profile-vote-num")
    if not item.css(BLOCKS):
        labels["comment_count"] = text(item, ".toggle-comment")
        labels["follower_count"] = labels.get("follower_count") or _follows(item)
    return labels


def _follows(item: Selector) -> str | None:
    try:
        told = json.loads(attribute(item, 'meta[itemprop="ZReactor"]', "data-meta") or "null")
    except ValueError:
        return None
    follows = told.get("follows") if isinstance(told, dict) else None
    return str(follows) if follows is not None else None


def answers_named(page: Selector, source: Source, problems: list[PageError], writer: Author) -> Iterator[Answer]:
    """Read the answers that a profile's first page only names: title, beginning and votes."""
    for item in page.css(".zm-profile-section-item:has(.zm-profile-vote-num)"):
        link = _question_link(item)
        target = target_of(link.get("href")) if link is not None else None
        if link is None or target is None or target.kind != "answer" or item.css(BLOCKS):
            continue
        votes = text(item, ".zm-profile-vote-num") if text(item, ".zm-profile-vote-type") == "赞同" else None
        yield Answer(
            id=target.id,
            url=target.url,
            crawled_at=source.crawled_at,
            layout=source.layout,
            partial=True,
            question=question_ref(link),
            author=writer,
            excerpt=text(item, ".zm-profile-item-text"),
            voteup_count=Fields(f"answer {target.id}", problems).read("voteup_count", values.read_count, votes),
        )


_PEOPLE = re.compile(r"\d[\d,]{0,20}(?=\s?人)")
_META = {"个回答": "answer_count", "人关注": "follower_count"}
_FAV_META = {"条内容": "item_count", "个回答": "answer_count", "条回答": "answer_count", "人关注": "follower_count"}


def _marked(words: str, marks: dict[str, str]) -> dict[str, str]:
    """Split ``3 个回答 • 12 人关注`` into the labels of its counts."""
    return {name: part for part in words.split("•") for mark, name in marks.items() if mark in part}


def _titles(page: Selector) -> Iterator[tuple[Selector, str]]:
    """Each collection's title with the line below it, which stands before the next title."""
    title, line = None, ""
    for found in page.css('a.zm-profile-fav-item-title, [class*="fav-bio"]'):
        if "fav-item-title" in found.attrib["class"]:
            if title is not None:
                yield title, line
            title, line = found, ""
        else:
            line = line or values.squeeze(" ".join(found.css("::text").getall())) or ""
    if title is not None:
        yield title, line


def collections_of(page: Selector, source: Source, problems: list[PageError], owner: Author) -> Iterator[Collection]:
    """Read the collections that a profile lists."""
    for link, line in _titles(page):
        id_ = link.attrib.get("href", "").rpartition("/")[2]
        if not id_.isdigit():
            continue
        fields = Fields(f"collection {id_}", problems)
        counts = _marked(line, _FAV_META)
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
