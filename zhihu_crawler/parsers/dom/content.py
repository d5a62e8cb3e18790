"""Questions, answers and articles as a modern page shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zhihu_crawler.errors import PageError, RecordError
from zhihu_crawler.items import Answer, Article, ColumnRef, Item, Precision, Question, QuestionRef, Topic, TopicRef
from zhihu_crawler.parsers import values
from zhihu_crawler.parsers.dom._common import embedded, meta, number_beside, read_author, topic_refs
from zhihu_crawler.parsers.markup import Fields, absolute, attribute, inner_html, own_text, target_of, text
from zhihu_crawler.urls import canonical_url, read_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parsel import Selector

    from zhihu_crawler.parsers.result import Source

_BODY = ".RichContent-inner .RichText[itemprop=text], .RichContent-inner .RichText"
_DETAIL = ".QuestionHeader-detail .RichText, .QuestionRichText .RichText, .QuestionRichText span[itemprop=text]"


def read_question_page(page: Selector, source: Source, problems: list[PageError]) -> Iterator[Item]:
    """Read the question whose page this is, with its topics."""
    block = next(iter(page.css(".QuestionPage")), None)
    if block is None:
        return
    named = read_url(meta(block, "url") or "")
    if named is None or named.kind != "question":
        raise RecordError(f"the question page {source.url} does not say which question it is of: it is damaged")
    fields = Fields(f"question {named.id}", problems)
    topics = tuple(_topics(block))
    folded = bool(block.css(".QuestionRichText-more"))
    yield Question(
        id=named.id,
        url=canonical_url("question", named.id),
        crawled_at=source.crawled_at,
        layout=source.layout,
        title=meta(block, "name") or text(block, "h1.QuestionHeader-title"),
        detail=None if folded else inner_html(block, _DETAIL),
        excerpt=text(block, _DETAIL) if folded else None,
        topics=topics,
        author=read_author(author, fields) if (author := _asker(block)) is not None else None,
        created=fields.read("created", values.read_time, meta(block, "dateCreated")),
        updated=fields.read("updated", values.read_time, meta(block, "dateModified")),
        answer_count=_first(fields, "answer_count", meta(block, "answerCount"), text(page, ".List-headerText span")),
        follower_count=_first(
            fields, "follower_count", meta(block, "zhihu:followerCount"), number_beside(block, "关注者")
        ),
        visit_count=_first(fields, "visit_count", meta(block, "zhihu:visitsCount"), number_beside(block, "被浏览")),
        comment_count=_first(
            fields, "comment_count", meta(block, "commentCount"), text(block, ".QuestionHeader-Comment button")
        ),
    )
    for topic in topics:
        if topic.id:
            yield _topic(topic, source)


def _first(fields: Fields, name: str, *labels: str | None) -> int | None:
    count: int | None = fields.read(name, values.read_count, next((label for label in labels if label), None))
    return count


def _asker(block: Selector) -> Selector | None:
    return next(iter(block.css(".QuestionAuthor")), None)


def _topics(block: Selector) -> Iterator[TopicRef]:
    """Links name id and title; older pages tell them in the attribute of the page's own scripts."""
    found = list(topic_refs(block.css(".QuestionHeader-topics, .QuestionHeader-tags")[0])) if block.css(
        ".QuestionHeader-topics, .QuestionHeader-tags"
    ) else []  # fmt: skip
    if not found:
        for holder in block.css("[data-zop-question]"):
            told = embedded(holder, "data-zop-question").get("topics") or []
            found = [TopicRef(id=str(one["id"]), name=one["name"]) for one in told if one.get("name") and one.get("id")]
    if not found and (keywords := meta(block, "keywords")):
        found = [TopicRef(id=None, name=name) for name in keywords.split(",") if name]
    yield from found


def _topic(ref: TopicRef, source: Source) -> Topic:
    id_ = ref.id or ""
    return Topic(
        id=id_,
        url=canonical_url("topic", id_),
        crawled_at=source.crawled_at,
        layout=source.layout,
        partial=True,
        name=ref.name,
    )


def read_answers(page: Selector, source: Source, problems: list[PageError]) -> list[Answer]:
    """Read every answer that the page shows; an odd one costs itself alone."""
    answers: dict[str, Answer] = {}
    for block in page.css(".AnswerItem"):
        try:
            answer = _answer(block, source, problems)
        except PageError as error:
            problems.append(error)
        else:
            answers.setdefault(answer.id, answer)
    return list(answers.values())


def _answer(block: Selector, source: Source, problems: list[PageError]) -> Answer:
    url = meta(block, "url") or attribute(block, ".ContentItem-time a", "href") or ""
    named, told = read_url(absolute(url) or ""), embedded(block, "data-zop")
    id_ = str(told.get("itemId") or block.attrib.get("name") or (named.id if named else ""))
    if not id_.isdigit():
        raise RecordError(f"an answer of {source.url or 'this file'} has the id {id_!r}: the page is damaged")
    fields = Fields(f"answer {id_}", problems)
    question = _question_of(block, named.question_id if named else None, told)
    content = inner_html(block, _BODY)
    folded = bool(block.css(".RichContent.is-collapsed"))
    votes = meta(block, "upvoteCount") or attribute(block, ".VoteButton", "aria-label") or text(block, ".VoteButton")
    return Answer(
        id=id_,
        url=canonical_url("answer", id_, question_id=question.id if question else None),
        crawled_at=source.crawled_at,
        layout=source.layout,
        partial=folded or content is None,
        question=question,
        author=read_author(block, fields),
        content=None if folded else content,
        excerpt=text(block, _BODY) if folded else None,
        voteup_count=fields.read("voteup_count", _votes, votes),
        comment_count=_first(fields, "comment_count", meta(block, "commentCount"), _comments(block)),
        **_times(block, fields, source),
    )


