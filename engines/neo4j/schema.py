"""The store's place in a Neo4j database: knowing it again, constraints, indexes, migration.

Domain nodes carry their label and `Node`. What is not domain stands in nodes whose labels and properties all begin
with `_`, without relations, so that no read of the graph meets them.

    Node      id, its properties, `_owner` (none when shared); relations: `kind`, its properties, `_owner`
    _State    the one node every writer locks first: `_app`, `_schema`, `_generation`
    _Change   id and generation of recent change sets
    _Owner    owners that hold something
    _Share    what one owner states of a shared node; the node itself holds what all state together
    _Claim    what one owner states of a relation that several state; the relation holds it together, without `_owner`
    _Item     what can be searched: a text (label `_Text`), vectors (labels `_Set<n>`, and `_Vec<n>` unless zero)
    _VectorSet  embedder fingerprint, dimension and the number <n>
    _AccessSet  every set of access labels a text has, by the key that vectors are filtered with
    _Record   records
"""

import logging
import re
from collections.abc import Callable
from typing import Any

import neo4j

from engines.neo4j.connection import Connection
from engines.store import SCHEMA_VERSION, StoreUnavailable
from ontology.graph import NODES, RELATIONS

log = logging.getLogger("zhiwen.neo4j")

APP = "zhiwen"
WORDS = "zhiwen_words"
LEAST_VERSION = (2026, 1)  # the first with SEARCH and filters in vector indexes
_AWAIT_S = 3600

# From a schema version to the next; each runs in one transaction under the store's lock.
MIGRATIONS: dict[int, Callable[[neo4j.ManagedTransaction], None]] = {}

_UNIQUE = {
    "Node": ("id",),
    **dict.fromkeys(NODES, ("id",)),
    "_State": ("_one",),
    "_Change": ("_id",),
    "_Owner": ("_name",),
    "_Share": ("_id", "_owner"),
    "_Claim": ("_key", "_owner"),
    "_Item": ("_id",),
    "_VectorSet": ("_fingerprint", "_dimension"),
    "_AccessSet": ("_key",),
    "_Record": ("_kind", "_key"),
}
_INDEXED = {
    "Node": ("_owner",),
    "_Change": ("_generation",),
    "_Share": ("_id", "_owner"),
    "_Claim": ("_key", "_owner"),
    "_Item": ("_owner", "_vector_owner"),
    "_Record": ("_kind",),
}


def prepare(connection: Connection) -> None:
    """Make sure that the database is a store of this version, creating or migrating it. Writes only where it must.

    Raises `StoreUnavailable`.
    """
    options = connection.options
    with connection.in_words():
        version, state, empty = connection.read(_look)
        _check_version(version, connection.location)
        if state is None:
            if not empty:
                raise StoreUnavailable(
                    f"{connection.location} 里已有其他数据，不是质文图谱的库。请另建一个空的数据库。"
                )
            if options.read_only or not options.create:
                raise StoreUnavailable(
                    f"{connection.location} 是空的，还没有图谱。请先导入材料，或检查数据库名的设置。"
                )
        elif state["_schema"] > SCHEMA_VERSION:
            raise StoreUnavailable(
                f"{connection.location} 由更新版本的程序写成（库版本 {state['_schema']}，本程序支持到 {SCHEMA_VERSION}）。请升级本程序后再打开。"
            )
        elif state["_schema"] < SCHEMA_VERSION:
            if options.read_only:
                raise StoreUnavailable(
                    f"{connection.location} 的库版本是 {state['_schema']}，须升级到 {SCHEMA_VERSION}，而这里以只读方式打开。请先在可写的一端用本版本打开一次。"
                )
            _migrate(connection, state["_schema"])
        if options.read_only:
            _check_complete(connection)
            return
        made = _make_indexes(connection)
        if state is None:
            connection.write(_create, _unrecorded)
        elif made:
            log.warning("%s 缺少的索引或约束已补建：%s。", connection.location, "、".join(made))


def _unrecorded(tx: neo4j.ManagedTransaction) -> None:
    """For work that may be done twice."""


def _look(tx: neo4j.ManagedTransaction) -> tuple[str, dict[str, Any] | None, bool]:
    version = tx.run(
        "CALL dbms.components() YIELD name, versions WHERE name = 'Neo4j Kernel' RETURN versions[0] AS v"
    ).single()
    state = tx.run("MATCH (g:_State {_one: 1, _app: $app}) RETURN properties(g) AS state", app=APP).single()
    empty = tx.run("MATCH (n) RETURN n LIMIT 1").single() is None
    return version["v"] if version else "", state["state"] if state else None, empty


