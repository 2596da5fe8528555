"""The store in a Neo4j database: the same promises as the embedded store, for many processes and machines."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engines.checks import check_changes
from engines.neo4j.connection import Connection, Options
from engines.neo4j.matching import KnownSets, vector_sets
from engines.neo4j.reading import View
from engines.neo4j.schema import ensure_vector_set, prepare
from engines.neo4j.writing import Application
from engines.store import SCHEMA_VERSION, ChangeSet, StoreError, StoreStatus
from ontology.graph import NODES, RELATIONS


def open_store(uri: str, user: str, password: str, database: str, **options: Any) -> "Neo4jStore":
    """See `engines.neo4j.open_neo4j`."""
    connection = Connection(uri, user, password, database, Options(**options))
    try:
        connection.reach()
        prepare(connection)
    except BaseException:
        connection.close()
        raise
    return Neo4jStore(connection)


class Neo4jStore:
    """See `engines.store.Store`. Not to be carried over a fork: open it in the child."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._views: dict[int, View] = {}
        self._lock = threading.Lock()
        self._sets: dict[tuple[str, int], int] = {}
        self._known_sets = KnownSets()
        self._closed = False

    def apply(self, changes: ChangeSet) -> int:
        """See `Store.apply`. One transaction; other writers wait. Tried again only where that is harmless."""
        check_changes(changes)
        self._check_open()
        if (view := self._views.get(threading.get_ident())) is not None:
            view.release()
        with self._connection.in_words():
            application = Application(changes, self._vector_sets(changes))
            return self._connection.write(application.run, application.recorded)

    def _vector_sets(self, changes: ChangeSet) -> dict[str, int]:
        numbers = {}
        for embedder, vectors in changes.vectors.items():
            if not vectors:
                continue
            dimension = next(iter(vectors.values())).size
            key = (embedder, dimension)
            if key not in self._sets:
                self._sets[key] = ensure_vector_set(self._connection, embedder, dimension)
            numbers[embedder] = self._sets[key]
        return numbers

    def _read_now(self, statement: str, **parameters: Any) -> list[dict[str, Any]]:
        return self._connection.read(lambda tx: tx.run("CYPHER 25 " + statement, parameters).data())

    @contextmanager
    def reading(self) -> Iterator[View]:
        """See `Store.reading`. Inside another `reading()` of the same thread it is the same view."""
        self._check_open()
        thread = threading.get_ident()
        with self._lock:
            view = self._views.get(thread)
            if view is not None:
                view.depth += 1
        if view is None:
            view = View(self._connection, self._known_sets)
            with self._lock:
                self._views[thread] = view
        try:
            yield view
        finally:
            with self._lock:
                view.depth -= 1
                last = not view.depth
                if last and self._views.get(thread) is view:
                    del self._views[thread]
            if last:
                view.end()

    def status(self) -> StoreStatus:
        """See `Store.status`."""
        self._check_open()
        labels = " UNION ALL ".join(
            f"MATCH (n:`{label}`) RETURN '{label}' AS name, count(n) AS c" for label in sorted(NODES)
        )
        types = " UNION ALL ".join(
            f"MATCH ()-[r:`{name}`]->() RETURN '{name}' AS name, count(r) AS c" for name in sorted(RELATIONS)
        )
        with self._connection.in_words():
            state = self._read_now("MATCH (g:_State {_one: 1}) RETURN g._generation AS generation")
            nodes = {row["name"]: row["c"] for row in self._read_now(labels) if row["c"]}
            relations = {row["name"]: row["c"] for row in self._read_now(types) if row["c"]}
            texts = self._read_now("MATCH (i:_Text) RETURN count(i) AS c")[0]["c"]
            sets = {fingerprint: count for fingerprint, _, _, count in vector_sets(self._read_now) if count}
        if not state:
            raise StoreError("Neo4j 中的图谱库已被清空或删除。请重新打开。")
        generation = state[0]["generation"]
        return StoreStatus(
            "neo4j", self._connection.location, SCHEMA_VERSION, generation, nodes, relations, texts, sets
        )

    def backup(self, target: str) -> None:
        """See `Store.backup`: Community has no copy of its own that is made while it runs, so everything is copied
        into an embedded store's file, which either engine can be filled from again."""
        from engines.copying import CopyFailed, copy
        from engines.embedded.store import open_embedded

        self._check_open()
        if Path(target).exists():
            raise StoreError(f"“{target}”已存在。请换一个文件名，或先移走它。")
        file = open_embedded(Path(target))
        try:
            copy(self, file)
        except CopyFailed as error:
            raise StoreError(str(error)) from error
        finally:
            file.close()

    def close(self) -> None:
        """Close all connections."""
        self._closed = True
        self._connection.close()

    def _check_open(self) -> None:
        if self._closed:
            raise StoreError("图谱库已经关闭。")
