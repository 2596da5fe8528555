"""How nodes, relations, texts and vectors are written in the truth's columns, and read back."""

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from engines.store import IndexedText, Scope, Vector
from ontology.graph import NODES, RELATIONS, PropertyType, Value

_KEYS, _PART = "\x1e", "\x1f"

Properties = Mapping[str, Value]


def encode_properties(properties: Properties, declared: Mapping[str, PropertyType]) -> str:
    """Canonical JSON, so that equal properties are equal texts. `kind` has a column of its own in relations."""
    plain = {
        name: float(value) if declared[name] == "float" else value  # type: ignore[arg-type]
        for name, value in properties.items()
        if value is not None
    }
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def decode_properties(text: str) -> dict[str, Value]:
    """The properties that `encode_properties` wrote; lists become tuples."""
    properties: dict[str, Any] = json.loads(text)
    for name, value in properties.items():
        if isinstance(value, list):
            properties[name] = tuple(value)
    return properties


def merged(statements: Iterable[str]) -> str:
    """What several owners state of one shared thing, in their order: the last to state a property has its say."""
    together: dict[str, Any] = {}
    for statement in statements:
        together.update(json.loads(statement))
    return json.dumps(together, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def encode_scope(text: IndexedText) -> str:
    """All keys a scope can select the text by (except its kind), joined."""
    keys = [f"f{name}{_PART}{value}" for name, values in text.facets.items() for value in values]
    keys += [f"a{label}" for label in text.access]
    return _KEYS.join(sorted(set(keys)))


def scope_keys(kind: str, scope: str) -> list[str]:
    """Keys of a stored text, as `scope_groups` asks for them."""
    keys = scope.split(_KEYS) if scope else []
    keys.append(f"k{kind}")
    return keys


def scope_groups(scope: Scope) -> list[list[str]]:
    """A scope as groups of keys: a text is inside when it has at least one key of every group."""
    groups = [[f"f{name}{_PART}{value}" for value in sorted(values)] for name, values in sorted(scope.facets.items())]
    if scope.kinds:
        groups.append([f"k{kind}" for kind in sorted(scope.kinds)])
    if scope.access is not None:
        groups.append([f"a{label}" for label in sorted(scope.access)])
    return groups


def decode_text(id: str, kind: str, scope: str, tokens: str) -> IndexedText:
    """An indexed text from its columns; values of a facet come sorted."""
    facets: dict[str, list[str]] = {}
    access = set()
    for key in scope.split(_KEYS) if scope else ():
        if key[0] == "a":
            access.add(key[1:])
        else:
            name, _, value = key.partition(_PART)
            facets.setdefault(name[1:], []).append(value)
    found = {name: tuple(values) for name, values in facets.items()}
    return IndexedText(id, kind, tuple(tokens.split(" ")) if tokens else (), found, frozenset(access))


def encode_vector(vector: Vector) -> bytes:
    """Little-endian float32."""
    return np.ascontiguousarray(vector, dtype="<f4").tobytes()


def decode_vectors(blobs: Iterable[bytes], dimension: int) -> Vector:
    """A float32 matrix, one row a blob."""
    return np.frombuffer(b"".join(blobs), dtype="<f4").reshape(-1, dimension).astype(np.float32, copy=False)


@lru_cache
def columns(table: str) -> tuple[tuple[str, PropertyType], ...]:
    """Property columns of a label or relation type, in the schema's order."""
    declared = NODES[table] if table in NODES else RELATIONS[table]
    return tuple(declared.items())
