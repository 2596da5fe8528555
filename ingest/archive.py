"""A site's backup in one file: the store, the originals and the ontology overlay, made while the service runs."""

import hashlib
import json
import os
import re
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from engines.store import SCHEMA_VERSION, Store
from ingest.originals import Originals

FORMAT: Final = "zhiwen-backup"
_FORMAT_VERSION: Final = 1
_MANIFEST: Final = "manifest.json"
_STORE: Final = "zhiwen.db"
# Nothing else may stand in a backup, so that none can write outside the places it is restored to.
_MEMBER: Final = re.compile(r"zhiwen\.db|files/[0-9a-f]{64}|ontology/[^/\\:]+\.ttl")
_BLOCK: Final = 1 << 20

Progress = Callable[[int, int], None]


class ArchiveError(Exception):
    """A backup that cannot be made or restored. `code`: target_exists, target_not_empty, not_a_backup,
    damaged_backup, newer_backup, not_readable, not_writable. The message is Chinese and says what to do."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


def back_up(
    store: Store, files: Path, overlay: Path, target: Path, *, progress: Progress | None = None
) -> dict[str, Any]:
    """Write a backup to the new file `target` and return its manifest.

    Writers wait only while the store is copied and the originals are linked; reading goes on throughout.
    The file appears under its name when it is complete. Raises `ArchiveError`, `StoreError`.
    """
    if target.exists():
        raise ArchiveError("target_exists", f"“{target}”已存在。请换一个文件名，或先移走它。")
    try:
        with _folder_beside(target) as folder:
            _freeze(store, files, overlay, folder)
            partial = folder / "backup.zip"
            manifest = _write(folder, partial, store.status().schema_version, progress)
            partial.replace(target)
    except OSError as error:
        raise ArchiveError(
            "not_writable", f"备份未写成：{error.strerror or error}。请检查磁盘空间和“{target.parent}”的权限。"
        ) from error
    return manifest


def restore(
    source: Path, store: Path, files: Path, overlay: Path, *, progress: Progress | None = None
) -> dict[str, Any]:
    """Bring a backup back into an empty home and return its manifest.

    Everything is unpacked beside the home and verified first, so that a damaged backup changes nothing.
    Raises `ArchiveError`.
    """
    _refuse_occupied(store, files, overlay)
    try:
        with zipfile.ZipFile(source) as archive, _folder_beside(files) as folder:
            manifest = _manifest(archive)
            _unpack(archive, manifest, folder, progress)
            for part in ("files", "ontology"):
                (folder / part).mkdir(exist_ok=True)
            _move_all(folder / "files", files)
            _move_all(folder / "ontology", overlay)
            store.parent.mkdir(parents=True, exist_ok=True)
            # Last: a home without its store is still an empty home, and the restore can be repeated.
            shutil.move(folder / _STORE, store)
    except zipfile.BadZipFile as error:
        raise ArchiveError("not_a_backup", f"“{source}”不是知识库备份，或已损坏。请换一份备份。") from error
    except OSError as error:
        raise ArchiveError(
            "not_readable", f"恢复未完成：{error.strerror or error}。请检查备份文件、磁盘空间和权限。"
        ) from error
    return manifest


@contextmanager
def _folder_beside(target: Path) -> Iterator[Path]:
    """A temporary folder on the same file system, so that what is made in it can be renamed to its place."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".zhiwen-", dir=target.parent) as folder:
        yield Path(folder)


def _freeze(store: Store, files: Path, overlay: Path, folder: Path) -> None:
    """Store, originals and overlay as they stand at one moment."""
    originals = Originals(files)
    (folder / "files").mkdir()
    (folder / "ontology").mkdir()
    with originals.locked():
        store.backup(str(folder / _STORE))
        for path in sorted(files.iterdir()):
            if _MEMBER.fullmatch(f"files/{path.name}") and path.is_file():
                _link(path, folder / "files" / path.name)
    for path in sorted(overlay.glob("*.ttl")) if overlay.is_dir() else ():
        shutil.copyfile(path, folder / "ontology" / path.name)


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system, or one without links
        shutil.copyfile(source, target)


