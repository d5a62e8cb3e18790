"""Removes from Redis what nobody needs any more.

What has an end of its own goes by itself; this removes what was kept for a schedule that is gone from the file, and
what is remembered of seeds that nobody pushes any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhihu_crawler.schedule.actions.steps import Result
from zhihu_crawler.schedule.runs import Runs
from zhihu_crawler.schedule.seeds import queue_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from zhihu_crawler.schedule.actions.steps import Job, Steps
    from zhihu_crawler.schedule.model import PruneSchedule


def _states(job: Job[PruneSchedule]) -> int:
    """States of schedules that are gone from the file."""
    runs = Runs(job.client, "prune")
    known = job.plan.schedules.keys() | job.plan.broken.keys()
    gone = [name for name in runs.names() if name not in known]
    old = [name for name, state in runs.look(gone).items() if job.now - state.newest > job.schedule.keep]
    for name in old:
        runs.remove(name)
    return len(old)


def _marks(job: Job[PruneSchedule]) -> int:
    """Seeds that were pushed so long ago that ``dedupe`` does not ask for them."""
    return sum(queue_of(job.client, job.settings, name).prune(job.now) for name in job.spiders.names)


PRUNERS: dict[str, Callable[[Job[PruneSchedule]], int]] = {
    "states of schedules that are gone": _states,
    "marks of old seeds": _marks,
}
"""What is pruned, by what the result calls it; each returns how many it removed."""


def prune(job: Job[PruneSchedule]) -> Steps:
    """Prune all."""
    told = []
    for name, pruner in PRUNERS.items():
        told.append(f"{pruner(job):,} {name}")
        yield told[-1]
    return Result(f"removed {', '.join(told)}")