def _votes(label: str | None) -> int | None:
    """The button of an answer without votes says only 赞同."""
    return 0 if label is not None and label.strip() == "赞同" else values.read_count(label)


def _comments(block: Selector) -> str | None:
    labels = (own_text(button) or "" for button in block.css(".ContentItem-actions button, .BottomActions-CommentBtn"))
    return next((label for label in labels if label.endswith("条评论") or label == "添加评论"), None)


def _question_of(block: Selector, question_id: str | None, told: dict[str, Any]) -> QuestionRef | None:
    holder = next(iter(block.css('[itemprop="zhihu:question"]')), None)
    named = read_url(meta(holder, "url") or "") if holder is not None else None
    id_ = named.id if named else question_id
    title = meta(holder, "name") if holder is not None else None
    title = title or (told["title"] if isinstance(told.get("title"), str) else None)
    return QuestionRef(id=id_, title=title) if id_ else None


def _times(block: Selector, fields: Fields, source: Source) -> dict[str, Any]:
    """Microdata gives seconds; the tip and the label beside the text give minutes."""
    found: dict[str, Any] = {}
    tip = attribute(block, ".ContentItem-time [data-tooltip]", "data-tooltip")
    label = text(block, ".ContentItem-time")
    for name, stamp, words, mark in (
        ("created", meta(block, "dateCreated"), tip or label, "发布"),
        ("updated", meta(block, "dateModified"), label, "编辑"),
    ):
        if stamp:
            moment = fields.read(name, values.read_time, stamp)
            found |= {name: moment, f"{name}_precision": Precision.SECOND if moment else None}
        elif words and mark in words:
            read = fields.read(name, lambda told: values.read_date_label(told, source.captured_at), words)
            found |= {name: read[0], f"{name}_precision": read[1]} if read else {}
    return found


def read_article_page(page: Selector, source: Source, problems: list[PageError]) -> Iterator[Item]:
    """Read the article whose page this is."""
    block = next(iter(page.css(".Post-content, .Post-Main, .PostIndex")), None)
    if block is None:
        return
    told = next((embedded(holder, "data-zop") for holder in page.css(".Post-content[data-zop]")), {})
    named = read_url(attribute(page, 'meta[property="og:url"], link[rel="canonical"]', "content") or source.url)
    id_ = str(told.get("itemId") or (named.id if named and named.kind == "article" else ""))
    if not id_.isdigit():
        raise RecordError(f"the article page {source.url} does not say which article it is of: it is damaged")
    fields = Fields(f"article {id_}", problems)
    topics = tuple(topic_refs(block))
    times = _times(block, fields, source)
    yield Article(
        id=id_,
        url=canonical_url("article", id_),
        crawled_at=source.crawled_at,
        layout=source.layout,
        title=text(page, "h1.Post-Title, .PostIndex-title"),
        content=inner_html(block, ".Post-RichText, .PostIndex-content .RichText"),
        author=read_author(block, fields),
        column=_column(page),
        topics=topics,
        created=times.get("created"),
        updated=times.get("updated"),
        voteup_count=fields.read("voteup_count", _votes, attribute(page, ".VoteButton", "aria-label")),
        comment_count=_first(fields, "comment_count", _comments(page)),
        image_url=attribute(page, ".TitleImage img, img.TitleImage-imagePure", "src"),
    )
    for topic in topics:
        if topic.id:
            yield _topic(topic, source)


def _column(page: Selector) -> ColumnRef | None:
    link = next(iter(page.css("a.ColumnLink, .ColumnPageHeader-TitleColumn")), None)
    target = target_of(link.attrib.get("href")) if link is not None else None
    return ColumnRef(id=target.id, title=own_text(link)) if link is not None and target else None


def read_cards(page: Selector, source: Source, problems: list[PageError], known: set[str]) -> Iterator[Item]:
    """Read what the page only mentions: cards of articles and questions, the hot list."""
    for block in page.css(".ArticleItem[data-zop]"):
        told = embedded(block, "data-zop")
        id_, fields = str(told.get("itemId") or ""), Fields(f"article {told.get('itemId')}", problems)
        if id_.isdigit() and f"article:{id_}" not in known:
            yield Article(
                id=id_,
                url=canonical_url("article", id_),
                crawled_at=source.crawled_at,
                layout=source.layout,
                partial=True,
                title=told.get("title") or text(block, ".ContentItem-title"),
                author=read_author(block, fields),
                voteup_count=fields.read("voteup_count", _votes, attribute(block, ".VoteButton", "aria-label")),
                comment_count=_first(fields, "comment_count", _comments(block)),
            )
    yield from _question_cards(page, source, known)


def _question_cards(page: Selector, source: Source, known: set[str]) -> Iterator[Question]:
    for block in page.css(".HotItem, .QuestionItem, .List-item .QuestionItem-title"):
        link = next((a for a in block.css("a[href*='/question/']") if target_of(a.attrib.get("href"))), None)
        target = target_of(link.attrib.get("href")) if link is not None else None
        if link is None or target is None or target.kind != "question" or f"question:{target.id}" in known:
            continue
        known.add(f"question:{target.id}")
        yield Question(
            id=target.id,
            url=canonical_url("question", target.id),
            crawled_at=source.crawled_at,
            layout=source.layout,
            partial=True,
            title=text(block, ".HotItem-title") or link.attrib.get("title") or own_text(link),
            excerpt=text(block, ".HotItem-excerpt"),
        )
