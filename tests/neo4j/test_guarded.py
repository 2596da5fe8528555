"""A server that is encrypted with a certificate of our own making, and one that takes no writes."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from engines.neo4j.connection import Connection
from engines.store import StoreError, StoreUnavailable
from service.bootstrap import Application
from service.rest.app import create_app
from service.samples_loading import load_samples
from service.settings import read_settings
from tests.contract.content import STANDARD
from tests.neo4j.servers import Server, start

ZHIWEN = str(Path(sys.executable).parent / "zhiwen")
TLS = (
    "dbms.ssl.policy.bolt.enabled=true",
    "dbms.ssl.policy.bolt.base_directory=certificates/bolt",
    "dbms.ssl.policy.bolt.client_auth=NONE",
    "server.bolt.tls_level=OPTIONAL",
)
READ_ONLY = "server.databases.read_only=neo4j"


def _openssl(folder: Path, *words: str) -> None:
    openssl = shutil.which("openssl") or pytest.fail("openssl is missing: apt-get install openssl")
    subprocess.run([openssl, *words], cwd=folder, check=True, capture_output=True)


def make_authority(folder: Path, name: str) -> Path:
    """A certificate authority: `NAME.key` and the certificate, which is returned."""
    extensions = ("-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign")
    new = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}")
    _openssl(folder, *new, *extensions, "-keyout", f"{name}.key", "-out", f"{name}.pem")
    return folder / f"{name}.pem"


def certify(folder: Path, authority: Path, target: Path) -> None:
    """A key and a certificate for this machine in `target`, as Neo4j wants them."""
    _openssl(
        folder, "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-keyout", "k.key", "-out", "k.csr"
    )
    (folder / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n", encoding="utf-8")
    signing = ("-CA", authority.name, "-CAkey", authority.stem + ".key", "-CAcreateserial", "-days", "2")
    _openssl(folder, "x509", "-req", "-in", "k.csr", *signing, "-extfile", "names", "-out", "k.crt")
    target.mkdir(parents=True)
    shutil.copy(folder / "k.key", target / "private.key")
    shutil.copy(folder / "k.crt", target / "public.crt")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("guarded")
    for name in ("ours", "other"):
        make_authority(folder, name)
    return folder


@pytest.fixture(scope="module")
def encrypted(folder: Path) -> Iterator[Server]:
    certify(folder, folder / "ours.pem", folder / "home" / "certificates" / "bolt")
    server = start(folder / "home", *TLS)
    yield server
    server.kill()


@pytest.mark.parametrize("scheme", ["bolt+s:", "neo4j+s:"])
def test_certificate_of_the_given_authority_is_trusted(encrypted: Server, folder: Path, scheme: str) -> None:
    store = encrypted.open(uri=encrypted.uri.replace("bolt:", scheme), ca_file=folder / "ours.pem")
    store.apply(STANDARD)
    assert store.status().nodes["Requirement"] == 2


@pytest.mark.parametrize("ca_file", [None, "other.pem"])
def test_certificate_of_another_authority_is_refused_and_explained(
    encrypted: Server, folder: Path, ca_file: str | None
) -> None:
    with pytest.raises(StoreUnavailable, match=r"证书不受信任.*CA"):
        encrypted.open(
            uri=encrypted.uri.replace("bolt:", "bolt+s:"), ca_file=folder / ca_file if ca_file else None, retry_s=0.5
        )


def test_any_certificate_will_do_when_asked(encrypted: Server) -> None:
    assert encrypted.open(uri=encrypted.uri.replace("bolt:", "bolt+ssc:")).status().nodes["Requirement"] == 2


def test_missing_certificate_file_is_named(encrypted: Server, folder: Path) -> None:
    with pytest.raises(StoreUnavailable, match=r"找不到证书文件.*nowhere\.pem"):
        encrypted.open(uri=encrypted.uri.replace("bolt:", "bolt+s:"), ca_file=folder / "nowhere.pem")


def _settings(server: Server, home: Path, **more: str) -> dict[str, str]:
    login = {"ZHIWEN_NEO4J_USER": server.user, "ZHIWEN_NEO4J_PASSWORD": server.password}
    return {"ZHIWEN_HOME": str(home), "ZHIWEN_STORE": server.uri, **login, **more}


@pytest.fixture(scope="module")
def guarded(encrypted: Server, folder: Path) -> Iterator[tuple[Server, str]]:
    """The server with the samples in it, from now on without writes; and a document of them."""
    encrypted.wipe()
    secure = {
        "ZHIWEN_STORE": encrypted.uri.replace("bolt:", "neo4j+s:"),
        "ZHIWEN_NEO4J_CA_FILE": str(folder / "ours.pem"),
    }
    filling = Application(read_settings(_settings(encrypted, folder / "writer") | secure))
    load_samples(filling)
    document = next(document.id for document in filling.operations.documents() if document.kind == "case")
    filling.close()
    encrypted.stop()
    encrypted.start_again(*TLS, READ_ONLY)
    yield encrypted, document
    encrypted.stop()
    encrypted.start_again(*TLS)


def test_service_that_only_reads_answers_and_refuses_changes(guarded: tuple[Server, str], tmp_path: Path) -> None:
    server, document = guarded
    application = Application(read_settings(_settings(server, tmp_path, ZHIWEN_STORE_READ_ONLY="true")))
    with TestClient(create_app(application), base_url="http://127.0.0.1") as client:
        for path in ("/", "/readyz", "/v1/status", "/v1/coverage", "/v1/trace/gbt-32230", f"/id/{document}"):
            assert client.get(path, headers={"accept": "text/html, */*"}).status_code == 200, path
        assert client.get("/v1/search", params={"q": "供应商质量会议"}).json()["results"]
        changes = (
            client.delete(f"/v1/documents/{document}"),
            client.post("/v1/documents", files={"file": ("案例.txt", "我们每月召开供应商质量会议。".encode())}),
        )
        for answer in changes:
            assert (answer.status_code, answer.json()["code"]) == (403, "read_only")
            assert "只读" in answer.json()["detail"]
        assert not list(tmp_path.rglob("job-*"))
    application.close()


def test_changed_overlay_waits_for_who_may_write(
    guarded: tuple[Server, str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "ontology").mkdir()
    (tmp_path / "ontology" / "site.ttl").write_text("# nothing yet\n", encoding="utf-8")
    application = Application(read_settings(_settings(guarded[0], tmp_path, ZHIWEN_STORE_READ_ONLY="true")))
    assert application.operations.clauses()
    assert "只读" in caplog.text
    application.close()


def test_reading_process_opens_no_transaction_that_writes(
    guarded: tuple[Server, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = guarded[0].open(read_only=True)
    for does in (lambda: store.apply(STANDARD), lambda: store._connection.schema("RETURN 1")):
        with pytest.raises(StoreError, match="只读"):
            does()
    monkeypatch.delattr(Connection, "write")
    assert store.status().nodes["Practice"] > 0


def test_command_line_says_why_it_does_not_write(guarded: tuple[Server, str], tmp_path: Path) -> None:
    settings = _settings(guarded[0], tmp_path, PATH=os.environ["PATH"])
    material = tmp_path / "案例.txt"
    material.write_text("我们每月召开供应商质量会议。", encoding="utf-8")
    for more, says in (({"ZHIWEN_STORE_READ_ONLY": "true"}, "只读"), ({}, "不允许写入")):
        done = subprocess.run(
            [ZHIWEN, "ingest", str(material)], env=settings | more, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 2
        assert says in done.stderr


def test_read_only_names_what_is_missing(guarded: tuple[Server, str], folder: Path) -> None:
    server, _ = guarded
    server.stop()
    server.start_again(*TLS)
    server.run("DROP INDEX zhiwen_words")
    with pytest.raises(StoreUnavailable, match=r"缺少索引.*zhiwen_words.*只读"):
        server.open(read_only=True)
    server.open().close()
    server.run("MATCH (g:_State) SET g._schema = 0")
    with pytest.raises(StoreUnavailable, match=r"须升级到.*只读"):
        server.open(read_only=True)
    server.wipe()
    with pytest.raises(StoreUnavailable, match="还没有图谱"):
        server.open(read_only=True)
