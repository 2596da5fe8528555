"""Bringing rows into Ladybug's tables: the schema, and bulk loading through CSV files."""

import json
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self

import ladybug

from engines.embedded.encoding import columns
from engines.embedded.truth import GraphNode, GraphRelation
from ontology.graph import JOINS, NODES, RELATIONS, PropertyType

_TYPES: dict[PropertyType, str] = {
    "string": "STRING",
    "int": "INT64",
    "float": "DOUBLE",
    "bool": "BOOLEAN",
    "strings": "STRING[]",
}
# Ladybug's CSV has no escape inside lists, so a list travels as one string and is split while copying.
_BETWEEN, _NO_ELEMENTS = "\x1f", "\x1e"
# A cell's quotes until a thousand rows are escaped at once: no stored text holds NUL. Unlike a bare empty cell, a
# quoted one is the empty string and not NULL.
_QUOTE = "\0"
_CACHED_BELOW = 80  # short property texts repeat ('{"certainty":"inferred"}')
_BUFFERED = 1_000
# Statements are quicker than a file for few nodes, and for few relations of a pair that has some; the first
# relation that a statement makes takes 9 MB for its pair of labels for good, one that is copied 0.1 MB.
_FEW = 50
_decode = json.JSONDecoder().raw_decode

Group = tuple[str, str, str]  # label or type, source label, target label ('' for nodes)


def create_tables(connection: ladybug.Connection) -> None:
    """All tables of the schema, empty."""
    for label in NODES:
        connection.execute(f"CREATE NODE TABLE `{label}`(id STRING PRIMARY KEY, {_declared(label)})")
    for type_ in RELATIONS:
        ends = ", ".join(f"FROM `{source}` TO `{target}`" for source, target in JOINS[type_])
        connection.execute(f"CREATE REL TABLE `{type_}`({ends}, {_declared(type_)})")


def rows_of(
    connection: ladybug.Connection, statement: str, parameters: dict[str, Any] | None = None
) -> list[list[Any]]:
    """All rows of one statement."""
    result = connection.execute(statement, parameters)
    assert not isinstance(result, list)
    rows: list[list[Any]] = result.get_all()  # type: ignore[assignment]
    result.close()
    return rows


def _declared(table: str) -> str:
    return ", ".join(f"`{name}` {_TYPES[kind]}" for name, kind in columns(table))


def _cell(value: Any, kind: PropertyType) -> str:
    """The cell of a value that is no string."""
    if kind == "strings":
        return f"{_QUOTE}{_BETWEEN.join(value) if value else _NO_ELEMENTS}{_QUOTE}"
    if kind == "bool":
        return "true" if value else "false"
    return repr(value)


