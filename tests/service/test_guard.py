"""Who may reach the service: Host, Origin, sizes, keys, and the refusal of open doors."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from service import access
from service.bootstrap import Application
from service.cli import server
from service.rest.app import create_app
from tests.service.conftest import settings_for

ZHIWEN = str(Path(sys.executable).parent / "zhiwen")


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "[::1"])
def test_a_foreign_host_is_refused(client: TestClient, host: str) -> None:
    answer = client.get("/v1/clauses", headers={"Host": host})
    assert answer.status_code == 400
    assert answer.json()["code"] == "host_not_allowed"
    assert "ZHIWEN_ALLOWED_HOSTS" in answer.json()["detail"]


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "LOCALHOST:1", "[::1]:8000"])
def test_this_machine_by_any_of_its_names_is_let_in(client: TestClient, host: str) -> None:
    assert client.get("/v1/clauses", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1.evil.example"])
def test_a_foreign_page_is_refused(client: TestClient, origin: str) -> None:
    answer = client.post("/v1/match", json={"text": "车间设立示范岗"}, headers={"Origin": origin})
    assert answer.status_code == 403
    assert answer.json()["code"] == "origin_not_allowed"


def test_our_own_page_is_let_in(client: TestClient) -> None:
    answer = client.post("/v1/match", json={"text": "车间设立示范岗"}, headers={"Origin": "http://localhost:8000"})
    assert answer.status_code == 200


def test_a_body_beyond_the_limit_is_refused_declared_or_not(fresh_client: TestClient) -> None:
    text = "质" * 500_000

    def chunks() -> object:
        yield b'{"text": "'
        for _ in range(20):
            yield b"x" * 100_000
        yield b'"}'

    declared = fresh_client.post("/v1/match", json={"text": text})
    undeclared = fresh_client.post("/v1/match", content=chunks(), headers={"Content-Type": "application/json"})  # type: ignore[arg-type]
    for answer in (declared, undeclared):
        assert answer.status_code == 413
        assert answer.json()["code"] == "too_large"


def test_with_a_key_every_question_needs_one(fresh: Application, fresh_client: TestClient) -> None:
    assert fresh_client.get("/v1/clauses").status_code == 200
    secret = access.create_key(fresh.store, "dify", "read")
    refused = fresh_client.get("/v1/clauses")
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"].startswith("Bearer")
    assert fresh_client.get("/v1/clauses", headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert fresh_client.get("/v1/clauses", headers={"Authorization": f"Bearer {secret}"}).status_code == 200
    page = fresh_client.get("/clauses", headers={"Accept": "text/html"})
    assert page.status_code == 401
    assert page.headers["www-authenticate"].startswith("Basic")
    assert fresh_client.get("/clauses", auth=("任意", secret)).status_code == 200
    assert fresh_client.get("/healthz").status_code == 200


def test_a_reading_key_may_not_write(fresh: Application, fresh_client: TestClient) -> None:
    secret = access.create_key(fresh.store, "读", "read")
    headers = {"Authorization": f"Bearer {secret}"}
    answer = fresh_client.post("/v1/documents", files={"file": ("a.txt", b"x")}, headers=headers)
    assert answer.status_code == 403
    assert "ingest" in answer.json()["detail"]


def test_a_revoked_key_is_no_key(fresh: Application, fresh_client: TestClient) -> None:
    access.create_key(fresh.store, "留", "read")
    secret = access.create_key(fresh.store, "去", "admin")
    assert access.revoke_key(fresh.store, "去")
    assert fresh_client.get("/v1/clauses", headers={"Authorization": f"Bearer {secret}"}).status_code == 401


def test_the_secret_is_not_in_the_store(fresh: Application) -> None:
    secret = access.create_key(fresh.store, "甲", "read")
    with fresh.store.reading() as reader:
        assert secret not in str(list(reader.records("key")))
    with pytest.raises(ValueError, match="已有名为 甲"):
        access.create_key(fresh.store, "甲", "read")


def test_other_addresses_are_refused_without_a_key(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    done = subprocess.run(
        [ZHIWEN, "serve", "--host", "0.0.0.0", "--port", str(port)],
        env={"ZHIWEN_HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert "zhiwen key add" in done.stderr


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_answers_on_a_kept_connection_are_sent_at_once(host: str) -> None:
    with server.listening(host, 0) as listener:
        listener.listen()
        with socket.create_connection(listener.getsockname()[:2]):
            accepted, _ = listener.accept()
            with accepted:
                assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_more_hosts_are_let_in_by_a_setting(tmp_path: Path) -> None:
    from service.rest.guard import allowed_hosts

    hosts = allowed_hosts(settings_for(tmp_path, ZHIWEN_ALLOWED_HOSTS="Quality.Example, 10.0.0.8"))
    assert {"quality.example", "10.0.0.8", "localhost"} <= hosts


@pytest.mark.parametrize(
    ("bound", "host", "status"),
    [("0.0.0.0", "10.1.2.3:8000", 200), ("127.0.0.1", "10.1.2.3:8000", 400), ("0.0.0.0", "evil.example", 400)],
)
def test_a_service_on_all_addresses_is_reached_by_any_of_them_but_by_no_foreign_name(
    tmp_path: Path, bound: str, host: str, status: int
) -> None:
    application = Application(settings_for(tmp_path, ZHIWEN_HOST=bound))
    with TestClient(create_app(application), base_url="http://127.0.0.1") as client:
        assert client.get("/healthz", headers={"Host": host}).status_code == status
    application.close()


def test_revoking_the_last_key_does_not_open_a_service_that_listens_further(tmp_path: Path) -> None:
    application = Application(settings_for(tmp_path, ZHIWEN_HOST="0.0.0.0"))
    secret = access.create_key(application.store, "一", "read")
    with TestClient(create_app(application), base_url="http://127.0.0.1") as client:
        assert client.get("/v1/clauses", headers={"Authorization": f"Bearer {secret}"}).status_code == 200
        access.revoke_key(application.store, "一")
        assert client.get("/v1/clauses").status_code == 401
    application.close()


def test_monitors_may_ask_by_head_and_wrong_methods_hear_the_right_ones(client: TestClient) -> None:
    head = client.head("/healthz")
    assert (head.status_code, head.content) == (200, b"")
    assert client.put("/v1/search").headers["allow"] == "GET"


def test_a_nul_in_a_parameter_is_refused(client: TestClient) -> None:
    answer = client.get("/v1/search?q=a&collection=%00")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_parameters")
