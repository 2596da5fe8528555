"""The Python face of the ontology: what the Turtle files say, as typed, frozen objects.

The Turtle files are the source of truth; `ontology.load` reads them (and a site's overlay) into
one `Ontology`. `certainty` always speaks of the statement that the thing exists as described;
where a single property is less certain than the thing, it has a certainty of its own.
"""

from enum import StrEnum
from functools import cached_property
from typing import Final

from pydantic import BaseModel, ConfigDict


class Certainty(StrEnum):
    """How we know: `stated` in the source document, `inferred` by this system, `unknown` (a gap of the
    source), `unverified` (general knowledge nobody has checked here)."""

    STATED = "stated"
    INFERRED = "inferred"
    UNKNOWN = "unknown"
    UNVERIFIED = "unverified"


# Between the two parts of a cue that need not stand side by side: 签订…承诺书.
CUE_GAP: Final = "…"


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Thing(_Model):
    """Whatever has an id and labels. `sources` are ids of citable locations (note sections, documents)."""

    id: str
    zh: str
    en: str | None = None
    alt: tuple[str, ...] = ()
    certainty: Certainty = Certainty.STATED
    sources: tuple[str, ...] = ()


class NoteSection(Thing):
    """A citable section of the compilation note."""

    order: int = 0
    items: int | None = None
    list_numbers: tuple[str, ...] = ()  # as the section prints them, skips included


class Gap(Thing):
    """Something a source does not hold. `what` says what is missing, `subject` whose it is.

    `filled_by` is what a site's overlay says of where it is to be found, where no property can hold it.
    """

    subject: str
    what: str  # definition | items | reference-list | number | chapter | text …
    filled_by: str | None = None


class Document(Thing):
    kind: str
    kind_zh: str
    identifier: str | None = None
    cited_as: str | None = None
    issuer: str | None = None
    issued: str | None = None
    in_force: str | None = None
    edition: str | None = None
    in_note: bool = False
    note: str | None = None
    facts: tuple["Fact", ...] = ()
    counter_cues: tuple[str, ...] = ()  # of the standard: what looks like evidence for it and is for nothing
    cue_certainty: Certainty = Certainty.INFERRED


class Fact(_Model):
    """A statement about a document, with how it is known (`note` says where it was read)."""

    text: str
    certainty: Certainty
    note: str | None = None


class Clause(Thing):
    """A chapter or clause of the standard, or (with another `document`) of a cited document.

    `numbers` holds the numbering hypotheses by scheme (`H1`, `H2`, `site`); `number` is the one in
    force under `number_scheme`, with its own certainty.
    """

    document: str
    level: str  # chapter | clause
    order: int
    parent: str | None = None
    number: str | None = None
    number_scheme: str | None = None
    number_certainty: Certainty = Certainty.STATED
    numbers: dict[str, str] = {}
    title_certainty: Certainty = Certainty.STATED
    phase: str | None = None  # plan | do | check | act, always inferred unless the site says otherwise
    phase_certainty: Certainty = Certainty.INFERRED
    declared_items: int | None = None
    note_label: str | None = None
    element: str | None = None
    note: str | None = None
    cues: tuple[str, ...] = ()  # as those of a requirement
    weak_cues: tuple[str, ...] = ()
    counter_cues: tuple[str, ...] = ()
    cue_certainty: Certainty = Certainty.INFERRED


class Requirement(Thing):
    """An atomic 要求要点, derived from the compilation note; `zh`/`en` are its statement."""

    clause: str
    order: int
    modality: str
    modality_certainty: Certainty
    basis: str
    phase: str | None = None
    phase_certainty: Certainty = Certainty.INFERRED
    action: str | None = None
    object: str | None = None
    object_id: str | None = None
    purpose: str | None = None
    actors: tuple[str, ...] = ()
    actors_certainty: Certainty = Certainty.INFERRED  # stated where the note's sentence names who acts
    audiences: tuple[str, ...] = ()
    beneficiaries: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    criteria: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    expected_evidence: tuple[str, ...] = ()  # our proposal: always inferred
    note: str | None = None
    cues: tuple[str, ...] = ()  # how enterprises say it; `A…B` is said in two parts
    weak_cues: tuple[str, ...] = ()  # said of other things as well
    counter_cues: tuple[str, ...] = ()  # looks like it and is not
    cue_certainty: Certainty = Certainty.INFERRED  # never stated: no source holds a cue


class Term(Thing):
    """A term; `defined` = the standard defines it (the note does not give the definition)."""

    defined: bool = False
    definition: str | None = None
    definition_certainty: Certainty = Certainty.UNKNOWN
    gloss: str | None = None
    gloss_source: str | None = None
    used_in: tuple[str, ...] = ()
    broader: str | None = None
    broader_certainty: Certainty = Certainty.INFERRED
    same_as: tuple[str, ...] = ()  # skos:exactMatch to a concept of another kind


class Role(Thing):
    pass


class Mechanism(Thing):
    """载体与方法. `general` ones are common Party vehicles that the note does not name."""

    kind: str
    kind_zh: str | None = None
    general: bool = False
    clauses: tuple[str, ...] = ()  # the main one first
    related: tuple[str, ...] = ()  # symmetric: ours, between the standard's and general ones
    same_as: tuple[str, ...] = ()


