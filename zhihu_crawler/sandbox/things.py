"""The API's objects of all but people, questions and answers, with the keys of stored replies of 2018 to 2026."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from zhihu_crawler.sandbox import shapes, text
from zhihu_crawler.sandbox.answers import excerpt_of
from zhihu_crawler.sandbox.dice import Dice, hex_of
from zhihu_crawler.sandbox.ids import UserId
from zhihu_crawler.sandbox.records import author, topic, topics
from zhihu_crawler.sandbox.shapes import words

if TYPE_CHECKING:
    from collections.abc import Mapping

_CREATOR = words("id type is_following avatar_url headline user_type gender url name is_followed badge")
"""A collection's owner is told without the token (stored replies of 2020 and 2026)."""
_CHINA = timezone(timedelta(hours=8))


def writer(seed: int, *name: object) -> UserId:
    """Return one of a million users by whatever they made."""
    return UserId("n", Dice(seed, "writer", *name).below(1_000_000))


def moment(seed: int, *name: object) -> int:
    """Return when something was made, in unix seconds of 2017 to 2023."""
    return 1_500_000_000 + Dice(seed, "made", *name).below(200_000_000)


def iso(seconds: int) -> str:
    """Return a moment as collection items tell it: ``2022-06-09T22:36:27+08:00``."""
    return datetime.fromtimestamp(seconds, UTC).astimezone(_CHINA).isoformat()


def html(seed: int, *name: object) -> str:
    """Return a few paragraphs and a picture."""
    dice = Dice(seed, "html", *name)
    return text.paragraph(dice) + text.image(str(name)) + "".join(text.paragraph(dice) for _ in range(2))


def article(seed: int, id_: str, owner: UserId, column: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return an article with the keys of stored pages of 2025."""
    dice = Dice(seed, "article", id_)
    body, created = html(seed, "article", id_), moment(seed, "article", id_)
    picture = f"https://picx.zhimg.com/v2-{hex_of('article', id_)}_720w.jpg?source=172ae18b" if dice.below(2) else ""
    made = shapes.ARTICLE | {
        "id": id_,
        "title": text.heading(dice),
        "url": f"https://zhuanlan.zhihu.com/p/{id_}",
        "image_url": picture,
        "title_image": picture,
        "image_width": 1080 if picture else 0,
        "image_height": 720 if picture else 0,
        "excerpt": excerpt_of(body),
        "content": body,
        "created": created,
        "updated": created + dice.below(2) * 600,
        "author": author(seed, owner),
        "topics": topics(dice),
        "voteup_count": dice.below(900),
        "comment_count": dice.below(90),
        "favlists_count": dice.below(400),
        "liked_count": dice.below(200),
        "has_column": column is not None,
    }
    return made | ({"column": dict(column)} if column else {})


def column(seed: int, slug: str, size: int) -> dict[str, Any]:
    """Return a column with the keys of stored pages of 2019 and 2025."""
    dice = Dice(seed, "column", slug)
    created = moment(seed, "column", slug)
    name = text.heading(dice)
    return {
        "updated": created + 86_400,
        "description": text.sentence(dice),
        "topics": topics(dice),
        "can_manage": False,
        "intro": text.sentence(dice),
        "is_following": False,
        "url_token": slug,
        "id": slug,
        "articles_count": size,
        "accept_submission": True,
        "title": name,
        "url": f"https://zhuanlan.zhihu.com/{slug}",
        "comment_permission": "all",
        "created": created,
        "image_url": f"https://pic2.zhimg.com/v2-{hex_of('column', slug)}_720w.jpg?source=172ae18b",
        "author": author(seed, writer(seed, slug)),
        "followers": dice.below(30_000),
        "type": "column",
        "column_type": "normal",
    }


def collection(seed: int, id_: str, owner: UserId, size: int) -> dict[str, Any]:
    """Return a collection with the keys of a stored reply of 2026; its id is a number there too."""
    dice = Dice(seed, "collection", id_)
    created = moment(seed, "collection", id_)
    return {
        "id": int(id_),
        "type": "collection",
        "title": text.heading(dice),
        "is_public": True,
        "url": f"https://api.zhihu.com/collections/{id_}",
        "description": text.sentence(dice) if dice.below(2) else "",
        "follower_count": dice.below(2_000),
        "answer_count": size * 6 // 10,
        "item_count": size,
        "like_count": dice.below(50),
        "view_count": dice.below(9_000),
        "comment_count": dice.below(20),
        "is_following": False,
        "is_liking": False,
        "created_time": created,
        "updated_time": created + dice.below(10_000_000),
        "creator": {key: value for key, value in author(seed, owner).items() if key in _CREATOR},
        "is_default": False,
    }


def pin(seed: int, id_: str, owner: UserId) -> dict[str, Any]:
    """Return a pin: a short note with or without a picture."""
    dice = Dice(seed, "pin", id_)
    words, created = text.sentence(dice), moment(seed, "pin", id_)
    picture = {"type": "image", "url": f"https://pic2.zhimg.com/100/v2-{hex_of('pin', id_)}_720w.jpg", "width": 640}
    own = {"title": "", "content": words, "fold_type": "raw", "own_text": words, "type": "text"}
    return {
        "id": id_,
        "type": "pin",
        "url": f"https://www.zhihu.com/pin/{id_}",
        "created": created,
        "updated": created,
        "like_count": dice.below(99),
        "comment_count": dice.below(9),
        "reaction_count": dice.below(99),
        "favorite_count": dice.below(9),
        "content": [own, picture] if dice.below(2) else [own],
        "excerpt_title": words,
        "content_html": f"<div>{words}</div>",
        "author": author(seed, owner),
        "virtuals": {"is_liked": False, "is_favorited": False},
    }


def zvideo(seed: int, id_: str) -> dict[str, Any]:
    """Return a video as collections hold it."""
    dice = Dice(seed, "zvideo", id_)
    return {
        "id": id_,
        "type": "zvideo",
        "title": text.heading(dice),
        "url": f"https://www.zhihu.com/zvideo/{id_}",
        "description": text.sentence(dice),
        "published_at": moment(seed, "zvideo", id_),
        "updated_at": moment(seed, "zvideo", id_),
        "play_count": dice.below(9_000),
        "voteup_count": dice.below(900),
        "comment_count": dice.below(90),
        "author": author(seed, writer(seed, "zvideo", id_)),
    }


def topic_alone(seed: int, id_: str) -> dict[str, Any]:
    """Return what ``topics/{id}`` replies (keys of a stored reply of 2018)."""
    dice = Dice(seed, "topic", id_)
    words = text.sentence(dice)
    return topic(int(id_) - 19_550_000) | {
        "introduction": words,
        "excerpt": words,
        "followers_count": dice.below(90_000),
        "questions_count": dice.below(9_000),
        "unanswered_count": dice.below(900),
        "best_answers_count": dice.below(999),
        "best_answerers_count": dice.below(200),
        "father_count": dice.below(5),
    }
