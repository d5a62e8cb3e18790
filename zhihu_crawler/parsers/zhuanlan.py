"""Columns and articles of 2015 to 2017: the JSON of zhuanlan.zhihu.com, and the state of its pages.

Both use the same objects: ``slug`` for ids, ``avatar`` as a template, times in ISO 8601 with China's offset. Seen in
stored replies of 2015 and a stored page of 2017; the page names an article's author by a key into its users.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from zhihu_crawler.errors import DamagedPageError, LayoutUnknownError, WrongPageError
from zhihu_crawler.items import Article, Author, AuthorKind, Column, ColumnRef, Item, TopicRef, User
from zhihu_crawler.parsers.people import author_kind
from zhihu_crawler.parsers.record import Record
from zhihu_crawler.parsers.result import ListingPage, Parsed, Source, each
from zhihu_crawler.parsers.richtext import clean_html, text_of
from zhihu_crawler.parsers.values import exact
from zhihu_crawler.urls import canonical_url

if TYPE_CHECKING:
    from zhihu_crawler.errors import PageError
    from zhihu_crawler.urls import Target


def looks_like_zhuanlan(data: object) -> bool:
    """Say whether a reply is of this API: its things have a ``slug``, and no ``type``."""
    first = data[0] if isinstance(data, list) and data else data
    if not isinstance(first, Mapping) or "slug" not in first or "type" in first:
        return False
    return any(name in first for name in ("publishedTime", "postsCount", "followersCount", "titleImage", "profileUrl"))


def parse_zhuanlan_api(data: object, source: Source, target: Target | None) -> Parsed:
    """Read a column, an article, or a list of articles.

    Raises:
        WrongPageError: it is one thing, and not the one that was asked for.
    """
    parsed = Parsed()
    records = data if isinstance(data, list) else [data]
    each(records, lambda raw: _read(Record(raw, "zhuanlan reply", parsed.problems), source), parsed)
    single = parsed.items[0] if len(parsed.items) == 1 else None
    if target and single and target.listing is None and single.id not in (target.id, None) and target.id != "..":
        raise WrongPageError(f"asked for {target.kind} {target.id}, the reply is {single.key}")
    return parsed


def _read(record: Record, source: Source) -> Iterator[Item]:
    if record.has("published_time") or record.has("content"):
        yield _article(record, source, record.sub("author"), record.sub("column"))
    elif record.has("profile_url"):  # who liked an article, or follows a column
        yield _user(record.raw, source, record.problems)
    else:
        yield _column(record, source)


def parse_preloaded_state(state: Mapping[str, Any], source: Source, target: Target | None) -> Parsed:
    """Read the state of a column's or article's page of 2017.

    Raises:
        PageError: no ``database``, not what was asked for, or neither columns nor articles.
    """
    database = state.get("database")
    if not isinstance(database, Mapping):
        raise DamagedPageError(f"the state of {source.url or 'this file'} has no database: cut, or of a new shape")
    parsed = Parsed()
    users, posts = _table(database, "User"), _table(database, "Post")
    columns = (raw for raw in _table(state, "columns").values() if isinstance(raw, Mapping) and "slug" in raw)
    head = next((Record(raw, "column", parsed.problems) for raw in columns), None)
    if head:
        parsed.items.append(_column(head, source))

    def post(id_: str) -> list[Item]:
        record = Record(posts[id_], f"article {id_:.40}", parsed.problems)
        author = users.get(str(record.get("author")))
        writer = Record(author, f"{record.label} author", parsed.problems) if author else None
        return [_article(record, source, writer, head)]

    each(_ordered(state, posts), post, parsed)
    each(_strangers(state, users), lambda raw: [_user(raw, source, parsed.problems)], parsed)
    _check(parsed, target)
    if head:
        parsed.listings.append(_listing(head, state, parsed))
    if not parsed.items and not parsed.problems:
        raise LayoutUnknownError(f"the state of {source.url or 'this file'} holds neither columns nor articles")
    return parsed


def _strangers(state: Mapping[str, Any], users: Mapping[str, Any]) -> list[Any]:
    """The page's people without whoever was logged in."""
    me = state.get("me")
    own = me.get("slug") if isinstance(me, Mapping) else None
    return [raw for slug, raw in users.items() if slug != own]


