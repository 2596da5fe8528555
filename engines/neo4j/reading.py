"""One view of the store on Neo4j: reads of the graph, matches, and what is stored as it was given."""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import neo4j
import numpy as np
from neo4j.exceptions import ClientError, Neo4jError

from engines.embedded.cypher import checked
from engines.embedded.encoding import decode_properties, decode_text
from engines.neo4j import matching
from engines.neo4j.connection import Connection, Reading, Transaction, is_timeout
from engines.neo4j.encoding import relation_of, shown, split_key
from engines.store import (
    Hit,
    IndexedText,
    QueryFailed,
    ReadQuery,
    Record,
    Row,
    Scope,
    StoreError,
    StoreUnavailable,
    Vector,
)
from ontology.graph import NODES, RELATIONS, Node, Relation

_T = TypeVar("_T")
_U = TypeVar("_U")

_PAGE = 2_000
_TRIES = 3
_LABEL = "[l IN labels(n) WHERE l <> 'Node'][0]"
_GENERATION = "MATCH (g:_State {_one: 1}) RETURN g._generation AS generation"


def generation_in(tx: Transaction) -> int:
    """The generation as of now."""
    row = tx.run(_GENERATION).single()
    if row is None:
        raise _gone()
    return int(row["generation"])


def _gone() -> StoreUnavailable:
    return StoreUnavailable("Neo4j 中的图谱库已被清空或删除。请重新打开。")


def _collecting(statement: str, columns: Sequence[str]) -> str:
    """One row: those of `statement`, and the generation as of when the last of them was there."""
    return (
        f"CYPHER 25 CALL () {{ {statement} }} WITH collect([{', '.join(columns)}]) AS rows "
        f"{_GENERATION.replace('RETURN', 'RETURN rows,')}"
    )


