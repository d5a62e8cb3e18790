"""How often the site is asked: one budget for all workers, slower when it says so, paused when it refuses."""

from __future__ import annotations

from zhihu_crawler.frontier.throttle.budget import SITE, BudgetState
from zhihu_crawler.frontier.throttle.seats import BUDGET, GUEST, SITE_SLOT, slot_of
from zhihu_crawler.frontier.throttle.throttle import Permit, Throttle

__all__ = ["BUDGET", "GUEST", "SITE", "SITE_SLOT", "BudgetState", "Permit", "Throttle", "slot_of"]
