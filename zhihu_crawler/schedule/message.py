"""A seed as it is pushed: what users of scrapy-redis push to ``<spider>:start_urls``.

Without options it is the thing's address; with some, a JSON object: ``{"url": "https://www.zhihu.com/question/1",
"priority": 10, "arguments": {"max_answers": 20}}``. ``arguments`` are the spider's own, for this seed alone.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from zhihu_crawler.frontier.seeds import ARGUMENTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zhihu_crawler.urls import Target


@dataclass(frozen=True, slots=True)
class Seed:
    """A thing to crawl, and how."""

    target: Target
    priority: int = 0
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """The seed as it is pushed."""
        options: dict[str, Any] = {"priority": self.priority, ARGUMENTS: dict(self.arguments)}
        told = {name: value for name, value in options.items() if value}
        return json.dumps({"url": self.target.url, **told}, ensure_ascii=False) if told else self.target.url

    @property
    def mark(self) -> bytes:
        """Eight bytes for what is asked of the site: the same for the same thing with the same arguments."""
        asked = json.dumps([self.target.kind, self.target.id, sorted(self.arguments.items())])
        return hashlib.blake2b(asked.encode(), digest_size=8).digest()
