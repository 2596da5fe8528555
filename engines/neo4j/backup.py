"""A backup of everything as one portable file: Neo4j Community cannot back itself up while it runs.

The file is a ZIP of UTF-8 JSON lines, one statement of one owner a line, and can be restored into any engine:

    manifest.json    {"format": "zhiwen-backup", "schema": …, "generation": …, "counts": {file: lines}}
    nodes.jsonl      {"owner", "id", "label", "properties"}
    relations.jsonl  {"owner", "source", "type", "kind", "target", "properties"}
    texts.jsonl      {"owner", "id", "kind", "tokens", "facets", "access"}
    vectors.jsonl    {"owner", "embedder", "id", "vector"}      vector: base64 of little-endian float32
    records.jsonl    {"kind", "key", "value"}

The owner "" stands for shared nodes that lost their owners while a relation still touches them.
"""

import base64
import io
import json
import os
import time
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from engines.embedded.encoding import decode_text, encode_vector
from engines.neo4j.connection import Connection
from engines.neo4j.encoding import relation_of, shown, split_key
from engines.neo4j.reading import View, generation_in
from engines.store import SCHEMA_VERSION, ChangeSet, IndexedText, Record, Store, StoreError, Vector
from ontology.graph import Node, Relation

FORMAT = "zhiwen-backup"
_PAGE = 2_000
_NOBODY = "\u2014restored\u2014"  # owns the shared nodes of nobody while a backup is restored


class _Moved(Exception):
    """Somebody committed while the backup was read."""


def write_backup(connection: Connection, target: str) -> None:
    """Write everything to the new file `target`, which appears when it is whole. Raises `StoreError`.

    Read while others write; if one does, once more with writers waiting.
    """
    path = Path(target)
    if path.exists():
        raise StoreError(f"备份文件 {path} 已经存在，未予覆盖。请换一个文件名。")
    partial = path.with_name(f".{path.name}.{os.getpid()}.{time.monotonic_ns()}.partial")
    try:
        with connection.in_words():
            try:
                _write(connection, partial)
            except _Moved:
                with connection.locked():
                    _write(connection, partial)
        os.replace(partial, path)
    except OSError as error:
        raise StoreError(f"无法写备份文件 {path}：{error.strerror}。请检查路径、权限和磁盘空间。") from error
    finally:
        partial.unlink(missing_ok=True)


