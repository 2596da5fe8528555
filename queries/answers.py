"""What the questions answer with. These models are the JSON of the API, and all that pages see."""

from typing import Any, Literal

from pydantic import Field

from queries.records import (
    Answer,
    Evidence,
    FactRecord,
    GapRecord,
    Meeting,
    OrganizationRef,
    OutcomeRecord,
    PracticeRecord,
    Ref,
    SourceRef,
)

__all__ = [
    "Answer",
    "ClauseCoverage",
    "ClauseLink",
    "ClauseRecord",
    "CoverageAnswer",
    "DocumentRecord",
    "Evidence",
    "FactRecord",
    "GapRecord",
    "Highlight",
    "MatchAnswer",
    "MatchedClause",
    "MatchedRequirement",
    "Meeting",
    "NodeAnswer",
    "NodeRecord",
    "OrganizationRef",
    "OutcomeRecord",
    "PracticeAnswer",
    "PracticeForRequirement",
    "PracticeRecord",
    "PracticesAnswer",
    "Ref",
    "RequirementCoverage",
    "RequirementLink",
    "RequirementRecord",
    "RoleRef",
    "SearchAnswer",
    "SearchResult",
    "Sibling",
    "SourceRef",
    "Status",
    "TermRecord",
    "TraceAnswer",
    "TraceEdge",
    "TraceNode",
    "TracePath",
]

Status = Literal["proposed", "accepted", "rejected", "not-applicable"]


class ClauseLink(Answer):
    id: str
    title: str
    confidence: float
    status: Status = "proposed"


class RequirementLink(Answer):
    id: str
    statement: str
    clause: str
    confidence: float
    status: Status = "proposed"
    relation: str | None = None  # full | partial | none, reviewers only
    method: str | None = None
    model: str | None = None
    reviewer: str | None = None
    reviewed_at: str | None = None
    comment: str | None = None
    suspect: bool = False  # a decision was made about another text of the practice, or another wording of this
    explanation: tuple[Meeting, ...] = ()
    evidence: Evidence | None = None  # the sentence that meets it best


class Highlight(Answer):
    """Where the query's words stand in `practice.text`."""

    start: int
    end: int


class Sibling(Answer):
    """Another practice of the same case that answers too."""

    id: str
    title: str
    score: float


class SearchResult(Answer):
    """The likeliest practice of a case; results are in the order of `score`."""

    practice: PracticeRecord
    score: float  # probability of relevance
    score_parts: dict[str, float]
    clauses: tuple[ClauseLink, ...]
    requirements: tuple[RequirementLink, ...]
    evidence: tuple[Evidence, ...]
    outcomes: tuple[OutcomeRecord, ...] = ()
    highlights: tuple[Highlight, ...] = ()
    why: tuple[str, ...] = ()  # Chinese sentences: why it matched
    siblings: tuple[Sibling, ...] = ()


class SearchAnswer(Answer):
    """`abstained` = neither a practice, nor a fact, nor a gap answers."""

    results: tuple[SearchResult, ...]
    facts: tuple[FactRecord, ...] = ()
    gaps: tuple[GapRecord, ...] = ()
    abstained: bool = False
    understood: dict[str, Any] = Field(
        default_factory=dict
    )  # what the query was taken to name: clauses, requirements, concepts, documents
    next: str | None = None


class MatchedClause(Answer):
    id: str
    title: str
    confidence: float
    proposed: bool


class MatchedRequirement(Answer):
    id: str
    statement: str
    clause: str
    confidence: float
    proposed: bool
    explanation: tuple[Meeting, ...] = ()


class MatchAnswer(Answer):
    clauses: tuple[MatchedClause, ...]
    requirements: tuple[MatchedRequirement, ...]
    abstained: bool
    model: str


class RoleRef(Ref):
    """A role, what it has to do with the requirement, and how that is known (`certainty`, of the relation)."""

    kind: str  # actor | audience | beneficiary | also


class RequirementRecord(Answer):
    """要求要点（依据编制说明整理，非标准原文）."""

    id: str
    statement: str
    statement_en: str | None = None
    clause: Ref
    order: int
    modality: str | None = None
    modality_certainty: str | None = None
    basis: str | None = None
    phase: str | None = None
    phase_certainty: str | None = None
    action: str | None = None
    object: str | None = None
    purpose: str | None = None
    criteria: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    expected_evidence: tuple[str, ...] = ()  # 可参考的佐证, inferred
    cues: tuple[str, ...] = ()  # 常见说法: the first of them; the node itself has all
    cue_certainty: str | None = None
    roles: tuple[RoleRef, ...] = ()
    mechanisms: tuple[Ref, ...] = ()
    terms: tuple[Ref, ...] = ()
    certainty: str
    sources: tuple[str, ...] = ()
    gaps: tuple[GapRecord, ...] = ()
    practices: dict[str, int] = Field(default_factory=dict)  # status → number of practices


