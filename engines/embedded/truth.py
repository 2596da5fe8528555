"""Reading the truth: what a `Reader` gives as it stands, and what changed since a generation."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

import numpy as np

from engines.embedded.encoding import decode_properties, decode_text, merged
from engines.store import IndexedText, Record, Vector
from ontology.graph import SHARED, Node, Relation

EVERYTHING = -1  # "changed since" for a projection that is empty
GraphNode = tuple[str, str, str]  # label, id, properties as JSON
GraphRelation = tuple[str, str, str, str, str, str, str]  # source, type, kind, target, their labels, properties as JSON


def generation_of(connection: sqlite3.Connection) -> int:
    """The generation this connection sees."""
    return int(connection.execute("SELECT generation FROM state").fetchone()[0])


def log_start_of(connection: sqlite3.Connection) -> int:
    """What is gone is known for the generations after this one."""
    return int(connection.execute("SELECT log_start FROM state").fetchone()[0])


def nodes(cursor: sqlite3.Cursor, ids: Sequence[str], label: str, owner: str) -> Iterator[Node]:
    """Selected nodes by id. With `owner`, as that owner states them; else as all owners together do."""
    where, values = _conditions(
        ("n.label = ?", label), ("o.name = ?", owner), ("n.id IN (SELECT value FROM json_each(?))", _listed(ids))
    )
    rows = cursor.execute(
        f"SELECT n.id, n.label, n.properties FROM nodes n JOIN owners o ON o.id = n.owner {where} ORDER BY n.id, o.name",
        values,
    )
    for id, group in groupby(rows, itemgetter(0)):
        same = list(group)
        yield Node(id, same[0][1], _together([row[2] for row in same]))


def relations(cursor: sqlite3.Cursor, owner: str, type_: str, sources: Sequence[str]) -> Iterator[Relation]:
    """Selected relations by (source, type, kind, target); `owner` as in `nodes`."""
    where, values = _conditions(
        ("o.name = ?", owner),
        ("r.type = ?", type_),
        ("r.source IN (SELECT value FROM json_each(?))", _listed(sources)),
    )
    rows = cursor.execute(
        "SELECT r.source, r.type, r.kind, r.target, r.properties FROM relations r JOIN owners o ON o.id = r.owner"
        f" {where} ORDER BY r.source, r.type, r.kind, r.target, o.name",
        values,
    )
    for (source, type_, kind, target), group in groupby(rows, itemgetter(slice(4))):
        yield Relation(source, type_, target, kind, _together([row[4] for row in group]))


def texts(cursor: sqlite3.Cursor, owner: str, ids: Sequence[str]) -> Iterator[IndexedText]:
    """Selected indexed texts by id."""
    where, values = _conditions(
        ("owner = (SELECT id FROM owners WHERE name = ?)", owner),
        ("id IN (SELECT value FROM json_each(?))", _listed(ids)),
    )
    for row in cursor.execute(f"SELECT id, kind, scope, tokens FROM texts {where} ORDER BY id", values):
        yield decode_text(*row)


def records(cursor: sqlite3.Cursor, kind: str, key: str) -> Iterator[Record]:
    """Selected records by kind and key."""
    where, values = _conditions(("kind = ?", kind), ("key = ?", key))
    for kind_, key_, value in cursor.execute(
        f"SELECT kind, key, value FROM records {where} ORDER BY kind, key", values
    ):
        yield Record(kind_, key_, json.loads(value))


def owners(cursor: sqlite3.Cursor) -> Iterator[str]:
    """Owners of nodes, relations, texts or vectors by name."""
    tables = " UNION ".join(f"SELECT owner FROM {table}" for table in ("nodes", "relations", "texts", "vectors"))
    for (name,) in cursor.execute(f"SELECT name FROM owners WHERE id IN ({tables}) ORDER BY name"):
        yield name


def vectors(cursor: sqlite3.Cursor, embedder: str, owner: str) -> Iterator[tuple[str, Vector]]:
    """An owner's vectors of one set by id."""
    rows = cursor.execute(
        "SELECT v.id, v.vector FROM vectors v JOIN owners o ON o.id = v.owner JOIN embedders e ON e.id = v.embedder"
        " WHERE e.fingerprint = ? AND o.name = ? ORDER BY v.id",
        (embedder, owner),
    )
    for id, content in rows:
        yield id, np.frombuffer(content, np.float32)


def _together(statements: list[str]) -> dict[str, Any]:
    return decode_properties(_as_one(statements))


def _listed(ids: Sequence[str]) -> str:
    return json.dumps(list(ids), ensure_ascii=False) if ids else ""


def _conditions(*conditions: tuple[str, str]) -> tuple[str, list[str]]:
    asked = [(sql, value) for sql, value in conditions if value]
    return ("WHERE " + " AND ".join(sql for sql, _ in asked) if asked else ""), [value for _, value in asked]


def gone_since(connection: sqlite3.Connection, since: int, what: str) -> list[list[str]]:
    """Keys of `nodes`, `relations`, `texts` or `vectors` that went after `since`, oldest first."""
    rows = connection.execute(
        "SELECT keys FROM gone WHERE generation > ? AND what = ? ORDER BY generation", (since, what)
    )
    return [key for (keys,) in rows for key in json.loads(keys)]


