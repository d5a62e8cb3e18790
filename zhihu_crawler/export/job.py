"""One export, from its first document to its name; and on from where it was stopped."""

from __future__ import annotations

import tempfile
import time
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zhihu_crawler.export.about import book_of
from zhihu_crawler.export.draft import Draft, State, check_free
from zhihu_crawler.export.formats.epub import EpubSink
from zhihu_crawler.export.formats.lines import LinesSink
from zhihu_crawler.export.formats.pages import PagesSink
from zhihu_crawler.export.formats.parquet import ParquetSink, check_pyarrow
from zhihu_crawler.export.plan import plan_of
from zhihu_crawler.export.reading import Missing, Reading

if TYPE_CHECKING:
    from collections.abc import Callable

    from zhihu_crawler.export.asked import Asked, Plan
    from zhihu_crawler.export.formats._sink import Sink
    from zhihu_crawler.export.reading import Found
    from zhihu_crawler.export.sources import Source

_EXAMPLES = 3
_SHOWN_SECONDS = 0.1


@dataclass(slots=True)
class Report:
    """What an export did.

    ``written`` counts by kind; ``left_out`` by kind and reason, with the ids of the first; ``damaged`` are those of
    them that should have been readable; ``went_on`` is how many had been written when the same command was stopped.
    """

    output: str
    source: str
    written: dict[str, int]
    left_out: dict[str, dict[str, list[Any]]]
    damaged: int
    remarks: list[str]
    went_on: int


@dataclass(slots=True)
class Job:
    """An export to be made.

    ``open_source`` is given a folder, which item files need for their index; ``kept`` says whether it is the store.
    ``show`` is told of progress: how many things were read, and of how many, ``None`` where nobody knows.
    """

    asked: Asked
    open_source: Callable[[Path], Source]
    kept: bool
    overwrite: bool = False
    restart: bool = False
    show: Callable[[int, int | None], None] = field(default=lambda _done, _total: None)

    def run(self) -> Report:
        """Make it, or go on with it.

        Raises:
            ExportError: it cannot be made.
            StoreError: the store does not answer any more; the same command goes on.
            OSError: the disk is full, or the like; the same command goes on.
        """
        begun = datetime.now(UTC).isoformat()
        plan = self._plan(begun)
        if plan.format.name == "parquet":
            check_pyarrow()
        if plan.output is None:
            with tempfile.TemporaryDirectory(prefix="zhihu-export-") as folder:
                return self._make(Path(folder), State(self.asked.plain(), begun), None)
        check_free(plan.output, overwrite=self.overwrite)
        with Draft(plan.output) as draft:
            state = draft.begin(self.asked.plain(), begun, restart=self.restart)
            try:
                return self._make(draft.folder, state, draft)
            except BaseException:
                if not state.written:
                    draft.discard()
                raise

    def _plan(self, begun: str) -> Plan:
        return plan_of(self.asked, datetime.fromisoformat(begun), kept=self.kept)

    def _make(self, folder: Path, state: State, draft: Draft | None) -> Report:
        plan = self._plan(state.begun)
        went_on = sum(state.written.values())
        with closing(self.open_source(folder)) as source, closing(_sink_of(plan, folder, source)) as sink:
            _Walk(sink, state, draft.save if draft else lambda _: None, self.show).go(Reading(plan, source, folder))
            result = sink.finish()
            left_out = state.left_out | ({source.unit: faults} if (faults := source.faults()) else {})
            damaged = state.damaged + sum(count for count, _ in faults.values())
            remarks = [*_found_nothing(plan, source, state), *sink.remarks()]
        if draft and result:
            draft.publish(result, state, overwrite=self.overwrite)
        written = {kind: state.written.get(kind, 0) for kind in plan.kinds}
        return Report(str(plan.output or "-"), source.name, written, left_out, damaged, remarks, went_on)


def _found_nothing(plan: Plan, source: Source, state: State) -> list[str]:
    """Say so where nothing at all was there: an id may be mistyped, or its crawl went elsewhere."""
    if state.written or state.left_out:
        return []
    which = f" of {plan.about[0]} {plan.about[1]}" if plan.about else ""
    return [f"nothing{which} that was asked for is in {source.name}"]


def _sink_of(plan: Plan, folder: Path, source: Source) -> Sink:
    """Return the writer of a plan's format."""
    if plan.format.name == "parquet":
        return ParquetSink(plan, folder)
    if plan.format.is_book:
        return EpubSink(plan, folder, book_of(plan, source))
    return PagesSink(plan, folder) if plan.format.is_folder else LinesSink(plan, folder)


class _Walk:
    """Goes through what is read, writes it, and makes checkpoints."""

    def __init__(
        self, sink: Sink, state: State, save: Callable[[State], None], show: Callable[[int, int | None], None]
    ) -> None:
        self._sink, self._state, self._save, self._show = sink, state, save, show

    def go(self, reading: Reading) -> None:
        """Write everything behind the state's place."""
        state, done = self._state, self._done()
        total = reading.total()
        self._sink.resume(state.sink)
        checked = shown = time.monotonic()
        place = state.place
        for place, found in reading.steps(dict(state.place)):
            self._take(found)
            done += 1
            now = time.monotonic()
            if now - shown >= _SHOWN_SECONDS:
                self._show(done, total)
                shown = now
            if self._sink.is_due(now - checked):
                self._check(place)
                checked = now
        self._check(place)
        self._show(done, done)

    def _done(self) -> int:
        left_out = (int(count) for reasons in self._state.left_out.values() for count, _ in reasons.values())
        return sum(self._state.written.values()) + sum(left_out)

    def _take(self, found: Found | Missing) -> None:
        reason = found.reason if isinstance(found, Missing) else self._sink.write(found)
        if reason is None:
            self._state.written[found.kind] = self._state.written.get(found.kind, 0) + 1
            return
        self._state.damaged += isinstance(found, Missing) and found.is_damage
        told = self._state.left_out.setdefault(found.kind, {}).setdefault(reason, [0, []])
        told[0] += 1
        if len(told[1]) < _EXAMPLES:
            told[1].append(found.id)

    def _check(self, place: dict[str, Any]) -> None:
        self._state.sink = self._sink.checkpoint()
        self._state.place = place
        self._save(self._state)
