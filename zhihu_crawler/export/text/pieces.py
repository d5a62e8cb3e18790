"""Zhihu's own constructs within a text, and what each is in plain HTML. Seen on stored pages of 2015 to 2026."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote, urlsplit

from lxml.etree import Element, SubElement

from zhihu_crawler.parsers.richtext import words
from zhihu_crawler.urls import ZHIHU, unwrap_link

if TYPE_CHECKING:
    from lxml.etree import _Element

_LANGUAGE = re.compile(r"language-([\w+#.-]+)")
_LONE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_NUMBER = re.compile(r"\s*\[?\s*\d*\s*\]?\s*")
_SCHEMES = ("http", "https", "mailto")
_ENTITY = "RichContent-EntityWord"


def address(href: str | None) -> str | None:
    """Return where a link leads, whole and unwrapped; ``None`` where it leads nowhere that may be opened."""
    href = unwrap_link("".join((href or "").split()))
    if href.startswith("//"):
        return f"https:{href}"
    if href.startswith("/"):
        return f"{ZHIHU}{href}"
    try:
        parts = urlsplit(href)
    except ValueError:
        return None
    if parts.scheme.lower() not in _SCHEMES or not (parts.netloc or parts.scheme.lower() == "mailto"):
        return None
    return _valid(href)


def _valid(href: str) -> str:
    """Encode what no URI may hold; what is encoded already stays."""
    encoded = quote(_LONE_PERCENT.sub("%25", href), safe="%/:?#@!$&'()*+,;=")
    before, mark, fragment = encoded.partition("#")
    return before + mark + fragment.replace("#", "%23")


def squeezed(text: str | None) -> str:
    """Return a text on one line, its white space folded."""
    return " ".join((text or "").split())


def picture(img: _Element) -> str | None:
    """Return a picture's real source, ``None`` where the text holds a place-holder alone."""
    names = ("data-original", "data-actualsrc", "src", "data-default-watermark-src")
    found = (address(img.get(name)) for name in names)
    return next((source for source in found if source and source.startswith("http")), None)


def is_link_of_site(link: _Element) -> bool:
    """Say whether the site laid a link on a word that its author did not make: a search, since 2021."""
    href = link.get("href", "")
    return _ENTITY in link.get("class", "") or "//zhida.zhihu.com/search" in href


def formula_of(element: _Element) -> str | None:
    """Return the TeX of ``img[eeimg]`` or ``span.ztext-math``, ``None`` of anything else."""
    if element.tag == "span":
        return element.get("data-tex")
    source = element.get("src", "")
    if element.get("eeimg") is None and "/equation?tex=" not in source:
        return None
    if tex := element.get("alt", "").strip():
        return tex
    try:
        return parse_qs(urlsplit(source).query).get("tex", [""])[0] or None
    except ValueError:
        return None


def formula(element: _Element, tex: str) -> _Element:
    r"""Make the mark of a formula. What ends with ``\\`` is on a line of its own, as the site shows it."""
    tex = " ".join(tex.split())
    is_display = element.get("eeimg") == "2" or element.get("data-eeimg") == "2" or tex.endswith("\\\\")
    mark = Element("span", {"class": "math", "data-tex": tex.removesuffix("\\\\").strip()})
    if is_display:
        mark.set("data-display", "1")
    return mark


def code_block(pre: _Element) -> _Element:
    """Make ``pre > code`` of a block of code, in whatever spans and line breaks it came."""
    block = Element("pre")
    code = SubElement(block, "code")
    inner = next(pre.iter("code"), pre)
    found = _LANGUAGE.search(inner.get("class", "") + " " + pre.get("lang", ""))
    if found and found[1] != "text":
        code.set("class", f"language-{found[1]}")
    for line_break in pre.iter("br"):
        line_break.tail = "\n" + (line_break.tail or "")
    code.text = words(pre).strip("\n") + "\n"
    return block


def is_number(mark: _Element) -> bool:
    """Tell whether a reference's mark holds its number and nothing else: ``[1]``, as the site writes it."""
    return _NUMBER.fullmatch(words(mark)) is not None and next(mark.iter("img"), None) is None


def card(link: _Element) -> _Element | None:
    """Make a paragraph with a link of a card (link, goods, course, video); ``None`` of any other link."""
    kind, classes = link.get("data-draft-type", ""), link.get("class", "").split()
    if "video-box" in classes:
        return _video(link)
    if not kind.endswith("-card") and "LinkCard" not in classes:
        return None
    title = squeezed(words(link)) or link.get("data-draft-title") or link.get("data-text") or ""
    href = address(link.get("href"))
    if not href and not title:
        title = "（商品卡片）" if "mcn" in kind else "（卡片）"
    return _linked("card", title or href or "", href)


def _video(link: _Element) -> _Element:
    id_ = link.get("data-lens-id") or link.get("data-video-id")
    href = address(link.get("href")) or (f"{ZHIHU}/video/{id_}" if id_ else None)
    addresses = [words(one) for one in link.iter("span") if "url" in one.get("class", "").split()]
    shown = words(link)
    for told in addresses:  # beside the title stands where the video is, which the link says
        shown = shown.replace(told, " ")
    title = squeezed(shown) or squeezed(link.get("data-name"))
    return _linked("video", f"视频：{title}" if title else "视频", href)


def _linked(class_: str, title: str, href: str | None) -> _Element:
    block = Element("p", {"class": class_})
    if href:
        SubElement(block, "a", {"href": href}).text = title
    else:
        block.text = title
    return block


def pictured(img: _Element, caption: str) -> _Element:
    """Make the figure of a picture."""
    figure = Element("figure")
    figure.append(img)
    if caption:
        SubElement(figure, "figcaption").text = caption
    return figure


def is_captioned_by(figure: _Element, caption: _Element) -> bool:
    """Tell whether a caption is that of the figure before it: the figure has none, or one that says the same."""
    text = squeezed(words(caption))
    return figure.tag == "figure" and squeezed(figure.findtext("figcaption", text)) == text


def is_captioned(img: _Element, text: str) -> bool:
    """Tell whether the words of a picture stand in a caption beside it as well."""
    figure = next(img.iterancestors("figure"), None)
    return figure is not None and any(squeezed(words(one)) == text for one in figure.iter("figcaption"))