class Principle(Thing):
    says: str | None = None
    rests_on: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    aims: tuple[str, ...] = ()


class Formulation(Thing):
    """提法: a fixed phrase of the source; `at` = sections or clauses where it stands."""

    at: tuple[str, ...] = ()
    same_as: tuple[str, ...] = ()


class Organization(Thing):
    kind: str
    kind_zh: str | None = None
    short: str | None = None
    ownership: str | None = None
    ownership_certainty: Certainty | None = None
    parts: tuple[str, ...] = ()


class Person(Thing):
    """A person by function, never by name."""

    organization: str
    event: str


class Event(Thing):
    begins: str
    ends: str
    order: int
    actors: tuple[str, ...] = ()
    visited: tuple[str, ...] = ()
    studied: tuple[str, ...] = ()
    studied_organizations: tuple[str, ...] = ()
    interlocutors: tuple[str, ...] = ()
    via: str | None = None
    mode: str | None = None
    topics: tuple[str, ...] = ()


class Citation(_Model):
    """The note cites `document` at `at` (a section), for a principle or an event where one is named."""

    id: str
    document: str
    at: str
    role: str  # drawn-on | drafting-rule | studied | normative | informative
    verb: str
    principle: str | None = None
    event: str | None = None
    form: str | None = None
    dated: bool = False
    certainty: Certainty = Certainty.STATED


class Correspondence(_Model):
    """Our inference that a clause answers to a cited document, or to one clause of it."""

    clause: str
    document: str
    target_clause: str | None = None  # id of a Clause of the cited document
    why: str
    certainty: Certainty = Certainty.INFERRED


class Statement(_Model):
    """Any further relation between two things: `subject --kind--> object`, by their ids."""

    subject: str
    kind: str
    object: str
    certainty: Certainty = Certainty.STATED
    sources: tuple[str, ...] = ()


class AdvantageTransfer(_Model):
    """Which advantage of the Party is turned into what, as the note puts it."""

    id: str
    zh: str
    en: str | None = None
    advantages: tuple[str, ...]
    into: tuple[str, ...]
    sources: tuple[str, ...] = ()
    certainty: Certainty = Certainty.STATED


class NumberingHypothesis(_Model):
    """One reading of the note's list numbers. `decided` = a site's overlay has settled on it."""

    id: str
    zh: str
    en: str | None = None
    probability: float | None = None
    why: str | None = None
    certainty: Certainty = Certainty.INFERRED
    decided: bool = False


class Ontology(_Model):
    """Everything the standard's content amounts to here. `fingerprint` = hash of all files read."""

    fingerprint: str
    base_iri: str
    standard: Document
    note: Document
    note_sections: tuple[NoteSection, ...]
    clauses: tuple[Clause, ...]  # of the standard, in order
    document_clauses: tuple[Clause, ...]  # of cited documents
    requirements: tuple[Requirement, ...]
    terms: tuple[Term, ...]
    roles: tuple[Role, ...]
    mechanisms: tuple[Mechanism, ...]
    principles: tuple[Principle, ...]
    formulations: tuple[Formulation, ...]
    organizations: tuple[Organization, ...]
    persons: tuple[Person, ...]
    events: tuple[Event, ...]
    documents: tuple[Document, ...]  # cited and related ones
    citations: tuple[Citation, ...]
    correspondences: tuple[Correspondence, ...]
    statements: tuple[Statement, ...]
    transfers: tuple[AdvantageTransfer, ...]
    numbering: tuple[NumberingHypothesis, ...]
    gaps: tuple[Gap, ...]  # those still open
    filled: tuple[Gap, ...] = ()  # those that a site's overlay has filled
    overlay_files: tuple[str, ...] = ()

    @cached_property
    def things(self) -> dict[str, Thing]:
        """Every identified thing by id."""
        groups: tuple[tuple[Thing, ...], ...] = (
            (self.standard, self.note),
            self.note_sections,
            self.clauses,
            self.document_clauses,
            self.requirements,
            self.terms,
            self.roles,
            self.mechanisms,
            self.principles,
            self.formulations,
            self.organizations,
            self.persons,
            self.events,
            self.documents,
            self.gaps,
        )
        return {thing.id: thing for group in groups for thing in group}

    @cached_property
    def matchable_clauses(self) -> tuple[Clause, ...]:
        """The clauses that set requirements (14 without an overlay), in order."""
        setting = {requirement.clause for requirement in self.requirements}
        return tuple(clause for clause in self.clauses if clause.id in setting)

    def clause(self, id: str) -> Clause:
        """The standard's clause with this id; `KeyError` when there is none."""
        return self._clauses_by_id[id]

    def requirement(self, id: str) -> Requirement:
        """The requirement with this id; `KeyError` when there is none."""
        return self._requirements_by_id[id]

    def requirements_of(self, clause: str) -> tuple[Requirement, ...]:
        return tuple(requirement for requirement in self.requirements if requirement.clause == clause)

    @cached_property
    def _clauses_by_id(self) -> dict[str, Clause]:
        return {clause.id: clause for clause in self.clauses}

    @cached_property
    def _requirements_by_id(self) -> dict[str, Requirement]:
        return {requirement.id: requirement for requirement in self.requirements}
