"""What a schedule knows of spiders: their names, and through the spider loader the models of their arguments.

The models stand above this package, beside the spiders; nothing here imports them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, Self, cast

from scrapy.spiderloader import SpiderLoader
from scrapy_spider_metadata._params import Args
from scrapy_spider_metadata._utils import get_generic_param

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from scrapy.settings import BaseSettings

    from zhihu_crawler.errors import BadSeed
    from zhihu_crawler.urls import Target, TargetKind


class SeedModel(Protocol):
    """What is used of a model of arguments (``spiders/_arguments.py``)."""

    kind: TargetKind

    @classmethod
    def seed_options(cls) -> list[str]:
        """Return the arguments that a seed may bring along."""

    @classmethod
    def read_options(cls, given: Mapping[str, Any]) -> dict[str, Any]:
        """Check arguments that a seed brings along, and return them as plain values."""

    @classmethod
    def option_faults(cls, given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Give what is wrong with them; ``""`` is all of them together."""

    @classmethod
    def read_seeds(cls, texts: Iterable[str]) -> Iterator[Target | BadSeed]:
        """Read ids, tokens and addresses."""

    @classmethod
    def read_words(cls, text: str) -> Iterator[Target | BadSeed]:
        """Read ids, tokens and addresses that are separated as on the command line."""

    @classmethod
    def read_file(cls, path: str) -> Iterator[Target | BadSeed]:
        """Read a seeds file."""


class Spiders:
    """The project's spiders, loaded when they are asked for."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> Self:
        """Make it for a project."""
        return cls(SpiderLoader.from_settings(settings))

    @property
    def names(self) -> Sequence[str]:
        """The spiders that can be given seeds."""
        return sorted(name for name in self._loader.list() if self.model(name))

    def model(self, name: str) -> type[SeedModel] | None:
        """Return the model of a spider's arguments, ``None`` where there is no such spider or it takes no seeds."""
        try:
            spider = self._loader.load(name)
        except KeyError:
            return None
        model = get_generic_param(spider, Args)
        return cast("type[SeedModel]", model) if hasattr(model, "read_options") else None