class _Table:
    """Rows waiting for one table (of relations: for one pair of labels), in a CSV file as soon as they are many."""

    def __init__(self, group: Group, path: Path) -> None:
        self.group, self.path, self.count = group, path, 0
        self._rows: list[tuple[str, ...]] = []
        self._shape = {name: (place, kind) for place, (name, kind) in enumerate(columns(group[0]))}
        self._cache: dict[str, str] = {}

    def add(self, row: tuple[str, ...]) -> None:
        """A node (id, properties) or a relation (source, target, kind, properties)."""
        self._rows.append(row)
        if len(self._rows) >= _BUFFERED:
            self.write()

    def write(self) -> None:
        """Move the rows to the file."""
        q, cells = _QUOTE, self._cells
        if self.group[1]:
            lines = [f"{q}{start}{q},{q}{end}{q},{cells(stated, kind)}\n" for start, end, kind, stated in self._rows]
        else:
            lines = [f"{q}{id}{q},{cells(stated, '')}\n" for id, stated in self._rows]
        with self.path.open("a", encoding="utf-8", newline="") as file:
            file.write("".join(lines).replace('"', '""').replace(_QUOTE, '"'))
        self.count += len(self._rows)
        self._rows = []

    @property
    def few(self) -> bool:
        """So few that statements are better than a file."""
        return self.count + len(self._rows) < _FEW

    def _cells(self, properties: str, kind: str) -> str:
        short = len(properties) < _CACHED_BELOW
        if short and (known := self._cache.get(kind + properties)) is not None:
            return known
        shape = self._shape
        cells = [""] * len(shape)
        for name, value in _decode(properties)[0].items():
            place, type_ = shape[name]
            cells[place] = f"{_QUOTE}{value}{_QUOTE}" if type_ == "string" else _cell(value, type_)
        if kind:
            cells[shape["kind"][0]] = f"{_QUOTE}{kind}{_QUOTE}"
        line = ",".join(cells)
        if short and len(self._cache) < 10_000:
            self._cache[kind + properties] = line
        return line

    def statements(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """The rows as statements that create them."""
        table, source_label, target_label = self.group
        for *keys, properties in self._rows:
            stated = _decode(properties)[0] | ({"kind": keys[2]} if source_label else {})
            values = {f"p{self._shape[name][0]}": value for name, value in stated.items()}
            assigned = ", ".join(f"`{name}`: $p{self._shape[name][0]}" for name in stated)
            if source_label:
                ends = f"MATCH (a:`{source_label}` {{id: $a}}), (b:`{target_label}` {{id: $b}})"
                yield f"{ends} CREATE (a)-[:`{table}` {{{assigned}}}]->(b)", {"a": keys[0], "b": keys[1], **values}
            else:
                yield f"CREATE (:`{table}` {{id: $a{', ' * bool(assigned)}{assigned}}})", {"a": keys[0], **values}


class _Tables(dict[Group, _Table]):
    """Tables that come to be when the first row for them does."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def __missing__(self, group: Group) -> _Table:
        table = self[group] = _Table(group, Path(self._folder, f"{'-'.join(filter(None, group))}.csv"))
        return table


class Loader:
    """Brings nodes and relations that the graph does not hold into it; nodes are copied while relations are gathered."""

    def __init__(self, connection: ladybug.Connection, *, first: bool) -> None:
        """`first`: the graph is empty as yet."""
        self._connection = connection
        self._first = first
        self._worker = ThreadPoolExecutor(1, "zhiwen-load")
        # Private to this user, and gone as soon as the rows are in.
        self._folder = tempfile.TemporaryDirectory(prefix="zhiwen-")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._worker.shutdown()
        self._folder.cleanup()

    def load(self, nodes: Iterable[GraphNode], relations: Iterable[GraphRelation]) -> None:
        """Load all; the ends of relations must be in the graph or among `nodes`. Raises `RuntimeError`."""
        tables = _Tables(self._folder.name)
        for label, id, properties in nodes:
            tables[label, "", ""].add((id, properties))
        copying = self._worker.submit(self._copy, self._complete(tables))
        tables = _Tables(self._folder.name)
        for source, type_, kind, target, source_label, target_label, properties in relations:
            tables[type_, source_label, target_label].add((source, target, kind, properties))
        complete = self._complete(tables)
        copying.result()
        self._copy(complete)

    def _complete(self, tables: _Tables) -> list[_Table]:
        for table in tables.values():
            if not self._by_statements(table):
                table.write()
        return list(tables.values())

    def _by_statements(self, table: _Table) -> bool:
        return table.few and not (self._first and table.group[1])

    def _copy(self, tables: list[_Table]) -> None:
        for table in tables:
            if self._by_statements(table):
                self._connection.execute("BEGIN TRANSACTION")
                for statement, values in table.statements():
                    self._connection.execute(statement, values)
                self._connection.execute("COMMIT")
                continue
            answer = rows_of(self._connection, _copy_statement(table.group, table.path))[0][0]
            table.path.unlink()
            if not answer.startswith(f"{table.count} tuples"):
                raise RuntimeError(f"{table.group}: {answer} of {table.count}")


def _copy_statement(group: Group, path: Path) -> str:
    table, source, target = group
    keys = ["id"] if not source else ["from", "to"]
    names = [(f"k{number}", "STRING", f"k{number}") for number, _ in enumerate(keys)]
    for number, (_, kind) in enumerate(columns(table)):
        name = f"c{number}"
        if kind == "strings":
            split = f"CASE WHEN {name} = '{_NO_ELEMENTS}' THEN CAST([] AS STRING[]) ELSE string_split({name}, '{_BETWEEN}') END"
            names.append((name, "STRING", f"CASE WHEN {name} IS NULL THEN NULL ELSE {split} END"))
        else:
            names.append((name, _TYPES[kind], name))
    head = ", ".join(f"{name} {type_}" for name, type_, _ in names)
    shown = ", ".join(expression for _, _, expression in names)
    ends = f" (from='{source}', to='{target}')" if source else ""
    address = str(path).replace("\\", "/").replace("'", "\\'")
    return f"COPY `{table}` FROM (LOAD WITH HEADERS ({head}) FROM '{address}' (HEADER=FALSE, PARALLEL=FALSE, AUTO_DETECT=FALSE) RETURN {shown}){ends}"
