"""What a run of each type of schedule does, step by step.

An action gives how far it is after every step, so that its run can be kept, stopped, and watched, and ends with its
result. It must do no harm when it is begun again after it was broken off anywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zhihu_crawler.schedule.actions.command import run_command
from zhihu_crawler.schedule.actions.crawl import push_seeds
from zhihu_crawler.schedule.actions.prune import prune

if TYPE_CHECKING:
    from collections.abc import Callable

    from zhihu_crawler.schedule.actions.steps import Steps

ACTIONS: dict[str, Callable[[Any], Steps]] = {
    "crawl": push_seeds,
    "export": run_command,
    "recrawl": run_command,
    "replset-check": run_command,
    "prune": prune,
}
"""By the type of schedule; the models of the types stand in ``model.py``."""
