"""How ``scrapy frontier`` shows a crawl and what was put aside."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zhihu_crawler.frontier.admin import CrawlState, Dead
    from zhihu_crawler.frontier.throttle.budget import BudgetState


def show_state(spider: str, state: CrawlState, budgets: Sequence[BudgetState] = ()) -> None:
    """Print a crawl: what waits, what was done, how often the site may be asked, and who is at it."""
    console = Console(width=140)
    console.print(f"{spider}: crawl {state.crawl}, begun {_when(state.begun)}, {state.mode}", highlight=False)
    leased = sum(worker.leased for worker in state.workers)
    rows = {"wait": state.waiting, "leased": leased, "put aside": state.dead, "seeds": state.seeds, "seen": state.seen}
    told = " · ".join(f"{count:,} {name}" for name, count in rows.items())
    console.print(f"  {told}", highlight=False)
    console.print("  " + " · ".join(f"{count:,} {name}" for name, count in state.counts.items()), highlight=False)
    for budget in budgets:
        console.print(f"  {_budget(budget)}", highlight=False)
    table = Table(box=None, padding=(0, 2, 0, 0))
    for name in ("  worker", "leased", "lease ends in", "host", "pid", "version"):
        table.add_column(name, justify="right" if name in ("leased", "lease ends in", "pid") else "left")
    for worker in state.workers:
        about = [str(worker.about.get(name, "?")) for name in ("host", "pid", "version")]
        ends = f"{worker.seconds:.0f} s" if worker.seconds > 0 else "died"
        table.add_row(f"  {worker.name}", str(worker.leased), ends, *about)
    if state.workers:
        console.print(table)
    else:
        console.print("  no worker is at it", highlight=False)


def show_dead(spider: str, dead: Sequence[Dead], limit: int) -> None:
    """Print what was put aside, the newest first, and how many of which kind there are."""
    console = Console(width=140)
    kinds = Counter(one.kind for one in dead)
    told = ", ".join(f"{count:,} {kind}" for kind, count in kinds.most_common()) or "nothing"
    console.print(f"{spider}: {told} put aside", highlight=False)
    if not dead:
        return
    table = Table(box=None, padding=(0, 2, 0, 0))
    for name in ("id", "when", "kind", "begun", "what", "why"):
        table.add_column(name, overflow="fold")
    for one in dead[:limit]:
        table.add_row(one.id, _when(one.at), one.kind, str(one.begun), one.url[:100], one.reason)
    console.print(table)
    if len(dead) > limit:
        console.print(f"... and {len(dead) - limit:,} more: --limit, --kind, --json", highlight=False)


def _budget(budget: BudgetState) -> str:
    """Say how often the site may be asked, as all workers together."""
    rate = f"{budget.rate:.2g}/s of {budget.full_rate:.2g}/s" if budget.full_rate else "no limit"
    pause = f", paused for {budget.paused:.0f} s more ({budget.reason})" if budget.paused > 0 else ""
    return f"budget of {budget.budget}: {rate}{pause}"


def _when(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
