"""The embedded store's file: refusals in words, versions, damage, places that cannot be written."""

import os
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from engines.embedded import files
from engines.embedded.store import open_embedded
from engines.store import SCHEMA_VERSION, StoreError, StoreUnavailable
from tests.contract.content import STANDARD, document, everything, rows


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "zhiwen.db"


def _filled(path: Path) -> None:
    store = open_embedded(path)
    store.apply(STANDARD)
    store.apply(document("a"))
    store.close()


def _set_header(path: Path, pragma: str, value: int) -> None:
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA {pragma} = {value}")
    connection.commit()
    connection.close()


def test_one_file_is_left_when_all_is_closed(path: Path) -> None:
    _filled(path)
    assert [file.name for file in path.parent.iterdir()] == ["zhiwen.db"]


def test_missing_file_is_made_only_when_wanted(path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="找不到图谱库"):
        open_embedded(path, create=False)
    assert not path.parent.exists()
    open_embedded(path).close()
    open_embedded(path, create=False).close()


def test_empty_file_is_a_new_store(path: Path) -> None:
    path.parent.mkdir()
    path.touch()
    _filled(path)
    assert open_embedded(path).status().texts == 1


@pytest.mark.parametrize("content", [b"PK\x03\x04 a zip", b"x", "质文".encode() * 5000])
def test_another_kind_of_file_is_refused_and_left_alone(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(StoreUnavailable, match="不是质文图谱的库"):
        open_embedded(path)
    assert path.read_bytes() == content


def test_database_of_another_program_is_refused_and_left_alone(path: Path) -> None:
    path.parent.mkdir()
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreUnavailable, match="不是质文图谱的库"):
        open_embedded(path)
    assert path.read_bytes() == before


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="是目录"):
        open_embedded(tmp_path)


def test_newer_schema_is_refused(path: Path) -> None:
    _filled(path)
    _set_header(path, "user_version", SCHEMA_VERSION + 1)
    with pytest.raises(StoreUnavailable, match=f"更新版本.*{SCHEMA_VERSION + 1}"):
        open_embedded(path)


def test_older_schema_without_a_way_up_is_refused(path: Path) -> None:
    _filled(path)
    _set_header(path, "user_version", 0)
    with pytest.raises(StoreUnavailable, match="不受支持"):
        open_embedded(path)
    assert [file.name for file in path.parent.iterdir()] == ["zhiwen.db"]


def test_older_schema_is_copied_then_brought_up(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _filled(path)
    _set_header(path, "user_version", 0)
    monkeypatch.setitem(
        files.MIGRATIONS, 0, lambda sql: sql.execute("INSERT INTO records VALUES ('setting', 'migrated', '{}')")
    )
    store = open_embedded(path)
    with store.reading() as reader:
        assert [record.key for record in reader.records("setting")] == ["migrated"]
    store.close()
    copy = sqlite3.connect(path.with_name("zhiwen.db.v0.bak"))
    assert copy.execute("PRAGMA user_version").fetchone() == (0,)
    assert copy.execute("SELECT (SELECT count(*) FROM records), (SELECT count(*) FROM texts)").fetchone() == (0, 1)
    copy.close()
    open_embedded(path).close()


def test_failed_migration_changes_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _filled(path)
    _set_header(path, "user_version", 0)

    def broken(sql: sqlite3.Connection) -> None:
        sql.execute("DELETE FROM nodes")
        sql.execute("SELECT nonsense FROM nowhere")

    monkeypatch.setitem(files.MIGRATIONS, 0, broken)
    with pytest.raises(StoreUnavailable):
        open_embedded(path)
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT count(*) > 0 FROM nodes").fetchone() == (1,)
    assert connection.execute("PRAGMA user_version").fetchone() == (0,)
    connection.close()


@pytest.mark.parametrize("kept", [100, 5000])
def test_truncated_file_is_called_damaged(path: Path, kept: int) -> None:
    _filled(path)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(StoreUnavailable, match="文件损坏"):
        everything(open_embedded(path))


def test_scribbled_file_is_called_damaged(path: Path) -> None:
    _filled(path)
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xaa" * (len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(StoreUnavailable, match="文件损坏"):
        everything(open_embedded(path))
    with pytest.raises(StoreUnavailable, match="文件损坏"):
        open_embedded(path).apply(document("b"))


def test_full_disk_is_named_and_leaves_what_was_there(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _filled(path)
    connect = files.TruthFile._connect

    def small(self: files.TruthFile) -> sqlite3.Connection:
        connection = connect(self)
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 2}")
        return connection

    monkeypatch.setattr(files.TruthFile, "_connect", small)
    store = open_embedded(path)
    before = everything(store)
    with pytest.raises(StoreUnavailable, match="磁盘已满"):
        store.apply(document("b", text="长" * 100_000))
    assert everything(store) == before
    assert rows(store, "MATCH (p:Practice) RETURN p.id AS id") == [{"id": "practice-a"}]


_OPEN_ELSEWHERE = """
import os, sys
from pathlib import Path
from engines.embedded.store import open_embedded
from engines.store import StoreUnavailable
if os.getuid() == 0:  # to root every folder is open
    os.setuid(65534)
try:
    open_embedded(Path(sys.argv[1]))
except StoreUnavailable as error:
    print(error)
"""


def test_folder_without_leave_to_write_is_named() -> None:
    # Not tmp_path: an unprivileged user must be able to reach it.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for sub in ("closed", "existing"):
            (folder / sub).mkdir()
        _filled(folder / "existing" / "zhiwen.db")
        for place in (folder, folder / "closed", folder / "existing"):
            place.chmod(0o555)
        try:
            for path in (
                folder / "closed" / "zhiwen.db",
                folder / "closed" / "deeper" / "zhiwen.db",
                folder / "existing" / "zhiwen.db",
            ):
                said = subprocess.run(
                    [sys.executable, "-c", _OPEN_ELSEWHERE, str(path)],
                    capture_output=True,
                    encoding="utf-8",
                    env={**os.environ, "PYTHONUTF8": "1"},
                    timeout=60,
                    check=False,
                )
                assert str(path.parent) in said.stdout, said
                assert "权限" in said.stdout, said
        finally:
            for place in (folder, folder / "closed", folder / "existing"):
                place.chmod(0o755)


def test_backup_into_a_missing_folder_is_refused(path: Path, tmp_path: Path) -> None:
    store = open_embedded(path)
    with pytest.raises(StoreError, match="nowhere"):
        store.backup(str(tmp_path / "nowhere" / "copy.db"))
    store.close()
