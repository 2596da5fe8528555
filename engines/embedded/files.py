"""The SQLite file that is the truth: creating, opening, checking, migrating and copying it."""

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from engines.store import SCHEMA_VERSION, StoreError, StoreUnavailable

APPLICATION_ID = 0x7A687774  # "zhwt" in the file's header
WRITE_WAIT_S = 60.0
_MAGIC = b"SQLite format 3\x00"

# `generation` of a row is the change set that last altered it: together with `gone`, the change log.
# Owner 0 holds shared nodes that lost their last owner while a relation still touches them.
_TABLES = """
CREATE TABLE state (one INTEGER PRIMARY KEY CHECK (one = 1), generation INTEGER NOT NULL, log_start INTEGER NOT NULL);
INSERT INTO state VALUES (1, 0, 0);
CREATE TABLE owners (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
INSERT INTO owners VALUES (0, '');
CREATE TABLE nodes (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL, owner INTEGER NOT NULL, label TEXT NOT NULL,
    generation INTEGER NOT NULL, properties TEXT NOT NULL, UNIQUE (id, owner));
CREATE INDEX nodes_owner ON nodes (owner);
CREATE INDEX nodes_label ON nodes (label, id);
CREATE INDEX nodes_generation ON nodes (generation);
CREATE TABLE relations (
    row INTEGER PRIMARY KEY, source TEXT NOT NULL, type TEXT NOT NULL, kind TEXT NOT NULL, target TEXT NOT NULL,
    owner INTEGER NOT NULL, source_label TEXT NOT NULL, target_label TEXT NOT NULL,
    generation INTEGER NOT NULL, properties TEXT NOT NULL, UNIQUE (source, type, kind, target, owner));
CREATE INDEX relations_target ON relations (target);
CREATE INDEX relations_owner ON relations (owner);
CREATE INDEX relations_generation ON relations (generation);
CREATE TABLE texts (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, owner INTEGER NOT NULL, kind TEXT NOT NULL,
    generation INTEGER NOT NULL, scope TEXT NOT NULL, tokens TEXT NOT NULL);
CREATE INDEX texts_owner ON texts (owner);
CREATE INDEX texts_generation ON texts (generation);
CREATE TABLE embedders (id INTEGER PRIMARY KEY, fingerprint TEXT NOT NULL UNIQUE, dimension INTEGER NOT NULL);
CREATE TABLE vectors (
    row INTEGER PRIMARY KEY, embedder INTEGER NOT NULL, id TEXT NOT NULL, owner INTEGER NOT NULL,
    generation INTEGER NOT NULL, vector BLOB NOT NULL, UNIQUE (embedder, id));
CREATE INDEX vectors_owner ON vectors (owner);
CREATE INDEX vectors_generation ON vectors (generation);
CREATE TABLE gone (generation INTEGER NOT NULL, what TEXT NOT NULL, keys TEXT NOT NULL);
CREATE INDEX gone_generation ON gone (generation);
CREATE TABLE records (kind TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID;
"""

# From a schema version to the next; each runs inside one transaction, after a copy of the file was made.
MIGRATIONS: dict[int, Callable[[sqlite3.Connection], None]] = {}


@contextmanager
def in_words(path: Path) -> Iterator[None]:
    """Turn SQLite's and the file system's errors into `StoreUnavailable` in Chinese, naming `path`."""
    try:
        yield
    except sqlite3.Error as error:
        raise StoreUnavailable(_explain(path, error)) from error
    except OSError as error:
        raise StoreUnavailable(f"无法读写 {path}：{error.strerror}。请检查路径、权限和磁盘空间。") from error


def _explain(path: Path, error: sqlite3.Error) -> str:
    name = getattr(error, "sqlite_errorname", None) or ""
    if name.startswith("SQLITE_FULL"):
        return f"磁盘已满，{path} 未作改动。请腾出空间后重试。"
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        return f"目录不可写或文件无法打开：{path}。请检查目录和文件的权限（同目录下还要能写 -wal、-shm 文件）。"
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return f"另一个进程正在写入 {path}，等了 {WRITE_WAIT_S:.0f} 秒仍未轮到。请稍后重试。"
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return f"文件损坏：{path}（{error}）。请用 zhiwen restore 从备份恢复，或另建新库后重新导入。"
    return f"无法使用 {path}：{error}。"


