"""Applying a change set to the truth, inside one write transaction."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable

from engines.embedded.encoding import encode_properties, encode_scope, encode_vector
from engines.store import AlreadyStored, ChangeSet, StoreError
from ontology.graph import JOINS, NODES, RELATIONS, SHARED, Relation, SchemaViolation

# A process that lags behind by more change sets than this loads its projections anew.
LOG_KEPT = 10_000

RelationKey = tuple[str, str, str, str]  # source, type, kind, target

_PUT_NODE = """
INSERT INTO nodes (id, owner, label, generation, properties) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (id, owner) DO UPDATE SET label = excluded.label, generation = excluded.generation, properties = excluded.properties
WHERE properties <> excluded.properties OR label <> excluded.label"""
_PUT_RELATION = """
INSERT INTO relations (source, type, kind, target, owner, source_label, target_label, generation, properties)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (source, type, kind, target, owner)
DO UPDATE SET generation = excluded.generation, properties = excluded.properties WHERE properties <> excluded.properties"""
_PUT_TEXT = """
INSERT INTO texts (id, owner, kind, generation, scope, tokens) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, generation = excluded.generation, scope = excluded.scope, tokens = excluded.tokens
WHERE kind <> excluded.kind OR scope <> excluded.scope OR tokens <> excluded.tokens"""
_PUT_VECTOR = """
INSERT INTO vectors (embedder, id, owner, generation, vector) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (embedder, id) DO UPDATE SET generation = excluded.generation, vector = excluded.vector
WHERE vector <> excluded.vector"""


class Application:
    """One change set on its way into the truth. Encodes on creation, so that the write lock is held briefly."""

    def __init__(self, changes: ChangeSet) -> None:
        self._changes = changes
        self._nodes = {
            node.id: (node.label, encode_properties(node.properties, NODES[node.label])) for node in changes.nodes
        }
        labels = {(node.id, node.label) for node in changes.nodes}
        if len(labels) > len(self._nodes):
            raise SchemaViolation(f"one node with two labels in the change set of {changes.owner!r}")
        self._relations = {_key(relation): _stated(relation) for relation in changes.relations}
        self._texts = {text.id: (text.kind, encode_scope(text), " ".join(text.tokens)) for text in changes.texts}
        self._vectors = {
            embedder: {id: encode_vector(vector) for id, vector in vectors.items()}
            for embedder, vectors in changes.vectors.items()
        }
        self._records = [
            (
                record.kind,
                record.key,
                None if record.value is None else json.dumps(dict(record.value), ensure_ascii=False, allow_nan=False),
            )
            for record in changes.records
        ]

    def run(self, connection: sqlite3.Connection) -> int:
        """Do it all; the new generation. The caller commits, or rolls back on any error."""
        self._sql = connection
        self._gone: dict[str, list[list[str]]] = defaultdict(list)
        self._generation = connection.execute("SELECT generation FROM state").fetchone()[0] + 1
        self._find_owners()
        self._remove_relations()
        vanished = self._remove_nodes()
        vanished |= self._put_nodes()
        self._cut_off(vanished)
        self._put_relations()
        self._drop_orphans()
        self._change_texts()
        self._change_vectors()
        self._put_records()
        self._close_owners()
        self._write_log()
        return int(self._generation)

    def _find_owners(self) -> None:
        changes = self._changes
        names = {*changes.removes, *changes.new_only} | ({changes.owner} if changes.owner else set())
        rows = self._sql.execute(
            "SELECT name, id FROM owners WHERE name IN (SELECT value FROM json_each(?))", (_json(names),)
        )
        known: dict[str, int] = dict(rows)
        for name in changes.new_only:
            if name in known:
                raise AlreadyStored(f"{name} 已在库中，本次未作改动。")
        self._removed = [known[name] for name in dict.fromkeys(changes.removes) if name in known]
        self._new_owner = bool(changes.owner) and changes.owner not in known
        self._owner = known.get(changes.owner, 0)
        if self._new_owner and (self._nodes or self._relations or self._texts or any(self._vectors.values())):
            self._owner = self._sql.execute(
                "INSERT INTO owners (name) VALUES (?) RETURNING id", (changes.owner,)
            ).fetchone()[0]

    def _remove_relations(self) -> None:
        doomed: list[tuple[int, RelationKey, str, str]] = []
        for owner in self._removed:
            kept = self._relations if owner == self._owner else {}
            rows = self._sql.execute(
                "SELECT row, source, type, kind, target, source_label, target_label FROM relations WHERE owner = ?",
                (owner,),
            )
            doomed += (
                (row, key, *ends) for row, *rest in rows if (key := tuple(rest[:4])) not in kept for ends in (rest[4:],)
            )
        self._sql.executemany("DELETE FROM relations WHERE row = ?", [(row,) for row, *_ in doomed])
        for _, key, source_label, target_label in doomed:
            # Another owner may state the same relation: then it stays, with that owner's properties.
            stays = self._sql.execute(
                "UPDATE relations SET generation = ? WHERE source = ? AND type = ? AND kind = ? AND target = ?",
                (self._generation, *key),
            ).rowcount
            if not stays:
                self._gone["relations"].append([*key, source_label, target_label])

    def _remove_nodes(self) -> set[str]:
        vanished = set()
        for owner in self._removed:
            kept = self._nodes if owner == self._owner else {}
            rows = self._sql.execute("SELECT row, id, label FROM nodes WHERE owner = ?", (owner,)).fetchall()
            for row, id, label in rows:
                if id in kept:
                    continue
                if label == SHARED and not self._outlived(id, owner):
                    self._sql.execute("UPDATE nodes SET owner = 0 WHERE row = ?", (row,))
                    continue
                self._sql.execute("DELETE FROM nodes WHERE row = ?", (row,))
                if label != SHARED:
                    vanished.add(id)
                    self._gone["nodes"].append([id, label])
        return vanished

    def _outlived(self, id: str, owner: int) -> bool:
        """Whether others own the shared node too; what it holds may then change."""
        sql = "UPDATE nodes SET generation = ? WHERE id = ? AND owner <> ?"
        return self._sql.execute(sql, (self._generation, id, owner)).rowcount > 0

    def _put_nodes(self) -> set[str]:
        """Insert and update; ids whose label changed, which makes them other nodes than before."""
        relabelled = set()
        present = self._sql.execute(
            "SELECT n.id, n.label, n.owner, o.name FROM nodes n JOIN owners o ON o.id = n.owner"
            " WHERE n.id IN (SELECT value FROM json_each(?))",
            (_json(self._nodes),),
        ).fetchall()
        for id, label, owner, name in present:
            new = self._nodes[id][0]
            if owner != self._owner and not label == new == SHARED:
                raise StoreError(f"节点 {id} 已属于 {name or '其他来源'}，{self._changes.owner} 不能改写它。")
            if owner == self._owner and label != new:
                relabelled.add(id)
                self._gone["nodes"].append([id, label])
            if owner == 0:
                self._sql.execute("DELETE FROM nodes WHERE id = ? AND owner = 0", (id,))
        rows = [
            (id, self._owner, label, self._generation, properties) for id, (label, properties) in self._nodes.items()
        ]
        self._sql.executemany(_PUT_NODE, rows)
        return relabelled

    def _cut_off(self, vanished: set[str]) -> None:
        """Whatever anybody stated about a vanished node goes with it."""
        gone = set()
        for end in ("source", "target"):
            sql = f"DELETE FROM relations WHERE {end} = ? RETURNING source, type, kind, target, source_label, target_label"
            for id in vanished:
                gone.update(self._sql.execute(sql, (id,)).fetchall())
        self._gone["relations"] += map(list, sorted(gone))

    def _put_relations(self) -> None:
        labels = {id: label for id, (label, _) in self._nodes.items()}
        ends = {end for source, _, _, target in self._relations for end in (source, target)} - labels.keys()
        labels.update(
            self._sql.execute(
                "SELECT id, label FROM nodes WHERE id IN (SELECT value FROM json_each(?))", (_json(ends),)
            )
        )
        rows = []
        for (source, type_, kind, target), properties in self._relations.items():
            joined = (labels.get(source, ""), labels.get(target, ""))
            if not all(joined):
                missing = target if joined[0] else source
                raise SchemaViolation(f"{type_} {source!r} → {target!r}: there is no node {missing!r}")
            if joined not in _JOINED[type_]:
                raise SchemaViolation(f"{type_} {source!r} → {target!r}: does not join {joined[0]} to {joined[1]}")
            rows.append((source, type_, kind, target, self._owner, *joined, self._generation, properties))
        self._sql.executemany(_PUT_RELATION, rows)

    def _drop_orphans(self) -> None:
        rows = self._sql.execute(
            "DELETE FROM nodes WHERE owner = 0 AND NOT EXISTS (SELECT 1 FROM relations WHERE source = nodes.id)"
            " AND NOT EXISTS (SELECT 1 FROM relations WHERE target = nodes.id) RETURNING id, label"
        )
        self._gone["nodes"] += map(list, rows.fetchall())

    def _change_texts(self) -> None:
        for owner in self._removed:
            kept = self._texts if owner == self._owner else {}
            ids = [
                id for (id,) in self._sql.execute("SELECT id FROM texts WHERE owner = ?", (owner,)) if id not in kept
            ]
            self._sql.executemany("DELETE FROM texts WHERE id = ?", [(id,) for id in ids])
            self._gone["texts"] += ([id] for id in ids)
        self._refuse_taken(
            "SELECT id FROM texts WHERE owner <> ? AND id IN (SELECT value FROM json_each(?))", self._texts
        )
        rows = [
            (id, self._owner, kind, self._generation, scope, tokens)
            for id, (kind, scope, tokens) in self._texts.items()
        ]
        self._sql.executemany(_PUT_TEXT, rows)

    def _change_vectors(self) -> None:
        for owner in self._removed:
            rows = self._sql.execute(
                "SELECT v.row, e.fingerprint, v.id FROM vectors v JOIN embedders e ON e.id = v.embedder WHERE v.owner = ?",
                (owner,),
            ).fetchall()
            for row, embedder, id in rows:
                if owner != self._owner or id not in self._vectors.get(embedder, {}):
                    self._sql.execute("DELETE FROM vectors WHERE row = ?", (row,))
                    self._gone["vectors"].append([embedder, id])
        for embedder, vectors in self._vectors.items():
            if vectors:
                self._put_vectors(embedder, vectors)
        self._sql.execute(
            "DELETE FROM embedders WHERE NOT EXISTS (SELECT 1 FROM vectors WHERE embedder = embedders.id)"
        )

    def _put_vectors(self, embedder: str, vectors: dict[str, bytes]) -> None:
        dimension = len(next(iter(vectors.values()))) // 4
        found = self._sql.execute("SELECT id, dimension FROM embedders WHERE fingerprint = ?", (embedder,)).fetchone()
        if found is None:
            sql = "INSERT INTO embedders (fingerprint, dimension) VALUES (?, ?) RETURNING id, dimension"
            found = self._sql.execute(sql, (embedder, dimension)).fetchone()
        if found[1] != dimension:
            raise StoreError(f"向量集 {embedder} 为 {found[1]} 维，送来的是 {dimension} 维，未予保存。")
        taken = "SELECT id FROM vectors WHERE owner <> ? AND id IN (SELECT value FROM json_each(?)) AND embedder = ?"
        self._refuse_taken(taken, vectors, found[0])
        rows = [(found[0], id, self._owner, self._generation, vector) for id, vector in vectors.items()]
        self._sql.executemany(_PUT_VECTOR, rows)

    def _refuse_taken(self, sql: str, ids: Iterable[str], *more: int) -> None:
        taken = self._sql.execute(sql, (self._owner, _json(ids), *more)).fetchone()
        if taken:
            raise StoreError(f"{taken[0]} 的检索内容已属于另一来源，{self._changes.owner} 不能改写它。")

    def _put_records(self) -> None:
        for kind, key, value in self._records:
            if value is None:
                self._sql.execute("DELETE FROM records WHERE kind = ? AND key = ?", (kind, key))
            else:
                self._sql.execute("INSERT OR REPLACE INTO records VALUES (?, ?, ?)", (kind, key, value))

    def _close_owners(self) -> None:
        empty = bool(self._changes.owner) and not (
            self._nodes or self._relations or self._texts or any(self._vectors.values())
        )
        left = [(owner,) for owner in self._removed if owner != self._owner or empty]
        self._sql.executemany("DELETE FROM owners WHERE id = ?", left)

    def _write_log(self) -> None:
        log = [(self._generation, what, _json(keys)) for what, keys in self._gone.items() if keys]
        self._sql.executemany("INSERT INTO gone VALUES (?, ?, ?)", log)
        start = self._generation - LOG_KEPT
        self._sql.execute("DELETE FROM gone WHERE generation <= ?", (start,))
        self._sql.execute("UPDATE state SET generation = ?, log_start = max(log_start, ?)", (self._generation, start))


def _key(relation: Relation) -> RelationKey:
    return relation.source, relation.type, relation.kind, relation.target


def _stated(relation: Relation) -> str:
    properties = {name: value for name, value in relation.properties.items() if name != "kind"}
    return encode_properties(properties, RELATIONS[relation.type])


def _json(values: Iterable[object]) -> str:
    return json.dumps(list(values), ensure_ascii=False)


_JOINED = {type_: frozenset(pairs) for type_, pairs in JOINS.items()}
