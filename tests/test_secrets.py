"""No secret gets out: crawls in every kind of trouble, at DEBUG, and a search through all that they leave."""

from __future__ import annotations

import json
from base64 import b64encode
from importlib.util import find_spec
from urllib.parse import quote

import pytest
import redis
from scrapy.utils.project import get_project_settings

from tests.helpers.crawls import crawl
from tests.helpers.http_proxy import running_proxy
from tests.helpers.leaks import PIECE, STEP, Searcher, forms
from tests.helpers.redis import running_redis
from tests.helpers.sandbox import running_sandbox
from tests.helpers.sessions import keep_sessions, make_session
from zhihu_crawler.sessions import Cookies

PROXY_WORD = "pRoxy@word/4hV+7kQ:w9Zx"
OWN_PROXY_WORD = "0wn-proxy-word-Yt5rNb2Lq8"
MONGO_WORD = "mongo-word-9Zr5/Vc2Lk8+Q"
REDIS_WORD = "redis-word-Jx3mPq9vTz6sKd"
SECRETS = {
    "z_c0 of a": '2|1:0|10:1790000000|4:z_c0|80:Kq7+fW/2mZx9"vB4=|b81f5e0c7d',
    "d_c0 of a": "AGBdvice-qV8n3xLp6w==|1790000111",
    "z_c0 of b": "2|1:0|10:1790000000|4:z_c0|80:Hw5tRy8uJk2oPl6aSd=|0c94ae77f1",
    "proxy": PROXY_WORD,
    "own proxy": OWN_PROXY_WORD,
    "Redis": REDIS_WORD,
    "MongoDB": MONGO_WORD,
}
FAULTS = ("reset", "503", "code-40362", "zse-ck", "truncate", "cut", "login-redirect", "unhuman", "error-200")
"""What befalls people whose tokens end in 0 to 8."""
FRONT = "2|1:0|10:1790000000|4:z_c0|80:"
"""What all log-ins begin with is no secret."""


def searcher(renewed=()):
    """Look for all of them, and for log-ins that the sandbox gave meanwhile."""
    known = SECRETS | {f"renewed {at}": value for at, value in enumerate(renewed)}
    return Searcher({name: secret.removeprefix(FRONT) for name, secret in known.items()})


@pytest.mark.parametrize("form", sorted({name for name, _ in forms("x" * 40)}))
@pytest.mark.parametrize("name", ["z_c0 of a", "proxy"])
def test_a_secret_is_found_in_every_form_in_whatever_surrounds_it(form, name):
    secret = SECRETS[name].removeprefix(FRONT)
    texts = [text for found, text in forms(secret) if found == form]
    for text in texts:
        assert searcher().search(b"before " + text + b" after", "here")


@pytest.mark.parametrize("length", [PIECE + STEP - 1, 20])
def test_a_piece_of_a_secret_is_found(length):
    secret = SECRETS["z_c0 of b"].removeprefix(FRONT)
    for at in range(len(secret) - length):
        assert searcher().search(secret[at : at + length].encode(), "here")


def test_a_user_and_password_are_found_in_a_basic_header():
    header = b64encode(f"anna:{PROXY_WORD}".encode())
    assert {leak.secret for leak in searcher().search(b"Basic " + header, "x")} == {"proxy"}


def test_what_is_no_secret_is_not_found():
    assert searcher().search(f"{FRONT} anna session-a".encode(), "here") == set()


def troubled_sandbox(*options):
    faults = [
        part for at, name in enumerate(FAULTS) for part in ("--fault-url", rf"people/shili-n-\d*{at}$={name}:always")
    ]
    return running_sandbox(*faults, *options)


@pytest.fixture
def changing():
    """A sandbox that gives new log-ins, and refuses a session now and then."""
    with troubled_sandbox("--session-renew", "15", "--session-limit", "150:3") as running:
        yield running


@pytest.fixture(scope="module")
def sandbox():
    with troubled_sandbox() as running:
        yield running


@pytest.fixture
def folder(tmp_path):
    """Sessions of two people, one of whom goes through a proxy."""
    with running_proxy(PROXY_WORD) as proxy:
        keep_sessions(
            tmp_path / "sessions",
            made("a", proxy=proxy.url("anna", quote(PROXY_WORD, safe=""))),
            made("b"),
        )
        yield tmp_path
        assert proxy.users == {"anna"}


def made(name, **more):
    values = {"z_c0": SECRETS[f"z_c0 of {name}"], "d_c0": SECRETS["d_c0 of a"] if name == "a" else "b-device"}
    return make_session(name, cookies=Cookies([{"name": key, "value": value} for key, value in values.items()]), **more)


def go(folder, sandbox, *args, **settings):
    """Crawl a question of 120 answers and their authors; what it said lies in the folder too."""
    told = {"LOG_LEVEL": "DEBUG", "COOKIES_DEBUG": "1", "SPIDER_MODULES": "spiders,tests.helpers.troubled"}
    limits = {"RETRY_TIMES": "2", "ZHIHU_COOLDOWN": "0.01", "RETRY_EXCEPTIONS_DELAY": "0.01"}
    given = {"ZHIHU_SESSION_DIR": str(folder / "sessions"), **told, **limits, **settings}
    crawled = crawl(folder, sandbox.origin, "troubled", "ids=24000001", "follow=authors", *args, **given)
    (folder / f"log-{len(list(folder.iterdir()))}").write_text(crawled.log, encoding="utf-8")
    return crawled


def renewed(folder):
    """Log-ins that the sandbox gave meanwhile."""
    sessions = [json.loads(path.read_bytes()) for path in (folder / "sessions").glob("*.json")]
    return [cookie["value"] for session in sessions for cookie in session["cookies"] if cookie["name"] == "z_c0"]


