from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.helpers.sandbox import Sandbox, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """One well-behaved sandbox for all crawls."""
    with running_sandbox() as running:
        yield running
