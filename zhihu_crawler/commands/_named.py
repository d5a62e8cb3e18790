"""What all names share."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from scrapy.commands import ScrapyCommand
from scrapy.utils.misc import load_object

if TYPE_CHECKING:
    import argparse


class Named(ScrapyCommand):
    """A command of which only name and purpose are known, until it is the one that was called.

    ``scrapy crawl`` would load what exports, schedules and a web server need, and take twice as long to begin.
    ``syntax`` is the first thing that Scrapy asks of the command that was called; that makes it the real one.
    """

    requires_project = True
    about: ClassVar[str]

    def short_desc(self) -> str:
        """Return what it is for."""
        return self.about

    def syntax(self) -> str:
        """Become the real command, and return how it is called."""
        name = type(self).__module__.rpartition(".")[2].replace("-", "_")
        self.__class__ = load_object(f"zhihu_crawler.commands.{name}.Command")
        self.__init__()  # type: ignore[misc]  # of the class that it has now
        return self.syntax()

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Become the real command, and run."""
        self.syntax()
        self.run(args, opts)