def leaks(folder):
    found = searcher(renewed(folder)).search_files(folder, but=[folder / "sessions"])
    return {(leak.secret, leak.where) for leak in found}


@pytest.mark.crawl
def test_a_crawl_in_trouble_leaves_no_secret_anywhere(folder, changing):
    with running_proxy(OWN_PROXY_WORD) as own:
        job = {"JOBDIR": str(folder / "job"), "HTTPCACHE_ENABLED": "1", "HTTPCACHE_DIR": str(folder / "cache")}
        job |= {"HTTPCACHE_IGNORE_HTTP_CODES": "302,401,403,429,503"}
        first = go(folder, changing, TROUBLED_PROXY=own.url("otto", OWN_PROXY_WORD), CLOSESPIDER_PAGECOUNT="60", **job)
        assert list((folder / "job" / "requests.queue").rglob("*")), "nothing waits in the queue"
        assert leaks(folder) == set()
        second = go(folder, changing, **job)
    assert leaks(folder) == set()
    assert own.users == {"otto"}
    assert len(renewed(folder)) == 2
    assert set(renewed(folder)).isdisjoint(SECRETS.values()), "no log-in was renewed"
    for told in ("RuntimeError: no use for", "Traceback", "zhihu_session", "User-Agent", "Retrying", "No reply from"):
        assert told in first.log + second.log
    assert len(set(second.ids("answer"))) > 60


@pytest.mark.crawl
def test_a_crawl_on_a_redis_with_a_password_leaves_no_secret_anywhere(folder, changing):
    with running_redis("--requirepass", REDIS_WORD) as server, running_proxy(OWN_PROXY_WORD) as own:
        url = f"redis://:{REDIS_WORD}@127.0.0.1:{server.port}/0"
        environment = {"REDIS_URL": url, "IDLE_SECONDS": "1"}
        with pytest.MonkeyPatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)  # a command line is seen by everybody
            crawled = go(folder, changing, TROUBLED_PROXY=own.url("otto", OWN_PROXY_WORD), CLOSESPIDER_PAGECOUNT="60")
            server.kill()
            broken = go(folder, changing, CLOSESPIDER_PAGECOUNT="2")
            server.start()
        client = redis.Redis(port=server.port, password=REDIS_WORD, protocol=2)
        assert own.users == {"otto"}
        assert (leaks(folder), searcher(renewed(folder)).search_redis(client)) == (set(), set())
    assert "cannot be reached" in broken.log
    assert "Traceback" in crawled.log


@pytest.mark.crawl
def test_this_search_finds_what_a_spider_gives_away(folder, sandbox):
    crawled = go(folder, sandbox, TROUBLED_LEAK="1", CLOSESPIDER_PAGECOUNT="20")
    lines = {"log": "Given away: ", "stats": "'troubled/cookie': ", "traceback": "RuntimeError: as "}
    for channel, front in lines.items():
        given = "\n".join(line for line in crawled.log.splitlines() if front in line)
        assert {leak.secret for leak in searcher().search(given.encode(), channel)} & {"d_c0 of a", "z_c0 of a"}, (
            channel
        )
    assert leaks(folder)


@pytest.mark.crawl
def test_this_search_finds_what_careless_middlewares_give_away(folder, sandbox):
    careless = {
        "zhihu_crawler.middlewares.credentials.CredentialsMiddleware": None,
        "tests.helpers.troubled.CarelessCredentials": 945,
        "zhihu_crawler.middlewares.proxy.ProxyMiddleware": None,
        "tests.helpers.troubled.CarelessProxy": 946,
    }
    settings = get_project_settings().getdict("DOWNLOADER_MIDDLEWARES") | careless
    given = {"JOBDIR": str(folder / "job"), "CLOSESPIDER_PAGECOUNT": "40"}
    go(folder, sandbox, DOWNLOADER_MIDDLEWARES=json.dumps(settings), **given)
    found = leaks(folder)
    assert {"z_c0 of a", "proxy"} <= {secret for secret, _ in found}
    places = {place.partition("-")[0] for _, place in found}
    assert "log" in places
    assert len(places) > 1, "nothing in the queue"


@pytest.mark.crawl
@pytest.mark.skipif(find_spec("zhihu_crawler.storage") is None, reason="this checkout has no store")
def test_a_crawl_into_a_mongodb_with_a_password_leaves_no_secret_anywhere(folder, changing):
    from pymongo import MongoClient

    from tests.helpers.mongo import mongo_set

    with mongo_set(1) as servers, pytest.MonkeyPatch.context() as patch:
        client = MongoClient(servers.uri())
        client.admin.command("createUser", "zhihu", pwd=MONGO_WORD, roles=["root"])
        address, _, options = servers.uri().partition("?")
        user = f"zhihu:{quote(MONGO_WORD, safe='')}"
        uri = f"{address.replace('://', f'://{user}@')}?{options}&authSource=admin"
        patch.setenv("MONGODB_SPOOL_DIR", str(folder / "spool"))
        patch.setenv("MONGODB_URI", uri)
        stored = go(folder, changing, CLOSESPIDER_PAGECOUNT="60")
        patch.setenv("MONGODB_URI", uri.replace(MONGO_WORD[:5], "wr0ng"))
        refused = go(folder, changing)
        kinds = [client.zhihu[name] for name in client.zhihu.list_collection_names()]
        documents = [json.dumps(document, default=str) for kind in kinds for document in kind.find()]
        client.close()
    assert len(documents) > 20
    assert leaks(folder) == set()
    assert searcher(renewed(folder)).search("\n".join(documents).encode(), "MongoDB") == set()
    assert (stored.status, refused.status != 0) == (0, True)
