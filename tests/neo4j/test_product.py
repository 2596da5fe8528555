"""The product on Neo4j, chosen by one setting: the same answers by command line and HTTP, moved both ways."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from service.bootstrap import Application
from service.rest.app import create_app
from service.samples_loading import load_samples
from service.settings import read_settings
from tests.neo4j.servers import Server

ZHIWEN = str(Path(sys.executable).parent / "zhiwen")
QUESTIONS = ("供应商质量会议", "党员带头攻关", "怎么评价培训效果", "效能的定义")


def settings(server: Server, home: Path) -> dict[str, str]:
    login = {"ZHIWEN_NEO4J_USER": server.user, "ZHIWEN_NEO4J_PASSWORD": server.password}
    return {"ZHIWEN_HOME": str(home), "ZHIWEN_STORE": server.uri, **login}


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    made = Application(read_settings({"ZHIWEN_HOME": str(tmp_path_factory.mktemp("embedded"))}))
    load_samples(made)
    yield made
    made.close()


def test_the_samples_give_the_same_answers_on_both_engines(
    embedded: Application, server: Server, tmp_path: Path
) -> None:
    theirs = Application(read_settings(settings(server, tmp_path / "home")))
    load_samples(theirs)
    with (
        TestClient(create_app(embedded), base_url="http://127.0.0.1") as one,
        TestClient(create_app(theirs), base_url="http://127.0.0.1") as two,
    ):
        for path in (
            "/v1/clauses",
            "/v1/requirements",
            "/v1/terms",
            "/v1/coverage",
            "/v1/requirements/execution-6/practices",
        ):
            assert one.get(path).json() == two.get(path).json(), path
        for path in ("/v1/trace/gbt-32230?depth=2", "/v1/trace/execution-6?direction=out"):
            assert one.get(path).json()["nodes"] == two.get(path).json()["nodes"], path
        for question in QUESTIONS:
            mine, other = (client.get("/v1/search", params={"q": question}).json() for client in (one, two))
            ids = [[result["practice"]["id"] for result in answer["results"]] for answer in (mine, other)]
            shared = len(set(ids[0]) & set(ids[1]))
            assert shared >= 0.9 * max(len(ids[0]), len(ids[1])), question
            assert mine["gaps"] == other["gaps"]
    theirs.close()


def test_the_command_line_copies_there_and_back(embedded: Application, server: Server, tmp_path: Path) -> None:
    environment = {**settings(server, tmp_path / "home"), "PATH": os.environ["PATH"]}
    back = tmp_path / "back.db"
    for source, target in ((embedded.settings.store, server.uri), (server.uri, str(back))):
        done = subprocess.run(
            [ZHIWEN, "copy", "--from", source, "--to", target],
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
        assert "已复制并核对" in done.stdout
    searched = subprocess.run(
        [ZHIWEN, "search", "供应商质量会议"], env=environment, capture_output=True, text=True, timeout=120
    )
    assert "虚构样例" in searched.stdout, searched.stderr


def test_a_wrong_password_is_explained(server: Server, tmp_path: Path) -> None:
    environment = {
        **settings(server, tmp_path),
        "ZHIWEN_NEO4J_PASSWORD": "not-the-password",
        "PATH": os.environ["PATH"],
    }
    done = subprocess.run([ZHIWEN, "doctor"], env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert "密码" in done.stdout
    assert "Traceback" not in done.stderr
