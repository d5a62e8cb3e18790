"""``scrapy status`` on one screen."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from zhihu_crawler.storage.health.words import span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from zhihu_crawler.commands._status import SpiderStatus, Status
    from zhihu_crawler.fleet.view import SpiderReport, WorkerReport
    from zhihu_crawler.frontier.throttle.budget import BudgetState

_STYLES = {"good": "green", "degraded": "yellow", "down": "bold red", "limited": "yellow", "expired": "red"}
_SHOWN_WORKERS = 20
_BARS = " ▁▂▃▄▅▆▇█"
_NO_CRAWL = {
    None: "No REDIS_URL: a crawl whose queue is its own process's is not seen here.",
    False: "",  # that Redis cannot be reached says more
    True: "No crawl of any spider: none was begun, or it was cleared.",
}


def as_screen(status: Status) -> Group:
    """Return everything, the troubles first."""
    parts: list[Any] = [Text(f"{status.at:%Y-%m-%d %H:%M:%SZ}", style="bold")]
    parts += [Text(f"! {trouble}", style="bold red") for trouble in status.troubles]
    for name, spider in status.spiders.items():
        parts += [Text(), *_spider(name, spider, status.at)]
    if not status.spiders and (none := _NO_CRAWL[status.redis]):
        parts += [Text(), Text(none)]
    parts += [Text(), _grid(_rest(status))]
    if status.schedules:
        parts += [Text(), _schedules(status)]
    if status.newest:
        parts += [Text(), _grid(_newest(status))]
    return Group(*parts)


def _spider(name: str, spider: SpiderStatus, now: datetime) -> Iterator[Any]:
    crawl, report = spider.crawl, spider.report
    if crawl:
        leased = sum(worker.leased for worker in crawl.workers)
        yield Text.assemble((name, "bold"), f"  crawl {crawl.crawl}, {crawl.mode}")
        told = {
            "wait": crawl.waiting,
            "leased": leased,
            "seeds": crawl.seeds,
            "seen": crawl.seen,
            "put aside": crawl.dead,
        }
        yield Text("  " + " · ".join(f"{count:,} {word}" for word, count in told.items()))
        if crawl.waiting:
            yield Text(f"  {_course(crawl.waiting, report)}")
    else:
        yield Text.assemble((name, "bold"), "  no crawl; its workers ended")
    if report.minutes:
        yield Text(f"  {_hour(report)}")
    yield _workers(report, now)


def _course(waiting: int, report: SpiderReport) -> str:
    trend = report.trend
    if trend is None:
        return "the queue was not watched long enough to say where it goes"
    eta = report.eta(waiting)
    end = "" if eta is None else f", empty in {span(eta)} if it goes on like this"
    return f"the queue {'grows' if trend > 0 else 'shrinks'} by {abs(trend):,.0f} a minute{end}"


def _hour(report: SpiderReport) -> str:
    pages, items = sum(one.pages for one in report.minutes), sum(one.items for one in report.minutes)
    replies = Counter[str]()
    for minute in report.minutes:
        replies.update(minute.replies)
    refused = ", ".join(f"{count:,} {meaning}" for meaning, count in replies.most_common()) or "no refusals"
    return f"last hour: {pages:,} pages, {items:,} items; {refused}  {_bars(report)}"


def _bars(report: SpiderReport) -> str:
    """Pages of the last half hour, a minute a bar."""
    pages = [minute.pages for minute in report.minutes[-30:]]
    most = max(pages, default=0) or 1
    return "".join(_BARS[round(count / most * (len(_BARS) - 1))] for count in pages)


def _workers(report: SpiderReport, now: datetime) -> Table | Text:
    shown = [worker for worker in report.workers if not worker.ended or worker.ended != "finished"][:_SHOWN_WORKERS]
    ended = sum(1 for worker in report.workers if worker.ended == "finished")
    if not shown:
        return Text(f"  no worker is at it{f'; {ended} finished' if ended else ''}")
    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False)
    for column in ("  worker", "host", "pid", "version", "pages/s", "items/s", "heard", "state and last error"):
        side = "right" if column in ("pid", "pages/s", "items/s") else "left"
        table.add_column(column, justify=side, overflow="fold")  # type: ignore[arg-type]  # one of two literals
    for worker in shown:
        table.add_row(*(Text(cell) for cell in _worker(worker, now)))
    return table


def _worker(worker: WorkerReport, now: datetime) -> Iterator[str]:
    about = worker.about
    yield f"  {worker.name}"
    yield from (str(about.get(name, "?")) for name in ("host", "pid", "version"))
    rates = ("pages_per_second", "items_per_second") if worker.is_alive else ()
    yield from [str(about.get(name, "?")) for name in rates] or ["-", "-"]
    yield f"{span(max((now - worker.at).total_seconds(), 0))} ago"
    state = f"ended: {worker.ended}" if worker.ended else "silent" if worker.is_silent else "runs"
    yield f"{state}; {about['last_error']}" if about.get("last_error") else state


def _rest(status: Status) -> Iterator[tuple[str, Text]]:
    for budget in status.budgets:
        yield "throttle", Text(_budget(budget), style="yellow" if budget.paused > 0 else "")
    if status.sessions:
        states = Counter(status.sessions.values())
        for state, count in states.items():
            names = ", ".join(name for name, known in sorted(status.sessions.items()) if known == state)
            yield "sessions", Text(f"{count} {state}: {names}", style=_STYLES.get(state, ""))
    if status.store:
        reasons = "; ".join(reason.text for reason in status.store.reasons)
        verdict = str(status.store.verdict)
        yield "store", Text(f"{verdict}{f': {reasons}' if reasons else ''}", style=_STYLES.get(verdict, ""))
    if status.spooled:
        yield "spool", Text(f"{status.spooled} files wait: scrapy store-replay stores them", style="yellow")


def _budget(budget: BudgetState) -> str:
    rate = f"{budget.rate:.2g} of {budget.full_rate:.2g} requests/s" if budget.full_rate else "no limit"
    pause = f", paused for {budget.paused:.0f} s more: {budget.reason}" if budget.paused > 0 else ""
    return f"{budget.budget}: {rate}, replies in {budget.latency * 1000:.0f} ms{pause}"


def _schedules(status: Status) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False)
    for column in ("schedule", "next run", "last run", "result"):
        table.add_column(column, overflow="fold")
    for one in status.schedules or ():
        result = f"{one.status} now; last {one.result}" if one.status in ("queued", "running", "retry") else one.result
        table.add_row(*(Text(cell) for cell in (one.name, _when(one.next), _when(one.last), result)))
    return table


def _newest(status: Status) -> Iterator[tuple[str, Text]]:
    for one in status.newest or ():
        name = one.get("title") or one.get("name") or one["_id"]
        yield f"newest {one['kind']}", Text(f"{_when(one.get('last_seen'))}  {name}  {one.get('url') or ''}")


def _when(at: datetime | None) -> str:
    return "-" if at is None else f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}"


def _grid(rows: Iterable[tuple[str, Text]]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False, show_edge=False)
    table.add_column()
    table.add_column(overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table
