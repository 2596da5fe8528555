"""The way to a Neo4j server: driver, time-outs, managed transactions, and its errors in words."""

import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import neo4j
from neo4j.exceptions import (
    AuthError,
    ClientError,
    ConfigurationError,
    DatabaseError,
    DriverError,
    Forbidden,
    IncompleteCommit,
    Neo4jError,
    ServiceUnavailable,
    SessionExpired,
)

from engines.store import StoreError, StoreUnavailable

_T = TypeVar("_T")
Work = Callable[[neo4j.ManagedTransaction], _T]
Transaction = neo4j.ManagedTransaction | neo4j.Transaction

_SCHEMES = ("neo4j", "bolt")
_FIRST_PAUSE_S = 0.2  # before a second try
_KEPT = 0.1  # of the time-out of a query: how old a reading's transaction may be when another read begins in it
# What a server says when it could not write and from then on, for as long as it runs.
_STOPPED = ("TransactionLogError", "TransactionCommitFailed", "TransactionStartFailed")


@dataclass(frozen=True, slots=True)
class Options:
    """Times in seconds.

    connect_s:    to reach the server. acquire_s: to get a connection of the pool.
    retry_s:      how long a transaction is tried again while the server is away, restarting or overloaded.
    query_s:      for one read. write_s: for one change set, waiting for other writers included.
    pool:         most connections to one server.
    ca_file:      certificates to trust, PEM; in place of the system's with a +s scheme.
    create:       whether an empty database is made into a store.
    read_only:    nothing is ever written, constraints and indexes included; a user who may only read suffices.
    """

    connect_s: float = 5.0
    acquire_s: float = 10.0
    retry_s: float = 5.0
    query_s: float = 10.0
    write_s: float = 60.0
    pool: int = 50
    ca_file: Path | None = None
    create: bool = True
    read_only: bool = False


class AlreadyCommitted(Exception):
    """Raised by work that finds that an earlier try of it was committed after all; nothing is committed again."""

    def __init__(self, result: int) -> None:
        super().__init__(result)
        self.result = result


class Connection:
    """Runs work in transactions of one database. Safe to share between threads.

    All sessions share their bookmarks, so that whoever reads after a commit of this process sees it, in clusters too.
    """

    def __init__(self, uri: str, user: str, password: str, database: str, options: Options) -> None:
        self.database = database
        self.options = options
        self.location = f"{_checked(uri)}/{database}"
        with self.in_words():
            self._driver = _driver(uri, user, password, options)
            self._bookmarks = neo4j.GraphDatabase.bookmark_manager()

    def _session(self, mode: str) -> neo4j.Session:
        if self.options.read_only and mode != neo4j.READ_ACCESS:
            raise StoreError(f"Neo4j（{self.location}）是以只读方式打开的，不能写入。")
        return self._driver.session(
            database=self.database, default_access_mode=mode, bookmark_manager=self._bookmarks, fetch_size=2000
        )

    def reading_session(self) -> neo4j.Session:
        """A session that only reads."""
        return self._session(neo4j.READ_ACCESS)

    def reach(self) -> None:
        """One try to get an answer, so that an unreachable server is known at once."""
        with self.in_words(), self._session(neo4j.READ_ACCESS) as session:
            session.run("RETURN 1").consume()

    def read(self, work: Work[_T]) -> _T:
        """Run `work` in a transaction that only reads; again while the server is away. Its errors are the driver's."""
        with self._session(neo4j.READ_ACCESS) as session:
            return session.execute_read(neo4j.unit_of_work(timeout=self.options.query_s)(work))

    def write(self, work: Work[int], recorded: Work[int | None]) -> int:
        """Run `work` in one transaction and commit it exactly once.

        `work` begins by taking the store's lock and raises `AlreadyCommitted` when it finds itself recorded; so a try whose fate is
        unknown (the server went away in mid-commit) can simply be made again. `recorded` reads whether it is recorded.
        """
        timed = neo4j.unit_of_work(timeout=self.options.write_s)(work)
        deadline = time.monotonic() + self.options.retry_s
        while True:
            try:
                with self._session(neo4j.WRITE_ACCESS) as session:
                    return int(session.execute_write(timed))
            except AlreadyCommitted as done:
                return done.result
            except IncompleteCommit as error:
                if time.monotonic() > deadline:
                    raise StoreUnavailable(
                        f"提交时与 {self.location} 的连接中断，无法确认是否已写入。恢复后再次执行同一操作即可，不会重复写入。"
                    ) from error
                time.sleep(_FIRST_PAUSE_S)
            except DatabaseError as error:
                # A failed commit may have reached the log.
                with suppress(Neo4jError, DriverError):
                    found = self.read(recorded)
                    if found is not None:
                        return found
                raise error

    def schema(self, statement: str) -> list[dict[str, Any]]:
        """Run one statement about constraints or indexes that may run twice, outside any other transaction."""
        deadline = time.monotonic() + self.options.retry_s
        while True:
            try:
                with self._session(neo4j.WRITE_ACCESS) as session:
                    return session.run(statement).data()
            except ClientError as error:
                # Two who make the same at the same time: one is told so, `IF NOT EXISTS` or not.
                if (error.code or "").endswith("AlreadyExists"):
                    return []
                raise
            except (ServiceUnavailable, SessionExpired):
                if time.monotonic() > deadline:
                    raise
                time.sleep(_FIRST_PAUSE_S)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep all writers, of all processes, waiting."""
        with self._session(neo4j.WRITE_ACCESS) as session, session.begin_transaction() as tx:
            tx.run("MATCH (g:_State {_one: 1}) SET g._lock = 'held'").consume()
            yield
            tx.rollback()

    @contextmanager
    def in_words(self) -> Iterator[None]:
        """Turn the driver's errors into `StoreError`s in Chinese that name the server."""
        try:
            yield
        except (Neo4jError, DriverError, OSError) as error:
            raise explained(error, self.location) from error

    def close(self) -> None:
        """Close all connections."""
        self._driver.close()


