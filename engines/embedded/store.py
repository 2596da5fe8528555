"""The embedded store: one SQLite file as the truth, with projections in each process's memory.

Loading numpy's BLAS with several threads slows concurrent vector matches down: a service sets
OPENBLAS_NUM_THREADS=1 in its environment before numpy is first imported.
"""

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TypeVar

from engines.checks import check_changes
from engines.embedded import truth
from engines.embedded.files import TruthFile, in_words
from engines.embedded.gate import GenerationGate
from engines.embedded.projections import Projections
from engines.embedded.writing import Application
from engines.store import (
    SCHEMA_VERSION,
    ChangeSet,
    Hit,
    IndexedText,
    ReadQuery,
    Record,
    Row,
    Scope,
    StoreError,
    StoreStatus,
    Vector,
)
from ontology.graph import Node, Relation

_T = TypeVar("_T")


def open_embedded(path: Path, *, create: bool = True, query_timeout_s: float = 10.0) -> "EmbeddedStore":
    """Open the store in the file `path`, making it where it does not exist (unless `create` is False).

    Raises `StoreUnavailable`, in Chinese: not one of ours, of a newer version, damaged, not writable, disk full.
    """
    return EmbeddedStore(TruthFile(path, create=create), query_timeout_s)


class EmbeddedStore:
    """See `engines.store.Store`. Not to be carried over a fork: open it in the child."""

    def __init__(self, file: TruthFile, query_timeout_s: float) -> None:
        self._file = file
        self._gate = GenerationGate()
        self._projections = Projections(query_timeout_s)
        self._views: dict[int, _View] = {}
        self._lock = threading.Lock()
        self._open_views = 0
        self._closed = False

    def apply(self, changes: ChangeSet) -> int:
        """See `Store.apply`. Waits up to a minute for another writer."""
        check_changes(changes)
        application = Application(changes)
        with self._file.writing() as connection:
            return application.run(connection)

    @contextmanager
    def reading(self) -> Iterator["_View"]:
        """See `Store.reading`. Inside another `reading()` of the same thread it is the same view.

        While a view is open, readers that come after a later commit wait: keep it short.
        """
        thread = threading.get_ident()
        with self._lock:
            view = self._views.get(thread)
            if view is not None:
                view.depth += 1
        if view is None:
            view = self._enter()
            with self._lock:
                self._views[thread] = view
        try:
            yield view
        finally:
            self._leave(thread, view)

    def _enter(self) -> "_View":
        with self._lock:
            if self._closed:
                raise StoreError("图谱库已经关闭。")
            self._open_views += 1
        connection = None
        try:
            with in_words(self._file.path):
                connection = self._file.take()
                while True:
                    connection.execute("BEGIN")
                    generation = truth.generation_of(connection)
                    if self._gate.enter(generation, partial(self._projections.advance, connection)):
                        return _View(self._file.path, connection, self._projections, generation)
                    connection.execute("ROLLBACK")
        except BaseException:
            if connection is not None:
                self._file.give(connection)
            self._view_ended()
            raise

    def _leave(self, thread: int, view: "_View") -> None:
        with self._lock:
            view.depth -= 1
            if view.depth:
                return
            if self._views.get(thread) is view:
                del self._views[thread]
        self._file.give(view.end())
        self._gate.leave()
        self._view_ended()

    def _view_ended(self) -> None:
        with self._lock:
            self._open_views -= 1
            last = self._closed and not self._open_views
        if last:
            self._projections.close()

    def status(self) -> StoreStatus:
        """See `Store.status`. Reads the truth only."""
        with in_words(self._file.path):
            connection = self._file.take()
            try:
                connection.execute("BEGIN")
                nodes, relations, texts = truth.counts(connection)
                generation, sets = truth.generation_of(connection), truth.vector_sets(connection)
            finally:
                self._file.give(connection)
        return StoreStatus("embedded", str(self._file.path), SCHEMA_VERSION, generation, nodes, relations, texts, sets)

    def backup(self, target: str) -> None:
        """See `Store.backup`. `target` appears when it is whole; an existing file is refused."""
        with in_words(Path(target)):
            connection = self._file.take()
            try:
                self._file.copy_to(Path(target), connection)
            finally:
                self._file.give(connection)

    def close(self) -> None:
        """Free the projections and the file, as soon as no view is open any more."""
        with self._lock:
            already, self._closed = self._closed, True
            idle = not self._open_views
        self._file.close()
        if idle and not already:
            self._projections.close()

    @property
    def projection_loads(self) -> Mapping[str, int]:
        """How often `graph`, `words`, `vectors` were loaded whole in this process: following others adds nothing."""
        return dict(self._projections.loads)


