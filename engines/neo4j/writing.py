"""Applying a change set to a Neo4j database, inside one transaction that holds the store's lock."""

import json
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import neo4j

from engines.embedded.encoding import encode_properties
from engines.neo4j.connection import AlreadyCommitted
from engines.neo4j.encoding import RelationKey, batches, joined_key, stored
from engines.neo4j.indexed import IndexedPart
from engines.neo4j.shared import Claims, Shares
from engines.store import SCHEMA_VERSION, AlreadyStored, ChangeSet, StoreError, StoreUnavailable
from ontology.graph import JOINS, NODES, RELATIONS, SHARED, Relation, SchemaViolation

_CHANGES_KEPT = 1_000
_LABEL = "[l IN labels(n) WHERE l <> 'Node'][0]"
_JOINED = {type_: frozenset(pairs) for type_, pairs in JOINS.items()}

# The lock comes first, in a clause of its own: what is read before it may be out of date.
_BEGIN = """
MATCH (g:_State {_one: 1}) SET g._lock = $change
WITH g SET g._generation = g._generation + 1
WITH g OPTIONAL MATCH (c:_Change {_id: $change})
WITH g, c OPTIONAL MATCH (o:_Owner) WHERE o._name IN $owners
RETURN g._generation AS generation, g._schema AS schema, c._generation AS done, collect(o._name) AS known
"""
_END = """
CREATE (:_Change {_id: $change, _generation: $generation})
FOREACH (name IN $opened | MERGE (:_Owner {_name: name}))
WITH 1 AS one
CALL () { MATCH (o:_Owner) WHERE o._name IN $closed DELETE o }
CALL () { MATCH (c:_Change) WHERE c._generation < $old DELETE c }
"""
_OWNED_RELATIONS = (
    "CALL () {\n"
    + "\nUNION ALL\n".join(
        f"MATCH (a:Node)-[r:`{type_}`]->(b:Node) WHERE r._owner IN $owners RETURN a, r, b" for type_ in RELATIONS
    )
    + "\n}\nRETURN elementId(r) AS element, a.id AS source, type(r) AS type, r.kind AS kind, b.id AS target, r._owner AS owner"
)