def _write(folder: Path, target: Path, schema_version: int, progress: Progress | None) -> dict[str, Any]:
    paths = [folder / _STORE, *sorted((folder / "files").iterdir()), *sorted((folder / "ontology").iterdir())]
    members = {path.relative_to(folder).as_posix(): path for path in paths}
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "version": _FORMAT_VERSION,
        "schema_version": schema_version,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "members": {},
    }
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
        for done, (name, path) in enumerate(members.items()):
            if progress:
                progress(done, len(members))
            digest = hashlib.sha256()
            with path.open("rb") as file, archive.open(name, "w", force_zip64=True) as member:
                while block := file.read(_BLOCK):
                    digest.update(block)
                    member.write(block)
            manifest["members"][name] = {"sha256": digest.hexdigest(), "size": path.stat().st_size}
        archive.writestr(_MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1))
    if progress:
        progress(len(members), len(members))
    with target.open("rb") as file:
        os.fsync(file.fileno())
    return manifest


def _refuse_occupied(store: Path, files: Path, overlay: Path) -> None:
    occupied = [
        path
        for path in (files, overlay)
        if path.is_dir() and any(not one.name.startswith(".") for one in path.iterdir())
    ]
    if store.exists():
        occupied.insert(0, store)
    if occupied:
        raise ArchiveError(
            "target_not_empty", f"“{occupied[0]}”已有内容。备份只能恢复到空的数据目录；请换一个，或先移走现有内容。"
        )


def _manifest(archive: zipfile.ZipFile) -> dict[str, Any]:
    try:
        manifest = json.loads(archive.read(_MANIFEST))
        known = manifest["format"] == FORMAT
        version, schema, members = int(manifest["version"]), int(manifest["schema_version"]), dict(manifest["members"])
    except (KeyError, ValueError, TypeError, zipfile.BadZipFile):
        known = False
    if not known:
        raise ArchiveError("not_a_backup", "这个文件不是知识库备份。请选择由 zhiwen backup 生成的文件。")
    if version > _FORMAT_VERSION or schema > SCHEMA_VERSION:
        raise ArchiveError("newer_backup", "这份备份出自更新的版本，本版本不能恢复。请先升级程序。")
    if _STORE not in members or not all(_MEMBER.fullmatch(name) for name in members):
        raise ArchiveError("damaged_backup", "备份的清单不完整或含有不该有的内容。请换一份备份。")
    return dict(manifest)


def _unpack(archive: zipfile.ZipFile, manifest: dict[str, Any], folder: Path, progress: Progress | None) -> None:
    members: dict[str, Any] = manifest["members"]
    for done, (name, stated) in enumerate(members.items()):
        if progress:
            progress(done, len(members))
        target = folder / name
        target.parent.mkdir(exist_ok=True)
        try:
            digest = _extract(archive, name, target, int(stated["size"]))
        except (KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise _damaged(name) from error
        if digest != stated["sha256"] or (name.startswith("files/") and digest != target.name):
            raise _damaged(name)
    if progress:
        progress(len(members), len(members))


def _extract(archive: zipfile.ZipFile, name: str, target: Path, size: int) -> str:
    """Unpack no more than the stated size; the SHA-256 of it."""
    digest = hashlib.sha256()
    with archive.open(name) as member, target.open("wb") as file:
        while (block := member.read(_BLOCK)) and size >= 0:
            size -= len(block)
            digest.update(block)
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()


def _damaged(name: str) -> ArchiveError:
    return ArchiveError("damaged_backup", f"备份已损坏（{name} 与清单不符），未作任何改动。请换一份备份。")


def _move_all(source: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted(source.iterdir()):
        shutil.move(path, target / path.name)
