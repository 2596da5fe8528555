"""Export and import at the faces: files with their names over HTTP, commands with their exit codes."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from starlette.testclient import TestClient

from service import access
from service.bootstrap import Application
from service.exchange.operations import Given
from service.exchange.spool import Spool
from service.rest.app import create_app
from tests.service.exchange_site import GROUP, closing, exported, judged, pairs, site, statuses

ZHIWEN = str(Path(sys.executable).parent / "zhiwen")
FORMATS = {
    "csv": ("text/csv", "对照表-"),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "对照表-"),
    "jsonl": ("application/jsonl", "做法-"),
    "ttl": ("text/turtle", "本体.ttl"),
    "sssom": ("text/tab-separated-values", "对应-"),
    "oscal-catalog": ("application/json", "oscal-catalog.json"),
    "oscal-practices": ("application/json", "oscal-practices.json"),
    "oscal-mapping": ("application/json", "oscal-mapping.json"),
    "oscal-component": ("application/json", "oscal-component.json"),
    "self-assessment": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "对标自评表-"),
}


def client_of(application: Application) -> TestClient:
    return TestClient(create_app(application), base_url="http://127.0.0.1", raise_server_exceptions=False)


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    with closing(judged(tmp_path_factory.mktemp("faces") / "home")) as made:
        yield made


@pytest.fixture(scope="module")
def client(other: Application) -> TestClient:
    return client_of(other)


def run(home: Path, *words: str | Path) -> subprocess.CompletedProcess[bytes]:
    environment = {"ZHIWEN_HOME": str(home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    return subprocess.run([ZHIWEN, *map(str, words)], env=environment, capture_output=True, timeout=120)


@pytest.mark.parametrize("format", list(FORMATS))
def test_a_file_comes_with_its_name_and_type(client: TestClient, format: str) -> None:
    answer = client.get(f"/v1/export/{format}", params={"collection": "一厂"})
    assert answer.status_code == 200, answer.text
    assert answer.content
    kind, name = FORMATS[format]
    assert answer.headers["content-type"].startswith(kind)
    disposition = answer.headers["content-disposition"]
    assert disposition.startswith("attachment; filename=")
    assert unquote(disposition.partition("filename*=UTF-8''")[2]).startswith(name)
    disposition.encode("ascii")


@pytest.mark.parametrize(
    ("address", "status", "code"),
    [
        ("/v1/export/pdf", 422, "invalid_parameters"),
        ("/v1/export/csv?colour=red", 422, "invalid_parameters"),
        ("/v1/export/csv?organization=无此单位", 404, "unknown_id"),
        ("/v1/export/xlsx?collection=无此材料集", 404, "unknown_id"),
        ("/v1/export/csv?collection=一厂&organization=岭源化工集团", 422, "invalid_parameters"),
        ("/v1/export/sssom?license=free", 422, "invalid_parameters"),
        ("/v1/export/self-assessment?per_point=0", 422, "invalid_parameters"),
        ("/v1/export/self-assessment", 422, "invalid_parameters"),
    ],
)
def test_what_cannot_be_exported_is_a_problem(client: TestClient, address: str, status: int, code: str) -> None:
    answer = client.get(address)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_scope_is_an_organisation_with_its_units(client: TestClient) -> None:
    lines = client.get("/v1/export/jsonl", params={"organization": GROUP}).text.splitlines()
    assert {json.loads(line)["practice"]["external_id"] for line in lines} == {"E-1", "E-2", "E-3"}


def test_decisions_come_in_over_http(other: Application, tmp_path: Path) -> None:
    content = exported(other, "sssom")
    with closing(site(tmp_path / "home")) as application:
        client = client_of(application)
        files = {"file": ("对应.sssom.tsv", content)}
        tried: dict[str, Any] = client.post("/v1/import/decisions", files=files, data={"dry_run": "true"}).json()
        assert (tried["outcomes"], tried["failed"], tried["dry_run"]) == ({"recorded": 4}, 0, True)
        answer = client.post("/v1/import/decisions", files=files, headers={"Accept": "application/x-ndjson"})
        *steps, last = [json.loads(line) for line in answer.text.splitlines()]
        assert steps[-1] == {"done": 4, "total": 4}
        assert last["kind"] == "sssom"
        assert last["outcomes"] == {"recorded": 4}
        assert statuses(application).keys() == statuses(other).keys()
        bad = client.post("/v1/import/decisions", files={"file": ("a.tsv", b"nothing")})
        assert (bad.status_code, bad.json()["code"]) == (422, "unusable_file")


def test_a_key_reviews_in_its_own_name(other: Application, tmp_path: Path) -> None:
    content = exported(other, "sssom")
    with closing(site(tmp_path / "home")) as application:
        keys = {scope: access.create_key(application.store, name, scope) for name, scope in _KEYS}
        client = client_of(application)

        def send(scope: str) -> Any:
            return client.post(
                "/v1/import/decisions",
                files={"file": ("a.tsv", content)},
                headers={"Authorization": f"Bearer {keys[scope]}"},
            )

        assert send("read").status_code == 403
        assert send("review").json()["outcomes"] == {"recorded": 1, "refused": 3}
        assert send("admin").json()["outcomes"] == {"recorded": 3, "unchanged": 1}


_KEYS = (("看客", "read"), ("王质量", "review"), ("管理员", "admin"))


def test_the_command_writes_a_file_whole_or_not_at_all(other: Application, tmp_path: Path) -> None:
    home = other.settings.home
    done = run(home, "export", "--format", "self-assessment", "--organization", GROUP, "--output", tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    (file,) = tmp_path.iterdir()
    assert file.name.startswith(f"对标自评表-{GROUP}-")
    assert file.read_bytes().startswith(b"PK")
    target = tmp_path / "旧.json"
    target.write_text("旧的", encoding="utf-8")
    failed = run(home, "export", "--format", "oscal-mapping", "--collection", "无此", "--output", target, "--force")
    assert failed.returncode == 2
    assert "无此" in failed.stderr.decode()
    assert target.read_text(encoding="utf-8") == "旧的"
    assert {each.name for each in tmp_path.iterdir()} == {file.name, "旧.json"}
    nowhere = run(home, "export", "--output", tmp_path / "无此文件夹" / "a.csv")
    assert nowhere.returncode == 2
    assert "不能写入" in nowhere.stderr.decode()
    piped = run(home, "export", "--format", "xlsx")
    assert piped.stdout.startswith(b"PK")


def test_what_is_no_regular_file_is_written_through(other: Application, tmp_path: Path) -> None:
    home = other.settings.home
    to_out = run(home, "export", "--output", "/dev/stdout")
    assert to_out.stdout == exported(other, "csv")
    pipe = tmp_path / "管道"
    os.mkfifo(pipe)
    taken: list[bytes] = []
    reader = threading.Thread(target=lambda: taken.append(pipe.read_bytes()), daemon=True)
    reader.start()
    assert run(home, "export", "--output", pipe).returncode == 0
    reader.join(60)
    assert taken == [exported(other, "csv")]
    assert pipe.is_fifo()
    (tmp_path / "远处").mkdir()
    link = tmp_path / "对照表.csv"
    link.symlink_to(tmp_path / "远处" / "a.csv")
    for words in ((), ("--force",)):
        assert run(home, "export", "--output", link, *words).returncode == 0
    assert link.is_symlink()
    assert (tmp_path / "远处" / "a.csv").read_bytes() == exported(other, "csv")


def test_a_filled_in_file_is_overwritten_on_wish_only(other: Application, tmp_path: Path) -> None:
    home, folder = other.settings.home, tmp_path / "新的" / "夹"
    made = run(home, "export", "--output", f"{folder}/")
    assert made.returncode == 0, made.stderr.decode()
    (file,) = folder.iterdir()
    file.write_text("填好的", encoding="utf-8")
    for output in (folder, file):
        refused = run(home, "export", "--output", output)
        assert (refused.returncode, "已存在" in refused.stderr.decode(), "--force" in refused.stderr.decode()) == (
            2,
            True,
            True,
        )
    assert file.read_text(encoding="utf-8") == "填好的"
    assert run(home, "export", "--output", folder, "--force").returncode == 0
    assert list(folder.iterdir()) == [file]
    assert file.read_bytes() == exported(other, "csv")


@pytest.mark.parametrize(
    ("name", "format", "said"),
    [
        ("a.xlsx", None, b"PK"),
        ("a.XLSX", "self-assessment", b"PK"),
        ("a.jsonl", None, b'{"id"'),
        ("a.tsv", None, b"#"),
        ("a.ttl", None, b"@prefix"),
        ("a", None, b"\xef\xbb\xbf"),
        ("a.2026", "jsonl", b'{"id"'),
        ("a.json", "oscal-catalog", b"{"),
        ("a.json", None, "几种格式"),
        ("a.xlsx", "csv", ".csv"),
        ("a.csv", "self-assessment", ".xlsx"),
        ("a.xls", None, ".xlsx"),
    ],
)
def test_the_suffix_tells_the_format(
    other: Application, tmp_path: Path, name: str, format: str | None, said: bytes | str
) -> None:
    words = ["--format", format] if format else []
    done = run(other.settings.home, "export", "--collection", "一厂", "--output", tmp_path / name, *words)
    if isinstance(said, bytes):
        assert done.returncode == 0, done.stderr.decode()
        assert (tmp_path / name).read_bytes().startswith(said)
    else:
        assert (done.returncode, said in done.stderr.decode()) == (2, True)
        assert not list(tmp_path.iterdir())


def test_the_import_command_tells_by_its_exit_code(other: Application, tmp_path: Path) -> None:
    with closing(site(tmp_path / "home")) as application:
        proposed = pairs(application)
    lines = exported(other, "sssom").decode("utf-8")
    good, bad, worse = (tmp_path / name for name in ("好.sssom.tsv", "坏.sssom.tsv", "更坏.tsv"))
    good.write_text(lines, encoding="utf-8")
    bad.write_text(lines.replace(f"id:{proposed[0][0]}", "id:practice-nowhere"), encoding="utf-8")
    worse.write_text(lines.replace("id:practice-", "id:practice-0"), encoding="utf-8")
    mixed = run(tmp_path / "home", "import", bad, "--dry-run", "--json")
    assert mixed.returncode == 1
    report = json.loads(mixed.stdout)
    assert report["failed"] == report["outcomes"]["refused"] >= 1
    assert run(tmp_path / "home", "import", worse).returncode == 1
    done = run(tmp_path / "home", "import", good)
    assert (done.returncode, "已记录 4" in done.stdout.decode()) == (0, True), done.stderr.decode()
    again = run(tmp_path / "home", "import", good)
    assert (again.returncode, "无变化 4" in again.stdout.decode()) == (0, True)
    missing = run(tmp_path / "home", "import", tmp_path / "没有")
    assert (missing.returncode, "没有文件" in missing.stderr.decode()) == (2, True)


def test_a_slow_client_does_not_hold_the_base(other: Application) -> None:
    """While nobody reads the answer, others still read and write the base."""
    finished = threading.Event()

    def work(put: Any) -> None:
        from service.exchange.operations import ExportRequest

        with other.operations.exchange.export("jsonl", ExportRequest()) as given:
            assert isinstance(given, Given)
            for piece in given.pieces:
                put(piece)
        finished.set()

    spool = Spool(work)
    spool.started()
    assert finished.wait(60)  # though not a byte was taken
    content = b"".join(spool.pieces())
    assert content == exported(other, "jsonl")


def test_a_client_that_goes_away_ends_the_work_unless_it_must_go_on() -> None:
    for goes_on in (False, True):
        went_on, left = threading.Event(), threading.Event()
        ended = threading.Event()

        def work(put: Any, left: Any = left, went_on: Any = went_on, ended: Any = ended) -> None:
            try:
                put(b"first")
                left.wait(60)
                put(b"second")
                went_on.set()
            finally:
                ended.set()

        spool = Spool(work, goes_on=goes_on)
        spool.started()
        pieces = spool.pieces()
        assert next(pieces) == b"first"
        pieces.close()  # type: ignore[attr-defined]
        left.set()
        assert ended.wait(60)
        assert went_on.is_set() is goes_on


def test_a_fault_in_the_middle_breaks_the_answer_off() -> None:
    def work(put: Any) -> None:
        put(b"first")
        raise OSError("disk full")

    def whole() -> bytes:
        spool = Spool(work)
        spool.started()
        return b"".join(spool.pieces())

    with pytest.raises(OSError, match="disk full"):
        whole()


def test_files_of_an_export_are_readable_by_others(other: Application, tmp_path: Path) -> None:
    assert run(other.settings.home, "export", "--output", tmp_path / "a.csv").returncode == 0
    held = os.umask(0)
    os.umask(held)
    assert (tmp_path / "a.csv").stat().st_mode & 0o777 == 0o666 & ~held
