from __future__ import annotations

import asyncio
import time
from contextlib import contextmanager

import pytest
import redis

from tests.helpers.proxy import running_proxy
from tests.helpers.redis import Redis, any_server, free_port, running_redis
from zhihu_crawler.errors import BadSetting
from zhihu_crawler.frontier.connect import connect, connect_sync, is_passing, read_address, show, tell


@pytest.fixture(scope="module")
def server():
    with running_redis("--requirepass", "hun%ter2") as server:
        yield server


@pytest.mark.parametrize(
    ("url", "form", "hosts", "options"),
    [
        ("redis://127.0.0.1", "redis", (), {"host": "127.0.0.1"}),
        ("redis://:p%40ss@h:1/3", "redis", (), {"host": "h", "port": 1, "db": 3, "password": "p@ss"}),
        ("rediss://u:p@h", "rediss", (), {"host": "h", "username": "u", "password": "p"}),
        ("rediss://h?ssl_cert_reqs=none", "rediss", (), {"host": "h", "ssl_cert_reqs": "none"}),
        ("unix:///run/redis.sock?db=2", "unix", (), {"path": "/run/redis.sock", "db": 2}),
        ("redis+sentinel://h/mine", "redis+sentinel", (("h", 26379),), {"db": 0}),
        (
            "rediss+sentinel://u:p@a:1,[::1]:2,c/mine/4?ssl_cert_reqs=none",
            "rediss+sentinel",
            (("a", 1), ("::1", 2), ("c", 26379)),
            {"username": "u", "password": "p", "db": 4, "ssl_cert_reqs": "none"},
        ),
        ("redis+cluster://:p@a:1,b", "redis+cluster", (("a", 1), ("b", 6379)), {"password": "p"}),
    ],
)
def test_addresses_are_read(url, form, hosts, options):
    address = read_address(url)
    assert (address.form, address.hosts) == (form, hosts)
    assert address.options == options


def test_sentinels_may_have_a_password_of_their_own():
    address = read_address("redis+sentinel://:master@a/mine?sentinel_password=guard&socket_timeout=3")
    assert address.sentinel_options == {"password": "guard"}
    assert address.options == {"password": "master", "db": 0, "socket_timeout": 3.0}
    assert address.service == "mine"


@pytest.mark.parametrize(
    "url",
    [
        "127.0.0.1:6379",
        "http://:hunter2@h",
        "redis://:hunter2@h:port",
        "redis://:hunter2@h?colour=red",
        "redis+sentinel://:hunter2@h:26379",
        "redis+sentinel:///mine?password=hunter2",
        "redis+sentinel://:hunter2@h:26379/mine/first",
        "redis+cluster://:hunter2@h:x",
    ],
)
def test_a_bad_address_is_told_without_its_password(url):
    with pytest.raises(BadSetting, match="REDIS_URL") as told:
        read_address(url)
    assert "hunter2" not in str(told.value)


def test_an_address_is_shown_without_what_is_secret():
    assert show("redis://u:p@h:1/2?password=x") == "redis://h:1/2"
    assert show("redis+sentinel://u:p@a,b/mine") == "redis+sentinel://a,b/mine"
    assert "secret" not in repr(read_address("redis+sentinel://:secret@h/m?sentinel_password=secret"))


def test_both_kinds_of_client_log_in(server):
    url = f"redis://:hun%25ter2@127.0.0.1:{server.port}/5"
    with connect_sync(url, name="blocking") as client:
        assert client.client_info()["db"] == 5
        assert client.client_getname() == "blocking"

    async def ask():
        async with connect(url, name="not-blocking") as client:
            return await client.client_getname()

    assert asyncio.run(ask()) == "not-blocking"


def failing(url, timeout=0.3):
    with connect_sync(url, timeout=timeout) as client, pytest.raises(redis.RedisError) as told:
        client.ping()
    return told.value


def test_a_refused_log_in_does_not_pass(server):
    url = f"redis://:hunter2@127.0.0.1:{server.port}"
    error = failing(url)
    assert not is_passing(error)
    assert tell(error, url).startswith(f"Redis at redis://127.0.0.1:{server.port} refuses the log-in: ")
    assert "hunter2" not in tell(error, url)


def test_nobody_there_passes_and_is_told_in_one_line():
    url = f"redis://:hunter2@127.0.0.1:{free_port()}/0"
    error = failing(url)
    assert is_passing(error)
    assert "cannot be reached: " in tell(error, url)
    assert "\n" not in tell(error, url)