def count_changes(connection: sqlite3.Connection, since: int) -> int:
    """How many statements of nodes and relations were altered after `since`."""
    sql = "SELECT (SELECT count(*) FROM nodes WHERE generation > ?) + (SELECT count(*) FROM relations WHERE generation > ?)"
    return int(connection.execute(sql, (since, since)).fetchone()[0])


def changed_nodes(connection: sqlite3.Connection, since: int) -> Iterator[GraphNode]:
    """Nodes altered after `since`."""
    values: tuple[str | int, ...]
    if since == EVERYTHING:
        yield from connection.execute("SELECT label, id, properties FROM nodes WHERE label <> ?", (SHARED,))
        which, values = "n.label = ?", (SHARED,)
    else:
        which, values = "n.id IN (SELECT id FROM nodes WHERE generation > ?)", (since,)
    rows = connection.execute(
        f"SELECT n.label, n.id, n.properties FROM nodes n JOIN owners o ON o.id = n.owner WHERE {which} ORDER BY n.id, o.name",
        values,
    )
    for (label, id), group in groupby(rows, itemgetter(0, 1)):
        yield label, id, _as_one([row[2] for row in group])


_SHOWN = "r.source, r.type, r.kind, r.target, r.source_label, r.target_label, r.properties"
_SAME = "source, type, kind, target"
_SEVERAL = f"SELECT {_SAME} FROM relations GROUP BY {_SAME} HAVING count(*) > 1"


def changed_relations(connection: sqlite3.Connection, since: int) -> Iterator[GraphRelation]:
    """Relations altered after `since`."""
    values: tuple[int, ...]
    if since == EVERYTHING:
        several = set(connection.execute(_SEVERAL))
        rows = connection.execute(f"SELECT {_SHOWN} FROM relations r")
        yield from (row for row in rows if row[:4] not in several) if several else rows
        keys, values = _SEVERAL, ()
    else:
        keys, values = (
            f"SELECT DISTINCT {_SAME} FROM relations INDEXED BY relations_generation WHERE generation > ?",
            (since,),
        )
    # CROSS JOIN keeps the order: from the few keys to their rows.
    rows = connection.execute(
        f"SELECT {_SHOWN} FROM ({keys}) c CROSS JOIN relations r USING ({_SAME}) CROSS JOIN owners o ON o.id = r.owner"
        " ORDER BY r.source, r.type, r.kind, r.target, o.name",
        values,
    )
    for head, group in groupby(rows, itemgetter(slice(6))):
        yield (*head, _as_one([row[6] for row in group]))


def _as_one(statements: list[str]) -> str:
    return statements[0] if len(statements) == 1 else merged(statements)


def changed_texts(connection: sqlite3.Connection, since: int) -> Iterator[tuple[str, str, str, str]]:
    """(id, kind, scope, tokens) of texts altered after `since`."""
    if since == EVERYTHING:
        return connection.execute("SELECT id, kind, scope, tokens FROM texts")
    return connection.execute("SELECT id, kind, scope, tokens FROM texts WHERE generation > ?", (since,))


def embedder_of(connection: sqlite3.Connection, fingerprint: str) -> tuple[int, int] | None:
    """Key and dimension of a vector set."""
    row: tuple[int, int] | None = connection.execute(
        "SELECT id, dimension FROM embedders WHERE fingerprint = ?", (fingerprint,)
    ).fetchone()
    return row


def vector_sets(connection: sqlite3.Connection) -> dict[str, int]:
    """Embedder fingerprint → number of vectors."""
    sql = "SELECT e.fingerprint, count(*) FROM vectors v JOIN embedders e ON e.id = v.embedder GROUP BY 1 ORDER BY 1"
    return dict(connection.execute(sql))


def changed_vectors(
    connection: sqlite3.Connection, embedder: int, since: int
) -> Iterator[tuple[str, bytes, str | None, str | None]]:
    """(id, vector, kind and scope of its text) where the vector was altered, or its text altered or removed, after `since`."""
    sql = "SELECT v.id, v.vector, t.kind, t.scope FROM vectors v LEFT JOIN texts t ON t.id = v.id WHERE +v.embedder = ?"
    if since == EVERYTHING:
        return connection.execute(sql, (embedder,))
    ids = "SELECT id FROM vectors WHERE generation > ?2 UNION SELECT id FROM texts WHERE generation > ?2 UNION SELECT value FROM json_each(?3)"
    sql = sql.replace("+v.embedder = ?", f"v.embedder = ?1 AND v.id IN ({ids})")
    return connection.execute(
        sql, (embedder, since, json.dumps([id for (id,) in gone_since(connection, since, "texts")]))
    )


def counts(connection: sqlite3.Connection) -> tuple[dict[str, int], dict[str, int], int]:
    """Nodes by label, relations by type, texts."""
    by_label = dict(connection.execute("SELECT label, count(DISTINCT id) FROM nodes GROUP BY label ORDER BY label"))
    by_type = dict(
        connection.execute(
            f"SELECT type, count(*) FROM (SELECT DISTINCT {_SAME} FROM relations) GROUP BY type ORDER BY type"
        )
    )
    return by_label, by_type, int(connection.execute("SELECT count(*) FROM texts").fetchone()[0])
