"""Dockerfile, compose files, health check and unit agree with the project that they deploy."""

import os
import re
import socket
import stat
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

import pytest
import uvicorn

from service.bootstrap import Application
from service.rest.app import create_app
from service.settings import DECLARED, read_settings
from tests.deployment.conftest import DOCKER, ROOT

COMPOSE = ("compose.yaml", "compose.embedded.yaml")
FILES = ("Dockerfile", *COMPOSE, "bundle/zhiwen.env", "bundle/zhiwen.service", "bundle/zhiwen-admin")


def text_of(name: str) -> str:
    return (DOCKER / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return found


def test_versions_are_the_projects(project: dict[str, Any]) -> None:
    version = project["project"]["version"]
    assert f"ARG ZHIWEN_VERSION={version}\n" in text_of("Dockerfile")
    assert f"image: ${{ZHIWEN_IMAGE:-zhiwen:{version}}}" in text_of("compose.embedded.yaml")


def test_neo4j_is_the_one_that_the_tests_run_against() -> None:
    pom = ElementTree.parse(DOCKER / "neo4j" / "pom.xml")
    version = pom.findtext(".//{*}neo4j.version")
    assert f":-neo4j:{version}-community}}" in text_of("compose.yaml")


def test_every_package_reaches_the_image_and_the_bundle(project: dict[str, Any], maker: ModuleType) -> None:
    packages = {name.rstrip("*") for name in project["tool"]["setuptools"]["packages"]["find"]["include"]}
    copied = re.findall(r"^COPY (\w+) \1$", text_of("Dockerfile"), re.MULTILINE)
    allowed = re.findall(r"^!(\w+)$", text_of("Dockerfile.dockerignore"), re.MULTILINE)
    assert packages == set(copied) == set(maker.PACKAGES)
    assert packages <= set(allowed)


@pytest.mark.parametrize("name", FILES)
def test_every_setting_is_known_to_the_service(name: str) -> None:
    known = {setting.variable for setting in DECLARED}
    # A setting is given as `NAME=value` or `NAME: value`; what compose fills in for itself stands in ${…}.
    given = set(re.findall(r"(?<![${])\b(ZHIWEN_[A-Z0-9_]+)(?:=|: )", text_of(name))) - {"ZHIWEN_VERSION"}
    assert given - known == set()


@pytest.mark.parametrize("name", COMPOSE)
def test_every_service_is_confined(name: str) -> None:
    services = re.split(r"^  (?=\w+:$)", text_of(name).partition("\nnetworks:")[0], flags=re.MULTILINE)[1:]
    for service in services:
        if "extends:" not in service:
            for line in ("cap_drop: [ALL]", "no-new-privileges:true", "user:", "memory:", "pids:", "max-size:"):
                assert line in service, (service.partition(":")[0], line)


def test_secrets_are_made_once_and_agree(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    made = subprocess.run([DOCKER / "make-secrets.sh", folder], capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    password = (folder / "neo4j_password").read_text(encoding="utf-8")
    assert re.fullmatch(r"[0-9a-f]{48}", password)
    assert (folder / "neo4j_auth").read_text(encoding="utf-8") == f"neo4j/{password}"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert password not in made.stdout + made.stderr
    again = subprocess.run([DOCKER / "make-secrets.sh", folder], capture_output=True, text=True)
    assert again.returncode == 1
    assert (folder / "neo4j_password").read_text(encoding="utf-8") == password


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """The port of a running service over an empty base."""
    application = Application(read_settings({"ZHIWEN_HOME": str(tmp_path)}))
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(application), log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield int(listener.getsockname()[1])
    server.should_exit = True
    thread.join()
    application.close()


def healthcheck(port: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", str(DOCKER / "healthcheck.py")]
    return subprocess.run(
        command, env={**os.environ, "ZHIWEN_PORT": str(port)}, capture_output=True, text=True, timeout=60
    )


def test_a_service_that_answers_is_healthy(port: int) -> None:
    done = healthcheck(port)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_service_that_cannot_read_is_not(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Application) -> None:
        raise OSError("disk gone")

    monkeypatch.setattr("service.operations.Operations.clauses", broken)
    done = healthcheck(port)
    assert done.returncode == 1
    assert done.stderr.startswith("500")


def test_no_service_is_not_healthy() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        free = int(taken.getsockname()[1])
    done = healthcheck(free)
    assert (done.returncode, done.stderr.startswith("no answer")) == (1, True)
