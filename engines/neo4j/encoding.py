"""How a change set's things are written as properties of Neo4j nodes and relations, and read back."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from neo4j.vector import Vector as DriverVector

from engines.embedded.encoding import decode_properties, scope_keys
from engines.store import Vector
from ontology.graph import NODES, RELATIONS, Relation, Value

BATCH = 1_000
KEY_PART = "\x1e"
_LONGEST_TOKEN = 200  # Lucene cuts a token after 255 UTF-16 units

RelationKey = tuple[str, str, str, str]  # source, type, kind, target


def batches(rows: Sequence[Any]) -> Iterable[Sequence[Any]]:
    """`rows` in pieces of what one UNWIND takes."""
    return (rows[start : start + BATCH] for start in range(0, len(rows), BATCH))


def stored(statement: str) -> dict[str, Any]:
    """Properties as JSON (of `encode_properties`) as Neo4j takes them."""
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in decode_properties(statement).items()
    }


def shown(properties: Mapping[str, Any], table: str) -> dict[str, Value]:
    """Properties of a domain node or relation as Neo4j gives them, without what is ours inside the engine."""
    declared = NODES[table] if table in NODES else RELATIONS[table]
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in properties.items()
        if name in declared
    }


def relation_of(source: str, type_: str, target: str, properties: Mapping[str, Any]) -> Relation:
    """A relation from what Neo4j gives."""
    kind = properties["kind"]
    rest = {name: value for name, value in shown(properties, type_).items() if name != "kind"}
    return Relation(source, type_, target, kind, rest)


def joined_key(key: RelationKey) -> str:
    """A relation's identity as one string."""
    return KEY_PART.join(key)


def split_key(key: str) -> RelationKey:
    """See `joined_key`."""
    source, type_, kind, target = key.split(KEY_PART)
    return source, type_, kind, target


def word(token: str) -> str:
    """A token as the full-text index holds it: itself, or a hash where Lucene would cut it."""
    return token if len(token) <= _LONGEST_TOKEN else "\x01" + _hash(token)


def scope_word(key: str) -> str:
    """A scope key (`engines.embedded.encoding.scope_groups`) as a term of the full-text index."""
    return _hash(key)


def scope_words(kind: str, keys: str) -> list[str]:
    """All that a scope can select a text by."""
    return [scope_word(key) for key in scope_keys(kind, keys)]


def access_key(labels: Iterable[str]) -> str:
    """One scalar for a set of access labels: filters of a vector index know no lists."""
    return _hash(KEY_PART.join(sorted(labels)))


def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def driver_vector(vector: Vector) -> DriverVector:
    """A vector as the driver sends it, float32."""
    return DriverVector(np.ascontiguousarray(vector, dtype="<f4").tobytes(), "f32", byteorder="little")
