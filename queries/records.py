"""The small things that answers are made of: practices as stored, quotes, results, gaps and facts."""

from pydantic import BaseModel, ConfigDict


class Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class SourceRef(Answer):
    """Where a practice comes from: the document, and its (collection, name)."""

    document: str
    collection: str
    name: str
    title: str | None = None
    sample: bool = False


class OrganizationRef(Answer):
    id: str
    name: str
    level: str | None = None
    path: tuple[str, ...] = ()  # names from the top level down to this one


class PracticeRecord(Answer):
    """A practice as stored. `sample` marks 虚构样例."""

    id: str
    external_id: str | None = None
    title: str
    text: str
    organization: OrganizationRef | None = None
    industry: str | None = None
    ownership: str | None = None
    date: str | None = None
    awards: str | None = None
    party_link: bool | None = None
    sample: bool = False
    source: SourceRef


class Evidence(Answer):
    """A quote: `text of document[start:end] == quote`, offsets in characters."""

    quote: str
    document: str
    passage: str
    start: int
    end: int
    heading: str | None = None
    page: int | None = None
    slide: int | None = None
    sheet: str | None = None
    row: int | None = None


class OutcomeRecord(Answer):
    """A measured result stated in the practice."""

    indicator: str
    value: float | None = None
    value_text: str | None = None
    unit: str | None = None
    direction: str | None = None  # up | down | level
    quote: str
    start: int
    end: int


class Meeting(Answer):
    """Words of the practice (`start`, `end` in the text given) that meet words of the requirement."""

    words: str
    start: int
    end: int
    meets: str
    basis: str  # statement | label | evidence | cue | learned


class GapRecord(Answer):
    """说明未载: what the source does not hold, returned as an answer."""

    id: str
    title: str
    subject: str
    what: str
    certainty: str
    sources: tuple[str, ...] = ()


class FactRecord(Answer):
    """What the ontology, or a site's overlay, holds of what was asked: `title` says what, `text` is the answer.

    `id` is the node that it is about, `sources` the note's sections, or the standard where a site has it from there.
    """

    id: str
    title: str
    text: str
    certainty: str
    sources: tuple[str, ...] = ()


class Ref(Answer):
    """A node by id and label, as it is shown in lists and edges.

    `certainty` is the node's, or, where the list is of what something else is related to, the relation's.
    """

    id: str
    label: str
    title: str
    certainty: str | None = None
