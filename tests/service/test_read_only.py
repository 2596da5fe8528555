"""A process that only reads: it answers, and says why it changes nothing."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from service.bootstrap import Application
from service.rest.app import create_app
from tests.service.conftest import settings_for

ZHIWEN = str(Path(sys.executable).with_name("zhiwen"))
TEXT = "我们每月召开供应商质量会议，党员骨干带队走访供应商，来料不合格率由1.2%降到0.4%。"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A base with one document."""
    home, case = tmp_path / "home", tmp_path / "案例.txt"
    case.write_text(TEXT, encoding="utf-8")
    writer = Application(settings_for(home))
    assert writer.operations.clauses()
    writer.close()
    done = subprocess.run([ZHIWEN, "ingest", str(case)], env={"ZHIWEN_HOME": str(home)}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return home


@pytest.fixture
def reading(home: Path) -> Iterator[TestClient]:
    application = Application(settings_for(home, ZHIWEN_STORE_READ_ONLY="true"))
    with TestClient(create_app(application), base_url="http://127.0.0.1") as client:
        yield client
    application.close()


def test_it_answers_and_refuses_every_change_with_a_code_of_its_own(reading: TestClient) -> None:
    def cases() -> list[str]:
        return [one["id"] for one in reading.get("/v1/documents").json()["results"] if one["kind"] == "case"]

    (document,) = cases()
    assert reading.get("/v1/search", params={"q": "供应商质量会议"}).json()["results"]
    changes = (
        reading.delete(f"/v1/documents/{document}"),
        reading.post("/v1/documents", files={"file": ("另.txt", TEXT.encode())}),
    )
    for answer in changes:
        assert (answer.status_code, answer.json()["code"], answer.json()["title"]) == (403, "read_only", "本服务只读")
        assert "请在可写的一端操作" in answer.json()["detail"]
    assert cases() == [document]


def test_the_command_line_says_so_without_a_traceback(home: Path, tmp_path: Path) -> None:
    other = tmp_path / "另.txt"
    other.write_text(TEXT + "全年共走访四十二家。", encoding="utf-8")
    done = subprocess.run(
        [ZHIWEN, "ingest", str(other)],
        env={"ZHIWEN_HOME": str(home), "ZHIWEN_STORE_READ_ONLY": "true"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert done.stderr.count("只读") == 1
    assert "Traceback" not in done.stderr