class ClauseRecord(Answer):
    id: str
    title: str
    title_en: str | None = None
    alt_titles: tuple[str, ...] = ()
    title_certainty: str | None = None
    level: str
    parent: str | None = None
    order: int
    number: str | None = None
    number_scheme: str | None = None
    number_certainty: str | None = None
    numbers: dict[str, str] = Field(default_factory=dict)
    phase: str | None = None
    phase_certainty: str | None = None
    declared_items: int | None = None
    known_items: int = 0
    cues: tuple[str, ...] = ()  # 常见说法: the first of them; the node itself has all
    cue_certainty: str | None = None
    requirements: tuple[Ref, ...] = ()
    gaps: tuple[GapRecord, ...] = ()
    practices: int = 0
    children: tuple["ClauseRecord", ...] = ()


class PracticeForRequirement(Answer):
    practice: PracticeRecord
    confidence: float
    status: Status
    relation: str | None = None
    explanation: tuple[Meeting, ...] = ()
    evidence: tuple[Evidence, ...] = ()  # the sentence that meets the requirement best
    outcomes: tuple[OutcomeRecord, ...] = ()
    reviewer: str | None = None
    reviewed_at: str | None = None
    comment: str | None = None
    suspect: bool = False  # as of a `RequirementLink`


class PracticesAnswer(Answer):
    requirement: RequirementRecord
    results: tuple[PracticeForRequirement, ...]
    next: str | None = None


class PracticeAnswer(Answer):
    """One practice with everything it evidences."""

    practice: PracticeRecord
    clauses: tuple[ClauseLink, ...]
    requirements: tuple[RequirementLink, ...]
    evidence: tuple[Evidence, ...]
    outcomes: tuple[OutcomeRecord, ...]
    terms: tuple[Ref, ...] = ()
    roles: tuple[Ref, ...] = ()
    mechanisms: tuple[Ref, ...] = ()
    citations: tuple[Ref, ...] = ()
    abstained: bool = False


class TermRecord(Answer):
    id: str
    title: str
    title_en: str | None = None
    alt_labels: tuple[str, ...] = ()
    label: str
    defined: bool = False
    definition: str | None = None
    gloss: str | None = None
    gloss_source: str | None = None
    certainty: str | None = None
    gaps: tuple[GapRecord, ...] = ()


class DocumentRecord(Answer):
    id: str
    title: str
    kind: str
    kind_zh: str | None = None
    identifier: str | None = None
    cited_as: str | None = None
    collection: str | None = None
    name: str | None = None
    in_note: bool | None = None
    sample: bool = False
    practices: int = 0
    stored_at: str | None = None
    warnings: tuple[str, ...] = ()
    certainty: str | None = None


class TraceNode(Answer):
    id: str
    label: str
    title: str
    depth: int
    certainty: str | None = None


class TraceEdge(Answer):
    """A relation; in JSON its ends are `from` and `to`."""

    source: str = Field(serialization_alias="from")
    target: str = Field(serialization_alias="to")
    type: str
    kind: str
    certainty: str | None = None
    role: str | None = None
    status: str | None = None
    confidence: float | None = None
    why: str | None = None
    quote: str | None = None
    sources: tuple[str, ...] = ()


class TracePath(Answer):
    """A simple path from the start: node ids in order, and whether every step is stated."""

    nodes: tuple[str, ...]
    kinds: tuple[str, ...]
    certainty: str


class TraceAnswer(Answer):
    start: TraceNode
    nodes: tuple[TraceNode, ...]
    edges: tuple[TraceEdge, ...]
    paths: tuple[TracePath, ...]
    counts: dict[str, int]  # certainty → number of edges: stated and inferred apart
    truncated: bool = False


class RequirementCoverage(Answer):
    id: str
    statement: str
    state: Literal["covered", "likely", "none-seen", "not-applicable"]
    accepted: int
    proposed: int
    not_applicable: int  # practices on which 不适用 was said, whether or not the requirement left the denominator
    best_confidence: float | None = None


class ClauseCoverage(Answer):
    id: str
    title: str
    phase: str | None = None
    requirements: tuple[RequirementCoverage, ...]
    covered: int
    likely: int
    none_seen: int
    not_applicable: int
    share: float | None = (
        None  # covered part of what is applicable, declared but unknown items counted in; None = nothing applies
    )
    declared_items: int | None = None
    known_items: int | None = None
    note: str | None = None


class CoverageAnswer(Answer):
    organization: OrganizationRef | None = None
    collection: str | None = None
    documents: int
    practices: int
    total: int  # requirements in the denominator
    covered: int
    likely: int
    none_seen: int
    not_applicable: int
    share: float | None = None  # covered part of what is applicable, declared but unknown items counted in
    by_phase: dict[str, dict[str, int]]
    clauses: tuple[ClauseCoverage, ...]


class NodeRecord(Answer):
    """Any node as it is stored; `properties` as declared for its label."""

    id: str
    label: str
    title: str
    certainty: str | None = None
    properties: dict[str, Any] = Field(default_factory=dict)


class NodeAnswer(Answer):
    """A node, its relations in both directions, and the nodes at their other ends."""

    node: NodeRecord
    edges: tuple[TraceEdge, ...]
    others: dict[str, Ref]
    gaps: tuple[GapRecord, ...] = ()
    truncated: bool = False