class View:
    """See `engines.store.Reader`.

    Neo4j shows each statement what is committed when it runs. So a read during which somebody committed is made again,
    and none shows half a change set; but two reads of one view may stand on both sides of a commit. `generation` is
    that of the beginning; who needs one generation throughout asks `moved` at the end and begins again.
    """

    def __init__(self, connection: Connection, sets: matching.KnownSets | None = None) -> None:
        self.depth = 1
        self._connection = connection
        self._sets = matching.KnownSets() if sets is None else sets
        self._reading = Reading(connection)
        with connection.in_words():
            self._generation = self._seen = self._reading.read(generation_in)
        self._ended = False

    @property
    def generation(self) -> int:
        return self._generation

    def read(self, query: ReadQuery) -> list[Row]:
        """See `Reader.read`."""
        self._check_open()
        parameters = checked(query)
        try:
            with self._connection.in_words():
                try:
                    names, rows = self._settled(query.text, parameters)
                except Neo4jError as error:
                    if is_timeout(error):
                        raise QueryFailed(
                            f"查询「{query.name}」超过 {self._connection.options.query_s:g} 秒，已中止。"
                        ) from error
                    if isinstance(error, ClientError) and ".Statement." in (error.code or ""):
                        raise QueryFailed(f"查询「{query.name}」失败：{error.message}") from error
                    raise
        except (ValueError, OverflowError) as error:  # a number that the protocol cannot carry
            raise QueryFailed(f"查询「{query.name}」失败：{error}") from error
        if len(set(names)) < len(names):
            raise QueryFailed(f"查询「{query.name}」有同名的列：{'、'.join(names)}。")
        return [dict(zip(names, map(_plain, row), strict=True)) for row in rows]

    def _settled(self, text: str, parameters: dict[str, Any]) -> tuple[list[str], list[Any]]:
        """Columns and rows of a statement during which nobody committed, or of the last of some tries."""

        def work(tx: Transaction) -> tuple[list[str], list[Any], int]:
            result = tx.run("CYPHER 25 " + text, parameters)
            rows = [record.values() for record in result]
            return list(result.keys()), rows, generation_in(tx)

        return self._until_settled(work)

    def _until_settled(self, work: Callable[[Transaction], tuple[_T, _U, int]]) -> tuple[_T, _U]:
        for _ in range(_TRIES):
            keys, rows, generation = self._reading.read(work)
            if generation == self._seen:
                break
            self._seen = generation
        return keys, rows

    def _run(self, statement: str, *, few: Sequence[str] = (), **parameters: Any) -> list[dict[str, Any]]:
        """Rows of a statement of our own. `few`: its columns, when its rows are so few that the server may collect
        them, which spares the way to ask for the generation after them."""
        self._check_open()

        def collected(tx: Transaction) -> tuple[Sequence[str], list[Any], int]:
            row = tx.run(_collecting(statement, few), parameters).single()
            if row is None:
                raise _gone()
            return few, row["rows"], int(row["generation"])

        with self._connection.in_words():
            names, rows = self._until_settled(collected) if few else self._settled(statement, parameters)
        return [dict(zip(names, row, strict=True)) for row in rows]

    def match_words(self, tokens: Sequence[str], scope: Scope, limit: int) -> list[Hit]:
        """See `Reader.match_words`."""
        self._check_open()
        return matching.match_words(self._run, tokens, scope, limit)

    def match_vector(self, vector: Vector, embedder: str, scope: Scope, limit: int) -> list[Hit]:
        """See `Reader.match_vector`."""
        self._check_open()
        return matching.match_vector(self._run, self.vector_sets(), vector, embedder, scope, limit)

    def nodes(self, *, ids: Sequence[str] = (), label: str = "", owner: str = "") -> Iterator[Node]:
        """See `Reader.nodes`. With `owner`, a shared node as that owner states it; else as all owners together do."""
        self._check_open()
        if label and label not in NODES:
            return iter(())
        return self._stream(self._owned_nodes(set(ids), label, owner) if owner else self._all_nodes(ids, label))

    def _all_nodes(self, ids: Sequence[str], label: str) -> Iterator[Node]:
        pattern = f"MATCH (n:`{label or 'Node'}`)"
        shape = f"RETURN n.id AS id, {_LABEL} AS label, properties(n) AS p ORDER BY id"
        if ids:
            wanted = sorted(set(ids))
            for start in range(0, len(wanted), _PAGE):
                some = wanted[start : start + _PAGE]
                columns = ("id", "label", "p")
                yield from map(_node, self._run(f"{pattern} WHERE n.id IN $ids {shape}", few=columns, ids=some))
            return
        for row in self.pages(f"{pattern} WHERE n.id > $after {shape} LIMIT {_PAGE}", "id"):
            yield _node(row)

    def _owned_nodes(self, ids: set[str], label: str, owner: str) -> Iterator[Node]:
        rows = self._run(
            f"MATCH (n:Node) WHERE n._owner = $owner RETURN n.id AS id, {_LABEL} AS label, properties(n) AS p",
            owner=owner,
        )
        found = list(map(_node, rows))
        rows = self._run("MATCH (s:_Share) WHERE s._owner = $owner RETURN s._id AS id, s._json AS json", owner=owner)
        found += (Node(row["id"], "Organization", decode_properties(row["json"])) for row in rows)
        chosen = (node for node in found if (not ids or node.id in ids) and (not label or node.label == label))
        yield from sorted(chosen, key=lambda node: node.id)

    def relations(self, *, owner: str = "", type: str = "", sources: Sequence[str] = ()) -> Iterator[Relation]:
        """See `Reader.relations`; `owner` as in `nodes`."""
        self._check_open()
        if type and type not in RELATIONS:
            return iter(())
        if not owner:
            return self._stream(self._all_relations(type, sources))
        wanted = set(sources)
        found = self._owned_relations(owner, type)
        return self._stream(each for each in found if not wanted or each.source in wanted)

    def _all_relations(self, type_: str, sources: Sequence[str]) -> Iterator[Relation]:
        pattern = f"(a)-[r:`{type_}`]->(b:Node)" if type_ else "(a)-[r]->(b:Node)"
        shape = "RETURN a.id AS source, type(r) AS type, b.id AS target, properties(r) AS p"
        wanted = sorted(set(sources))
        for start in range(0, len(wanted), _PAGE):
            some = wanted[start : start + _PAGE]
            columns = ("source", "type", "target", "p")
            found = self._run(f"MATCH (a:Node) WHERE a.id IN $ids MATCH {pattern} {shape}", few=columns, ids=some)
            yield from _in_order(relation_of(row["source"], row["type"], row["target"], row["p"]) for row in found)
        if wanted:
            return
        statement = (
            f"MATCH (a:Node) WHERE a.id > $after WITH a ORDER BY a.id LIMIT {_PAGE} OPTIONAL MATCH {pattern} {shape}"
        )
        for rows in self._whole_pages(statement, "source"):
            yield from _in_order(
                relation_of(row["source"], row["type"], row["target"], row["p"]) for row in rows if row["type"]
            )

    def _owned_relations(self, owner: str, type_: str) -> Iterator[Relation]:
        types = [type_] if type_ else list(RELATIONS)
        branches = "\nUNION ALL\n".join(
            f"MATCH (a:Node)-[r:`{name}`]->(b:Node) WHERE r._owner = $owner "
            "RETURN a.id AS source, type(r) AS type, b.id AS target, properties(r) AS p"
            for name in types
        )
        found = [
            relation_of(row["source"], row["type"], row["target"], row["p"]) for row in self._run(branches, owner=owner)
        ]
        for row in self._run(
            "MATCH (c:_Claim) WHERE c._owner = $owner RETURN c._key AS key, c._json AS json", owner=owner
        ):
            source, name, kind, target = split_key(row["key"])
            if name in types:
                found.append(Relation(source, name, target, kind, decode_properties(row["json"])))
        yield from _in_order(found)

    def texts(self, *, owner: str = "", ids: Sequence[str] = ()) -> Iterator[IndexedText]:
        """See `Reader.texts`."""
        self._check_open()
        shape = (
            "RETURN i._id AS id, i._kind AS kind, i._keys AS keys, coalesce(i._words, i._tokens) AS tokens ORDER BY id"
        )
        if ids or owner:
            where = " AND ".join(
                condition for asked, condition in ((ids, "i._id IN $ids"), (owner, "i._owner = $owner")) if asked
            )
            parameters: dict[str, Any] = {**({"ids": list(ids)} if ids else {}), **({"owner": owner} if owner else {})}
            few = ("id", "kind", "keys", "tokens") if 0 < len(ids) <= _PAGE else ()
            rows: Iterator[dict[str, Any]] = iter(
                self._run(f"MATCH (i:_Item) WHERE {where} AND i:_Text {shape}", few=few, **parameters)
            )
        else:
            rows = self.pages(f"MATCH (i:_Item) WHERE i._id > $after AND i:_Text {shape} LIMIT {_PAGE}", "id")
        return self._stream(decode_text(row["id"], row["kind"], row["keys"], row["tokens"]) for row in rows)

    def vectors(self, embedder: str, *, owner: str) -> Iterator[tuple[str, Vector]]:
        """See `Reader.vectors`."""
        self._check_open()
        found: list[dict[str, Any]] = []
        for fingerprint, number, _, count in self.vector_sets():
            if fingerprint == embedder and count:
                found += self._run(
                    f"MATCH (i:_Item) WHERE i._vector_owner = $owner AND i:_Set{number} "
                    f"RETURN i._id AS id, i._v{number} AS vector ORDER BY id",
                    owner=owner,
                )
        return self._stream((row["id"], np.array(row["vector"], dtype=np.float32)) for row in found)

    def records(self, kind: str = "", *, key: str = "") -> Iterator[Record]:
        """See `Reader.records`."""
        self._check_open()
        return self._stream(
            Record(row["kind"], row["key"], json.loads(row["value"]))
            for each in ([kind] if kind else self.record_kinds())
            for row in self._record_rows(each, key)
        )

    def _record_rows(self, kind: str, key: str) -> Iterator[dict[str, Any]]:
        shape = "RETURN n._kind AS kind, n._key AS key, n._value AS value ORDER BY key"
        if key:
            one = f"MATCH (n:_Record {{_kind: $kind, _key: $key}}) {shape}"
            return iter(self._run(one, few=("kind", "key", "value"), kind=kind, key=key))
        statement = f"MATCH (n:_Record {{_kind: $kind}}) WHERE n._key > $after {shape} LIMIT {_PAGE}"
        return self.pages(statement, "key", kind=kind)

    def owners(self) -> Iterator[str]:
        """See `Reader.owners`."""
        self._check_open()
        return self._stream(
            iter([row["name"] for row in self._run("MATCH (o:_Owner) RETURN o._name AS name ORDER BY name")])
        )

    def pages(self, statement: str, by: str, **parameters: Any) -> Iterator[dict[str, Any]]:
        """Rows of a statement that gives a page `$after` the last `by` of the page before."""
        for rows in self._whole_pages(statement, by, **parameters):
            yield from rows

    def vector_sets(self) -> list[matching.VectorSet]:
        """(fingerprint, number, dimension, number of vectors) of every vector set."""
        before = self._seen
        known = self._sets.at(before)
        if known is None:
            known = matching.vector_sets(self._run)
            if self._seen == before:
                self._sets.keep(before, known)
        return known

    def record_kinds(self) -> list[str]:
        """Every kind that a record has."""
        return [row["kind"] for row in self._run("MATCH (n:_Record) RETURN DISTINCT n._kind AS kind ORDER BY kind")]

    def _whole_pages(self, statement: str, by: str, **parameters: Any) -> Iterator[list[dict[str, Any]]]:
        after = ""
        while rows := self._run(statement, after=after, **parameters):
            yield rows
            after = max(row[by] for row in rows)

    @property
    def moved(self) -> bool:
        """Whether somebody committed since the view began, so that its reads may not all be of one generation."""
        with self._connection.in_words():
            return self._reading.read(generation_in) != self._generation

    def _stream(self, things: Iterator[_T]) -> Iterator[_T]:
        """`things`, as long as the view is open."""
        for thing in things:
            self._check_open()
            yield thing

    def _check_open(self) -> None:
        if self._ended:
            raise StoreError("这次读取已经结束：须在 reading() 之内取完。")

    def end(self) -> None:
        """No more reads; iterators not exhausted stop with `StoreError`."""
        self._ended = True
        self._reading.end()

    def release(self) -> None:
        """Hold nothing on the server until the next read: what is written meanwhile must not wait for it."""
        self._reading.end()


def _node(row: dict[str, Any]) -> Node:
    return Node(row["id"], row["label"], shown(row["p"], row["label"]))


def _in_order(relations: Any) -> list[Relation]:
    return sorted(relations, key=lambda r: (r.source, r.type, r.kind, r.target))


def _plain(value: Any) -> Any:
    """A value of a row as plain Python, without the engine's own properties."""
    if isinstance(value, neo4j.graph.Entity):
        value = dict(value)
    if isinstance(value, neo4j.graph.Path):
        return [_plain(part) for part in (*value.nodes, *value.relationships)]
    if isinstance(value, list):
        return [_plain(element) for element in value]
    if isinstance(value, dict):
        return {key: _plain(element) for key, element in value.items() if not key.startswith("_")}
    return value
