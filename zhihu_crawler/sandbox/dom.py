"""The elements of a page: microdata and classes as pages of 2024 to 2026 have them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_CHINA = timezone(timedelta(hours=8))
TABS = (
    ("answers", "回答", "answer_count"),
    ("zvideos", "视频", "zvideo_count"),
    ("asks", "提问", "question_count"),
    ("posts", "文章", "articles_count"),
    ("columns", "专栏", "columns_count"),
    ("pins", "想法", "pins_count"),
    ("collections", "收藏", "favorite_count"),
)


def meta(name: str, value: object) -> str:
    """Return an element of microdata."""
    return f'<meta itemProp="{name}" content="{escape(str(value))}"/>'


def utc(seconds: int) -> str:
    """``2025-12-15T09:31:28.000Z``."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def local(seconds: int) -> str:
    """``2025-12-15 17:31``, as China reads it."""
    return datetime.fromtimestamp(seconds, UTC).astimezone(_CHINA).strftime("%Y-%m-%d %H:%M")


def short(count: int) -> str:
    """``963``; ``6.3 万`` from ten thousand on."""
    return str(count) if count < 10_000 else f"{count / 10_000:.1f} 万".replace(".0 ", " ")


def data(value: Mapping[str, Any]) -> str:
    """Return JSON as the value of an attribute."""
    return escape(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def author_info(person: Mapping[str, Any]) -> str:
    """Return who wrote something: without a link where it is nobody that can be named."""
    token, name = person["url_token"], escape(person["name"])
    picture = escape(person["avatar_url"])
    url = f"https://www.zhihu.com/people/{token}" if token else ""
    path = f"//www.zhihu.com/{'org' if person['is_org'] else 'people'}/{token}"
    link = f'<a href="{path}" target="_blank" class="UserLink-link">{{}}</a>' if token else "{}"
    image = link.format(f'<img class="Avatar AuthorInfo-avatar" src="{picture}" alt="{name}"/>')
    told = f'<div class="ztext AuthorInfo-badgeText">{escape(person["headline"])}</div>'
    count = person.get("follower_count") if token else None
    followers = '<meta itemProp="zhihu:followerCount"/>' if count is None else meta("zhihu:followerCount", count)
    return (
        '<div class="AuthorInfo" itemProp="author" itemscope="" itemType="http://schema.org/Person">'
        f'<div class="AuthorInfo">{meta("name", person["name"])}{meta("image", person["avatar_url"])}{meta("url", url)}'
        f'{followers}<span class="UserLink AuthorInfo-avatarWrapper">{image}</span>'
        '<div class="AuthorInfo-content"><div class="AuthorInfo-head"><span class="UserLink AuthorInfo-name">'
        f'{link.format(name)}</span></div><div class="AuthorInfo-detail"><div class="AuthorInfo-badge">{told}</div>'
        "</div></div></div></div>"
    )


def answer_item(answer: Mapping[str, Any], role: str = "suggestedAnswer") -> str:
    """Return an answer's block."""
    id_, question = answer["id"], answer["question"]
    zop = {"authorName": answer["author"]["name"], "itemId": id_, "title": question["title"], "type": "answer"}
    path = f"www.zhihu.com/question/{question['id']}/answer/{id_}"
    published, edited = local(answer["created_time"]), local(answer["updated_time"])
    shown = f"编辑于 {edited}" if answer["updated_time"] > answer["created_time"] else f"发布于 {published}"
    return (
        f'<div class="ContentItem AnswerItem" data-za-index="0" data-zop="{data(zop)}" name="{id_}" itemProp="{role}" '
        f'itemType="http://schema.org/Answer" itemscope=""><div class="ContentItem-meta">'
        f"{author_info(answer['author'])}"
        f"</div>{meta('upvoteCount', answer['voteup_count'])}{meta('url', 'https://' + path)}"
        f"{meta('dateCreated', utc(answer['created_time']))}{meta('dateModified', utc(answer['updated_time']))}"
        f"{meta('commentCount', answer['comment_count'])}"
        '<div class="RichContent RichContent--unescapable"><span><div class="RichContent-inner"><span id="content">'
        f'<span class="RichText ztext CopyrightRichText-richText" itemProp="text">{answer["content"]}'
        "</span></span></div>"
        f'</span><div><div class="ContentItem-time"><a target="_blank" data-tooltip="发布于 {published}" '
        f'aria-label="发布于 {published}" href="//{path}">{shown}</a></div></div>'
        '<div class="ContentItem-actions RichContent-actions"><span><button type="button" aria-label="赞同 '
        f'{short(answer["voteup_count"])} " class="Button VoteButton VoteButton--up">赞同 '
        f"{short(answer['voteup_count'])}"
        f'</button></span><button type="button" class="Button ContentItem-action">{comments(answer["comment_count"])}'
        "</button></div></div></div>"
    )


def comments(count: int) -> str:
    """``添加评论`` where there is none."""
    return f"{count} 条评论" if count else "添加评论"


def question_header(question: Mapping[str, Any]) -> str:
    """Return a question's metas and head."""
    topics = question["topics"]
    zop = {"title": question["title"], "topics": [{"name": one["name"], "id": one["id"]} for one in topics]}
    tags = "".join(
        f'<div class="Tag QuestionTopic"><span class="Tag-content"><a class="TopicLink" href="//www.zhihu.com/topic/'
        f'{one["id"]}" target="_blank"><div class="Popover"><div>{escape(one["name"])}</div></div></a></span></div>'
        for one in topics
    )
    board = _board("关注者", question["follower_count"]) + _board("被浏览", question["visit_count"])
    detail = f'<span class="RichText ztext" itemProp="text">{question["detail"]}</span>' if question["detail"] else ""
    return (
        f"{meta('name', question['title'])}{meta('url', 'https://www.zhihu.com/question/' + question['id'])}"
        f"{meta('keywords', ','.join(one['name'] for one in topics))}{meta('answerCount', question['answer_count'])}"
        f"{meta('commentCount', question['comment_count'])}{meta('dateCreated', utc(question['created']))}"
        f"{meta('dateModified', utc(question['updated_time']))}{meta('zhihu:visitsCount', question['visit_count'])}"
        f"{meta('zhihu:followerCount', question['follower_count'])}"
        f'<div data-zop-question="{data(zop | {"id": question["id"], "isEditable": True})}"><div '
        'class="QuestionHeader">'
        '<div class="QuestionHeader-content"><div class="QuestionHeader-main"><div class="QuestionHeader-tags">'
        f'<div class="QuestionHeader-topics">{tags}</div></div><h1 class="QuestionHeader-title">'
        f'{escape(question["title"])}</h1><div class="QuestionAuthor">{author_info(question["author"])}</div>'
        f'<div class="QuestionHeader-detail"><div class="QuestionRichText">{detail}</div></div></div>'
        f'<div class="QuestionHeader-side"><div class="NumberBoard QuestionFollowStatus-counts">{board}'
        "</div></div></div>"
        '<div class="QuestionHeader-footer"><div class="QuestionHeader-Comment"><button type="button" class="Button">'
        f"{comments(question['comment_count'])}</button></div></div></div></div>"
    )


def _board(name: str, count: int) -> str:
    return (
        '<div class="NumberBoard-item"><div class="NumberBoard-itemInner"><div '
        f'class="NumberBoard-itemName">{name}</div>'
        f'<strong class="NumberBoard-itemValue" title="{count}">{count:,}</strong></div></div>'
    )


def list_items(blocks: Iterable[str]) -> str:
    """Return blocks as the entries of a list."""
    return "".join(f'<div class="List-item" tabindex="0"><div>{block}</div></div>' for block in blocks)


def question_item(question: Mapping[str, Any]) -> str:
    """Return a question in a profile's list."""
    status = "".join(
        f'<span class="ContentItem-statusItem">{word}</span>'
        for word in (
            local(question["created"])[:10],
            f"{question['answer_count']} 个回答",
            f"{question['follower_count']} 个关注",
        )
    )
    return (
        f'<div class="ContentItem"><h2 class="ContentItem-title"><div class="QuestionItem-title"><a target="_blank" '
        f'href="/question/{question["id"]}">{escape(question["title"])}</a></div></h2>'
        f'<div class="ContentItem-status">{status}</div></div>'
    )


def article_item(article: Mapping[str, Any]) -> str:
    """Return an article in a list."""
    author = article["author"]
    zop = {"authorName": author["name"], "itemId": article["id"], "title": article["title"], "type": "article"}
    return (
        f'<div class="ContentItem ArticleItem" data-zop="{data(zop)}" itemProp="zhihu:article" itemscope="">'
        f'<h2 class="ContentItem-title"><a target="_blank" href="//zhuanlan.zhihu.com/p/{article["id"]}">'
        f'{escape(article["title"])}</a></h2><div class="ContentItem-meta">{author_info(author)}</div>'
        f'<div class="RichContent is-collapsed"><div class="RichContent-inner"><span class="RichText ztext" '
        f'itemProp="articleBody">{escape(article["excerpt"])}</span></div></div></div>'
    )


def person_item(person: Mapping[str, Any]) -> str:
    """Return a person in a list of followers or followees."""
    counts = "".join(
        f'<span class="ContentItem-statusItem">{person[key]} {word}</span>'
        for key, word in (("answer_count", "回答"), ("articles_count", "文章"), ("follower_count", "关注者"))
    )
    return (
        '<div class="ContentItem"><div class="ContentItem-main"><h2 class="ContentItem-title"><div '
        'class="UserItem-title">'
        f'<span class="UserLink UserItem-name"><a class="UserLink-link" href="//www.zhihu.com/people/'
        f'{person["url_token"]}">{escape(person["name"])}</a></span></div></h2><div class="ContentItem-meta"><div '
        f'class="ztext">{escape(person["headline"])}</div><div class="ContentItem-status">{counts}</div>'
        "</div></div></div>"
    )


def collection_item(collection: Mapping[str, Any]) -> str:
    """Return a collection in a profile's list."""
    return (
        '<div class="ContentItem"><h2 class="ContentItem-title"><a class="SelfCollectionItem-title" '
        f'href="/collection/{collection["id"]}">{escape(collection["title"])}</a></h2><div class="ContentItem-status">'
        f'<span class="ContentItem-statusItem">{collection["item_count"]} 个内容</span><span '
        f'class="ContentItem-statusItem">{collection["follower_count"]} 人关注</span></div></div>'
    )