def _write(connection: Connection, partial: Path) -> None:
    view = View(connection)
    counts: dict[str, int] = {}
    with partial.open("wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
        for name, lines in _parts(view):
            with (
                archive.open(f"{name}.jsonl", "w", force_zip64=True) as raw,
                io.TextIOWrapper(raw, encoding="utf-8") as out,
            ):
                counts[name] = 0
                for line in lines:
                    out.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
                    counts[name] += 1
        manifest = {"format": FORMAT, "schema": SCHEMA_VERSION, "generation": view.generation, "counts": counts}
        archive.writestr("manifest.json", json.dumps(manifest))
        archive.close()
        file.flush()
        os.fsync(file.fileno())
    if connection.read(generation_in) != view.generation:
        raise _Moved


def _parts(view: View) -> Iterator[tuple[str, Iterator[dict[str, Any]]]]:
    yield "nodes", _nodes(view)
    yield "relations", _relations(view)
    yield "texts", _texts(view)
    yield "vectors", _vectors(view)
    yield "records", _records(view)


def _nodes(view: View) -> Iterator[dict[str, Any]]:
    for row in view.pages(
        "MATCH (n:Node) WHERE n.id > $after RETURN n.id AS id, n._owner AS owner, "
        f"[l IN labels(n) WHERE l <> 'Node'][0] AS label, properties(n) AS p ORDER BY id LIMIT {_PAGE}",
        "id",
    ):
        if row["owner"] is not None:
            yield {
                "owner": row["owner"],
                "id": row["id"],
                "label": row["label"],
                "properties": shown(row["p"], row["label"]),
            }
    for row in view.pages(
        "MATCH (n:_Share) WHERE n._id > $after WITH DISTINCT n._id AS id ORDER BY id "
        f"LIMIT {_PAGE} MATCH (s:_Share {{_id: id}}) RETURN id, s._owner AS owner, s._json AS json",
        "id",
    ):
        yield {"owner": row["owner"], "id": row["id"], "label": "Organization", "properties": json.loads(row["json"])}


def _relations(view: View) -> Iterator[dict[str, Any]]:
    statement = (
        f"MATCH (a:Node) WHERE a.id > $after WITH a ORDER BY a.id LIMIT {_PAGE} OPTIONAL MATCH (a)-[r]->(b:Node) "
        "WHERE r._owner IS NOT NULL RETURN a.id AS source, type(r) AS type, b.id AS target, properties(r) AS p"
    )
    for row in view.pages(statement, "source"):
        if row["type"]:
            relation = relation_of(row["source"], row["type"], row["target"], row["p"])
            yield _relation_line(
                row["p"]["_owner"], relation.source, relation.type, relation.kind, relation.target, relation.properties
            )
    for row in view.pages(
        "MATCH (c:_Claim) WHERE c._key > $after WITH DISTINCT c._key AS key ORDER BY key "
        f"LIMIT {_PAGE} MATCH (d:_Claim {{_key: key}}) RETURN key, d._owner AS owner, d._json AS json",
        "key",
    ):
        yield _relation_line(row["owner"], *split_key(row["key"]), json.loads(row["json"]))


def _relation_line(
    owner: str, source: str, type_: str, kind: str, target: str, properties: Mapping[str, Any]
) -> dict[str, Any]:
    return {"owner": owner, "source": source, "type": type_, "kind": kind, "target": target, "properties": properties}


def _texts(view: View) -> Iterator[dict[str, Any]]:
    for row in view.pages(
        "MATCH (i:_Item) WHERE i._id > $after AND i:_Text RETURN i._id AS id, i._owner AS owner, i._kind AS kind, "
        f"i._keys AS keys, coalesce(i._words, i._tokens) AS tokens ORDER BY id LIMIT {_PAGE}",
        "id",
    ):
        text = decode_text(row["id"], row["kind"], row["keys"], row["tokens"])
        facets, access = dict(text.facets), sorted(text.access)
        yield {
            "owner": row["owner"],
            "id": text.id,
            "kind": text.kind,
            "tokens": text.tokens,
            "facets": facets,
            "access": access,
        }


def _vectors(view: View) -> Iterator[dict[str, Any]]:
    for fingerprint, number, _, _ in view.vector_sets():
        for row in view.pages(
            f"MATCH (i:_Item) WHERE i._id > $after AND i:_Set{number} RETURN i._id AS id, i._vector_owner AS owner, "
            f"i._v{number} AS vector ORDER BY id LIMIT {_PAGE}",
            "id",
        ):
            packed = base64.b64encode(encode_vector(np.array(row["vector"], dtype=np.float32))).decode("ascii")
            yield {"owner": row["owner"], "embedder": fingerprint, "id": row["id"], "vector": packed}


def _records(view: View) -> Iterator[dict[str, Any]]:
    for record in view.records():
        yield {"kind": record.kind, "key": record.key, "value": record.value}


@dataclass(slots=True)
class _Content:
    """What one owner states."""

    nodes: list[Node] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    texts: list[IndexedText] = field(default_factory=list)
    vectors: dict[str, dict[str, Vector]] = field(default_factory=lambda: defaultdict(dict))


def restore_backup(store: Store, source: str) -> None:
    """Fill the empty `store`, of any engine, from the file `source`. Raises `StoreError`; the file is held in memory."""
    status = store.status()
    if status.nodes or status.texts or status.vector_sets:
        raise StoreError(f"{status.location} 里已有内容，未恢复备份。请恢复到一个空的库。")
    try:
        with zipfile.ZipFile(source) as archive:
            _check_manifest(archive, source)
            contents, records = _load(archive)
    except (OSError, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise StoreError(f"{source} 不是完好的质文图谱备份：{error}") from error
    _fill(store, contents)
    for start in range(0, len(records), _PAGE):
        store.apply(ChangeSet(records=tuple(records[start : start + _PAGE])))


def _check_manifest(archive: zipfile.ZipFile, source: str) -> None:
    manifest = json.loads(archive.read("manifest.json"))
    if manifest.get("format") != FORMAT:
        raise StoreError(f"{source} 不是质文图谱的备份。")
    if manifest["schema"] != SCHEMA_VERSION:
        raise StoreError(f"{source} 的库版本是 {manifest['schema']}，本程序是 {SCHEMA_VERSION}：请用同版本的程序恢复。")
    if archive.testzip() is not None:
        raise StoreError(f"{source} 已损坏（{archive.testzip()}），未恢复。")


def _lines(archive: zipfile.ZipFile, name: str) -> Iterator[dict[str, Any]]:
    with archive.open(f"{name}.jsonl") as raw, io.TextIOWrapper(raw, encoding="utf-8", newline="\n") as lines:
        yield from map(json.loads, lines)


def _load(archive: zipfile.ZipFile) -> tuple[dict[str, _Content], list[Record]]:
    contents: dict[str, _Content] = defaultdict(_Content)
    for line in _lines(archive, "nodes"):
        contents[line["owner"]].nodes.append(Node(line["id"], line["label"], _tupled(line["properties"])))
    for line in _lines(archive, "relations"):
        properties = _tupled(line["properties"])
        contents[line["owner"]].relations.append(
            Relation(line["source"], line["type"], line["target"], line["kind"], properties)
        )
    for line in _lines(archive, "texts"):
        facets = {name: tuple(values) for name, values in line["facets"].items()}
        text = IndexedText(line["id"], line["kind"], tuple(line["tokens"]), facets, frozenset(line["access"]))
        contents[line["owner"]].texts.append(text)
    for line in _lines(archive, "vectors"):
        vector = np.frombuffer(base64.b64decode(line["vector"]), dtype="<f4").astype(np.float32)
        contents[line["owner"]].vectors[line["embedder"]][line["id"]] = vector
    return contents, [Record(line["kind"], line["key"], line["value"]) for line in _lines(archive, "records")]


def _tupled(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in properties.items()}


def _fill(store: Store, contents: Mapping[str, _Content]) -> None:
    """One change set an owner; relations whose ends come later follow when all nodes are there."""
    known: set[str] = set()
    later: dict[str, tuple[Relation, ...]] = {}
    for owner in sorted(contents, key=lambda owner: (owner != "", owner != "ontology", owner)):
        content = contents[owner]
        known.update(node.id for node in content.nodes)
        now, wait = _split(content.relations, known)
        if wait:
            later[owner] = wait
        store.apply(
            ChangeSet(
                owner=owner or _NOBODY,
                nodes=tuple(content.nodes),
                relations=now,
                texts=tuple(content.texts),
                vectors=content.vectors,
            )
        )
    for owner, relations in later.items():
        store.apply(ChangeSet(owner=owner, relations=relations))
    if "" in contents:
        store.apply(ChangeSet(removes=(_NOBODY,)))


def _split(relations: Iterable[Relation], known: set[str]) -> tuple[tuple[Relation, ...], tuple[Relation, ...]]:
    now: list[Relation] = []
    wait: list[Relation] = []
    for relation in relations:
        (now if known.issuperset((relation.source, relation.target)) else wait).append(relation)
    return tuple(now), tuple(wait)
