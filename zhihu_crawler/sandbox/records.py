"""The API's objects of people, questions and answers: the keys that stored replies of 2023 to 2026 have.

Ids are text, as in replies since December 2025, and counters are drawn from the seed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zhihu_crawler.sandbox import text
from zhihu_crawler.sandbox.dice import Dice, hex_of
from zhihu_crawler.sandbox.ids import UserId

if TYPE_CHECKING:
    from zhihu_crawler.sandbox.ids import AnswerId, QuestionId

ODDITIES = (
    "plain",
    "anonymous",
    "deactivated",
    "closed",
    "organisation",
    "badges",
    "collapsed",
    "truncated",
    "images",
    "formula",
    "code",
    "link",
    "link_card",
    "video",
    "no_votes",
    "references",
    "everything",
    "short",
    "not_copyable",
    "edited",
)
"""What is odd about an answer, by its place modulo 20."""
_BLOCKS = {
    "formula": text.FORMULA,
    "code": text.CODE,
    "link": text.LINK,
    "link_card": text.LINK_CARD,
    "video": text.VIDEO,
    "references": text.REFERENCE,
}
API = "https://www.zhihu.com/api/v4"
_NO_BADGES = {"title": "", "merged_badges": [], "detail_badges": [], "icon": "", "night_icon": ""}


def oddity(answer: AnswerId) -> str:
    """Say what is odd about an answer."""
    return ODDITIES[answer.index % len(ODDITIES)]


def topic(number: int) -> dict[str, Any]:
    """Return a topic as questions name it."""
    name = text.TOPICS[number % len(text.TOPICS)]
    id_ = str(19550000 + number)
    return {
        "id": id_,
        "type": "topic",
        "url": f"{API}/topics/{id_}",
        "name": name if number < len(text.TOPICS) else f"{name}{number}",
        "avatar_url": f"https://pic1.zhimg.com/v2-{hex_of('topic', number)}_qhd.jpg?source=57bbeac9",
        "topic_type": "NORMAL",
    }


def topics(dice: Dice) -> list[dict[str, Any]]:
    """Return one to five different topics."""
    first = dice.below(len(text.TOPICS))
    return [topic((first + step) % len(text.TOPICS)) for step in range(dice.between(1, 5))]


def name_of(user: UserId) -> str:
    """Return a name that is nobody's."""
    kind = "机构" if user.profile == "org" else "用户"
    return f"示例{kind}{user.profile}{user.number:07d}"


def avatar(user: UserId) -> dict[str, str]:
    """Return the two addresses of a user's picture."""
    base = f"https://picx.zhimg.com/v2-{hex_of('avatar', user.token)}"
    return {"avatar_url": f"{base}_l.jpg?source=1def8aca", "avatar_url_template": f"{base}.jpg?source=1def8aca"}


def badges(user: UserId) -> dict[str, Any]:
    """Return what a user is known for: organisations are verified, every seventh person is a good answerer."""
    if user.profile == "org":
        return _identity("已认证机构号", "identity_org")
    if user.number % 7 == 0:
        return _best_answerer(user.number % len(text.TOPICS))
    return {"badge": [], "badge_v2": _NO_BADGES}


def _identity(title: str, detail: str) -> dict[str, Any]:
    one = {
        "type": "identity",
        "detail_type": detail,
        "title": title,
        "description": title,
        "url": "https://www.zhihu.com/term/institution-settle",
        "sources": [],
        "icon": "",
        "night_icon": "",
    }
    merged = one | {"detail_type": "identity", "title": "认证"}
    new = {"title": title, "merged_badges": [merged], "detail_badges": [one], "icon": "", "night_icon": ""}
    return {"badge": [{"type": "identity", "description": title, "topics": []}], "badge_v2": new}


def _best_answerer(number: int) -> dict[str, Any]:
    about = topic(number)
    made = _identity(f"{about['name']}话题下的优秀答主", "best_answerer")
    return made | {"badge": [{"type": "best_answerer", "description": "优秀答主", "topics": [about]}]}


def author(seed: int, user: UserId) -> dict[str, Any]:
    """Return a user as answers and articles name them."""
    dice = Dice(seed, "author", user.token)
    is_org = user.profile == "org"
    return {
        **avatar(user),
        **badges(user),
        "exposed_medal": {"medal_id": "0", "medal_name": "", "description": "", "avatar_url": ""},
        "follower_count": dice.below(5_000),
        "gender": -1 if is_org else dice.below(3) - 1,
        "headline": text.headline(dice),
        "id": user.hex,
        "is_advertiser": False,
        "is_followed": False,
        "is_following": False,
        "is_org": is_org,
        "is_privacy": False,
        "name": name_of(user),
        "type": "people",
        "url": f"{API}/people/{user.hex}",
        "url_token": user.token,
        "user_type": "organization" if is_org else "people",
    }


def nobody(name: str, id_: str = "0") -> dict[str, Any]:
    """Return an author without a token: anonymous (匿名用户), or an account that was closed (知乎用户, 已注销)."""
    picture = "https://pic1.zhimg.com/v2-abed1a8c04700ba7d72b45195223e0ff"
    return {
        "avatar_url": f"{picture}_l.jpg?source=1def8aca",
        "avatar_url_template": f"{picture}.jpg?source=1def8aca",
        "badge": [],
        "badge_v2": _NO_BADGES,
        "exposed_medal": {"medal_id": "0", "medal_name": "", "description": "", "avatar_url": ""},
        "follower_count": 0,
        "gender": 0,
        "headline": "",
        "id": id_,
        "is_advertiser": False,
        "is_followed": False,
        "is_following": False,
        "is_org": False,
        "is_privacy": False,
        "name": name,
        "type": "people",
        "url": f"{API}/people/{id_}",
        "url_token": "",
        "user_type": "people",
    }


def author_of(seed: int, answer: AnswerId) -> dict[str, Any]:
    """Return who wrote an answer."""
    if answer.owner:
        return author(seed, answer.owner)
    kind = oddity(answer)
    if kind == "anonymous":
        return nobody("匿名用户")
    if kind == "deactivated":
        return nobody("知乎用户", hex_of(seed, "deactivated", answer.text))
    if kind == "closed":
        return nobody("已注销")
    number = Dice(seed, "writer", answer.text).below(1_000_000)
    if kind == "badges":
        number -= number % 7
    return author(seed, UserId("org" if kind == "organisation" else "n", number))


def content(seed: int, answer: AnswerId) -> str:
    """Return an answer's text."""
    kind = oddity(answer)
    dice = Dice(seed, "content", answer.text)
    if kind == "short":
        return f'<p data-pid="{hex_of(answer.text, length=8)}">如题。</p>'
    parts = [text.paragraph(dice) for _ in range(dice.between(2, 5))]
    if kind in ("images", "everything"):
        parts.insert(1, text.image(answer.text) + text.image(answer.text + "b"))
    parts += [block for name, block in _BLOCKS.items() if kind in (name, "everything")]
    return "".join(parts[:2] if kind == "truncated" else parts)


def created_of(seed: int, question: QuestionId) -> int:
    """Return when a question was asked, in unix seconds."""
    return 1_500_000_000 + Dice(seed, "asked", question.text).below(200_000_000)


def question_stub(seed: int, question: QuestionId) -> dict[str, Any]:
    """Return a question as its answers name it."""
    created = created_of(seed, question)
    return {
        "created": created,
        "id": question.text,
        "question_type": "normal",
        "relationship": {},
        "title": text.title(Dice(seed, "title", question.text)),
        "type": "question",
        "updated_time": created + question.serial % 3 * 86_400,
        "url": f"{API}/questions/{question.text}",
    }