class TruthFile:
    """Connections to one database file; `take` and `give` lend them to readers, `writing` is for one writer at a time."""

    def __init__(self, path: Path, *, create: bool) -> None:
        self.path = path
        self._idle: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._write_lock = threading.Lock()
        self._closed = False
        with in_words(path):
            self._prepare(create)

    def _prepare(self, create: bool) -> None:
        if not self.path.exists():
            if not create:
                raise StoreUnavailable(
                    f"找不到图谱库 {self.path}。请先导入材料，或检查 ZHIWEN_HOME 与 ZHIWEN_STORE 的设置。"
                )
            self.path.parent.mkdir(parents=True, exist_ok=True)
        elif self.path.is_dir():
            raise StoreUnavailable(f"{self.path} 是目录，不是质文图谱的库。请指定库文件。")
        else:
            with self.path.open("rb") as file:
                head = file.read(len(_MAGIC))
            if head not in (b"", _MAGIC):
                raise StoreUnavailable(f"{self.path} 不是质文图谱的库（也不是 SQLite 文件）。请检查路径。")
        connection = self._connect()
        try:
            self._check_version(connection)
        except BaseException:
            connection.close()
            raise
        self.give(connection)

    def _check_version(self, connection: sqlite3.Connection) -> None:
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        empty = not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if application == 0 and empty:
            self._create(connection)
        elif application != APPLICATION_ID:
            raise StoreUnavailable(f"{self.path} 不是质文图谱的库（是另一程序的 SQLite 文件）。请检查路径。")
        _into_wal(connection)
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > SCHEMA_VERSION:
            raise StoreUnavailable(
                f"{self.path} 由更新版本的程序写成（库版本 {version}，本程序支持到 {SCHEMA_VERSION}）。请升级本程序后再打开。"
            )
        if version < SCHEMA_VERSION:
            self._migrate(connection, version)
        connection.execute("SELECT generation FROM state").fetchone()

    def _create(self, connection: sqlite3.Connection) -> None:
        _into_wal(connection)
        connection.execute("BEGIN IMMEDIATE")
        try:
            # Another process may have been quicker.
            if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                for statement in _TABLES.split(";"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise

    def _migrate(self, connection: sqlite3.Connection, version: int) -> None:
        missing = [step for step in range(version, SCHEMA_VERSION) if step not in MIGRATIONS]
        if missing:
            raise StoreUnavailable(
                f"{self.path} 的库版本 {version} 已不受支持，无法升级到 {SCHEMA_VERSION}。请另建新库后重新导入。"
            )
        self.copy_to(self.path.with_name(f"{self.path.name}.v{version}.bak"), connection)
        for step in range(version, SCHEMA_VERSION):
            connection.execute("BEGIN IMMEDIATE")
            try:
                if connection.execute("PRAGMA user_version").fetchone()[0] == step:
                    MIGRATIONS[step](connection)
                    connection.execute(f"PRAGMA user_version = {step + 1}")
                connection.execute("COMMIT")
            except BaseException:
                connection.execute("ROLLBACK")
                raise

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=WRITE_WAIT_S, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA temp_store = MEMORY")
            connection.execute("PRAGMA journal_size_limit = 67108864")
        except BaseException:
            connection.close()
            raise
        return connection

    def take(self) -> sqlite3.Connection:
        """A connection outside any transaction; hand it back with `give`."""
        with self._lock:
            if self._closed:
                raise StoreUnavailable("图谱库已经关闭。")
            if self._idle:
                return self._idle.pop()
        return self._connect()

    def give(self, connection: sqlite3.Connection) -> None:
        """Take a connection back, ending whatever transaction it is in."""
        with suppress(sqlite3.Error):
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            with self._lock:
                if not self._closed:
                    self._idle.append(connection)
                    return
        connection.close()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """The one write transaction of this file: committed on success, else rolled back."""
        if not self._write_lock.acquire(timeout=WRITE_WAIT_S):
            raise StoreUnavailable(f"另一项写入已占用 {self.path} 超过 {WRITE_WAIT_S:.0f} 秒。请稍后重试。")
        try:
            with in_words(self.path):
                connection = self.take()
                try:
                    connection.execute("BEGIN IMMEDIATE")
                    yield connection
                    connection.execute("COMMIT")
                finally:
                    self.give(connection)
        finally:
            self._write_lock.release()

    def copy_to(self, target: Path, connection: sqlite3.Connection) -> None:
        """A complete copy at `target`, which appears only when it is whole."""
        if target.exists():
            raise StoreError(f"备份文件 {target} 已经存在，未予覆盖。请换一个文件名。")
        partial = target.with_name(f".{target.name}.{os.getpid()}.{time.monotonic_ns()}.partial")
        try:
            copy = sqlite3.connect(partial)
            try:
                connection.backup(copy)
                # One file alone must hold everything.
                copy.execute("PRAGMA journal_mode = DELETE")
            finally:
                copy.close()
            with partial.open("rb+") as file:
                os.fsync(file.fileno())
            os.replace(partial, target)
        finally:
            partial.unlink(missing_ok=True)

    def close(self) -> None:
        """Close idle connections now, and lent ones when they come back."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()


def _into_wal(connection: sqlite3.Connection) -> None:
    """Switch to write-ahead logging; SQLite does not wait for others here, so this does."""
    deadline = time.monotonic() + WRITE_WAIT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname != "SQLITE_BUSY" or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
