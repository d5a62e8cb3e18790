"""A lone server, by TCP with and without TLS: what it is told for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pymongo.uri_parser import parse_uri

from tests.helpers.mongo import program
from zhihu_crawler.config import StoreConfig
from zhihu_crawler.sandbox.mongod import Mongod
from zhihu_crawler.storage.health import Report, Verdict, assess, look, probe

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate of 127.0.0.1, signed by itself, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, bare = serialization.Encoding.PEM, serialization.NoEncryption()
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    path.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, bare) + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory, certificate: Path) -> Iterator[Mongod]:
    flags = ("--tlsMode", "preferTLS", "--tlsCertificateKeyFile", str(certificate), "--tlsCAFile", str(certificate))
    server = Mongod(
        program(), tmp_path_factory.mktemp("alone"), flags=(*flags, "--tlsAllowConnectionsWithoutCertificates")
    )
    server.start()
    try:
        server.wait()
        yield server
    finally:
        server.stop()


def looked(uri: str) -> Report:
    return assess(look(StoreConfig(uri=uri), seconds=1))


def test_a_lone_server_is_no_replica_set(alone: Mongod):
    report = looked(f"mongodb://{alone.address}/zhihu")
    assert (report.kind, report.verdict, report.members) == ("standalone", Verdict.DEGRADED, ())
    [reason] = report.reasons
    assert reason.text.startswith(f"{alone.address} is no replica set: ")


def test_a_set_that_is_asked_for_is_not_found_in_a_lone_server(alone: Mongod):
    report = looked(f"mongodb://{alone.address}/zhihu?replicaSet=rs0")
    assert report.verdict is Verdict.DOWN


def test_members_are_asked_through_tls_as_the_uri_says(alone: Mongod, certificate: Path):
    uri = f"mongodb://{alone.address}/zhihu?tls=true"
    assert looked(f"{uri}&tlsCAFile={certificate}").kind == "standalone"
    refused = looked(uri)
    assert refused.verdict is Verdict.DOWN
    assert "certificate verify failed" in refused.reasons[0].text


@pytest.mark.parametrize(
    ("uri", "given"),
    [
        ("mongodb://a/zhihu", {}),
        ("mongodb://u:p%40@a/zhihu", {"username": "u", "password": "p@", "authsource": "zhihu"}),
        ("mongodb://u:p@a", {"username": "u", "password": "p", "authsource": "admin"}),
        ("mongodb://u:p@a/zhihu?authSource=x", {"username": "u", "password": "p", "authsource": "x"}),
        (
            "mongodb://u@a/?authMechanism=MONGODB-X509",
            {"username": "u", "authmechanism": "MONGODB-X509"},
        ),
    ],
)
def test_who_logs_in_is_who_the_uri_says(uri: str, given: dict[str, Any]):
    parts = dict(parse_uri(uri))
    parts["options"] = {name.lower(): value for name, value in parts["options"].items()}
    assert probe._Asking(StoreConfig(uri=uri), parts, 1)._user() == given
