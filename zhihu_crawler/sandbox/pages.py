"""Pages of today's layout: each with its state, its microdata and its elements.

``?state=off`` leaves the state out, as do ids with that quirk: then only microdata and elements are left to read.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from zhihu_crawler.sandbox import dom
from zhihu_crawler.sandbox.api import feeds_next, feeds_page
from zhihu_crawler.sandbox.html import WASTELAND, frame, signin_page, unhuman_page
from zhihu_crawler.sandbox.ids import Quirk, read_question
from zhihu_crawler.sandbox.profile import LIST_OF_TAB, profile_main, profile_page_state
from zhihu_crawler.sandbox.scripts import scroll_tag
from zhihu_crawler.sandbox.state import add_question_answers, page_state

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zhihu_crawler.sandbox.world import World

Page = tuple[int, str, str | None]
"""Status, HTML, and where to go instead."""
ZHUANLAN = "zhuanlan.zhihu.com"
FIRST_ANSWERS = 5
GONE: Page = (404, WASTELAND, None)


class Pages:
    """Answers everything outside the API."""

    def __init__(self, world: World) -> None:
        self._world = world

    def page(self, host: str, path: str, query: Mapping[str, str]) -> Page:
        """Return the page at a path; zhuanlan's columns are told from www's pages by the host."""
        words = path.strip("/").split("/")
        stateless = query.get("state") == "off"
        match words:
            case [""]:
                return 302, "", "https://www.zhihu.com/signin?next=%2F"
            case ["signin"]:
                return 200, signin_page(), None
            case ["account", "unhuman"]:
                return 200, unhuman_page(), None
            case ["question", id_]:
                return self._question(id_, stateless=stateless)
            case ["question", question, "answer", id_]:
                return self._answer(id_, question, stateless=stateless)
            case ["people" | "org", token, *tab] if len(tab) < 2:
                return self._profile(token, tab[0] if tab else "", query, stateless=stateless)
        return self._of_things(words, is_zhuanlan=host == ZHUANLAN, stateless=stateless)

    def _of_things(self, words: list[str], *, is_zhuanlan: bool, stateless: bool) -> Page:
        match words:
            case ["answer", id_]:
                found = self._world.answer(id_)
                path = f"/question/{found['question']['id']}/answer/{id_}" if found else None
                return (302, "", f"https://www.zhihu.com{path}") if path else GONE
            case ["collection", id_]:
                return self._collection(id_, stateless=stateless)
            case ["p", id_]:
                return self._article(id_, stateless=stateless)
            case ["column", slug]:
                return self._column(slug, stateless=stateless)
            case [slug] if is_zhuanlan:
                return self._column(slug, stateless=stateless)
        return GONE

    def _question(self, text_id: str, *, stateless: bool) -> Page:
        id_ = read_question(text_id)
        question = self._world.question(text_id)
        if id_ is None or question is None:
            return GONE
        answers = self._world.answers(id_)
        query = {"limit": str(FIRST_ANSWERS)}
        _, feed = feeds_page(answers, text_id, query, "1700000000000000000")
        cards = [card for card in feed["data"] if card["target_type"] == "answer"]
        targets = [_as_on_pages(card["target"]) for card in cards]
        entities = {"questions": [(text_id, question)], "answers": [(one["id"], one) for one in targets]}
        state = page_state("main", "QuestionPage", entities)
        next_ = feed["paging"].get("next") or feeds_next(answers, text_id, query, len(cards), "1700000000000000000")
        add_question_answers(state, text_id, cards, next_)
        roles = ["acceptedAnswer"] + ["suggestedAnswer"] * FIRST_ANSWERS
        blocks = dom.list_items(dom.answer_item(one, role) for one, role in zip(targets, roles, strict=False))
        main = _question_frame(question, _headed(f"{question['answer_count']} 个回答", blocks))
        off = stateless or id_.quirk is Quirk.NO_STATE
        more = self._scroll(f"questions/{text_id}/feeds") if off else scroll_tag(self._world.seed, next_)
        return 200, frame(question["title"], main, _unless(off, state), more), None

    def _answer(self, text_id: str, question_id: str, *, stateless: bool) -> Page:
        """The answer that was asked for, and two others of its question, as stored pages have them."""
        id_ = self._world.find_answer(text_id)
        question = self._world.question(question_id)
        if id_ is None or question is None:
            return GONE
        answer = self._world.whole_answer(id_)
        if answer["question"]["id"] != question_id:
            return 302, "", f"https://www.zhihu.com/question/{answer['question']['id']}/answer/{text_id}"
        others = [one for one in self._neighbours(question_id) if one["id"] != text_id]
        shown = [answer, *others[:2]]
        entities = {"questions": [(question_id, question)], "answers": [(one["id"], one) for one in shown]}
        state = page_state("main", "QuestionAnswer", entities)
        main = _question_frame(question, "".join(f'<div class="Card">{dom.answer_item(one)}</div>' for one in shown))
        off = stateless or bool(id_.question and id_.question.quirk is Quirk.NO_STATE)
        return 200, frame(question["title"], main, _unless(off, state)), None

    def _neighbours(self, question_id: str) -> list[dict[str, Any]]:
        id_ = read_question(question_id)
        assert id_
        answers = self._world.answers(id_)
        return [answers.make(answers.place(at)) for at in range(min(3, answers.delivered))]

    def _profile(self, token: str, tab: str, query: Mapping[str, str], *, stateless: bool) -> Page:
        id_ = self._world.find_user(token)
        user = self._world.user(token)
        if id_ is None or user is None:
            return GONE
        number = int(query["page"]) if query.get("page", "").isascii() and query.get("page", "").isdigit() else 1
        made = profile_page_state(self._world, id_, user, tab, min(number, 100_000))
        if made is None:
            return GONE
        state, blocks = made
        off = stateless or id_.quirk is Quirk.NO_STATE
        name = LIST_OF_TAB[tab]
        more = self._scroll(f"members/{id_.token}/{name}") if name else ""
        return 200, frame(user["name"], profile_main(user, tab, blocks), _unless(off, state), more), None

    def _collection(self, id_: str, *, stateless: bool) -> Page:
        """The head alone: its entries come from the API (stored page of 2026)."""
        found = self._world.collection(id_)
        if found is None:
            return GONE
        state = page_state("main", "CollectionDetail", {"favlists": [(id_, found)]})
        state["initialState"]["entities"]["collections"] = {id_: {"collection": int(id_), "status": 200, "message": ""}}
        creator = {"is_org": False, "url_token": found["creator"]["id"], **found["creator"]}
        main = (
            f'<div class="CollectionsDetailPage"><div class="Card CollectionDetailPageHeader">'
            f'{dom.author_info(creator)}<div class="CollectionDetailPageHeader-title">{escape(found["title"])}</div>'
            f'<div class="CollectionDetailPageHeader-description">{escape(found["description"])}</div>'
            f'<div class="CollectionDetailPageHeader-hint">创建于 {dom.local(found["created_time"])[:10]} • '
            f'{found["follower_count"]} 人关注<!-- --> </div></div><div class="Card CollectionsDetailPage-list">'
            '<div class="Card-header"><div class="Card-headerText"></div></div><div class="PlaceHolder Card '
            'CollectionDetailPageItem CollectionDetailPageItem--placeholder"></div></div></div>'
        )
        entries = self._world.entries(id_)
        off = stateless or (entries is not None and entries.quirk is Quirk.NO_STATE)
        more = self._scroll(f"collections/{id_}/items")
        return 200, frame(found["title"], main, _unless(off, state), more), None

    def _scroll(self, listing: str) -> str:
        return scroll_tag(self._world.seed, f"/api/v4/{listing}?offset=0&limit=20")

    def _article(self, id_: str, *, stateless: bool) -> Page:
        found = self._world.article(id_)
        if found is None:
            return GONE
        columns = [(one["id"], one) for one in [found.get("column")] if one]
        state = page_state("column", "Post", {"articles": [(id_, found)], "columns": columns})
        state["fetchHost"] = "www.zhihu.com"
        zop = {"authorName": found["author"]["name"], "itemId": id_, "title": found["title"], "type": "article"}
        verb = "编辑于" if found["updated"] > found["created"] else "发布于"
        topics = "".join(
            f'<div class="Tag Topic"><span class="Tag-content"><a class="TopicLink" href="//www.zhihu.com/topic/'
            f'{one["id"]}"><div class="Popover">{escape(one["name"])}</div></a></span></div>'
            for one in found["topics"]
        )
        main = (
            f'<div class="Post-content" data-zop="{dom.data(zop)}"><article class="Post-Main Post-NormalMain"><header '
            f'class="Post-Header"><h1 class="Post-Title">{escape(found["title"])}</h1><div class="Post-Author">'
            f'{dom.author_info(found["author"])}</div></header><div class="Post-RichTextContainer"><div '
            'class="RichText '
            f'ztext Post-RichText">{found["content"]}</div></div><div role="button" class="ContentItem-time">{verb} '
            f'{dom.local(found["updated"])}</div><div class="Post-topicsAndReviewer"><div class="TopicList '
            'Post-Topics">'
            f'{topics}</div></div><button class="Button VoteButton VoteButton--up">赞同 '
            f"{found['voteup_count']}</button>"
            f'<button class="Button BottomActions-CommentBtn">{dom.comments(found["comment_count"])}</button>'
            "</article></div>"
        )
        return 200, frame(found["title"], main, _unless(stateless, state)), None

    def _column(self, slug: str, *, stateless: bool) -> Page:
        found = self._world.column(slug)
        if found is None:
            return GONE
        state = page_state("column", "Column", {"columns": [(slug, found)]})
        main = (
            f'<div class="ColumnHomeTop"><h1 class="ColumnHome-title">{escape(found["title"])}</h1>'
            f'<div class="ColumnHome-intro">{escape(found["intro"])}</div>{dom.author_info(found["author"])}</div>'
        )
        return 200, frame(found["title"], main, _unless(stateless, state)), None


def _unless(off: bool, state: dict[str, Any]) -> dict[str, Any] | None:  # noqa: FBT001  # reads as a sentence where it stands
    return None if off else state


def _as_on_pages(target: Mapping[str, Any]) -> dict[str, Any]:
    """Two keys are of feeds alone."""
    return {key: value for key, value in target.items() if key not in ("is_labeled", "zhi_plus_extra_info")}


def _headed(text: str, blocks: str) -> str:
    return (
        '<div id="QuestionAnswers-answers" class="QuestionAnswers-answers"><div class="Card AnswersNavWrapper"><div '
        'class="ListShortcut"><div class="List"><div class="List-header"><h4 class="List-headerText">'
        f"<span>{text}</span>"
        f'</h4></div><div><div role="list">{blocks}</div></div></div></div></div></div>'
    )


def _question_frame(question: Mapping[str, Any], below: str) -> str:
    return (
        '<div class="QuestionPage" itemscope="" itemProp="mainEntity" itemType="http://schema.org/Question">'
        f'{dom.question_header(question)}<div class="Question-main"><div '
        f'class="Question-mainColumn">{below}</div></div></div>'
    )
