"""The read order: what a reply holds decides who reads it, and the readers stand in for one another."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

from lxml import etree
from parsel import Selector

from zhihu_crawler.errors import DamagedPageError, LayoutUnknownError, PageError, WrongPageError
from zhihu_crawler.items import Layout
from zhihu_crawler.parsers.api import parse_api
from zhihu_crawler.parsers.dom import parse_dom
from zhihu_crawler.parsers.legacy import parse_ajax, parse_fragment, parse_legacy
from zhihu_crawler.parsers.mend import mend, read_tree
from zhihu_crawler.parsers.state import parse_state
from zhihu_crawler.parsers.zhuanlan import parse_preloaded_state, parse_zhuanlan_api

if TYPE_CHECKING:
    from zhihu_crawler.parsers.result import Parsed, Source
    from zhihu_crawler.urls import Target


class Form(StrEnum):
    """What a reply is, before anything in it is read."""

    STATE = "state"
    DATA_STATE = "data-state"
    PRELOADED = "preloaded"
    MODERN = "modern"
    LEGACY = "legacy"
    FRAGMENT = "fragment"
    API = "api"
    AJAX = "ajax"
    ZHUANLAN = "zhuanlan"


@dataclass(frozen=True)
class Page:
    """A reply that is no refusal: its form, its JSON (reply or state) and its HTML where it has some."""

    form: Form
    data: Any = None
    body: bytes = b""
    fault: PageError | None = None
    """Why its state is not in ``data``, where it has one; what is wrong with a piece of a page."""

    @cached_property
    def selector(self) -> Selector:
        """The page's tree, built when it is first asked for: a page with a state hardly ever needs it."""
        return Selector(root=self._tree[0], type="html")

    @property
    def is_too_deep(self) -> bool:
        """Whether a part of the page was left unread because of its depth."""
        return "_tree" in self.__dict__ and self._tree[1]

    @cached_property
    def _tree(self) -> tuple[etree._Element, bool]:
        return read_tree(self.body)


def parse_page(page: Page, source: Source, target: Target | None) -> Parsed:
    """Read all items of a page.

    Args:
        page: what came.
        source: where and when; its layout is set here.
        target: what was asked for, ``None`` when that is not known (a saved file).

    Raises:
        PageError: the page holds nothing known, or not what was asked for.
    """
    try:
        parsed = _parse(page, source, target)
    except (ValueError, KeyError, etree.LxmlError) as error:
        if not page.body:
            raise
        parsed = _parse_mended(page, source, target, error)
    if page.form is Form.FRAGMENT and page.fault:
        parsed.problems.append(page.fault)
    if page.is_too_deep:
        parsed.problems.append(DamagedPageError(f"{source.url or 'this file'} nests too deep: a part was not read"))
    return parsed


def _parse(page: Page, source: Source, target: Target | None) -> Parsed:
    if page.form is Form.API:
        return parse_api(page.data, source.on(Layout.API), target)
    if page.form is Form.AJAX:
        return parse_ajax(page.data, source.on(Layout.LEGACY_AJAX), target)
    if page.form is Form.ZHUANLAN:
        return parse_zhuanlan_api(page.data, source.on(Layout.ZHUANLAN_API), target)
    if page.form is Form.FRAGMENT:
        return _parse_fragment(page, source, target)
    if page.form is Form.LEGACY:
        return parse_legacy(page.selector, source.on(Layout.LEGACY), target)
    if page.form is Form.PRELOADED:
        return parse_preloaded_state(page.data, source.on(Layout.DATA_STATE), target)
    return _parse_modern(page, source, target)


def _parse_fragment(page: Page, source: Source, target: Target | None) -> Parsed:
    """A piece of a page of any era."""
    try:
        return parse_fragment(page.selector, source.on(Layout.LEGACY_AJAX), target)
    except LayoutUnknownError as error:
        try:
            return parse_dom(page.selector, source.on(Layout.DOM), target)
        except LayoutUnknownError:
            raise error from None


def _parse_mended(page: Page, source: Source, target: Target | None, error: Exception) -> Parsed:
    """Damaged bytes give attributes names that lxml refuses to tell, which must not cost the page."""
    mend(page.selector.root)
    try:
        return _parse(page, source, target)
    except (ValueError, KeyError, etree.LxmlError):
        raise DamagedPageError(f"the markup of {source.url or 'this file'} cannot be read: {error}") from error


def _parse_modern(page: Page, source: Source, target: Target | None) -> Parsed:
    """State first; the DOM where the state is absent or lacks what was asked for."""
    layout = Layout.STATE if page.form is Form.STATE else Layout.DATA_STATE
    if page.data is None:
        return _parse_shown(page, source, target)
    try:
        parsed = parse_state(page.data, source.on(layout), target)
    except WrongPageError as error:
        return _parse_dom_instead(page, source, target, error)
    if not parsed.items and not parsed.problems:
        nothing = LayoutUnknownError(f"the state of {source.url or 'this file'} holds nothing that is read here")
        return _parse_dom_instead(page, source, target, nothing)
    return parsed


def _parse_shown(page: Page, source: Source, target: Target | None) -> Parsed:
    try:
        return parse_dom(page.selector, source.on(Layout.DOM), target)
    except LayoutUnknownError:
        if page.fault:
            raise page.fault from None
        raise


def _parse_dom_instead(page: Page, source: Source, target: Target | None, error: PageError) -> Parsed:
    if not page.body:
        raise error
    try:
        parsed = parse_dom(page.selector, source.on(Layout.DOM), target)
    except LayoutUnknownError:
        raise error from None
    if target is not None and not any(item.kind == target.kind for item in parsed.items):
        raise error
    return parsed
