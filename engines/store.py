"""The store's seam: what the embedded engine and Neo4j both promise.

A store knows no Chinese and no question. It is handed nodes, relations, tokens and vectors in
change sets, each applied whole or not at all, and answers reads through a `Reader` that sees one
generation from beginning to end.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ontology.graph import Node, Relation

Vector = npt.NDArray[np.float32]
Row = dict[str, Any]

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class IndexedText:
    """A searchable thing: the node `id`, its tokens, and what a scope can select it by.

    `facets` maps a facet name to all values it has (a practice at three levels of organisation
    has three values of `organization`). `access` holds the access labels of its document.
    """

    id: str
    kind: str
    tokens: tuple[str, ...]
    facets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    access: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Scope:
    """What a search may return, enforced while candidates are retrieved.

    kinds:  only these kinds of text; empty = all.
    facets: every named facet must have at least one of the values.
    access: the reader's labels: a text is visible when it shares one; `None` = sees everything.
    """

    kinds: frozenset[str] = frozenset()
    facets: Mapping[str, frozenset[str]] = field(default_factory=dict)
    access: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """One candidate: node id and raw score (BM25, or cosine in -1…1)."""

    id: str
    score: float


@dataclass(frozen=True, slots=True)
class Record:
    """What is no part of the graph and cannot be rebuilt: a decision, job, key, audit line, setting.

    `value` is a JSON object; `None` deletes the record.
    """

    kind: str
    key: str
    value: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class ReadQuery:
    """A named read in the common Cypher subset; `parameters` are checked before it runs."""

    name: str
    text: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """Everything one writer wants done at once.

    removes:   owners (document ids, `ontology`) all of whose nodes, relations, texts and vectors go first.
               When a node vanishes, everybody's relations to it go too; when the same change set puts it
               back, they stay.
    owner:     owner of `nodes`, `relations`, `texts`, `vectors`; what is there already is overwritten.
               A node has one owner; another writing it is refused. Only nodes of label `Organization`,
               and relations, may be stated by several: they are kept by owner and seen joined, the last
               owner by name winning each property.
    vectors:   embedder fingerprint → node id → unit vector (or zero: never matches).
    new_only:  owners that must not exist yet, else `AlreadyStored` and nothing is done.
    """

    owner: str = ""
    removes: tuple[str, ...] = ()
    nodes: tuple[Node, ...] = ()
    relations: tuple[Relation, ...] = ()
    texts: tuple[IndexedText, ...] = ()
    vectors: Mapping[str, Mapping[str, Vector]] = field(default_factory=dict)
    records: tuple[Record, ...] = ()
    new_only: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StoreStatus:
    """What `doctor` and `/v1/status` show. `vector_sets`: embedder fingerprint → number of vectors."""

    engine: str
    location: str
    schema_version: int
    generation: int
    nodes: Mapping[str, int]
    relations: Mapping[str, int]
    texts: int
    vector_sets: Mapping[str, int]


class StoreError(Exception):
    """Something the store could not do; the message is fit to be shown."""


class AlreadyStored(StoreError):
    """A change set demanded a new owner that exists."""


class StoreUnavailable(StoreError):
    """The store cannot be opened or reached: missing, locked, damaged, of another schema version."""


class QueryFailed(StoreError):
    """A read query was refused or failed; the message names the query."""


class OtherEmbedder(StoreError):
    """Vectors of another embedder than the one asked for: they are never mixed."""


class Reader(Protocol):
    """One consistent view of the store at `generation`."""

    @property
    def generation(self) -> int: ...

    def read(self, query: ReadQuery) -> list[Row]:
        """Rows of a Cypher read as dictionaries; lists of strings come as lists. Raises `QueryFailed`."""
        ...

    def match_words(self, tokens: Sequence[str], scope: Scope, limit: int) -> list[Hit]:
        """BM25 of any of `tokens`, best first, ties by id; nothing for no tokens."""
        ...

    def match_vector(self, vector: Vector, embedder: str, scope: Scope, limit: int) -> list[Hit]:
        """Cosine, best first, ties by id; nothing for a zero vector. Raises `OtherEmbedder`."""
        ...

    def nodes(self, *, ids: Sequence[str] = (), label: str = "", owner: str = "") -> Iterator[Node]:
        """Nodes from the truth, by any of the selections (all given must hold), ordered by id."""
        ...

    def relations(self, *, owner: str = "", type: str = "", sources: Sequence[str] = ()) -> Iterator[Relation]:
        """Relations from the truth, by any of the selections, ordered by (source, type, kind, target)."""
        ...

    def texts(self, *, owner: str = "", ids: Sequence[str] = ()) -> Iterator[IndexedText]:
        """Indexed texts from the truth, ordered by id."""
        ...

    def vectors(self, embedder: str, *, owner: str) -> Iterator[tuple[str, Vector]]:
        """(node id, vector) of an owner in the set of `embedder`, ordered by id."""
        ...

    def records(self, kind: str = "", *, key: str = "") -> Iterator[Record]:
        """Records of a kind (or the one with `key`, or all), ordered by kind and key."""
        ...

    def owners(self) -> Iterator[str]:
        """Every owner of anything, ordered by name."""
        ...


class Store(Protocol):
    """A graph store with words and vectors. Safe to share between threads."""

    def apply(self, changes: ChangeSet) -> int:
        """Apply atomically and durably; the new generation. Raises `StoreError`, `SchemaViolation`."""
        ...

    def reading(self) -> AbstractContextManager[Reader]:
        """A view of the newest generation, this process's own commits and others' included."""
        ...

    def status(self) -> StoreStatus: ...

    def backup(self, target: str) -> None:
        """Write a complete copy to a new file `target` while others go on reading and writing."""
        ...

    def close(self) -> None: ...
