"""Every signal at two in a hundred: nothing lost, nothing made up, each counted, the rate seen to fall and recover."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.helpers.storm import check, storm

if TYPE_CHECKING:
    from pathlib import Path

RATE = 0.02


@pytest.mark.crawl
def test_a_crawl_of_300_pages_in_bad_weather(tmp_path: Path):
    found = storm(tmp_path, 2, RATE)
    check(found)
    assert len(found.pages) >= 300


@pytest.mark.faults
def test_a_crawl_of_5000_pages_in_bad_weather(tmp_path: Path):
    found = storm(tmp_path, 42, RATE, seconds=900)
    check(found)
    assert len({one["path"] for one in found.pages}) >= 5000
