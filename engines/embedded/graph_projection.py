"""The graph in Ladybug, in memory: loaded from the truth, kept in step with it, asked in Cypher."""

import json
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import ladybug

from engines.embedded.cypher import checked, plain
from engines.embedded.encoding import columns
from engines.embedded.graph_loading import Loader, create_tables, rows_of
from engines.embedded.truth import (
    EVERYTHING,
    GraphNode,
    GraphRelation,
    changed_nodes,
    changed_relations,
    count_changes,
    gone_since,
)
from engines.store import QueryFailed, ReadQuery, Row

# Not taken at once: the largest size the graph may reach. Ladybug's own default is most of the machine.
MEMORY_LIMIT_BYTES = 4 << 30
ADDRESS_SPACE_BYTES = 1 << 36
# Altering what is there costs about 0.3 ms a statement; from here on loading anew is quicker.
MOST_CHANGES = 20_000
# In memory, Ladybug gives back nothing of what was deleted or altered (about 2 KB each), and slows down over it.
MOST_STALE = 40_000


_PLAIN = frozenset({str, int, float, bool, type(None)})  # nearly every value: not worth a call each


class GraphProjection:
    """One in-memory Ladybug database. Reading is safe from many threads, changing only while nobody reads."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout_ms = max(1, int(timeout_s * 1000))
        self._database = ladybug.Database(
            ":memory:", buffer_pool_size=MEMORY_LIMIT_BYTES, max_db_size=ADDRESS_SPACE_BYTES
        )
        self._idle: list[ladybug.Connection] = []
        self._lock = threading.Lock()
        self._stale = 0
        with self._connection() as graph:
            create_tables(graph)

    @contextmanager
    def _connection(self, *, timed: bool = False) -> Iterator[ladybug.Connection]:
        """A connection for this thread alone."""
        with self._lock:
            connection = self._idle.pop() if self._idle else ladybug.Connection(self._database)
        connection.set_query_timeout(self._timeout_ms if timed else 0)
        try:
            yield connection
        finally:
            with self._lock:
                self._idle.append(connection)

    def run(self, query: ReadQuery) -> list[Row]:
        """Rows of a read. Raises `QueryFailed` naming the query."""
        parameters = checked(query)
        with self._connection(timed=True) as graph:
            try:
                result = graph.execute(query.text, parameters)
                if isinstance(result, list):
                    raise QueryFailed(f"查询「{query.name}」含有多条语句：一次只能执行一条。")
                names = result.get_column_names()
                rows = result.get_all()
                result.close()
            except RuntimeError as error:
                if "Interrupted" in str(error):
                    raise QueryFailed(f"查询「{query.name}」超过 {self._timeout_ms / 1000:g} 秒，已中止。") from error
                raise QueryFailed(f"查询「{query.name}」失败：{error}") from error
        if len(set(names)) < len(names):
            raise QueryFailed(f"查询「{query.name}」有同名的列：{'、'.join(names)}。")
        return [
            {name: value if type(value) in _PLAIN else plain(value) for name, value in zip(names, row, strict=True)}
            for row in rows
        ]

    def advance(self, truth: sqlite3.Connection, since: int) -> bool:
        """Take over what changed after `since`; False when loading anew is quicker, or frees memory."""
        if since == EVERYTHING:
            self._insert(changed_nodes(truth, since), changed_relations(truth, since), first=True)
            return True
        gone_nodes, gone_relations = gone_since(truth, since, "nodes"), gone_since(truth, since, "relations")
        if len(gone_nodes) + len(gone_relations) > MOST_CHANGES or count_changes(truth, since) > 10 * MOST_CHANGES:
            return False
        nodes, relations = list(changed_nodes(truth, since)), list(changed_relations(truth, since))
        with self._connection() as graph:
            self._delete(graph, gone_nodes, [tuple(key) for key in gone_relations])
            old = self._held(graph, nodes)
            new = {id for _, id, _ in nodes} - old.keys()
            # A relation that is there already has both its ends there; it is replaced whole.
            altered = [key for *key, _ in relations if not new & {key[0], key[3]}]
            if len(old) + len(altered) > MOST_CHANGES:
                return False
            self._delete(graph, [], [tuple(key) for key in altered])
            self._update(graph, [node for node in nodes if node[1] in old], old)
        self._stale += len(gone_nodes) + len(gone_relations) + len(altered) + len(old)
        self._insert(iter([node for node in nodes if node[1] in new]), iter(relations), first=False)
        return self._stale <= MOST_STALE

    def _held(self, graph: ladybug.Connection, nodes: list[GraphNode]) -> dict[str, list[Any]]:
        """What the graph holds of these nodes: id → values in the order of `columns`."""
        by_label: dict[str, list[str]] = defaultdict(list)
        for label, id, _ in nodes:
            by_label[label].append(id)
        held: dict[str, list[Any]] = {}
        for label, ids in by_label.items():
            shown = ", ".join(f"n.`{name}`" for name, _ in columns(label))
            rows = rows_of(graph, f"UNWIND $ids AS i MATCH (n:`{label}` {{id: i}}) RETURN n.id, {shown}", {"ids": ids})
            held.update((id, values) for id, *values in rows)
        return held

    def _delete(self, graph: ladybug.Connection, nodes: list[list[str]], relations: list[tuple[str, ...]]) -> None:
        cut = {id for id, _ in nodes}
        graph.execute("BEGIN TRANSACTION")
        for source, type_, kind, target, source_label, target_label in relations:
            if not cut & {source, target}:
                graph.execute(
                    f"MATCH (:`{source_label}` {{id: $s}})-[r:`{type_}` {{kind: $k}}]->(:`{target_label}` {{id: $t}}) DELETE r",
                    {"s": source, "k": kind, "t": target},
                )
        for id, label in nodes:
            graph.execute(f"MATCH (n:`{label}` {{id: $id}}) DETACH DELETE n", {"id": id})
        graph.execute("COMMIT")

    def _update(self, graph: ladybug.Connection, nodes: list[GraphNode], held: dict[str, list[Any]]) -> None:
        """Set what differs, and no more: each column set in a transaction takes memory that Ladybug does not give back."""
        graph.execute("BEGIN TRANSACTION")
        for label, id, properties in nodes:
            stated = json.loads(properties)
            differing = {
                f"p{place}": (name, stated.get(name))
                for place, ((name, _), value) in enumerate(zip(columns(label), held[id], strict=True))
                if stated.get(name) != value
            }
            if differing:
                assigned = ", ".join(f"n.`{name}` = ${parameter}" for parameter, (name, _) in differing.items())
                values = {parameter: value for parameter, (_, value) in differing.items()}
                graph.execute(f"MATCH (n:`{label}` {{id: $id}}) SET {assigned}", {"id": id, **values})
        graph.execute("COMMIT")

    def _insert(self, nodes: Iterator[GraphNode], relations: Iterator[GraphRelation], *, first: bool) -> None:
        with self._connection() as graph, Loader(graph, first=first) as loader:
            loader.load(nodes, relations)

    def close(self) -> None:
        """Free the memory."""
        for connection in self._idle:
            connection.close()
        self._database.close()
