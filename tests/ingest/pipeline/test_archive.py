"""Backup and restore of a whole site: while it runs, whole or not at all."""

import json
import sqlite3
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from engines.embedded.store import open_embedded
from ingest.archive import ArchiveError, back_up, restore
from ingest.source import Source
from tests.ingest.pipeline.parts import Site, case_text, contents, files_of


@pytest.fixture
def archive(site: Site, tmp_path: Path) -> Path:
    for number in (1, 2):
        path = tmp_path / f"{number}.txt"
        path.write_text(case_text(number), encoding="utf-8")
        site.ingester.ingest_file(path, Source("默认", path.name))
    with site.store.reading() as reader:
        practice = next(iter(reader.relations(type="SATISFIES")))
    site.reviewer.decide(practice.source, practice.target, "accepted")
    overlay = site.home / "ontology"
    overlay.mkdir()
    (overlay / "本单位.ttl").write_text("# 补充\n", encoding="utf-8")
    target = tmp_path / "备份.zip"
    back_up(site.store, site.home / "files", overlay, target)
    return target


def _restore(archive: Path, home: Path) -> dict[str, object]:
    return restore(archive, home / "zhiwen.db", home / "files", home / "ontology")


def test_everything_comes_back(site: Site, archive: Path, tmp_path: Path) -> None:
    home = tmp_path / "新" / "home"
    manifest = _restore(archive, home)
    assert manifest["format"] == "zhiwen-backup"
    with site.store.reading() as reader:
        before = contents(reader), list(reader.records("decision"))
    store = open_embedded(home / "zhiwen.db", create=False)
    try:
        with store.reading() as reader:
            assert (contents(reader), list(reader.records("decision"))) == before
        assert store.status().vector_sets == site.store.status().vector_sets
    finally:
        store.close()
    assert {path.name for path in (home / "files").iterdir()} == files_of(site)
    assert (home / "ontology" / "本单位.ttl").read_text(encoding="utf-8") == "# 补充\n"
    assert [path.name for path in home.iterdir() if path.name.startswith(".")] == []


def test_a_backup_made_during_ingest_is_consistent(site: Site, tmp_path: Path) -> None:
    stop = threading.Event()

    def ingest() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            path = tmp_path / "a.txt"
            path.write_text(case_text(number, 1), encoding="utf-8")
            site.ingester.ingest_file(path, Source("默认", f"{number % 3}.txt"), replace=True)

    thread = threading.Thread(target=ingest)
    thread.start()
    try:
        for turn in range(4):
            target = tmp_path / f"{turn}.zip"
            back_up(site.store, site.home / "files", site.home / "ontology", target)
            home = tmp_path / f"home-{turn}"
            _restore(target, home)
            with sqlite3.connect(home / "zhiwen.db") as connection:
                assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            connection.close()
            store = open_embedded(home / "zhiwen.db")
            with store.reading() as reader:
                needed = {
                    str(n.properties["content_hash"])
                    for n in reader.nodes(label="Document")
                    if n.properties.get("content_hash")
                }
            store.close()
            assert needed == {path.name for path in (home / "files").iterdir()}
    finally:
        stop.set()
        thread.join()


def test_nothing_is_overwritten(site: Site, archive: Path) -> None:
    with pytest.raises(ArchiveError) as refused:
        back_up(site.store, site.home / "files", site.home / "ontology", archive)
    assert refused.value.code == "target_exists"
    with site.store.reading() as reader:
        before = contents(reader)
    with pytest.raises(ArchiveError) as refused:
        _restore(archive, site.home)
    assert refused.value.code == "target_not_empty"
    with site.store.reading() as reader:
        assert contents(reader) == before


def _rewritten(archive: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    with zipfile.ZipFile(archive) as source:
        members = {name: source.read(name) for name in source.namelist()}
    change(members)
    with zipfile.ZipFile(archive, "w") as target:
        for name, content in members.items():
            target.writestr(name, content)


def _edit_manifest(change: Callable[[dict[str, object]], object]) -> Callable[[dict[str, bytes]], None]:
    def edit(members: dict[str, bytes]) -> None:
        manifest = json.loads(members["manifest.json"])
        change(manifest)
        members["manifest.json"] = json.dumps(manifest).encode()

    return edit


def _flip(members: dict[str, bytes]) -> None:
    name = next(name for name in members if name.startswith("files/"))
    members[name] = members[name][:-1] + b"?"


def _lose(members: dict[str, bytes]) -> None:
    del members[next(name for name in members if name.startswith("files/"))]


def _climb(manifest: dict[str, object]) -> None:
    members = manifest["members"]
    assert isinstance(members, dict)
    members["../../evil"] = {"sha256": "0" * 64, "size": 1}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (_flip, "damaged_backup"),
        (_lose, "damaged_backup"),
        (_edit_manifest(_climb), "damaged_backup"),
        (_edit_manifest(lambda manifest: manifest.update(schema_version=999)), "newer_backup"),
        (_edit_manifest(lambda manifest: manifest.update(version=999)), "newer_backup"),
        (_edit_manifest(lambda manifest: manifest.update(format="other")), "not_a_backup"),
        (_edit_manifest(lambda manifest: manifest.pop("members")), "not_a_backup"),
        (lambda members: members.pop("manifest.json"), "not_a_backup"),
    ],
)
def test_a_bad_backup_is_told_and_changes_nothing(
    archive: Path, tmp_path: Path, change: Callable[[dict[str, bytes]], None], code: str
) -> None:
    _rewritten(archive, change)
    home = tmp_path / "new"
    with pytest.raises(ArchiveError) as refused:
        _restore(archive, home)
    assert refused.value.code == code
    assert not (home / "zhiwen.db").exists()
    assert list(home.glob("*/*")) == []


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04" + b"\0" * 100])
def test_what_is_no_archive_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(ArchiveError) as refused:
        _restore(tmp_path / "a.zip", tmp_path / "new")
    assert refused.value.code == "not_a_backup"


def test_a_truncated_archive_is_told_at_every_length(archive: Path, tmp_path: Path) -> None:
    content = archive.read_bytes()
    for length in range(0, len(content), max(1, len(content) // 25)):
        (tmp_path / "cut.zip").write_bytes(content[:length])
        with pytest.raises(ArchiveError):
            _restore(tmp_path / "cut.zip", tmp_path / "new")
    with pytest.raises(ArchiveError) as refused:
        _restore(tmp_path / "missing.zip", tmp_path / "new")
    assert refused.value.code == "not_readable"
