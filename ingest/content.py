"""What is derived from a document before decisions are applied to it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engines.store import Vector
from ontology.graph import Node, Relation


@dataclass(frozen=True, slots=True)
class Judged:
    """How well a practice evidences a clause or requirement, whether that reaches the threshold, and how it
    was found: `auto` by the trained model, `zero-shot` where there was nothing to train on."""

    confidence: float | None
    proposed: bool
    method: str = "auto"


@dataclass(frozen=True, slots=True)
class Explained:
    """Why a requirement is met: `explanation` (JSON list of meetings, offsets in the practice's text) and
    the practice's best sentence, in offsets of the document."""

    explanation: str
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class PracticeContent:
    """One practice: its node, tokens of title and text, and all that the aligner says of it.

    clauses, requirements: id → judgement, of what is proposed, or was decided on without being so.
    facets: those that no decision changes.
    """

    node: Node
    tokens: tuple[str, ...]
    vector: Vector | None
    clauses: Mapping[str, Judged]
    requirements: Mapping[str, Judged]
    explanations: Mapping[str, Explained]
    facets: Mapping[str, tuple[str, ...]]

    @property
    def text(self) -> str:
        return str(self.node.properties["text"])


@dataclass(frozen=True, slots=True)
class Terms:
    """What judgements are put down with.

    model: the aligner's name. clause_of, statement_of: requirement id → its clause, its wording; every requirement
    there is.
    explain: (practice, requirement id) → why; align: text → judgements of every clause and requirement by id;
    both are asked only about requirements that were decided on without having been proposed.
    """

    model: str
    clause_of: Mapping[str, str]
    statement_of: Mapping[str, str]
    explain: Callable[[PracticeContent, str], Explained]
    align: Callable[[str], tuple[Mapping[str, Judged], Mapping[str, Judged]]]


@dataclass(frozen=True, slots=True)
class DocumentContent:
    """Everything of a document but its judgements: nodes and relations that no decision touches.

    embedder: fingerprint of what made the vectors. version: what all was derived with; under another one
    the document is stale.
    """

    document: Node
    organizations: tuple[Node, ...]
    nodes: tuple[Node, ...]
    relations: tuple[Relation, ...]
    practices: tuple[PracticeContent, ...]
    embedder: str
    version: str
    terms: Terms

    @property
    def id(self) -> str:
        return self.document.id
