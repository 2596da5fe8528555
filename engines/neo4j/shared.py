"""What several owners state of one thing: shared nodes, and relations that more than one states."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import neo4j

from engines.embedded.encoding import encode_properties, merged
from engines.neo4j.encoding import RelationKey, batches, joined_key, shown, split_key, stored
from ontology.graph import RELATIONS, SHARED

# Holds what was last stated of a shared node that lost its owners while a relation still touches it.
NOBODY = ""


class _Statements:
    def __init__(self, tx: neo4j.ManagedTransaction) -> None:
        self._tx = tx

    def _each(self, statement: str, rows: Iterable[Any]) -> list[dict[str, Any]]:
        answers: list[dict[str, Any]] = []
        for batch in batches(list(rows)):
            answers += self._tx.run("CYPHER 25 UNWIND $rows AS r " + statement, rows=list(batch)).data()
        return answers


def _covers(properties: Mapping[str, Any], statement: str) -> bool:
    """Whether what all state together stays as it is when somebody states this as well."""
    return all(name in properties and properties[name] == value for name, value in stored(statement).items())


def _together(said: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """(last owner, statement) of each different statement → what they state together: of a property, the last owner's."""
    return stored(merged(statement for _, statement in sorted(said)))


class Shares(_Statements):
    """Statements about shared nodes. There may be thousands about one: they are compared on the server."""

    def withdraw(self, owners: list[str], kept: set[str], own: str) -> None:
        """Take back what `owners` state, except for `own` about `kept`."""
        rows = self._tx.run(
            "MATCH (s:_Share) WHERE s._owner IN $owners RETURN s._id AS id, s._owner AS owner", owners=owners
        ).data()
        doomed = [row for row in rows if row["owner"] != own or row["id"] not in kept]
        last = {row["id"]: row for row in sorted(doomed, key=lambda row: owners.index(row["owner"]))}
        alone = self._each(
            "OPTIONAL MATCH (s:_Share {_id: r.id}) WHERE NOT s._owner IN r.gone "
            "WITH r, count(s) AS others WHERE others = 0 RETURN r.id AS id",
            [{"id": id, "gone": [row["owner"] for row in doomed if row["id"] == id]} for id in last],
        )
        orphaned = {row["id"] for row in alone}
        self._each(
            "MATCH (s:_Share {_id: r.id, _owner: r.owner}) SET s._owner = r.nobody",
            [{**last[id], "nobody": NOBODY} for id in sorted(orphaned)],
        )
        self._each(
            "MATCH (s:_Share {_id: r.id, _owner: r.owner}) DELETE s",
            [row for row in doomed if row["id"] not in orphaned or row is not last[row["id"]]],
        )
        self._refresh(last.keys() - orphaned)

    def owners(self, id: str) -> set[str]:
        """Who states something about the shared node."""
        return {row["owner"] for row in self._each("MATCH (s:_Share {_id: r}) RETURN s._owner AS owner", [id])}

    def state(self, owner: str, statements: Mapping[str, str]) -> None:
        """Let `owner` state these of shared nodes."""
        present = self._each(
            "OPTIONAL MATCH (n:Node {id: r.id}) OPTIONAL MATCH (o:_Share {_id: r.id, _owner: r.owner}) "
            "OPTIONAL MATCH (l:_Share {_id: r.id, _owner: r.nobody}) "
            "RETURN r.id AS id, properties(n) AS properties, o._json AS own, l IS NOT NULL AS left",
            [{"id": id, "owner": owner, "nobody": NOBODY} for id in statements],
        )
        new, stale = [], set()
        for row in present:
            id, statement = row["id"], statements[row["id"]]
            if row["own"] != statement:
                new.append({"id": id, "owner": owner, "json": statement})
                if row["own"] is not None or row["left"] or not _covers(row["properties"] or {}, statement):
                    stale.add(id)
        self._each(
            "MATCH (s:_Share {_id: r.id, _owner: r.nobody}) DELETE s", [{"id": id, "nobody": NOBODY} for id in stale]
        )
        self._each("MERGE (s:_Share {_id: r.id, _owner: r.owner}) SET s._json = r.json", new)
        self._refresh(stale | {row["id"] for row in present if row["properties"] is None})

    def _refresh(self, ids: Iterable[str]) -> None:
        """Bring nodes in line with what is stated of them."""
        rows = self._each(
            "MATCH (s:_Share {_id: r}) WITH r, s._json AS json, max(s._owner) AS last RETURN r AS id, collect([last, json]) AS said",
            sorted(ids),
        )
        nodes = [{"id": row["id"], "p": {"id": row["id"], **_together(map(tuple, row["said"]))}} for row in rows]
        self._each(f"MERGE (n:Node {{id: r.id}}) SET n:`{SHARED}`, n = r.p", nodes)

    def forget(self, ids: Iterable[str]) -> None:
        """Drop all statements about nodes that are gone."""
        self._each("MATCH (s:_Share {_id: r}) DELETE s", sorted(ids))

    def drop_untouched(self) -> None:
        """Take away nodes that nobody states and no relation touches."""
        self._tx.run(
            "MATCH (s:_Share) WHERE s._owner = $nobody MATCH (n:Node {id: s._id}) WHERE NOT EXISTS { (n)--() } DELETE n, s",
            nobody=NOBODY,
        ).consume()


