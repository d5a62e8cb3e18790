"""Pushes the seeds of a schedule to where the workers of its spider take them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhihu_crawler.errors import BadSeed, RunError
from zhihu_crawler.schedule.actions.query import query_seeds
from zhihu_crawler.schedule.actions.steps import Result
from zhihu_crawler.schedule.message import Seed
from zhihu_crawler.schedule.seeds import Pushed, queue_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zhihu_crawler.schedule.actions.steps import Job, Steps
    from zhihu_crawler.schedule.model import CrawlSchedule
    from zhihu_crawler.schedule.spiders import SeedModel
    from zhihu_crawler.urls import Target

_MOST_TOLD = 3


def push_seeds(job: Job[CrawlSchedule]) -> Steps:
    """Push them, each once a run; bad ones are left out and told."""
    schedule = job.schedule
    model = job.spiders.model(schedule.spider)
    if model is None:
        raise RunError(f"there is no spider {schedule.spider!r} any more", is_passing=False)
    source = _Source(job, model)
    queue = queue_of(job.client, job.settings, schedule.spider)
    pushed = Pushed()
    for pushed in queue.push_all(job.run.id, source.seeds, job.now, window=schedule.dedupe):
        yield f"{pushed.pushed:,} seeds pushed"
    return _result(pushed, source.bad, source.told)


def _result(pushed: Pushed, bad: int, told: list[str]) -> Result:
    parts = [f"{pushed.pushed:,} seeds pushed"]
    if pushed.known:
        parts.append(f"{pushed.known:,} left out as pushed lately")
    if bad:
        parts.append(f"{bad:,} bad ones left out: {'; '.join(told)}{', ...' if bad > len(told) else ''}")
    return Result(", ".join(parts), is_warning=bool(bad) or not (pushed.pushed or pushed.known))


class _Source:
    """Gives a schedule's seeds, from the first on each time, and counts those that are none."""

    def __init__(self, job: Job[CrawlSchedule], model: type[SeedModel]) -> None:
        self._job, self._model = job, model
        self.bad = 0
        self.told: list[str] = []

    def seeds(self) -> Iterator[Seed]:
        schedule = self._job.schedule
        self.bad, self.told = 0, []
        options = self._model.read_options(schedule.arguments)
        for target in self._targets():
            if isinstance(target, BadSeed):
                self.bad += 1
                self.told += [f"{target}"] if len(self.told) < _MOST_TOLD else []
            else:
                yield Seed(target, schedule.priority, options)

    def _targets(self) -> Iterator[Target | BadSeed]:
        schedule = self._job.schedule
        if schedule.query is not None:
            yield from query_seeds(schedule.query, self._model, self._job.settings)
        elif schedule.seeds_file is None:
            yield from self._model.read_seeds(schedule.seeds)
        else:
            path = self._job.folder / schedule.seeds_file
            try:
                yield from self._model.read_file(str(path))
            except OSError as error:
                raise RunError(f"{path} cannot be read: {error.strerror or error}") from error
