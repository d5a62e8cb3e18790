"""The API's answer: one object for feeds, lists and the answer itself, and the keys that each of them leaves out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from zhihu_crawler.sandbox import shapes
from zhihu_crawler.sandbox.dice import Dice
from zhihu_crawler.sandbox.ids import DRAWN, question_id
from zhihu_crawler.sandbox.records import API, author_of, content, created_of, oddity, question_stub

if TYPE_CHECKING:
    from zhihu_crawler.sandbox.ids import AnswerId, QuestionId

_TAG = re.compile(r"<noscript>.*?</noscript>|<figure.*?</figure>|<[^>]+>")


def question_of(answer: AnswerId) -> QuestionId:
    """Return the question that an answer stands below; answers of a user's list have one each."""
    if answer.question:
        return answer.question
    assert answer.owner
    return question_id(DRAWN, (answer.owner.number * 31 + answer.index) % 10_000, long=True)


def excerpt_of(html: str) -> str:
    """Return the first 100 letters of a text, pictures as 「[图片]」."""
    plain = _TAG.sub(lambda found: " [图片] " if found[0].startswith("<figure") else "", html)
    return plain[:100] + ("…" if len(plain) > 100 else "")


def answer(seed: int, id_: AnswerId) -> dict[str, Any]:
    """Return an answer as feeds of December 2025 hold it."""
    question = question_of(id_)
    html = content(seed, id_)
    return {
        **shapes.ANSWER,
        **_counts(seed, id_),
        **_flags(id_),
        "author": author_of(seed, id_),
        "content": html,
        "created_time": (created := created_of(seed, question) + 3600 + id_.index * 60),
        "updated_time": created + (30 if oddity(id_) == "edited" else 0),
        "excerpt": excerpt_of(html),
        "id": id_.text,
        "question": question_stub(seed, question),
        "url": f"{API}/answers/{id_.text}",
    }


def answer_alone(seed: int, id_: AnswerId) -> dict[str, Any]:
    """Return what ``answers/{id}`` replies."""
    whole = answer(seed, id_)
    share = {"share_guide": {"has_positive_bubble": False, "has_time_bubble": False, "hit_share_guide_cluster": False}}
    listen = {"action_url": f"zhihu://podcast/audio_player/{id_.text}", "sub_type": "", "text": "听内容"}
    return {key: value for key, value in whole.items() if key in shapes.ANSWER_ALONE} | {
        "biz_ext": share,
        "podcast_audio_enter": listen,
    }


def _counts(seed: int, id_: AnswerId) -> dict[str, Any]:
    dice = Dice(seed, "counts", id_.text)
    none = oddity(id_) == "no_votes"
    votes = 0 if none else dice.below(20_000) // (id_.index + 1) + 1
    thanks, comments, saved = dice.below(votes + 1), 0 if none else dice.below(300), dice.below(votes + 1)
    return {
        "voteup_count": votes,
        "thanks_count": thanks,
        "comment_count": comments,
        "favlists_count": saved,
        "matrix_tips": f"{votes} 赞同 · {saved} 收藏 · {comments} 评论",
        "reaction": {"relation": {"liked": False}, "statistics": {"down_vote_count": 0, "like_count": thanks}},
    }


def _flags(id_: AnswerId) -> dict[str, Any]:
    kind = oddity(id_)
    collapsed, cut = kind == "collapsed", kind == "truncated"
    copyable = kind != "not_copyable"
    return {
        "is_collapsed": collapsed,
        "collapsed_by": "community" if collapsed else "nobody",
        "collapse_reason": "回答被折叠：示例" if collapsed else "",
        "content_need_truncated": cut,
        "force_login_when_click_read_more": cut,
        "is_copyable": copyable,
        "reshipment_settings": "allowed" if copyable else "disallowed",
    }