class Application:
    """One change set on its way into the database. `run` may be called again: it is done once at most."""

    def __init__(self, changes: ChangeSet, vector_sets: Mapping[str, int]) -> None:
        self._changes = changes
        self._id = uuid.uuid4().hex
        self._nodes = {
            node.id: (node.label, encode_properties(node.properties, NODES[node.label])) for node in changes.nodes
        }
        if len({(node.id, node.label) for node in changes.nodes}) > len(self._nodes):
            raise SchemaViolation(f"one node with two labels in the change set of {changes.owner!r}")
        self._relations = {_key(relation): _stated(relation) for relation in changes.relations}
        self._indexed = IndexedPart(changes, vector_sets)
        self._records = [
            (
                record.kind,
                record.key,
                None if record.value is None else json.dumps(dict(record.value), ensure_ascii=False, allow_nan=False),
            )
            for record in changes.records
        ]

    @property
    def _holds_something(self) -> bool:
        return bool(self._nodes or self._relations or self._indexed)

    def run(self, tx: neo4j.ManagedTransaction) -> int:
        """Do it all; the generation after it."""
        self._tx = tx
        generation = self._begin()
        self._shares, self._claims = Shares(tx), Claims(tx)
        vanished: set[str] = set()
        if self._removed:
            self._remove_relations()
            vanished = self._remove_nodes()
        known = self._present({*self._nodes, *(end for key in self._relations for end in (key[0], key[3]))})
        for id in vanished:
            known.pop(id, None)
        relabelled = self._check_nodes(known)
        self._cut_off(vanished | relabelled)
        self._put_nodes()
        self._check_ends(
            {**{id: label for id, (label, _) in known.items()}, **{i: n[0] for i, n in self._nodes.items()}}
        )
        self._put_relations(known.keys() - relabelled)
        self._claims.settle()
        if self._removed or relabelled:
            self._shares.drop_untouched()
        self._indexed.run(tx, self._owner, self._removed)
        self._put_records()
        self._end(generation)
        return generation

    def recorded(self, tx: neo4j.ManagedTransaction) -> int | None:
        """The generation at which this change set was applied, if it was."""
        found = tx.run("MATCH (c:_Change {_id: $id}) RETURN c._generation AS generation", id=self._id).single()
        return int(found["generation"]) if found else None

    def _run(self, statement: str, **parameters: Any) -> list[dict[str, Any]]:
        return self._tx.run("CYPHER 25 " + statement, parameters).data()

    def _each(self, statement: str, rows: Iterable[Any], **parameters: Any) -> list[dict[str, Any]]:
        """Run `UNWIND $rows AS r` and `statement` in batches; nothing for no rows."""
        answers: list[dict[str, Any]] = []
        for batch in batches(list(rows)):
            answers += self._run("UNWIND $rows AS r " + statement, rows=list(batch), **parameters)
        return answers

    def _begin(self) -> int:
        changes = self._changes
        names = {*changes.removes, *changes.new_only} | ({changes.owner} if changes.owner else set())
        found = self._run(_BEGIN, change=self._id, owners=sorted(names))
        if not found:
            raise StoreUnavailable("Neo4j 中的图谱库已被清空或删除。请重新打开。")
        if found[0]["done"] is not None:
            raise AlreadyCommitted(int(found[0]["done"]))
        if found[0]["schema"] != SCHEMA_VERSION:
            raise StoreUnavailable(
                f"图谱库已由另一版本的程序升级（库版本 {found[0]['schema']}）。请升级本程序后再打开。"
            )
        known = set(found[0]["known"])
        for name in changes.new_only:
            if name in known:
                raise AlreadyStored(f"{name} 已在库中，本次未作改动。")
        self._removed = [name for name in dict.fromkeys(changes.removes) if name in known]
        self._owner = changes.owner
        return int(found[0]["generation"])

    def _remove_relations(self) -> None:
        rows = self._run(_OWNED_RELATIONS, owners=self._removed)
        doomed = [
            row["element"]
            for row in rows
            if row["owner"] != self._owner
            or (row["source"], row["type"], row["kind"], row["target"]) not in self._relations
        ]
        self._each("MATCH ()-[x]->() WHERE elementId(x) = r DELETE x", doomed)
        self._claims.withdraw(self._removed, {joined_key(key) for key in self._relations}, self._owner)

    def _remove_nodes(self) -> set[str]:
        rows = self._run(
            f"MATCH (n:Node) WHERE n._owner IN $owners RETURN n.id AS id, n._owner AS owner, {_LABEL} AS label",
            owners=self._removed,
        )
        vanished = {row["id"] for row in rows if row["owner"] != self._owner or row["id"] not in self._nodes}
        self._shares.withdraw(self._removed, set(self._nodes), self._owner)
        return vanished

    def _present(self, ids: Iterable[str]) -> dict[str, tuple[str, str | None]]:
        """Label and owner of those that exist; shared ones have no owner."""
        rows = self._each(
            f"MATCH (n:Node {{id: r}}) RETURN n.id AS id, {_LABEL} AS label, n._owner AS owner", sorted(ids)
        )
        return {row["id"]: (row["label"], row["owner"]) for row in rows}

    def _check_nodes(self, known: Mapping[str, tuple[str, str | None]]) -> set[str]:
        """Ids whose label changes, which makes them other nodes than before. Raises when they are another's."""
        relabelled = set()
        for id, (new, _) in self._nodes.items():
            if id not in known:
                continue
            label, owner = known[id]
            if label == new == SHARED:
                continue
            owners = self._shares.owners(id) if label == SHARED else {owner or ""}
            others = owners - {self._owner}
            if others:
                raise StoreError(f"节点 {id} 已属于 {min(others) or '其他来源'}，{self._owner} 不能改写它。")
            if label != new:
                relabelled.add(id)
        return relabelled

    def _cut_off(self, ids: set[str]) -> None:
        """Take nodes away, and whatever anybody stated about them."""
        rows = self._each(
            "MATCH (n:Node {id: r})-[x]-() WHERE x._owner IS NULL "
            "RETURN DISTINCT startNode(x).id AS source, type(x) AS type, x.kind AS kind, endNode(x).id AS target",
            sorted(ids),
        )
        self._claims.forget({(row["source"], row["type"], row["kind"], row["target"]) for row in rows})
        self._each("MATCH (n:Node {id: r}) DETACH DELETE n", sorted(ids))
        self._shares.forget(ids)

    def _put_nodes(self) -> None:
        by_label: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for id, (label, statement) in self._nodes.items():
            if label != SHARED:
                by_label[label].append({"id": id, "p": {"id": id, "_owner": self._owner, **stored(statement)}})
        # One statement a label or type: naming it in a row instead costs more than the further statements.
        for label, rows in by_label.items():
            self._each(f"MERGE (n:Node {{id: r.id}}) SET n:`{label}`, n = r.p", rows)
        self._shares.state(
            self._owner, {id: statement for id, (label, statement) in self._nodes.items() if label == SHARED}
        )

    def _check_ends(self, labels: Mapping[str, str]) -> None:
        for source, type_, _, target in self._relations:
            joined = (labels.get(source, ""), labels.get(target, ""))
            if not all(joined):
                missing = target if joined[0] else source
                raise SchemaViolation(f"{type_} {source!r} → {target!r}: there is no node {missing!r}")
            if joined not in _JOINED[type_]:
                raise SchemaViolation(f"{type_} {source!r} → {target!r}: does not join {joined[0]} to {joined[1]}")

    def _put_relations(self, present: Collection[str]) -> None:
        new: dict[str, list[dict[str, Any]]] = defaultdict(list)
        perhaps: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for (source, type_, kind, target), statement in self._relations.items():
            properties = {**stored(statement), "kind": kind, "_owner": self._owner}
            row = {"s": source, "k": kind, "t": target, "p": properties}
            # Nothing can join a node that was not there.
            (perhaps if source in present and target in present else new)[type_].append(row)
        for type_, rows in new.items():
            self._each(
                f"MATCH (a:Node {{id: r.s}}) MATCH (b:Node {{id: r.t}}) CREATE (a)-[x:`{type_}`]->(b) SET x = r.p", rows
            )
        for type_, rows in perhaps.items():
            # Those that somebody else states, too, are left as they are, and reported.
            others = self._each(
                "MATCH (a:Node {id: r.s}) MATCH (b:Node {id: r.t}) "
                f"MERGE (a)-[x:`{type_}` {{kind: r.k}}]->(b) ON CREATE SET x = r.p "
                "FOREACH (_ IN CASE WHEN x._owner = $owner THEN [1] ELSE [] END | SET x = r.p) "
                "WITH r, x WHERE x._owner IS NULL OR x._owner <> $owner "
                "RETURN r.s AS source, r.k AS kind, r.t AS target, x._owner AS owner, properties(x) AS properties",
                rows,
                owner=self._owner,
            )
            for other in others:
                key = (other["source"], type_, other["kind"], other["target"])
                self._claims.state(key, self._owner, self._relations[key], other["owner"], other["properties"])

    def _put_records(self) -> None:
        rows = {(kind, key): {"kind": kind, "key": key, "value": value} for kind, key, value in self._records}
        gone = [row for row in rows.values() if row["value"] is None]
        self._each("MATCH (n:_Record {_kind: r.kind, _key: r.key}) DELETE n", gone)
        kept = [row for row in rows.values() if row["value"] is not None]
        self._each("MERGE (n:_Record {_kind: r.kind, _key: r.key}) SET n._value = r.value", kept)

    def _end(self, generation: int) -> None:
        owner = [self._owner] if self._owner and self._holds_something else []
        self._run(
            _END,
            change=self._id,
            generation=generation,
            opened=owner,
            closed=[name for name in self._removed if name not in owner],
            old=generation - _CHANGES_KEPT,
        )


def _key(relation: Relation) -> RelationKey:
    return relation.source, relation.type, relation.kind, relation.target


def _stated(relation: Relation) -> str:
    properties = {name: value for name, value in relation.properties.items() if name != "kind"}
    return encode_properties(properties, RELATIONS[relation.type])
