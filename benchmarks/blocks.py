"""A crawl of 5,000 pages in bad weather: what it got, what it counted, and how its rate moved.

One address in fifty shows each signal once or twice; two sessions ask, and one of them expires half-way. Every answer
that is listed must be got once, none made up, every reply counted as what it was, and the rate must be seen to fall and
to recover. ``--plot FILE`` draws the run (``docs/blocks.svg``); ``--questions N`` makes it shorter or longer, about 120
pages each.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks._run import Goals, show
from benchmarks._svg import Plot
from tests.helpers.storm import NAMES, Storm, check, storm

QUESTIONS, RATE = 42, 0.02
SHOWN = {"a": "#08519c", "b": "#31a354"}


def classes(counts: Counter[str]) -> Counter[str]:
    """Sum up signals by what they mean."""
    sums: Counter[str] = Counter()
    for name, count in counts.items():
        sums[name.partition("/")[0]] += count
    return sums


def compare(found: Storm) -> int:
    """Hold the run to what it must be, and show it."""
    check(found)
    goals, given, counted = Goals(), found.given, found.counted
    listed = {id_ for ids in found.truth.values() for id_ in ids}
    got = found.crawled.ids("answer")
    goals.at_least("answers got to answers listed", len(set(got)) / len(listed), 0.99)
    goals.at_least("answers got once to answers got", len(set(got)) / len(got), 1.0)
    right = sum(min(given[name], counted[name]) for name in given)
    goals.at_least("replies counted right to replies", right / max(given.total(), counted.total()), 1.0)
    goals.facts |= {"replies": given.total(), "pages": len({one["path"] for one in found.pages})}
    goals.facts |= {"answers": len(got), "users": len(found.crawled.ids("user")), "seconds": round(length(found))}
    rows = [[name, given[name], counted[name]] for name in sorted(given)]
    show(f"{given.total()} replies", ["signal", "given", "counted"], rows)
    show("by class", ["class", "replies"], list(classes(given).items()))
    return goals.finish()


def at(one: dict[str, Any]) -> float:
    """Return when a request came."""
    return datetime.fromisoformat(one["time"]).timestamp()


def length(found: Storm) -> float:
    """Return how long the run took, in seconds."""
    return at(found.asked[-1]) - at(found.asked[0])


def draw(found: Storm, path: Path) -> None:
    """Draw what came each second, what was refused of it, and how fast each session was allowed to ask."""
    begun, wide = at(found.asked[0]), max(1, round(length(found) / BARS))

    def bars(asked: list[dict[str, Any]]) -> list[tuple[float, float]]:
        counts = Counter(int((at(one) - begun) // wide) for one in asked)
        return [(number * wide, count / wide) for number, count in sorted(counts.items())]

    plot = Plot("seconds; requests a second", length(found), TOP)
    plot.bars("requests", "#c6dbef", bars(found.asked), wide)
    plot.bars("refused, or less", "#fc9272", bars([one for one in found.asked if one["fault"]]), wide)
    for name in NAMES:
        rates = [(one["time"] - begun, one[f"session:{name}"]) for one in found.rates]
        plot.line(f"allowed to session {name}", SHOWN[name], rates[:: max(1, len(rates) // LINE)])
    plot.write(path, max(10, round(length(found) / 100) * 10), 25)


BARS, LINE, TOP = 120, 500, 150
"""Requests a second that are drawn; sessions begin far above, until the first refusals."""


def main() -> int:
    """Crawl, and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw the run")
    parser.add_argument("--questions", type=int, default=QUESTIONS, metavar="N", help="default: %(default)s")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="storm-") as folder:
        found = storm(Path(folder), args.questions, RATE, seconds=900)
    if args.plot:
        draw(found, args.plot)
    return compare(found)


if __name__ == "__main__":
    sys.exit(main())