def _table(parent: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = parent.get(name)
    return table if isinstance(table, Mapping) else {}


def _ordered(state: Mapping[str, Any], posts: Mapping[str, Any]) -> list[str]:
    """Ids as the column lists them, then whatever else the page holds."""
    listed = [str(id_) for part in _table(state, "columnPosts").values() if isinstance(part, Mapping)
              for id_ in part.get("entity", ())]  # fmt: skip
    return list(dict.fromkeys([*(id_ for id_ in listed if id_ in posts), *posts]))


def _check(parsed: Parsed, target: Target | None) -> None:
    if (
        target
        and target.kind in ("article", "column")
        and not any(item.kind == target.kind and str(item.id).lower() == target.id.lower() for item in parsed.items)
    ):
        raise WrongPageError(f"asked for {target.kind} {target.id}, the page does not hold it")


def _listing(column: Record, state: Mapping[str, Any], parsed: Parsed) -> ListingPage:
    keys = tuple(item.key for item in parsed.items if item.kind == "article")
    posts = next((part for part in _table(state, "columnPosts").values() if isinstance(part, Mapping)), {})
    follows = posts.get("next")
    return ListingPage(
        owner_kind="column",
        owner_id=column.word("slug"),
        name="articles",
        received=len(keys),
        total=column.count("posts_count"),
        next_url=follows.get("href") if isinstance(follows, Mapping) else None,
        keys=keys,
    )


def _article(record: Record, source: Source, author: Record | None, column: Record | None) -> Article:
    id_ = record.require_id("slug")
    content = record.text("content")
    slug = column.word("slug") if column else None
    return Article(
        id=id_,
        url=canonical_url("article", id_),
        crawled_at=source.crawled_at,
        layout=source.layout,
        partial=content is None,
        title=record.text("title"),
        content=clean_html(content) if content else content,
        excerpt=text_of(record.text("summary") or ""),
        author=_author(author),
        column=ColumnRef(id=slug, title=column.text("name")) if column and slug else None,
        topics=_topics(record),
        **exact(created=record.time("published_time"), updated=record.time("updated")),
        voteup_count=record.count("likes_count", "like_count"),
        comment_count=record.count("comments_count", "comment_count"),
        image_url=record.word("title_image"),
        state=record.word("state"),
        comment_permission=record.word("comment_permission"),
    )


def _column(record: Record, source: Source) -> Column:
    slug = record.require_id("slug")
    return Column(
        id=slug,
        url=canonical_url("column", slug),
        crawled_at=source.crawled_at,
        layout=source.layout,
        title=record.text("name"),
        intro=record.text("intro"),
        description=record.text("description"),
        author=_author(record.sub("creator")),
        topics=_topics(record),
        articles_count=record.count("posts_count"),
        follower_count=record.count("followers_count"),
        image_url=_picture(record),
        comment_permission=record.word("comment_permission"),
    )


def _topics(record: Record) -> tuple[TopicRef, ...] | None:
    found = record.subs("topics")
    return None if found is None else tuple(
        TopicRef(id=one.id("id"), name=name) for one in found if (name := one.word("name"))
    )  # fmt: skip


def _author(record: Record | None) -> Author | None:
    if record is None:
        return None
    slug, name, hash_ = record.word("slug"), record.word("name"), record.word("hash")
    kind = author_kind(name, id_=hash_, url_token=slug, is_organization=record.flag("is_org") is True)
    if kind is AuthorKind.ANONYMOUS:
        return Author(kind=kind, name=name)
    headline, picture = record.text("bio"), _picture(record)
    return Author(kind=kind, id=hash_, url_token=slug, name=name, headline=headline, avatar_url=picture)


def _user(raw: object, source: Source, problems: list[PageError]) -> User:
    record = Record(raw, "user of the page", problems)
    slug = record.require_id("slug")
    return User(
        id=record.word("hash"),
        url=canonical_url("user", slug),
        crawled_at=source.crawled_at,
        layout=source.layout,
        partial=True,
        url_token=slug,
        name=record.word("name"),
        headline=record.text("bio", "headline"),
        description=record.text("description"),
        avatar_url=_picture(record),
        is_organization=record.flag("is_org"),
        is_banned=record.flag("is_banned"),
    )


def _picture(record: Record) -> str | None:
    """Pictures are told as ``{id: ..., template: ".../{id}_{size}.jpg"}``."""
    avatar = record.sub("avatar")
    template, id_ = (avatar.word("template"), avatar.word("id")) if avatar else (None, None)
    return template.replace("{id}", id_).replace("{size}", "l") if template and id_ else None
