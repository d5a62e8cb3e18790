from __future__ import annotations

import pytest

from zhihu_crawler.sandbox.api import Api
from zhihu_crawler.sandbox.pages import Pages
from zhihu_crawler.sandbox.world import World


@pytest.fixture
def world():
    return World(1)


@pytest.fixture
def api(world):
    return Api(world)


@pytest.fixture
def pages(world):
    return Pages(world)
