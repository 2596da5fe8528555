"""The review queue: proposals and decisions that wait for a person, the most useful first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from analysis.same_text import person
from engines.store import Reader, ReadQuery, Row
from queries.answers import Evidence, Meeting, PracticeRecord, Ref, RequirementLink, Status
from queries.catalogue import catalogue
from queries.errors import BadQuestion, UnknownId
from queries.hops import refs
from queries.organizations import organization
from queries.paging import Key, page
from queries.practices import Card, cards
from queries.records import Answer
from queries.review_records import Verdict, decision, holds, mark_of, verdict_of, votes
from queries.visibility import Access, below, shares

Stage = Literal["differs", "suspect", "first", "proposed", "decided"]
# The order in which things wait: a disagreement holds up two people already; something doubtful was relied on.
STAGES: Final[tuple[Stage, ...]] = ("differs", "suspect", "first", "proposed", "decided")


class ReviewItem(Answer):
    """A practice and a requirement to be judged, with all that the judging takes.

    stage: differs (分歧), suspect (存疑: decided on other texts), first (初核 given, another person's is awaited),
    proposed, decided. changed: which text of a suspect decision is another now. decision: what is on record.
    first_evidence: nothing accepted yet for this requirement at this unit. mark: give it back with the verdict.
    """

    practice: PracticeRecord
    requirement: Ref
    clause: Ref
    confidence: float
    status: Status
    stage: Stage
    changed: tuple[Literal["practice", "requirement"], ...] = ()
    decision: Verdict | None = None
    votes: tuple[Verdict, ...] = ()
    first_evidence: bool = False
    method: str | None = None
    explanation: tuple[Meeting, ...] = ()
    evidence: Evidence | None = None
    mark: str


class ReviewQueue(Answer):
    """`total`: how many wait (or match the status asked for) before paging; `stages`: how many of each stage."""

    results: tuple[ReviewItem, ...]
    total: int
    stages: dict[str, int]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class QueueQuestion:
    """What to list. Without `status` it is what waits: everything but decisions that stand.

    organization: id or name, with all below it. awaited_from: leave out what this person has said already.
    least, most: bounds of confidence, both included.
    """

    organization: str | None = None
    collection: str | None = None
    clause: str | None = None
    requirement: str | None = None
    practice: str | None = None
    least: float | None = None
    most: float | None = None
    status: Status | None = None
    suspect: bool | None = None
    stage: Stage | None = None
    awaited_from: str | None = None


@dataclass(frozen=True, slots=True)
class _Place:
    row: Row
    stage: Stage
    first_evidence: bool
    rank: int

    @property
    def key(self) -> Key:
        return (
            STAGES.index(self.stage),
            0 if self.first_evidence else 1,
            self.rank,
            -(self.row["confidence"] or 0.0),
            self.row["practice"],
            self.row["requirement"],
        )


def review_queue(
    reader: Reader, asked: QueueQuestion, *, access: Access, limit: int = 20, cursor: str | None = None
) -> ReviewQueue:
    """What waits for review, in this order: disagreements, suspect decisions, first verdicts, proposals.

    Within each, first what would be the first accepted evidence of a unit for a requirement, the best practice of
    each unit and requirement before any second one, and then by confidence. Deciding an item never moves another
    one to a place before it, so a cursor skips nothing. Raises `UnknownId`, `BadCursor`, `BadQuestion`.
    """
    _check(reader, asked)
    rows = [row for row in reader.read(_rows(reader, asked, access)) if row["practice"] is not None]
    rows = [row for row in rows if shares(row["access"], access)]
    if asked.collection is not None:
        rows = [row for row in rows if row["collection"] == asked.collection]
    waiting = _living_votes(reader)
    places = [place for place in _placed(rows, waiting) if _wanted(place, asked, waiting)]
    places.sort(key=lambda place: place.key)
    taken, following = page(places, lambda place: place.key, f"queue|{asked}", cursor, limit)
    found = cards(reader, sorted({place.row["practice"] for place in taken}), access)
    titles = _titles(reader, taken)
    items = [_item(reader, place, found[place.row["practice"]], titles, waiting) for place in taken]
    stages = {stage: sum(place.stage == stage for place in places) for stage in STAGES}
    return ReviewQueue(
        results=tuple(items),
        total=len(places),
        stages={stage: count for stage, count in stages.items() if count},
        next=following,
    )


def _check(reader: Reader, asked: QueueQuestion) -> None:
    for label, id in (("Requirement", asked.requirement), ("Clause", asked.clause), ("Practice", asked.practice)):
        if id is not None and not any(node.label == label for node in reader.nodes(ids=(id,))):
            raise UnknownId(label.lower(), id)
    if asked.least is not None and asked.most is not None and asked.least > asked.most:
        raise BadQuestion("把握程度的下限大于上限")
    if asked.collection is not None:
        held = reader.read(catalogue.query("documents_of_collection", collection=asked.collection))
        if not any(row["document"] is not None for row in held):
            raise UnknownId("collection", asked.collection)


def _rows(reader: Reader, asked: QueueQuestion, access: Access) -> ReadQuery:
    if asked.organization is not None:
        whose = organization(reader, asked.organization, access=access)
        return catalogue.query("review_pairs_organizations", ids=sorted(below(reader, whose.id)))
    if asked.collection is not None:
        return catalogue.query("review_pairs_collection", collection=asked.collection)
    return catalogue.query("review_pairs_all")


def _living_votes(reader: Reader) -> dict[str, list[dict[str, Any]]]:
    """The votes given on the texts as they are now."""
    given = votes(reader)
    ids = sorted({part for key in given for part in key.split("|")})
    nodes = {node.id: node.properties for node in reader.nodes(ids=ids)} if ids else {}
    living = {}
    for key, each in given.items():
        practice, _, requirement = key.partition("|")
        if practice in nodes and requirement in nodes:
            text, statement = str(nodes[practice].get("text")), str(nodes[requirement].get("title"))
            living[key] = [vote for vote in each if holds(vote, text, statement)]
    return {key: each for key, each in living.items() if each}


def _placed(rows: Sequence[Row], waiting: Mapping[str, Sequence[Any]]) -> list[_Place]:
    """Every row with what its place depends on. Ranks count decided ones, too, so that deciding moves nobody up."""
    evidenced = {(row["organization"], row["requirement"]) for row in rows if row["status"] == "accepted"}
    ranks: dict[tuple[str | None, str], int] = {}
    places = []
    for row in sorted(rows, key=lambda row: (-(row["confidence"] or 0.0), row["practice"], row["requirement"])):
        unit = row["organization"], row["requirement"]
        ranks[unit] = ranks.get(unit, 0) + 1
        stage = _stage(row, waiting.get(f"{row['practice']}|{row['requirement']}", ()))
        places.append(_Place(row, stage, unit not in evidenced, ranks[unit]))
    return places


def _stage(row: Row, given: Sequence[Any]) -> Stage:
    if given:
        return "differs" if len(given) > 1 else "first"
    if row["suspect"]:
        return "suspect"
    return "proposed" if row["status"] in (None, "proposed") else "decided"


def _wanted(place: _Place, asked: QueueQuestion, waiting: Mapping[str, Sequence[Mapping[str, Any]]]) -> bool:
    row, confidence = place.row, place.row["confidence"] or 0.0
    if asked.status is None and asked.stage is None and place.stage == "decided":
        return False
    given = waiting.get(f"{row['practice']}|{row['requirement']}", ()) if asked.awaited_from else ()
    return (
        asked.status in (None, row["status"] or "proposed")
        and asked.stage in (None, place.stage)
        and asked.suspect in (None, bool(row["suspect"]))
        and asked.requirement in (None, row["requirement"])
        and asked.practice in (None, row["practice"])
        and asked.clause in (None, row["clause"])
        and (asked.least is None or confidence >= asked.least)
        and (asked.most is None or confidence <= asked.most)
        and not any(person(str(vote["reviewer"])) == person(asked.awaited_from or "") for vote in given)
    )


def _titles(reader: Reader, taken: Sequence[_Place]) -> dict[str, Ref]:
    ids = sorted({place.row[name] for place in taken for name in ("requirement", "clause") if place.row[name]})
    return refs(reader, ids) if ids else {}


def _item(
    reader: Reader, place: _Place, card: Card, titles: Mapping[str, Ref], waiting: Mapping[str, Sequence[Any]]
) -> ReviewItem:
    row = place.row
    practice, requirement = row["practice"], row["requirement"]
    link = next(link for link in card.requirements if link.id == requirement)
    said = decision(reader, f"{practice}|{requirement}")
    return ReviewItem(
        practice=card.practice,
        requirement=titles[requirement],
        clause=titles[row["clause"]],
        confidence=link.confidence,
        status=link.status,
        stage=place.stage,
        changed=_changed(said, card.practice.text, link) if row["suspect"] and said else (),
        decision=verdict_of(said) if said else None,
        votes=tuple(verdict_of(vote) for vote in waiting.get(f"{practice}|{requirement}", ())),
        first_evidence=place.first_evidence,
        method=link.method,
        explanation=link.explanation,
        evidence=link.evidence,
        mark=mark_of(practice, requirement, card.practice.text, link.statement, said),
    )


def _changed(
    said: Mapping[str, Any], text: str, link: RequirementLink
) -> tuple[Literal["practice", "requirement"], ...]:
    changed: list[Literal["practice", "requirement"]] = []
    if not holds({"text_hash": said.get("text_hash")}, text, link.statement):
        changed.append("practice")
    if not holds({"statement": said.get("statement")}, text, link.statement):
        changed.append("requirement")
    return tuple(changed)
