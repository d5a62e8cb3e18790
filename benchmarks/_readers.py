"""The same fields read with other libraries, for ``parse.py``: as somebody would who writes it with care.

Each reader gives ``(question, answers)``: title, topics and counts; and for every answer its id, author, votes,
comments and cleaned text with real picture sources and without the doubles in ``noscript``.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bs4 import BeautifulSoup, Tag
from selectolax.lexbor import LexborHTMLParser

Read = tuple[dict[str, Any], list[dict[str, Any]]]


def _number(text: str | None) -> int | None:
    if text is None:
        return None
    text = text.strip()
    if text == "添加评论":
        return 0
    digits = "".join(letter for letter in text.split()[0] if letter.isdigit())
    return int(digits) if digits else None


def _target(href: str) -> str:
    if "link.zhihu.com" not in href:
        return href
    return parse_qs(urlsplit(href).query).get("target", [href])[0]


def soup_text(soup: Tag) -> str:
    """Clean a text with BeautifulSoup, as zhihu-python does, and the links as zhihu-go does."""
    for noscript in soup.find_all("noscript"):
        noscript.extract()
    for image in soup.find_all("img"):
        if real := image.get("data-original") or image.get("data-actualsrc"):
            image["src"] = real
    for link in soup.find_all("a", href=True):
        link["href"] = _target(str(link["href"]))
    for icon in soup.find_all("i", class_="icon-external"):
        icon.extract()
    return soup.decode_contents()


def soup_legacy(body: bytes, parser: str = "lxml", *, again: bool = False) -> Read:
    """Read a question page of 2015/16. ``again`` parses the whole page anew for every answer, as zhihu-python does."""
    soup = BeautifulSoup(body, parser)
    title = soup.select_one("#zh-question-title h2")
    question = {
        "title": title.get_text(strip=True) if title else None,
        "topics": [link.get_text(strip=True) for link in soup.select(".zm-tag-editor-labels a.zm-item-tag")],
        "visits": _number(str(soup.find("meta", itemprop="visitsCount")["content"])),  # type: ignore[index]  # both are there
        "answers": _number(str(soup.find("h3", id="zh-question-answer-num")["data-num"])),  # type: ignore[index]  # both are there
    }
    answers = []
    count = len(soup.select("div.zm-item-answer[data-atoken]"))
    for place in range(count):
        page = BeautifulSoup(soup.encode("utf-8"), parser) if again else soup
        answers.append(_soup_answer(page.select("div.zm-item-answer[data-atoken]")[place]))
    return question, answers


def _soup_answer(block: Tag) -> dict[str, Any]:
    author = next((link for link in block.select(".zm-item-answer-author-info a") if link.get_text(strip=True)), None)
    author = author if author and author.get("data-tip") else None
    votes, content = block.select_one("[data-votecount]"), block.select_one(".zm-editable-content")
    comments = block.select_one("a.toggle-comment")
    return {
        "id": block["data-atoken"],
        "author": str(author["href"]).rpartition("/")[2] if author else None,
        "votes": int(str(votes["data-votecount"])) if votes else None,
        "comments": _number(comments.get_text()) if comments else None,
        "created": int(str(block["data-created"])),
        "text": soup_text(content) if content else None,
    }


def _first(page: LexborHTMLParser, css: str) -> Any:
    return page.css_first(css)


def lexbor_legacy(body: bytes) -> Read:
    """The same with selectolax."""
    page = LexborHTMLParser(body)

    def words(css: str) -> str | None:
        node = page.css_first(css)
        return node.text(strip=True) if node else None

    question = {
        "title": words("#zh-question-title h2"),
        "topics": [link.text(strip=True) for link in page.css(".zm-tag-editor-labels a.zm-item-tag")],
        "visits": _number(_first(page, "meta[itemprop=visitsCount]").attributes["content"]),
        "answers": _number(_first(page, "#zh-question-answer-num").attributes["data-num"]),
    }
    return question, [_lexbor_answer(block) for block in page.css("div.zm-item-answer[data-atoken]")]


def _lexbor_answer(block: Any) -> dict[str, Any]:
    links = [link for link in block.css(".zm-item-answer-author-info a") if link.text(strip=True)]
    author = links[0].attributes if links and links[0].attributes.get("data-tip") else None
    votes, content = block.css_first("[data-votecount]"), block.css_first(".zm-editable-content")
    comments = block.css_first("a.toggle-comment")
    return {
        "id": block.attributes["data-atoken"],
        "author": author["href"].rpartition("/")[2] if author else None,
        "votes": int(votes.attributes["data-votecount"]) if votes else None,
        "comments": _number(comments.text()) if comments else None,
        "created": int(block.attributes["data-created"]),
        "text": lexbor_text(content) if content else None,
    }


def lexbor_text(node: Any) -> str:
    """Clean a text with selectolax."""
    for noscript in node.css("noscript, i.icon-external"):
        noscript.decompose()
    for image in node.css("img"):
        if real := image.attributes.get("data-original") or image.attributes.get("data-actualsrc"):
            image.attrs["src"] = real
    for link in node.css("a[href]"):
        link.attrs["href"] = _target(link.attributes["href"] or "")
    html = node.html or ""
    return html[html.index(">") + 1 : html.rindex("</")]


def _of_state(state: dict[str, Any], clean: Any) -> Read:
    entities = state["initialState"]["entities"]
    (question,) = entities["questions"].values()
    told = {
        "title": question["title"],
        "topics": [topic["name"] for topic in question["topics"]],
        "visits": question["visitCount"],
        "answers": question["answerCount"],
    }
    return told, [
        {
            "id": str(answer["id"]),
            "author": answer["author"]["urlToken"] or None,
            "votes": answer["voteupCount"],
            "comments": answer["commentCount"],
            "created": answer["createdTime"],
            "text": clean(answer["content"]),
        }
        for answer in entities["answers"].values()
    ]


def soup_state(body: bytes, parser: str = "lxml", *, again: bool = False) -> Read:
    """Read a page with a state: the script out of the tree, then its JSON. ``again`` as in ``soup_legacy``."""
    soup = BeautifulSoup(body, parser)
    state = _soup_json(soup)
    if again:
        for _ in state["initialState"]["entities"]["answers"]:
            state = _soup_json(BeautifulSoup(soup.encode("utf-8"), parser))
    return _of_state(state, lambda html: soup_text(BeautifulSoup(f"<div>{html}</div>", parser).div or Tag(name="div")))


def _soup_json(soup: BeautifulSoup) -> dict[str, Any]:
    script = soup.find("script", id="js-initialData")
    return dict(json.loads(script.string or "")) if isinstance(script, Tag) else {}


def lexbor_state(body: bytes) -> Read:
    """The same with selectolax."""
    state = json.loads(_first(LexborHTMLParser(body), "script#js-initialData").text())
    return _of_state(state, lambda html: lexbor_text(LexborHTMLParser(f"<div>{html}</div>").css_first("div")))
