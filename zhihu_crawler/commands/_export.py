"""The options of ``scrapy export``, and what they say taken together."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zhihu_crawler.errors import ExportError
from zhihu_crawler.export.asked import Asked
from zhihu_crawler.export.formats import FORMATS
from zhihu_crawler.items import PLURALS

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

_LISTS = ("fields", "more", "sort")


def _option(*flags: str, help: str, **more: Any) -> tuple[tuple[str, ...], dict[str, Any]]:  # noqa: A002  # argparse's word
    return flags, {"help": help, "default": ""} | more


_MANY: dict[str, Any] = {"action": "append", "default": []}
_FLAG: dict[str, Any] = {"action": "store_true", "default": False}
_GROUPS = {
    "output": [
        _option("-o", "--output", metavar="PATH", help="file or folder to write, - for standard output"),
        _option("-f", "--format", help=f"{', '.join(FORMATS)} (default: by the ending of PATH)"),
        _option("--overwrite", **_FLAG, help="replace what lies at PATH"),
        _option("--restart", **_FLAG, help="throw a stopped export to PATH away instead of going on with it"),
        _option("--title", help="title of an EPUB"),
        _option("--excel", **_FLAG, help="CSV whose ids, formulas and long texts Excel does not spoil"),
        _option("--no-progress", **_FLAG, help="no progress bar, not on a terminal either"),
    ],
    "what to export": [
        _option(
            "--from",
            dest="files",
            metavar="PATH",
            **_MANY,
            help="read a crawl's item files, or a folder of them, no store",
        ),
        _option("--question", metavar="ID|URL", help="a question and its answers"),
        _option("--collection", metavar="ID|URL", help="what a collection holds, in its order"),
        _option("--column", metavar="ID|URL", help="a column and its articles"),
        _option("--author", metavar="TOKEN|URL", help="what somebody wrote"),
        _option("--ids", metavar="ID,...", **_MANY, help="these alone, in this order; ids or addresses"),
        _option("--ids-file", metavar="FILE", help="the same, one a line, - for standard input"),
        _option(
            "--where",
            metavar="COND",
            **_MANY,
            help="voteup_count>=100, question.id=1,2, title~cat, updated=null; all are met",
        ),
        _option("--filter", metavar="JSON", help="a filter in MongoDB's words"),
        _option("--since", metavar="TIME", help="seen at or after 2026-03-01, 2026-03-01T12:00+08:00, or 7d ago"),
        _option("--until", metavar="TIME", help="seen before"),
        _option(
            "--by", metavar="FIELD", help="what --since and --until look at, such as changed_at (default last_seen)"
        ),
    ],
    "rows": [
        _option("--fields", metavar="NAME,...", **_MANY, help="these fields alone: id,author.name"),
        _option(
            "--with",
            dest="more",
            metavar="NAME,...",
            **_MANY,
            help="what the store keeps too: last_seen,changed_at,history",
        ),
        _option("--sort", metavar="FIELD[:desc],...", **_MANY, help="order (default: by id)"),
        _option("--limit", metavar="N", type=int, default=0, help="at most N of each kind"),
    ],
}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add all options."""
    for title, options in _GROUPS.items():
        group = parser.add_argument_group(title)
        for flags, more in options:
            group.add_argument(*flags, **more)
    parser.epilog = f"Kinds: {', '.join(PLURALS.values())}. More in docs/export.md."


def read_asked(args: list[str], opts: argparse.Namespace) -> Asked:
    """Return what was asked for.

    Raises:
        ExportError: a file of ids cannot be read.
    """
    asked = Asked(kinds=[name for arg in args for name in _split(arg)])
    for name in ("output", "format", "files", "where", "filter", "since", "until", "by", "limit", "title", "excel"):
        setattr(asked, name, getattr(opts, name))
    for name in ("question", "collection", "column", "author"):
        setattr(asked, name, getattr(opts, name))
    for name in _LISTS:
        setattr(asked, name, [one for text in getattr(opts, name) for one in _split(text)])
    asked.ids = [one for text in opts.ids for one in _split(text)] + _ids_of(opts.ids_file)
    return asked


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _ids_of(name: str) -> list[str]:
    if not name:
        return []
    try:
        lines = sys.stdin.readlines() if name == "-" else Path(name).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ExportError(f"--ids-file {name}: {error}") from error
    return [text for line in lines if (text := line.strip()) and not text.startswith("#")]


def item_files(names: Iterable[str]) -> list[Path]:
    """Return the item files of paths: of a folder those that are named as a crawl names them.

    Raises:
        ExportError: there are none.
    """
    files: list[Path] = []
    for name in names:
        path = Path(name)
        if path.is_dir():
            found = [one for plural in PLURALS.values() for one in _of_plural(path, plural)]
            if not found:
                raise ExportError(f"--from {name}: no {PLURALS['answer']}.jsonl or the like lies in it")
            files += found
        elif path.is_file():
            files.append(path)
        else:
            raise ExportError(f"--from {name}: there is no such file or folder")
    return list(dict.fromkeys(path.resolve() for path in files))


def _of_plural(folder: Path, plural: str) -> list[Path]:
    return [path for end in (".jsonl", ".jsonl.gz") if (path := folder / f"{plural}{end}").is_file()]