class _View:
    """See `engines.store.Reader`: a snapshot of the truth, and the projections of the same generation."""

    def __init__(self, path: Path, connection: sqlite3.Connection, projections: Projections, generation: int) -> None:
        self.depth = 1
        self._path = path
        self._connection = connection
        self._projections = projections
        self._generation = generation
        self._cursors: list[sqlite3.Cursor] = []
        self._ended = False

    @property
    def generation(self) -> int:
        return self._generation

    def read(self, query: ReadQuery) -> list[Row]:
        """See `Reader.read`."""
        self._check_open()
        with in_words(self._path):
            graph = self._projections.graph(self._connection)
        return graph.run(query)

    def match_words(self, tokens: Sequence[str], scope: Scope, limit: int) -> list[Hit]:
        """See `Reader.match_words`."""
        self._check_open()
        with in_words(self._path):
            words = self._projections.words(self._connection)
        return words.match(tokens, scope, limit)

    def match_vector(self, vector: Vector, embedder: str, scope: Scope, limit: int) -> list[Hit]:
        """See `Reader.match_vector`."""
        self._check_open()
        with in_words(self._path):
            vectors = self._projections.vectors(self._connection, embedder)
        return [] if vectors is None else vectors.match(vector, scope, limit)

    def nodes(self, *, ids: Sequence[str] = (), label: str = "", owner: str = "") -> Iterator[Node]:
        """See `Reader.nodes`. With `owner`, a shared node as that owner states it; else as all owners together do."""
        return self._stream(truth.nodes(self._cursor(), ids, label, owner))

    def relations(self, *, owner: str = "", type: str = "", sources: Sequence[str] = ()) -> Iterator[Relation]:
        """See `Reader.relations`; `owner` as in `nodes`."""
        return self._stream(truth.relations(self._cursor(), owner, type, sources))

    def texts(self, *, owner: str = "", ids: Sequence[str] = ()) -> Iterator[IndexedText]:
        """See `Reader.texts`."""
        return self._stream(truth.texts(self._cursor(), owner, ids))

    def vectors(self, embedder: str, *, owner: str) -> Iterator[tuple[str, Vector]]:
        """See `Reader.vectors`."""
        return self._stream(truth.vectors(self._cursor(), embedder, owner))

    def records(self, kind: str = "", *, key: str = "") -> Iterator[Record]:
        """See `Reader.records`."""
        return self._stream(truth.records(self._cursor(), kind, key))

    def owners(self) -> Iterator[str]:
        """See `Reader.owners`."""
        return self._stream(truth.owners(self._cursor()))

    def _cursor(self) -> sqlite3.Cursor:
        self._check_open()
        cursor = self._connection.cursor()
        self._cursors.append(cursor)
        return cursor

    def _stream(self, rows: Iterator[_T]) -> Iterator[_T]:
        with in_words(self._path):
            while True:
                self._check_open()
                row = next(rows, None)
                if row is None:
                    return
                yield row

    def _check_open(self) -> None:
        if self._ended:
            raise StoreError("这次读取已经结束：须在 reading() 之内取完。")

    def end(self) -> sqlite3.Connection:
        """Give the connection up; iterators not exhausted stop with `StoreError`."""
        self._ended = True
        for cursor in self._cursors:
            with suppress(sqlite3.Error):
                cursor.close()
        return self._connection