class Reading:
    """Reads one after another, in one transaction as long as they come quickly: each takes half the round trips.

    For one thread at a time. Errors are the driver's.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._open: tuple[neo4j.Session, neo4j.Transaction] | None = None
        self._begun = 0.0

    def read(self, work: Callable[[Transaction], _T]) -> _T:
        """As `Connection.read`."""
        try:
            return work(self._transaction())
        except (Neo4jError, DriverError, OSError) as error:
            self.end()
            if not (isinstance(error, OSError) or error.is_retryable()):
                raise
        return self._connection.read(work)

    def _transaction(self) -> neo4j.Transaction:
        options = self._connection.options
        if self._open is not None and time.monotonic() - self._begun > options.query_s * _KEPT:
            self.end()
        if self._open is None:
            session = self._connection.reading_session()
            try:
                self._open = session, session.begin_transaction(timeout=options.query_s)
            except BaseException:
                session.close()
                raise
            self._begun = time.monotonic()
        return self._open[1]

    def end(self) -> None:
        """Give the connection back; a further read begins anew."""
        if self._open is None:
            return
        (session, transaction), self._open = self._open, None
        with suppress(Neo4jError, DriverError, OSError):
            transaction.close()
        with suppress(Neo4jError, DriverError, OSError):
            session.close()


def _checked(uri: str) -> str:
    parts = urlsplit(uri)
    scheme, _, security = parts.scheme.partition("+")
    if scheme not in _SCHEMES or security not in ("", "s", "ssc") or not parts.hostname:
        raise StoreUnavailable(
            f"Neo4j 的地址不对：{parts.scheme}://…。应为 neo4j://主机:端口 或 bolt://主机:端口（加密：neo4j+s、bolt+s）。"
        )
    if parts.username or parts.password:
        raise StoreUnavailable("Neo4j 的地址里不要写用户名和密码，请用各自的设置项。")
    return uri


def _driver(uri: str, user: str, password: str, options: Options) -> neo4j.Driver:
    trust: dict[str, Any] = {}
    if options.ca_file is not None:
        if "+s:" not in uri:
            raise StoreUnavailable("指定了证书文件，但 Neo4j 的地址不是加密的：请用 neo4j+s:// 或 bolt+s://。")
        if not options.ca_file.is_file():
            raise StoreUnavailable(f"找不到证书文件 {options.ca_file}。")
        # The driver takes its own certificates only with a plain scheme.
        uri = uri.replace("+s:", ":", 1)
        trust = {"encrypted": True, "trusted_certificates": neo4j.TrustCustomCAs(str(options.ca_file))}
    return neo4j.GraphDatabase.driver(
        uri,
        auth=(user, password),
        user_agent="zhiwen",
        connection_timeout=options.connect_s,
        connection_acquisition_timeout=options.acquire_s,
        max_transaction_retry_time=options.retry_s,
        initial_retry_delay=_FIRST_PAUSE_S,
        retry_delay_multiplier=1.3,
        max_connection_pool_size=options.pool,
        max_connection_lifetime=3600,
        notifications_min_severity="OFF",
        telemetry_disabled=True,
        **trust,
    )


def is_timeout(error: Exception) -> bool:
    """Whether the server ended the transaction because it took too long."""
    return isinstance(error, Neo4jError) and "TransactionTimedOut" in (error.code or "")


def explained(error: Exception, location: str) -> StoreError:
    """What went wrong between us and the server, and what to do about it."""
    code = (error.code or "") if isinstance(error, Neo4jError) else ""
    if "AuthenticationRateLimit" in code:
        return StoreUnavailable(f"Neo4j（{location}）因密码连续输错暂时拒绝登录。请更正密码，等几秒后重试。")
    if isinstance(error, AuthError):
        return StoreUnavailable(f"Neo4j（{location}）拒绝登录：用户名或密码不对。请检查用户名和密码的设置。")
    if isinstance(error, Forbidden):
        return StoreUnavailable(f"Neo4j（{location}）不允许这个用户做此操作（只读用户不能写入或建库）：{error.message}")
    if "DatabaseNotFound" in code:
        return StoreUnavailable(f"Neo4j 上没有这个数据库：{location}。请检查数据库名的设置，或先建好数据库。")
    if "MemoryPoolOutOfMemory" in code or "OutOfMemory" in code:
        return StoreUnavailable(f"Neo4j（{location}）内存不足，未作改动。请减小单次导入的量，或调大服务器的堆内存。")
    if is_timeout(error):
        return StoreUnavailable(f"Neo4j（{location}）未在时限内完成，未作改动（可能另有写入在进行）。请稍后重试。")
    if _is_distrust(error):
        return StoreUnavailable(
            f"Neo4j（{location}）的证书不受信任。请在设置中给出签发它的 CA 证书（PEM）；确知线路安全时，也可用 bolt+ssc://、neo4j+ssc://。"
        )
    if code.endswith("WriteOnReadOnlyAccessMode") or "read-only" in (getattr(error, "message", None) or ""):
        return StoreUnavailable(
            f"Neo4j（{location}）的这个数据库不允许写入（服务器设为只读，或会话只读）：{_reason(error)}"
        )
    if isinstance(error, ServiceUnavailable | SessionExpired | OSError):
        return StoreUnavailable(
            f"连接不上 Neo4j（{location}）：{_reason(error)}。请检查服务是否已启动、地址和端口是否正确、加密方式是否一致。"
        )
    if isinstance(error, ConfigurationError):
        return StoreUnavailable(f"Neo4j 的连接设置不对（{location}）：{error}。")
    if code.rpartition(".")[2] in _STOPPED:
        # It has closed the database, reads included, until it is started again; most often its disk is full.
        return StoreUnavailable(
            f"Neo4j（{location}）因严重错误停用了数据库，多半是它的磁盘已满。请先清理或扩容它的磁盘，再重启 Neo4j；"
            "本服务不必重启。已报告存入的内容都在；没有报告成功的，重启后再做一次即可，不会重复写入。"
            f"服务器的说法：{_reason(error)}"
        )
    if isinstance(error, DatabaseError) or "DatabaseUnavailable" in code:
        return StoreUnavailable(
            f"Neo4j（{location}）自身出错：{_reason(error)}。请检查服务器的磁盘空间和日志，必要时重启 Neo4j；"
            "没有报告成功的操作再做一次即可，不会重复写入。"
        )
    if isinstance(error, ClientError) or not isinstance(error, Neo4jError):
        return StoreError(f"Neo4j（{location}）不能执行：{_reason(error)}")
    return StoreUnavailable(f"Neo4j（{location}）暂时不可用：{_reason(error)}。请稍后重试。")


def _is_distrust(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _reason(error: Exception) -> str:
    text = (error.message if isinstance(error, Neo4jError) else str(error)) or type(error).__name__
    return text.splitlines()[0][:300]
