"""Whether the replica set is well: ``look`` asks its members, ``assess`` judges what they said, without any I/O."""

from __future__ import annotations

from zhihu_crawler.storage.health.assess import assess
from zhihu_crawler.storage.health.probe import look
from zhihu_crawler.storage.health.report import Condition, Member, Reason, Report, Verdict

__all__ = ["Condition", "Member", "Reason", "Report", "Verdict", "assess", "look"]
