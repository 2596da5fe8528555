"""What every engine refuses before it begins: values of a wrong type, texts no store can hold, unusable vectors."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from engines.store import ChangeSet, IndexedText, StoreError
from ontology.graph import NODES, RELATIONS, Node, PropertyType, Relation, SchemaViolation, check_node, check_relation

_PYTHON_TYPES: dict[PropertyType, type] = {"string": str, "int": int, "float": float, "bool": bool, "strings": tuple}
_INT64 = range(-(2**63), 2**63)
# Engines join lists and scope keys with these two.
_FIRST, _SECOND = "\x1e", "\x1f"


def check_changes(changes: ChangeSet) -> None:
    """Raise `SchemaViolation` or `StoreError` unless everything in `changes` can be stored as it stands."""
    graph = bool(changes.nodes or changes.relations or changes.texts or changes.vectors)
    if graph and not changes.owner:
        raise SchemaViolation("a change set with nodes, relations, texts or vectors needs an owner")
    for owner in (changes.owner, *changes.removes, *changes.new_only):
        _check_text("owner", owner)
    if "" in changes.removes:
        raise SchemaViolation("an owner to remove has no name")
    for node in changes.nodes:
        check_node(node)
        _check_key(f"{node.label} node", node.id)
        _check_properties(node, NODES[node.label])
    good: set[str] = set()
    for relation in changes.relations:
        check_relation(relation)
        keys = {relation.source, relation.target, relation.kind}
        if not keys <= good:
            for key in keys:
                _check_key(f"{relation.type} {relation.source!r} → {relation.target!r}", key)
            good |= keys
        if relation.properties.get("kind") not in (None, relation.kind):
            raise SchemaViolation(f"{relation.type} {relation.source!r} → {relation.target!r}: two different kinds")
        _check_properties(relation, RELATIONS[relation.type])
    for text in changes.texts:
        _check_indexed(text)
    for embedder, vectors in changes.vectors.items():
        _check_vectors(embedder, vectors)
    for record in changes.records:
        _check_key("record", record.kind)
        _check_key(f"record of kind {record.kind!r}", record.key)


def _check_properties(thing: Node | Relation, declared: Mapping[str, PropertyType]) -> None:
    texts = [value for value in thing.properties.values() if type(value) is str]
    storable = _storable("".join(texts))
    for name, value in thing.properties.items():
        if value is None:
            continue
        kind = declared[name]
        if kind == "string" and storable and type(value) is str:
            continue
        if not _fits(value, kind):
            raise SchemaViolation(f"{_name(thing)}: {name} = {value!r} is not of type {kind}")
        if kind == "string":
            _check_text(f"{_name(thing)}: {name}", str(value))
        elif kind == "strings":
            elements: Any = value
            _check_elements(f"{_name(thing)}: {name}", elements)
            if "" in elements:
                raise SchemaViolation(f"{_name(thing)}: {name} holds an empty element")


def _fits(value: object, kind: PropertyType) -> bool:
    if kind == "int":
        return isinstance(value, int) and not isinstance(value, bool) and value in _INT64
    if kind == "float":
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if kind == "strings":
        return isinstance(value, tuple | list) and all(isinstance(element, str) for element in value)
    return isinstance(value, _PYTHON_TYPES[kind])


def _check_indexed(text: IndexedText) -> None:
    where = f"text {text.id!r}"
    _check_key(where, text.id)
    _check_elements(where, (text.kind, *text.access, *text.facets, *(v for vs in text.facets.values() for v in vs)))
    together = " ".join(text.tokens)
    if _storable(together) and together.split() == list(text.tokens):
        return
    for token in text.tokens:
        _check_text(where, token)
        if token.split() != [token]:
            raise SchemaViolation(f"{where}: token {token!r} is empty or holds white space")


def _check_vectors(embedder: str, vectors: Mapping[str, Any]) -> None:
    _check_key("embedder", embedder)
    lengths = set()
    for id, vector in vectors.items():
        _check_key(f"vector of {embedder!r}", id)
        if vector.ndim != 1 or not vector.size:
            raise StoreError(f"向量 {id} 的形状 {vector.shape} 不对：应为一维且不为空。")
        if not np.isfinite(vector).all():
            raise StoreError(f"向量 {id} 含有 NaN 或无穷大，未予保存。")
        lengths.add(vector.size)
    if len(lengths) > 1:
        raise StoreError(f"向量集 {embedder} 中维数不一致：{'、'.join(map(str, sorted(lengths)))}。")


def _check_key(where: str, key: str) -> None:
    _check_text(where, key)
    if not key or _FIRST in key or _SECOND in key:
        raise SchemaViolation(f"{where}: {key!r} is no usable key")


def _check_elements(where: str, elements: Iterable[str]) -> None:
    for element in elements:
        _check_text(where, element)
        if _FIRST in element or _SECOND in element:
            raise SchemaViolation(f"{where}: a list element may not hold U+001E or U+001F: {element!r}")


def _storable(text: str) -> bool:
    """Whether `_check_text` has nothing against the text: quicker, for what is nearly always the case."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in text


def _check_text(where: str, text: str) -> None:
    if "\x00" in text:
        raise SchemaViolation(f"{where}: a text may not hold the NUL character")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise SchemaViolation(f"{where}: half of a surrogate pair at {error.start}") from None


def _name(thing: Node | Relation) -> str:
    if isinstance(thing, Node):
        return f"node {thing.id!r}"
    return f"{thing.type} {thing.source!r} → {thing.target!r}"
