"""What a user gave to ``scrapy seed``, checked as a whole: all that is wrong is told at once."""

from __future__ import annotations

import argparse  # noqa: TC003  # as in the commands themselves
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy.exceptions import UsageError
from scrapy.utils.conf import arglist_to_dict

from zhihu_crawler.errors import BadSeed, RunError
from zhihu_crawler.schedule.faults import near, plainly
from zhihu_crawler.schedule.message import Seed
from zhihu_crawler.schedule.model import LONGEST_DEDUPE
from zhihu_crawler.schedule.spans import read_span

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta

    from zhihu_crawler.schedule.spiders import SeedModel, Spiders
    from zhihu_crawler.urls import Target

_MOST_LISTED = 20
_MOST_TOLD = 20


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``scrapy seed``."""
    parser.add_argument("-f", "--file", action="append", default=[], metavar="FILE", help="a seed a line; - is stdin")
    parser.add_argument(
        *("-a", "--argument"),
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="an argument of the spider that holds for these seeds alone, such as max_answers=20",
    )
    parser.add_argument("--priority", type=int, default=0, help="the higher, the sooner (default: 0)")
    parser.add_argument(
        *("--dedupe",),
        nargs="?",
        const="24h",
        metavar="TIME",
        help=f"leave out what was pushed in the last TIME (default: 24h, at most {LONGEST_DEDUPE.days}d)",
    )
    parser.add_argument("--dry-run", action="store_true", help="check everything and push nothing")
    parser.add_argument(
        "--list", type=int, nargs="?", const=_MOST_LISTED, metavar="N", help=f"show the next N ({_MOST_LISTED})"
    )
    parser.add_argument("--clear", action="store_true", help="remove the seeds that wait, after asking")
    parser.add_argument("-y", "--yes", action="store_true", help="do not ask")


@dataclass(slots=True)
class Given:
    """Seeds that were given, and how they are to be crawled. ``told`` are the first of the ``bad`` ones of files."""

    spider: str
    model: type[SeedModel]
    targets: list[Target]
    files: list[str]
    options: dict[str, Any]
    priority: int
    dedupe: timedelta | None
    is_trial: bool
    run: str = field(default_factory=lambda: f"by-hand-{secrets.token_hex(8)}")
    bad: int = 0
    told: list[str] = field(default_factory=list)
    _stdin: list[Target | BadSeed] | None = None

    def seeds(self) -> Iterator[Seed]:
        """Give them, from the first on each time.

        Raises:
            RunError: a file cannot be read.
        """
        self.bad, self.told = 0, []
        yield from (Seed(target, self.priority, self.options) for target in self.targets)
        for path in self.files:
            for target in self._lines(path):
                if isinstance(target, BadSeed):
                    self.bad += 1
                    self.told += [str(target)] if len(self.told) < _MOST_TOLD else []
                else:
                    yield Seed(target, self.priority, self.options)

    def _lines(self, path: str) -> Iterator[Target | BadSeed]:
        try:
            if path != "-":
                yield from self.model.read_file(path)
                return
            if self._stdin is None:  # it comes once, and may be wanted again
                self._stdin = list(self.model.read_file("-"))
            yield from self._stdin
        except OSError as error:
            raise RunError(f"{path} cannot be read: {error.strerror or error}", is_passing=False) from error


def read_given(args: list[str], opts: argparse.Namespace, spiders: Spiders) -> Given:
    """Read the command line.

    Raises:
        UsageError: it cannot be used; with every fault, a line each.
    """
    if not args:
        raise UsageError(f"name a spider: {', '.join(spiders.names)}")
    name, *words = args
    model = spiders.model(name)
    if model is None:
        hint = near(name, spiders.names) or f"; there are: {', '.join(spiders.names)}"
        raise UsageError(f"there is no spider {name!r}{hint}", print_help=False)
    options = _options(opts.argument)
    read = [target for word in words for target in model.read_words(word)]
    faults = [str(target) for target in read if isinstance(target, BadSeed)]
    faults += [
        f"-a {key}={options[key]}: {plainly(what)}" if key else what for key, what in model.option_faults(options)
    ]
    faults += [f"-f {path}: there is no such file" for path in opts.file if path != "-" and not Path(path).exists()]
    faults += _misfits(words, opts)
    dedupe = _dedupe(opts.dedupe, faults)
    if faults:
        raise UsageError("\n  ".join(["this cannot be used:", *faults]), print_help=False)
    targets = [target for target in read if not isinstance(target, BadSeed)]
    read_options = model.read_options(options)
    return Given(name, model, targets, opts.file, read_options, opts.priority, dedupe, opts.dry_run)


def _options(given: list[str]) -> dict[str, str]:
    try:
        return arglist_to_dict(given)
    except ValueError:
        raise UsageError("-a is written NAME=VALUE, such as -a max_answers=20", print_help=False) from None


def _misfits(words: list[str], opts: argparse.Namespace) -> list[str]:
    is_pushing = bool(words or opts.file)
    is_looking = opts.list is not None or opts.clear
    if (is_pushing and is_looking) or (opts.list is not None and opts.clear):
        return ["--list and --clear stand alone"]
    if not is_pushing and not is_looking:
        return ["nothing to push: give ids, addresses or -f FILE; --list shows what waits"]
    return []


def _dedupe(text: str | None, faults: list[str]) -> timedelta | None:
    if text is None:
        return None
    try:
        span = read_span(text)
    except ValueError as error:
        faults.append(f"--dedupe {text}: {error}")
        return None
    if span > LONGEST_DEDUPE:
        faults.append(f"--dedupe {text}: is remembered for {LONGEST_DEDUPE.days}d at most")
    return span
