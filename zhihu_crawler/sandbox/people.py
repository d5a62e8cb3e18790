"""The API's user: the keys that a stored page of 2024 and a stored reply of 2026 have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zhihu_crawler.sandbox import shapes, text
from zhihu_crawler.sandbox.dice import Dice
from zhihu_crawler.sandbox.records import API, avatar, badges, name_of, topic

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zhihu_crawler.sandbox.ids import UserId


def user(seed: int, id_: UserId, sizes: Mapping[str, int]) -> dict[str, Any]:
    """Return a user with all counters; ``sizes`` are the lengths of the lists."""
    dice = Dice(seed, "user", id_.token)
    is_org = id_.profile == "org"
    headline = text.headline(dice)
    return {
        **shapes.USER,
        "id": id_.hex,
        "url_token": id_.token,
        "name": name_of(id_),
        **avatar(id_),
        "is_org": is_org,
        "url": f"{API}/people/{id_.token}",
        "user_type": "organization" if is_org else "people",
        "headline": headline,
        "headline_render": headline,
        "description": text.sentence(dice),
        "gender": -1 if is_org else dice.below(3) - 1,
        "ip_info": f"IP 属地{dice.pick(text.PLACES)}",
        **badges(id_),
        "message_thread_token": dice.digits(10),
        **_counters(dice, sizes),
        **_life(dice, id_),
    }


def _counters(dice: Dice, sizes: Mapping[str, int]) -> dict[str, int]:
    return {
        "follower_count": sizes["followers"],
        "following_count": sizes["followees"],
        "answer_count": sizes["answers"],
        "question_count": sizes["questions"],
        "articles_count": sizes["articles"],
        "favorite_count": sizes["favlists"],
        "pins_count": sizes["pins"],
        "favorited_count": dice.below(9_000),
        "logs_count": dice.below(99),
        "voteup_count": dice.below(90_000),
        "thanked_count": dice.below(9_000),
        "following_columns_count": dice.below(9),
        "following_topic_count": dice.below(99),
        "following_question_count": dice.below(999),
        "following_favlists_count": dice.below(9),
    }


def _life(dice: Dice, id_: UserId) -> dict[str, Any]:
    """Work, schools and places; a user with an even number tells of them, one with an odd number is silent."""
    if id_.number % 2:
        return {"locations": [], "employments": [], "educations": []}
    return {
        "business": topic(dice.below(20)),
        "locations": [topic(dice.below(20)) | {"name": dice.pick(text.PLACES)}],
        "employments": [{"company": topic(dice.below(20)) | {"name": "示例公司"}, "job": {"name": "示例职位"}}],
        "educations": [{"school": {"name": "示例大学"}, "major": {"name": "示例专业"}, "diploma": 3}],
    }