def _check_version(version: str, location: str) -> None:
    found = re.match(r"(\d+)\.(\d+)", version)
    if found and (int(found[1]), int(found[2])) < LEAST_VERSION:
        least = ".".join(f"{part:02}" for part in LEAST_VERSION)
        raise StoreUnavailable(f"Neo4j（{location}）的版本 {version} 太旧，至少需要 {least}。请升级服务器。")


def _create(tx: neo4j.ManagedTransaction) -> int:
    tx.run(
        "MERGE (g:_State {_one: 1}) ON CREATE SET g._app = $app, g._schema = $schema, g._generation = 0",
        app=APP,
        schema=SCHEMA_VERSION,
    ).consume()
    return 0


def _migrate(connection: Connection, version: int) -> None:
    if any(step not in MIGRATIONS for step in range(version, SCHEMA_VERSION)):
        raise StoreUnavailable(
            f"{connection.location} 的库版本 {version} 已不受支持，无法升级到 {SCHEMA_VERSION}。请另建新库后重新导入。"
        )
    for step in range(version, SCHEMA_VERSION):

        def migrate(tx: neo4j.ManagedTransaction, step: int = step) -> int:
            now = tx.run("MATCH (g:_State {_one: 1}) SET g._lock = 'migration' RETURN g._schema AS schema").single(
                strict=True
            )
            if now["schema"] == step:
                MIGRATIONS[step](tx)
                tx.run("MATCH (g:_State {_one: 1}) SET g._schema = $next", next=step + 1).consume()
            return step

        connection.write(migrate, _unrecorded)


Index = tuple[str, str, tuple[str, ...]]  # type, label or relation type, properties


def _wanted() -> dict[str, tuple[Index, str]]:
    """Index name → what it is and the statement that makes it."""
    wanted: dict[str, tuple[Index, str]] = {}
    for label, properties in _UNIQUE.items():
        name = f"zhiwen_key_{label.strip('_').lower()}{'_internal' if label.startswith('_') else ''}"
        on = ", ".join(f"n.`{p}`" for p in properties)
        statement = f"CREATE CONSTRAINT `{name}` IF NOT EXISTS FOR (n:`{label}`) REQUIRE ({on}) IS UNIQUE"
        wanted[name] = ("RANGE", label, properties), statement
    for label, singles in _INDEXED.items():
        for single in singles:
            name = f"zhiwen_{label.strip('_').lower()}{single}"
            wanted[name] = (
                ("RANGE", label, (single,)),
                f"CREATE INDEX `{name}` IF NOT EXISTS FOR (n:`{label}`) ON (n.`{single}`)",
            )
    for type_ in RELATIONS:
        name = f"zhiwen_owner_{type_.lower()}"
        wanted[name] = (
            ("RANGE", type_, ("_owner",)),
            f"CREATE INDEX `{name}` IF NOT EXISTS FOR ()-[r:`{type_}`]-() ON (r._owner)",
        )
    wanted[WORDS] = (
        ("FULLTEXT", "_Text", ("_tokens", "_scope")),
        f"CREATE FULLTEXT INDEX {WORDS} IF NOT EXISTS FOR (n:_Text) ON EACH [n._tokens, n._scope] "
        "OPTIONS {indexConfig: {`fulltext.analyzer`: 'whitespace', `fulltext.eventually_consistent`: false}}",
    )
    return wanted


def vector_index(number: int) -> str:
    """The name of a vector set's index."""
    return f"zhiwen_vectors_{number}"


def _vector_statement(number: int, dimension: int) -> str:
    return (
        f"CREATE VECTOR INDEX {vector_index(number)} IF NOT EXISTS FOR (n:_Vec{number}) ON n._v{number} "
        "WITH [n._kind, n._access] "
        f"OPTIONS {{indexConfig: {{`vector.dimensions`: {dimension}, `vector.similarity_function`: 'cosine', "
        "`vector.quantization.enabled`: false}}"
    )


def _is_right(found: dict[str, Any], index: Index) -> bool:
    config = found["options"]["indexConfig"]
    plain = config.get("fulltext.analyzer", "whitespace") == "whitespace" and not config.get(
        "fulltext.eventually_consistent"
    )
    return plain and (found["type"], found["labelsOrTypes"], found["properties"]) == (
        index[0],
        [index[1]],
        list(index[2]),
    )


