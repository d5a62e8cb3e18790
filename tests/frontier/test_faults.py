"""Nothing is lost, whatever befalls a worker, Redis or the network between them: real processes, really hurt.

``make test`` runs a few cells of the matrix, ``make test-faults`` all of it; docs/frontier.md has its table.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.frontier.faults import BRIEFLY, FAULTS, SECONDS, SHAPES, Arrivals, befall, reference
from tests.helpers.sandbox import running_sandbox

FEW = [
    ("kill -9 of a worker", "listing", 16),
    ("kill -9 of all workers", "tree", 16),
    ("kill -9 of Redis, append-only", "tree", 64),
    ("20 replies lost", "listing", 16),
]
ALL = [(fault, shape, concurrency) for fault in FAULTS for shape in SHAPES for concurrency in (16, 64)]


@pytest.fixture(scope="module")
def ground(tmp_path_factory):
    """A sandbox that keeps a log of arrivals, and what each shape gives in peace."""
    folder = tmp_path_factory.mktemp("faults")
    with running_sandbox("--log", str(folder / "arrivals")) as sandbox:
        yield Ground(folder, sandbox)


class Ground:
    def __init__(self, folder, sandbox):
        self.folder, self.sandbox = folder, sandbox
        self.arrivals = Arrivals(folder / "arrivals")
        self._references = {}

    def reference(self, shape, scale):
        if (shape, scale) not in self._references:
            where = self.folder / f"{shape}-{scale}"
            self._references[shape, scale] = reference(SHAPES[shape], self.sandbox, where, self.arrivals, scale)
        return self._references[shape, scale]

    def befall(self, fault, shape, concurrency, *, scale, seconds):
        wanted = self.reference(shape, scale)
        folder = self.folder / f"{fault}-{shape}-{concurrency}-{scale}"
        folder.mkdir()
        return befall(
            FAULTS[fault], wanted, self.sandbox, folder, self.arrivals, concurrency=concurrency, seconds=seconds
        )


def check(outcome):
    assert outcome.missing == [], outcome.logs
    assert outcome.unknown == [], outcome.logs
    assert (outcome.never_crawled, outcome.dead) == (0, 0), outcome.logs
    assert outcome.again <= outcome.allowed, outcome.logs
    assert all(status in (0, -9) for status in outcome.statuses), outcome.logs
    assert "Traceback" not in outcome.logs


@pytest.mark.crawl
@pytest.mark.parametrize(("fault", "shape", "concurrency"), FEW)
def test_nothing_is_lost(ground, fault, shape, concurrency):
    check(ground.befall(fault, shape, concurrency, scale=1, seconds=BRIEFLY))


@pytest.mark.faults
@pytest.mark.parametrize(("fault", "shape", "concurrency"), ALL)
def test_nothing_is_lost_in_any_cell_of_the_matrix(ground, fault, shape, concurrency):
    outcome = ground.befall(fault, shape, concurrency, scale=2, seconds=SECONDS)
    note(fault, shape, concurrency, ground.reference(shape, 2), outcome)
    check(outcome)


def note(fault, shape, concurrency, wanted, outcome):
    """Add a line to the file that FAULTS_TABLE names, for the table in the docs."""
    if path := os.environ.get("FAULTS_TABLE"):
        row = {
            "fault": fault,
            "shape": shape,
            "concurrency": concurrency,
            "pages": wanted.pages,
            "never crawled": outcome.never_crawled,
            "items": len(wanted.items),
            "items lost": len(outcome.missing),
            "again": outcome.again,
            "allowed": outcome.allowed,
            "seconds": round(outcome.seconds, 1),
        }
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
