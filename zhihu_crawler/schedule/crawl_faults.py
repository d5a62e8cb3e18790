"""What is wrong with a schedule of crawls that only the spider and its model of arguments know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zhihu_crawler.schedule import query
from zhihu_crawler.schedule.faults import near, plainly

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from zhihu_crawler.schedule.spiders import SeedModel, Spiders

Found = tuple[tuple[str | int, ...], str]


def crawl_faults(table: Mapping[str, Any], spiders: Spiders, folder: Path) -> Iterator[Found]:
    """Give the keys of a table that cannot be used, and why.

    Args:
        table: as it stands in the file; the types of its values are another's business.
        spiders: what there is.
        folder: what the path of a seeds file is relative to.
    """
    name = table.get("spider")
    model = spiders.model(name) if isinstance(name, str) else None
    if isinstance(name, str) and model is None:
        yield ("spider",), "no such spider" + (near(name, spiders.names) or f"; there are: {', '.join(spiders.names)}")
    if isinstance(asked := table.get("query"), dict):
        for key, what in query.misfits(asked, model.kind if model else None):
            yield _below("query", key), what
    if isinstance(path := table.get("seeds_file"), str):
        yield from _of_file(path, folder)
    if model is not None:
        yield from _of_model(table, model)


def _of_file(path: str, folder: Path) -> Iterator[Found]:
    if path == "-":
        yield ("seeds_file",), "cannot be standard input: nobody types when a schedule runs"
    elif not (folder / path).is_file():
        yield ("seeds_file",), f"there is no such file: {folder / path}"


def _of_model(table: Mapping[str, Any], model: type[SeedModel]) -> Iterator[Found]:
    if isinstance(seeds := table.get("seeds"), list):
        for number, text in enumerate(seeds):
            for seed in model.read_seeds([text] if isinstance(text, str) else []):
                if isinstance(seed, ValueError):
                    yield ("seeds", number), str(seed)
    if isinstance(options := table.get("arguments"), dict):
        for key, what in model.option_faults(options):
            yield _below("arguments", key), plainly(what)


def _below(table: str, key: str) -> tuple[str, ...]:
    return (table, key) if key else (table,)
