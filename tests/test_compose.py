"""compose.yaml holds together, and says what docs and settings say."""

from __future__ import annotations

import re

import pytest
import yaml
from scrapy.settings import Settings

from tests.conftest import ROOT
from zhihu_crawler.config import StoreConfig

TEXT = (ROOT / "compose.yaml").read_text(encoding="utf-8")
SERVICES = yaml.safe_load(TEXT)["services"]
MEMBERS = [name for name, service in SERVICES.items() if "mongod" in service.get("command", ())]
SERVERS = [*MEMBERS, "redis"]


def address(member: str) -> str:
    command = SERVICES[member]["command"]
    return f"{member}:{command[command.index('--port') + 1]}"


def test_three_members_are_made_one_set_by_the_names_that_they_have():
    [script] = SERVICES["mongo-init"]["command"]
    told = re.findall(r'"(\w+:\d+)"', script)
    assert told == [address(member) for member in MEMBERS]
    assert len(told) == 3
    assert set(SERVICES["mongo-init"]["depends_on"]) == set(MEMBERS)
    sets = {SERVICES[member]["command"][SERVICES[member]["command"].index("--replSet") + 1] for member in MEMBERS}
    assert sets == {re.search(r'_id: "(\w+)"', script)[1]}


@pytest.mark.parametrize("where", ["compose.yaml", "docs/store.md"])
def test_the_uri_that_is_told_names_the_members(where):
    [uri] = set(re.findall(r"mongodb://mongo1:\S+?rs0", (ROOT / where).read_text(encoding="utf-8")))
    assert StoreConfig.from_settings(Settings({"MONGODB_URI": uri})).database == "zhihu"
    assert uri == f"mongodb://{','.join(map(address, MEMBERS))}/zhihu?replicaSet=rs0"


@pytest.mark.parametrize("name", SERVERS)
def test_a_server_is_watched_keeps_its_data_and_listens_to_this_machine_alone(name):
    service = SERVICES[name]
    assert service["healthcheck"]["test"]
    assert service["volumes"] == [f"{name}:{'/data/db' if name in MEMBERS else '/data'}"]
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    if name in MEMBERS:
        port = address(name).rpartition(":")[2]
        assert service["ports"] == [f"127.0.0.1:{port}:{port}"], "a client is told the port inside"
        assert port in service["healthcheck"]["test"]


@pytest.mark.parametrize("name", ["mongo-init", *SERVERS])
def test_an_image_is_pinned_to_a_release(name):
    assert re.fullmatch(r"\w+:\d+\.\d+\.\d+", SERVICES[name]["image"])


def test_redis_writes_to_the_disk_and_forgets_nothing():
    command = " ".join(SERVICES["redis"]["command"])
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command


def test_it_holds_no_credentials():
    assert not re.search(r"passw|secret|token|_USERNAME|://[^/\s]*@", TEXT, re.IGNORECASE)
