"""The formats: which there are, what each is for, and by which endings of a name they are known."""

from __future__ import annotations

from dataclasses import dataclass

from zhihu_crawler.errors import BadQuery
from zhihu_crawler.export.query.paths import near

_PAGES = ("question", "answer", "article")


@dataclass(frozen=True, slots=True)
class Format:
    """A format. ``kinds`` are those that it is for, empty for all.

    ``has_fields``: a row has chosen fields. ``is_stream``: it can go to standard output. ``is_book``: all in one file,
    in order. ``is_folder``: a file each. ``gzip``: packed.
    """

    name: str
    suffix: str
    kinds: tuple[str, ...] = ()
    has_fields: bool = False
    is_stream: bool = False
    is_book: bool = False
    is_folder: bool = False
    gzip: bool = False


FORMATS: dict[str, Format] = {
    form.name: form
    for form in (
        Format("jsonl", ".jsonl", has_fields=True, is_stream=True),
        Format("jsonl.gz", ".jsonl.gz", has_fields=True, is_stream=True, gzip=True),
        Format("csv", ".csv", has_fields=True, is_stream=True),
        Format("parquet", ".parquet", has_fields=True),
        Format("markdown", ".md", _PAGES, is_folder=True),
        Format("html", ".html", _PAGES, is_folder=True),
        Format("txt", ".txt", _PAGES, is_folder=True),
        Format("epub", ".epub", _PAGES, is_book=True),
    )
}
_ALSO = {"md": "markdown", "jsonlines": "jsonl", "text": "txt", "htm": "html", "jl": "jsonl", "gz": "jsonl.gz"}


def format_of(name: str, output: str) -> Format:
    """Return the format of a name, or the one that an output's ending means.

    Raises:
        BadQuery: there is none.
    """
    known = FORMATS | {other: FORMATS[name] for other, name in _ALSO.items()}
    if name:
        if name.lower() in known:
            return known[name.lower()]
        meant = near(name, FORMATS)
        told = f"; did you mean {' or '.join(meant)}?" if meant else ""
        raise BadQuery(f"there is no format {name!r}{told}; there are: {', '.join(FORMATS)}")
    ending = output.lower()
    for form in sorted(FORMATS.values(), key=lambda one: -len(one.suffix)):
        if ending.endswith(form.suffix) and not form.is_folder:
            return form
    raise BadQuery(f"say which format: --format {', '.join(FORMATS)}")
