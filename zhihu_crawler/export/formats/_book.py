"""The inside of an EPUB 3: its pages, its package document, its two tables of contents (EPUB 3's and the older NCX)."""

from __future__ import annotations

import json
import uuid
import zipfile
from dataclasses import dataclass
from html import escape
from typing import IO, TYPE_CHECKING, Any

from zhihu_crawler.export.text.body import body_of
from zhihu_crawler.export.text.html import html_of
from zhihu_crawler.export.text.layout import footer, header
from zhihu_crawler.export.text.legal import sound

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from zhihu_crawler.export.text.page import Page

_XHTML = (
    '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html>\n'
    '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" '
    'lang="zh-CN" xml:lang="zh-CN">\n'
    '<head>\n<title>{title}</title>\n<link rel="stylesheet" type="text/css" href="style.css"/>\n</head>\n'
    "<body>\n{body}\n</body>\n</html>\n"
)
_STYLE = (
    "body{line-height:1.7}figure{margin:1em 0;text-align:center}pre{white-space:pre-wrap}"
    "h1 a{color:inherit;text-decoration:none}"
    "figcaption,.facts,footer,.note{color:#666;font-size:.9em}blockquote{border-left:3px solid #ccc;margin:1em 0;"
    "padding-left:1em}table{border-collapse:collapse}td,th{border:1px solid #ccc;padding:.3em}"
)
_CONTAINER = (
    '<?xml version="1.0" encoding="utf-8"?>\n'
    '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">\n<rootfiles>\n'
    '<rootfile full-path="EPUB/package.opf" media-type="application/oebps-package+xml"/>\n</rootfiles>\n</container>\n'
)
_PICTURES = "图片没有收入本书，文中以链接给出。"
_SAME_TIME = (1980, 1, 1, 0, 0, 0)
"""The same chapters give the same bytes."""


@dataclass(frozen=True, slots=True)
class Book:
    """What a book says of itself. ``html`` is what its owner says of a collection or a column."""

    title: str
    author: str
    url: str
    html: str = ""

    @property
    def identifier(self) -> str:
        """The same for the same book, whenever it is made."""
        return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{self.url} {self.title}')}"


def front_file(book: Book, page: Page | None) -> str:
    """Return the first page: title, whose it is, what it says; of a question its text and counts."""
    told = page.html if page else book.html
    parts = [f'<section epub:type="titlepage">\n<h1><a href="{escape(book.url)}">{_text(book.title)}</a></h1>']
    parts += [f"<p>{_text(book.author)}</p>"] if book.author else []
    parts += [html_of(body_of(told), xml=True, pictures=False)] if told.strip() else []
    parts += [f'<p class="facts">{_text(" · ".join(page.facts))}</p>'] if page and page.facts else []
    source = f'<p>原链接: <a href="{escape(book.url)}">{_text(book.url)}</a></p>'
    parts += [source, f'<p class="note">{_PICTURES}</p>', "</section>"]
    return _page(book.title, "\n".join(parts))


def chapter_file(page: Page) -> str:
    """Return a chapter."""
    body = html_of(body_of(page.html), xml=True, pictures=False)
    inner = f"<section>\n{sound(header(page))}\n{body}\n{sound(footer(page))}\n</section>"
    return _page(f"{page.title} - {page.by}", inner)


def _page(title: str, body: str) -> str:
    return _XHTML.format(title=_text(title), body=body)


def _text(text: str) -> str:
    return escape(sound(text))


def pack(result: Path, folder: Path, chapters: Path, book: Book, newest: str) -> None:
    """Pack a book: its media type first, unpacked, as readers look for it."""
    with zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(_info("mimetype", zipfile.ZIP_STORED), "application/epub+zip")
        _add(file, "META-INF/container.xml", iter([_CONTAINER]))
        has_math = b"<math" in (folder / "front.xhtml").read_bytes()
        _add(file, "EPUB/package.opf", _package(chapters, book, newest, ' properties="mathml"' if has_math else ""))
        _add(file, "EPUB/nav.xhtml", iter([_page("目录", "".join(_nav(chapters)))]))
        _add(file, "EPUB/toc.ncx", _ncx(chapters, book))
        _add(file, "EPUB/style.css", iter([_STYLE]))
        _copy(file, "EPUB/front.xhtml", folder / "front.xhtml")
        for one in _listed(chapters):
            _copy(file, f"EPUB/{one['file']}", folder / one["file"])


