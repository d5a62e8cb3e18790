"""Whole pages as Markdown, HTML and plain text, laid out as users of zhihu-python know them.

A heading with the title, a line with author and votes, the text, and 原链接 at the end.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from zhihu_crawler.export.text.body import body_of
from zhihu_crawler.export.text.html import html_of
from zhihu_crawler.export.text.markdown import escaped, link, markdown_of
from zhihu_crawler.export.text.plain import plain_of

if TYPE_CHECKING:
    from zhihu_crawler.export.text.page import Page

STYLE = (
    "body{max-width:44em;margin:2em auto;padding:0 1em;line-height:1.7;"
    'font-family:system-ui,"PingFang SC","Noto Sans CJK SC","Microsoft YaHei",sans-serif}'
    "h1{line-height:1.3}img{max-width:100%;height:auto}figure{margin:1em 0;text-align:center}"
    "figcaption,.facts,footer,.note{color:#666;font-size:.9em}.note{font-style:italic}"
    "h1 a{color:inherit;text-decoration:none}pre{overflow-x:auto;padding:1em;background:#f6f6f6}"
    "blockquote{margin:1em 0;padding-left:1em;border-left:3px solid #ccc}"
    "table{border-collapse:collapse}td,th{border:1px solid #ccc;padding:.3em .6em}.card a,.video a{display:block;"
    "padding:.6em 1em;border:1px solid #ddd;border-radius:4px}a{overflow-wrap:anywhere}"
)
"""One style for pages; nothing is loaded for it."""
POLICY = (
    '<meta http-equiv="Content-Security-Policy" '
    "content=\"default-src 'none'; img-src http: https:; style-src 'unsafe-inline'\">"
)
"""A browser runs and loads nothing but pictures, whatever a text holds."""


def markdown_page(page: Page) -> str:
    """Return a page as Markdown."""
    head = f"### 作者: {link(page.author, page.author_url)} 赞同: {page.votes}"
    notes = [f"*{escaped(note)}*" for note in page.notes]
    parts = [f"# {escaped(page.title)}", head, *notes, markdown_of(body_of(page.html))]
    parts += [escaped(" · ".join(page.facts))] if page.facts else []
    return "\n\n".join(part for part in [*parts, f"#### 原链接: <{page.url}>"] if part) + "\n"


def html_page(page: Page) -> str:
    """Return a page as one HTML file that runs no script and loads nothing but the pictures of its text."""
    title = f"{page.title} - {page.by}"
    return (
        '<!DOCTYPE html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width">\n<meta name="referrer" content="no-referrer">\n{POLICY}\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<article>\n"
        f"{header(page)}\n{html_of(body_of(page.html))}\n{footer(page)}\n</article>\n</body>\n</html>\n"
    )


def header(page: Page, *, level: int = 1) -> str:
    """Return what stands above a text, as HTML that is XML as well."""
    author = escape(page.author)
    if page.author_url:
        author = f'<a href="{escape(page.author_url)}">{author}</a>'
    notes = "".join(f'\n<p class="note">{escape(note)}</p>' for note in page.notes)
    return (
        f'<header>\n<h{level}><a href="{escape(page.url)}">{escape(page.title)}</a></h{level}>\n'
        f"<p>作者: {author} 赞同: {escape(page.votes)}</p>{notes}\n</header>"
    )


def footer(page: Page) -> str:
    """Return what stands below a text, as HTML that is XML as well."""
    facts = f'<p class="facts">{escape(" · ".join(page.facts))}</p>\n' if page.facts else ""
    return f'<footer>\n{facts}<p>原链接: <a href="{escape(page.url)}">{escape(page.url)}</a></p>\n</footer>'


def text_page(page: Page) -> str:
    """Return a page as plain text."""
    parts = [page.title, f"作者: {page.author}  赞同: {page.votes}", *page.notes, plain_of(body_of(page.html))]
    parts += [" · ".join(page.facts)] if page.facts else []
    return "\n\n".join(part for part in [*parts, f"原链接: {page.url}"] if part) + "\n"
