"""The command and the line: a sandbox in its own process, as a crawl meets it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection, IncompleteRead
from urllib.parse import urlsplit

import pytest

from tests.helpers.sandbox import ROOT, running_sandbox
from zhihu_crawler.sandbox.blocks import BLOCKS, FAULT_NAMES

FEED = "/api/v4/questions/24000001/feeds"
COMMAND = [sys.executable, "-m", "scrapy", "sandbox"]


def ask(sandbox, path, host="www.zhihu.com", **headers):
    """Status, headers and body of a reply; redirects are not followed."""
    line = HTTPConnection(urlsplit(sandbox.origin).netloc, timeout=20)
    try:
        line.request("GET", path, headers={"Host": host, **headers})
        reply = line.getresponse()
        return reply.status, reply.headers, reply.read()
    finally:
        line.close()


@pytest.fixture(scope="module")
def sandbox():
    with running_sandbox() as running:
        yield running


@pytest.fixture(scope="module")
def faulty():
    rules = [part for name in sorted(FAULT_NAMES) for part in ("--fault-url", f"[?&]f={name}(&|$)={name}:always")]
    with running_sandbox(*rules) as running:
        yield running


def refused(*options):
    ended = subprocess.run([*COMMAND, *options], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 2
    return ended.stderr + ended.stdout


def test_the_host_tells_a_column_from_a_page(sandbox):
    assert ask(sandbox, "/shilizl-3-1", "zhuanlan.zhihu.com")[0] == 200
    assert ask(sandbox, "/shilizl-3-1", "www.zhihu.com")[0] == 404


def test_a_browser_may_look_without_the_host(sandbox):
    assert ask(sandbox, "/question/24000001", urlsplit(sandbox.origin).netloc)[0] == 200


def test_the_mobile_host_answers_the_api_without_its_root(sandbox):
    page = json.loads(ask(sandbox, "/questions/24000001/feeds", "api.zhihu.com")[2])
    assert page == json.loads(ask(sandbox, FEED)[2])


def test_a_reply_never_names_the_local_origin(sandbox):
    for path in ("/question/24000001", FEED, "/people/shili-t-1/followers"):
        assert b"127.0.0.1" not in ask(sandbox, path)[2]


def test_everybody_may_read_everything_unless_told_otherwise(sandbox):
    assert ask(sandbox, "/robots.txt")[2] == b"User-agent: *\nDisallow:\n"


def test_a_login_is_a_cookie(sandbox):
    assert ask(sandbox, "/api/v4/me")[0] == 401
    assert ask(sandbox, "/api/v4/me", Cookie="z_c0=x")[0] == 200


def test_the_truth_is_told(sandbox):
    assert len(sandbox.truth("question/24000001")["answers"]["ids"]) == 120
    assert sandbox.truth("collection/440000001")["entries"]["delivered"] == 60
    assert sandbox.truth("column/shilizl-3-1")["articles"]["total"] == 12
    assert sandbox.truth("user/shili-m-1")["followers"]["delivered"] == 1_000_000
    assert ask(sandbox, "/sandbox/truth/question/34000001")[0] == 404


def test_what_was_asked_for_is_counted():
    with running_sandbox("--fault-url", "24000002=gone:always") as own:
        for path in ("/question/24000001", "/question/24000002", FEED, FEED, "/any/thing"):
            ask(own, path)
        stats = own.stats()
    assert stats["kind"] == {"api/questions/feeds": 2, "other": 1, "question": 2}
    assert stats["status"] == {"200": 3, "404": 2}
    assert stats["fault"] == {"gone": 1}


@pytest.mark.parametrize("name", sorted(BLOCKS))
def test_a_refusal_arrives_as_it_is_worded(faulty, name):
    block = BLOCKS[name]
    path = "/question/24000001" if block.scope == "page" else FEED
    status, headers, body = ask(faulty, f"{path}?f={name}")
    assert (status, body) == (block.status, block.body.encode())
    assert headers.get("Retry-After") == ("1" if name == "429" else None)
    assert headers.get("Location") == block.headers.get("Location")


@pytest.mark.parametrize(
    ("name", "count", "is_end"), [("force-login", 0, True), ("need-force-login", 0, False), ("ends-early", 3, True)]
)
def test_a_listing_is_kept_back(faulty, name, count, is_end):
    page = json.loads(ask(faulty, f"/api/v4/questions/24000001/answers?f={name}")[2])
    assert (len(page["data"]), page["paging"]["is_end"], page["paging"]["totals"]) == (count, is_end, 120)


def test_a_line_is_reset(faulty):
    with pytest.raises(ConnectionResetError):
        ask(faulty, f"{FEED}?f=reset")


def test_a_body_ends_before_its_length(faulty):
    with pytest.raises(IncompleteRead):
        ask(faulty, f"{FEED}?f=cut")


def test_a_body_is_cut_behind_a_fitting_length(faulty):
    _, headers, body = ask(faulty, f"{FEED}?f=truncate")
    assert int(headers["Content-Length"]) == len(body)
    with pytest.raises(json.JSONDecodeError):
        json.loads(body)


def test_a_reply_is_slow(faulty):
    began = time.monotonic()
    assert ask(faulty, f"{FEED}?f=slow")[0] == 200
    assert time.monotonic() - began >= 1.0


def test_a_refused_address_succeeds_when_asked_again():
    with running_sandbox("--fault", "503=1") as own:
        statuses = [ask(own, FEED)[0] for _ in range(4)]
        assert ask(own, "/robots.txt")[0] == 200
    assert statuses[0] == 503
    assert 200 in statuses


@pytest.mark.parametrize(("robots", "expected"), [("deny", b"User-agent: *\nDisallow: /\n"), ("FILE", b"# mine\n")])
def test_robots_are_as_asked(tmp_path, robots, expected):
    own = tmp_path / "robots.txt"
    own.write_bytes(b"# mine\n")
    with running_sandbox("--robots", str(own) if robots == "FILE" else robots) as running:
        assert ask(running, "/robots.txt")[2] == expected


def test_arrivals_are_logged(tmp_path):
    log = tmp_path / "arrivals.jsonl"
    with running_sandbox("--log", str(log), "--fault-url", "24000002=500:always") as own:
        ask(own, "/question/24000002?x=1")
        ask(own, FEED)
        lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(line["method"], line["path"], line["status"], line["fault"]) for line in lines] == [
        ("GET", "/question/24000002?x=1", 500, "500"),
        ("GET", FEED, 200, None),
    ]
    assert all("T" in line["time"] for line in lines)


def test_another_seed_is_another_world(sandbox):
    with running_sandbox("--seed", "2") as other:
        assert ask(other, FEED)[2] != ask(sandbox, FEED)[2]


def test_saved_pages_come_back_byte_for_byte(tmp_path):
    (tmp_path / "page.html").write_bytes("知乎".encode("gb18030"))
    row = "page.html\tx\t2015\thttps://www.zhihu.com/question/1\tcomplete\tx\n"
    (tmp_path / "INDEX.tsv").write_text("file\tsource\tcaptured\turl\tcompleteness\twhat\n" + row, encoding="utf-8")
    with running_sandbox("--captures", str(tmp_path)) as own:
        assert ask(own, "/question/1")[2] == "知乎".encode("gb18030")
        assert ask(own, "/question/24000001")[0] == 404
        assert ask(own, FEED)[0] == 404
        assert ask(own, "/robots.txt")[0] == 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_prints_its_origin_and_ends_cleanly_on_a_signal(tmp_path, number):
    port_file = tmp_path / "port"
    started = subprocess.Popen(
        [*COMMAND, "--port-file", str(port_file)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        origin = started.stdout.readline().strip()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", origin)
        assert port_file.read_text() == f"{urlsplit(origin).port}\n"
        with socket.create_connection(("127.0.0.1", urlsplit(origin).port)):
            os.kill(started.pid, number)
            rest, errors = started.communicate(timeout=20)
    finally:
        started.kill()
        started.wait()
    assert (started.returncode, rest, errors) == (0, "", "")
    assert list(tmp_path.iterdir()) == [port_file]


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "example.com", "::"])
def test_it_is_not_served_to_others(host):
    assert "loopback" in refused("--host", host)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--fault", "nonsense=1"), "no fault 'nonsense'"),
        (("--fault", "429=7"), "429=7"),
        (("--fault-url", "(=gone"), "no regular expression"),
        (("--captures", "/nowhere"), "INDEX.tsv"),
        (("--robots", "/nowhere/robots.txt"), "/nowhere/robots.txt"),
        (("argument",), "argument"),
    ],
)
def test_a_wrong_option_is_named(options, named):
    assert named in refused(*options)


def test_a_taken_port_is_named(sandbox):
    port = str(urlsplit(sandbox.origin).port)
    assert "address already in use" in refused("--port", port)


def test_a_start_that_fails_says_why():
    with pytest.raises(RuntimeError, match="no fault 'nonsense'"), running_sandbox("--fault", "nonsense=1"):
        pass