def _info(name: str, how: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _SAME_TIME)
    info.compress_type = how
    info.external_attr = 0o644 << 16
    return info


def _add(file: zipfile.ZipFile, name: str, parts: Iterator[str]) -> None:
    with file.open(_info(name), "w") as inner:
        for part in parts:
            inner.write(part.encode())


def _copy(file: zipfile.ZipFile, name: str, path: Path) -> None:
    with path.open("rb") as source, file.open(_info(name), "w") as inner:
        _pour(source, inner)


def _pour(source: IO[bytes], inner: IO[bytes]) -> None:
    while piece := source.read(1 << 16):
        inner.write(piece)


def _listed(chapters: Path) -> Iterator[dict[str, Any]]:
    with chapters.open(encoding="utf-8", newline="\n") as lines:
        yield from map(json.loads, lines)


def _package(chapters: Path, book: Book, newest: str, front: str) -> Iterator[str]:
    creator = f"<dc:creator>{_text(book.author)}</dc:creator>\n" if book.author else ""
    yield (
        '<?xml version="1.0" encoding="utf-8"?>\n<package xmlns="http://www.idpf.org/2007/opf" version="3.0" '
        'unique-identifier="id" xml:lang="zh-CN">\n<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">\n'
        f'<dc:identifier id="id">{book.identifier}</dc:identifier>\n<dc:title>{_text(book.title)}</dc:title>\n'
        f"<dc:language>zh-CN</dc:language>\n{creator}<dc:publisher>知乎</dc:publisher>\n"
        f"<dc:source>{_text(book.url)}</dc:source>\n"
        f'<meta property="dcterms:modified">{newest}</meta>\n</metadata>\n<manifest>\n'
        '<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>\n'
        '<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>\n'
        '<item id="style" href="style.css" media-type="text/css"/>\n'
        f'<item id="front" href="front.xhtml" media-type="application/xhtml+xml"{front}/>\n'
    )
    for one in _listed(chapters):
        math = ' properties="mathml"' if one["math"] else ""
        yield f'<item id="{_id(one)}" href="{one["file"]}" media-type="application/xhtml+xml"{math}/>\n'
    yield '</manifest>\n<spine toc="ncx">\n<itemref idref="front"/>\n<itemref idref="nav"/>\n'
    for one in _listed(chapters):
        yield f'<itemref idref="{_id(one)}"/>\n'
    yield "</spine>\n</package>\n"


def _id(chapter: dict[str, Any]) -> str:
    return str(chapter["file"]).removesuffix(".xhtml")


def _nav(chapters: Path) -> Iterator[str]:
    yield '<nav epub:type="toc" id="toc">\n<h1>目录</h1>\n<ol>\n'
    for one in _listed(chapters):
        yield f'<li><a href="{one["file"]}">{_text(_named(one))}</a></li>\n'
    yield "</ol>\n</nav>"


def _named(chapter: dict[str, Any]) -> str:
    return f"{chapter['title']} · 赞同 {chapter['votes']}"


def _ncx(chapters: Path, book: Book) -> Iterator[str]:
    yield (
        '<?xml version="1.0" encoding="utf-8"?>\n<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/" version="2005-1">\n'
        f'<head><meta name="dtb:uid" content="{book.identifier}"/></head>\n'
        f"<docTitle><text>{_text(book.title)}</text></docTitle>\n<navMap>\n"
    )
    for number, one in enumerate(_listed(chapters), start=1):
        yield (
            f'<navPoint id="n{number}" playOrder="{number}"><navLabel><text>{_text(_named(one))}</text></navLabel>'
            f'<content src="{one["file"]}"/></navPoint>\n'
        )
    yield "</navMap>\n</ncx>\n"