class Claims(_Statements):
    """Statements of a relation that several owners state. One alone stands in the relation itself, with its `_owner`."""

    def __init__(self, tx: neo4j.ManagedTransaction) -> None:
        super().__init__(tx)
        self._unsettled: set[str] = set()
        self._new: dict[tuple[str, str], str] = {}
        self._covered: set[str] = set()

    def withdraw(self, owners: list[str], kept: set[str], own: str) -> None:
        """Take back what `owners` claim, except for `own` the relations `kept`."""
        rows = self._tx.run(
            "MATCH (c:_Claim) WHERE c._owner IN $owners RETURN c._key AS key, c._owner AS owner", owners=owners
        ).data()
        doomed = [row for row in rows if row["owner"] != own or row["key"] not in kept]
        self._each("MATCH (c:_Claim {_key: r.key, _owner: r.owner}) DELETE c", doomed)
        self._unsettled.update(row["key"] for row in doomed)

    def forget(self, keys: set[RelationKey]) -> None:
        """Drop all claims of relations that are gone."""
        joined = sorted(joined_key(key) for key in keys)
        self._each("MATCH (c:_Claim {_key: r}) DELETE c", joined)
        self._unsettled.difference_update(joined)

    def state(
        self, key: RelationKey, owner: str, statement: str, other: str | None, properties: Mapping[str, Any]
    ) -> None:
        """Let `owner` claim a relation that `other` (None: several) states already, with `properties`."""
        joined = joined_key(key)
        if other is not None:
            said = {name: value for name, value in shown(properties, key[1]).items() if name != "kind"}
            self._new[joined, other] = encode_properties(said, RELATIONS[key[1]])
        elif _covers(properties, statement):
            self._covered.add(joined)
        self._new[joined, owner] = statement

    def settle(self) -> None:
        """Bring the relations in line with what is claimed of them."""
        new = [{"key": key, "owner": owner, "json": said} for (key, owner), said in self._new.items()]
        before = self._each(
            "OPTIONAL MATCH (c:_Claim {_key: r.key, _owner: r.owner}) RETURN r.key AS key, r.owner AS owner, c._json AS json",
            new,
        )
        changed = [row for row in before if row["json"] != self._new[row["key"], row["owner"]]]
        self._unsettled.update(
            row["key"] for row in changed if row["json"] is not None or row["key"] not in self._covered
        )
        self._each(
            "MERGE (c:_Claim {_key: r.key, _owner: r.owner}) SET c._json = r.json",
            [{**row, "json": self._new[row["key"], row["owner"]]} for row in changed],
        )
        rows = self._each(
            "OPTIONAL MATCH (c:_Claim {_key: r}) WITH r, c._json AS json, max(c._owner) AS last, count(c) AS times "
            "RETURN r AS key, sum(times) AS owners, collect([last, json]) AS said",
            sorted(self._unsettled),
        )
        self._write([(split_key(row["key"]), row["owners"], row["said"]) for row in rows])

    def _write(self, settled: list[tuple[RelationKey, int, list[list[str]]]]) -> None:
        by_type: dict[str, list[dict[str, Any]]] = defaultdict(list)
        alone = []
        for key, owners, said in settled:
            source, type_, kind, target = key
            together: dict[str, Any] | None = None
            if owners:
                together = {**_together((last, json) for last, json in said), "kind": kind}
            if owners == 1 and together is not None:
                together["_owner"] = said[0][0]
                alone.append(joined_key(key))
            by_type[type_].append({"s": source, "k": kind, "t": target, "p": together})
        self._each("MATCH (c:_Claim {_key: r}) DELETE c", alone)
        for type_, changed in by_type.items():
            path = f"MATCH (a:Node {{id: r.s}})-[x:`{type_}` {{kind: r.k}}]->(b:Node {{id: r.t}})"
            self._each(f"{path} SET x = r.p", [row for row in changed if row["p"] is not None])
            self._each(f"{path} DELETE x", [row for row in changed if row["p"] is None])