@pytest.mark.parametrize(
    ("message", "passes"),
    [
        ("OOM command not allowed when used memory > 'maxmemory'.", True),
        ("READONLY You can't write against a read only replica.", True),
        ("MASTERDOWN Link with MASTER is down", True),
        ("CLUSTERDOWN The cluster is down", True),
        ("WRONGTYPE Operation against a key holding the wrong kind of value", False),
        ("Error running script: @user_script: 9: -OOM command not allowed", True),
        ("NOAUTH Authentication required.", False),
    ],
)
def test_refusals_that_end_by_themselves_are_known(message, passes):
    assert is_passing(redis.ResponseError(message)) is passes


def test_a_command_whose_reply_was_lost_is_not_sent_again():
    with running_redis() as server, running_proxy(server.port) as proxy:

        async def pop():
            async with connect(proxy.url, timeout=1) as client:
                await client.ping()
                proxy.swallow(1)
                with pytest.raises(redis.RedisError):
                    await client.incr("count")
                return await client.get("count")

        assert asyncio.run(pop()) == b"1"
        assert proxy.swallowed == 1


def test_a_server_that_hangs_is_told_after_the_timeout():
    with running_redis() as server, running_proxy(server.port) as proxy:
        proxy.hang()
        error = failing(proxy.url, timeout=0.2)
        assert is_passing(error)
        assert "does not answer" in tell(error, proxy.url)
        proxy.go_on()
        with connect_sync(proxy.url) as client:
            assert client.ping()


def test_a_client_finds_a_server_that_came_back():
    with running_redis(aof=True) as server:

        async def live_through():
            async with connect(server.url, timeout=2) as client:
                await client.set("kept", 1)
                server.restart()
                with pytest.raises(redis.ConnectionError):  # told, not passed over
                    await client.get("kept")
                return await client.get("kept")

        assert asyncio.run(live_through()) == b"1"


def test_a_server_that_is_full_is_told_with_what_to_do():
    with running_redis() as server, server.client as client:
        client.set("much", b"x" * 2_000_000)
        client.config_set("maxmemory", "1mb")
        with pytest.raises(redis.RedisError) as told:
            client.set("more", b"x")
        assert is_passing(told.value)
        assert "is full" in tell(told.value, server.url)


def test_a_cluster_is_asked_through_any_of_its_nodes():
    with running_redis("--cluster-enabled", "yes", port=20_000 + free_port() % 20_000) as node:
        with node.client as client:
            client.execute_command("CLUSTER", "ADDSLOTS", *range(16384))
        until(lambda: b"cluster_state:ok" in node.client.execute_command("CLUSTER", "INFO"))

        async def ask():
            async with connect(f"redis+cluster://127.0.0.1:{node.port}") as client:
                await client.set("{q}:a", 1)
                return await client.get("{q}:a")

        assert asyncio.run(ask()) == b"1"


def test_sentinels_lead_to_the_new_master_after_a_failover(tmp_path):
    with (
        running_redis("--repl-diskless-sync-delay", "0") as master,
        running_redis("--replicaof", "127.0.0.1", str(master.port)) as replica,
        running_sentinel(tmp_path, master) as sentinel,
    ):
        url = f"redis+sentinel://127.0.0.1:{sentinel.port}/mine/0"
        until(lambda: sentinel.client.info("sentinel")["master0"]["slaves"] == 1)
        until(lambda: master.client.info("replication")["slave0"]["state"] == "online")

        async def live_through():
            async with connect(url, timeout=2) as client:
                await client.set("kept", 1)
                while not await client.execute_command("WAIT", 1, 100):
                    pass
                master.kill()
                return await patiently(lambda: client.set("more", 1)), await client.get("kept")

        assert asyncio.run(live_through()) == (True, b"1")
        with connect_sync(url) as client:
            assert client.info("server")["tcp_port"] == replica.port


@contextmanager
def running_sentinel(folder, master):
    """A sentinel reads its file only; ``options`` would be taken for a server's."""
    (folder / "sentinel.conf").write_text(
        f"sentinel monitor mine 127.0.0.1 {master.port} 1\n"
        "sentinel down-after-milliseconds mine 300\nsentinel failover-timeout mine 1000\n"
    )
    sentinel = Redis(any_server(), folder, configuration=folder / "sentinel.conf")
    try:
        sentinel.start()
        yield sentinel
    finally:
        sentinel.stop()


async def patiently(ask):
    for _ in range(200):
        try:
            return await ask()
        except redis.RedisError as error:
            if not is_passing(error):
                raise
            await asyncio.sleep(0.05)
    raise AssertionError("it did not come back")


def until(holds):
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_refusing_proxy_lets_nobody_in_until_it_accepts():
    with running_redis() as server, running_proxy(server.port) as proxy:
        proxy.refuse()
        assert is_passing(failing(proxy.url))
        proxy.accept()
        with connect_sync(proxy.url) as client:
            assert client.ping()
