"""What ``scrapy export`` shows: a bar while it runs, and at its end what was written and what was not."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from zhihu_crawler.items import PLURALS

if TYPE_CHECKING:
    from types import TracebackType

    from zhihu_crawler.export.job import Report


class Bar:
    """A progress bar on standard error, where a person looks at it."""

    def __init__(self, *, on: bool) -> None:
        console = Console(file=sys.stderr)
        self._progress = Progress(
            TextColumn("export"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not (on and console.is_terminal),
            redirect_stdout=False,
        )
        self._task = self._progress.add_task("", total=None, rate="")
        self._begun, self._done, self._first = 0.0, 0, 0

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def show(self, done: int, total: int | None) -> None:
        """Move on."""
        now = time.monotonic()
        if not self._begun:
            self._begun, self._first = now, done
        rate = (done - self._first) / max(now - self._begun, 0.001)
        self._done = done
        self._progress.update(self._task, completed=done, total=total, rate=f"{rate:,.0f}/s")

    def told(self) -> str:
        """Say how far it came."""
        return f" after {self._done:,} things" if self._done else ""


def show_report(report: Report) -> None:
    """Print what was written where, and what was left out and why."""
    console = Console(file=sys.stderr, width=None if sys.stderr.isatty() else 120)
    went_on = f" (gone on after {report.went_on:,})" if report.went_on else ""
    where = "standard output" if report.output == "-" else report.output
    console.print(f"Exported to {where}{went_on}", markup=False, highlight=False, soft_wrap=True)
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("kind")
    table.add_column("written", justify="right")
    table.add_column("left out", justify="right")
    kinds = dict.fromkeys([*report.written, *report.left_out])
    for kind in kinds:
        left_out = sum(int(count) for count, _ in report.left_out.get(kind, {}).values())
        table.add_row(_plural(kind), f"{report.written.get(kind, 0):,}", f"{left_out:,}" if left_out else "")
    console.print(table)
    for kind, reasons in report.left_out.items():
        for reason, (count, ids) in reasons.items():
            of = _plural(kind)
            told = f"Left out: {count:,} {of}: {reason} ({', '.join(ids)}{', ...' if count > len(ids) else ''})"
            console.print(told, markup=False, highlight=False, soft_wrap=True)
    for remark in report.remarks:
        console.print(f"Note: {remark}", markup=False, highlight=False, soft_wrap=True)


def _plural(kind: str) -> str:
    """Name a kind: one of ours, one of the site's that is not read, or the lines of a file."""
    return PLURALS.get(kind, kind if kind.endswith("s") else f"{kind}s")