def _make_indexes(connection: Connection) -> list[str]:
    """Create what is missing and make anew what is there otherwise: `IF NOT EXISTS` looks only at names. What was made."""
    present = {row["name"]: row for row in connection.read(_indexes)}
    made = []
    for name, (index, statement) in _wanted().items():
        found = present.get(name)
        if found is not None and _is_right(found, index) and found["state"] != "FAILED":
            continue
        if found is not None:
            connection.schema(f"DROP {'CONSTRAINT' if found['owningConstraint'] else 'INDEX'} `{name}` IF EXISTS")
        connection.schema(f"CYPHER 25 {statement}")
        made.append(name)
    for number, dimension in connection.read(_sets):
        if _make_vector_index(connection, number, dimension, present.get(vector_index(number))):
            made.append(vector_index(number))
    if made or any(row["state"] == "POPULATING" for row in present.values()):
        connection.schema(f"CALL db.awaitIndexes({_AWAIT_S})")
        _check_complete(connection)
    return made


def _make_vector_index(connection: Connection, number: int, dimension: int, found: dict[str, Any] | None) -> bool:
    """Make the index of a vector set unless `found` is just that; whether anything was done."""
    if found is not None:
        if found["state"] != "FAILED" and _is_vector_index(found, number, dimension):
            return False
        connection.schema(f"DROP INDEX {vector_index(number)} IF EXISTS")
    connection.schema(f"CYPHER 25 {_vector_statement(number, dimension)}")
    return True


def _check_complete(connection: Connection) -> None:
    present = {row["name"] for row in connection.read(_indexes) if row["state"] == "ONLINE"}
    wanted = {*_wanted(), *(vector_index(number) for number, _ in connection.read(_sets))}
    if missing := sorted(wanted - present):
        what = f"{connection.location} 缺少索引或约束（或尚未建成）：{'、'.join(missing)}。"
        if connection.options.read_only:
            raise StoreUnavailable(
                what + "这里以只读方式打开，不能补建；请先在可写的一端打开一次（例如运行 zhiwen doctor）。"
            )
        raise StoreUnavailable(what + "可能有人用别的名字建了相同的索引，请删除那些索引后重试。")


def _is_vector_index(found: dict[str, Any], number: int, dimension: int) -> bool:
    config = found["options"]["indexConfig"]
    return (
        found["labelsOrTypes"] == [f"_Vec{number}"]
        and found["properties"] == [f"_v{number}", "_kind", "_access"]
        and config.get("vector.dimensions") == dimension
        and config.get("vector.similarity_function") == "COSINE"
        and config.get("vector.quantization.enabled") is False
    )


def _indexes(tx: neo4j.ManagedTransaction) -> list[dict[str, Any]]:
    return tx.run(
        "SHOW INDEXES YIELD name, type, state, labelsOrTypes, properties, options, owningConstraint WHERE name STARTS WITH 'zhiwen_'"
    ).data()


def _sets(tx: neo4j.ManagedTransaction) -> list[tuple[int, int]]:
    rows = tx.run("MATCH (s:_VectorSet) RETURN s._number AS number, s._dimension AS dimension ORDER BY number")
    return [(row["number"], row["dimension"]) for row in rows]


def ensure_vector_set(connection: Connection, fingerprint: str, dimension: int) -> int:
    """The number of an embedder's vector set, its index made where it is new."""

    def make(tx: neo4j.ManagedTransaction) -> int:
        row = tx.run(
            "CYPHER 25 MATCH (g:_State {_one: 1}) SET g._lock = $f "
            "MERGE (s:_VectorSet {_fingerprint: $f, _dimension: $d}) "
            "ON CREATE SET s._number = coalesce(g._sets, 0) + 1, g._sets = coalesce(g._sets, 0) + 1 RETURN s._number AS number",
            f=fingerprint,
            d=dimension,
        ).single(strict=True)
        return int(row["number"])

    number = connection.write(make, _unrecorded)
    present = {row["name"]: row for row in connection.read(_indexes)}
    if _make_vector_index(connection, number, dimension, present.get(vector_index(number))):
        connection.schema(f"CALL db.awaitIndex('{vector_index(number)}', {_AWAIT_S})")
    return number
