"""Reviewers' decisions: how they are recorded, and how they show on a practice's relations and facets."""

import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from analysis.same_text import folded, same_text
from engines.store import Reader, Record
from ingest.content import Explained, Judged
from ontology.graph import Node, Relation, Value

DECIDED: Final = ("accepted", "rejected", "not-applicable")
PROPOSED: Final = "proposed"
KIND: Final = "decision"
_REVISION: Final = "decisions"
_TITLE: Final = 60  # characters: enough to know a practice again


@dataclass(frozen=True, slots=True)
class Decision:
    """A reviewer's word on one practice and one requirement, about the text with `text_hash`.

    title, collection, name, external_id: what the practice was called and where it stood, so that a decision
    whose practice is gone can still be placed. `title` is forgotten when the material is deleted.
    """

    practice: str
    requirement: str
    status: str
    relation: str | None
    reviewer: str | None
    reviewed_at: str
    comment: str | None
    statement: str
    text_hash: str
    title: str | None = None
    collection: str | None = None
    name: str | None = None
    external_id: str | None = None

    @property
    def key(self) -> str:
        return f"{self.practice}|{self.requirement}"

    def record(self) -> Record:
        """What keeps the decision; apply it with `new_revision()`, together with what it changes."""
        names = (
            *("status", "relation", "reviewer", "reviewed_at", "comment", "statement", "text_hash"),
            *("title", "collection", "name", "external_id"),
        )
        return Record(KIND, self.key, {name: getattr(self, name) for name in names})

    def holds(self, text: str, statement: str) -> bool:
        """Whether it was made about this text and this wording of the requirement."""
        said = not self.statement or folded(self.statement) == folded(statement)
        return said and (not self.text_hash or same_text(self.text_hash, text))


Decisions = Mapping[str, Mapping[str, Decision]]


def placed(practice: Node, document: Node | None) -> dict[str, str | None]:
    """Title, collection, name and external id for a decision on this practice."""
    said = practice.properties
    name = document.properties.get("name") if document else None
    return {
        "title": str(said.get("title") or "")[:_TITLE] or None,
        "collection": str(said["collection"]) if said.get("collection") else None,
        "name": str(name) if name else None,
        "external_id": str(said["external_id"]) if said.get("external_id") else None,
    }


def revision(reader: Reader) -> str:
    """Changes with every decision made or withdrawn, by whichever process."""
    record = next(iter(reader.records("setting", key=_REVISION)), None)
    return str(record.value["revision"]) if record and record.value else ""


def new_revision() -> Record:
    """Goes with every change of a decision."""
    return Record("setting", _REVISION, {"revision": secrets.token_hex(8)})


def read_decisions(reader: Reader) -> dict[str, dict[str, Decision]]:
    """All decisions: practice id → requirement id → decision."""
    decisions: dict[str, dict[str, Decision]] = {}
    for record in reader.records(KIND):
        if record.value is not None:
            decision = decision_of(record.key, record.value)
            decisions.setdefault(decision.practice, {})[decision.requirement] = decision
    return decisions


class DecisionCache:
    """All decisions, read again only after one was made or withdrawn. Safe to share between threads."""

    def __init__(self) -> None:
        self._held: tuple[str, Decisions] | None = None

    def read(self, reader: Reader) -> Decisions:
        now = revision(reader)
        held = self._held
        if held is None or held[0] != now:
            held = self._held = (now, read_decisions(reader))
        return held[1]


def decisions_on(reader: Reader, practice: str, requirements: Iterable[str]) -> Iterator[Decision]:
    """The decisions made on one practice and any of these requirements."""
    for requirement in requirements:
        for record in reader.records(KIND, key=f"{practice}|{requirement}"):
            if record.value is not None:
                yield decision_of(record.key, record.value)


def decision_of(key: str, value: Mapping[str, Any]) -> Decision:
    """A decision from its record."""
    practice, _, requirement = key.partition("|")
    return Decision(
        practice=practice,
        requirement=requirement,
        status=str(value["status"]),
        relation=value.get("relation"),
        reviewer=value.get("reviewer"),
        reviewed_at=str(value.get("reviewed_at") or ""),
        comment=value.get("comment"),
        statement=str(value.get("statement") or ""),
        text_hash=str(value.get("text_hash") or ""),
        **{name: value.get(name) for name in ("title", "collection", "name", "external_id")},
    )


def without_titles(reader: Reader, collection_and_name: Iterable[tuple[str, str]]) -> tuple[Record, ...]:
    """The decisions on material that is being deleted, without the words they took from it."""
    gone = set(collection_and_name)
    kept = (
        Record(KIND, record.key, {**record.value, "title": None})
        for record in reader.records(KIND)
        if record.value and record.value.get("title") and (record.value["collection"], record.value["name"]) in gone
    )
    return tuple(kept)


def satisfies(
    practice: str,
    requirement: str,
    judged: Judged | None,
    explained: Explained,
    decision: Decision | None,
    model: str,
    *,
    suspect: bool = False,
) -> Relation:
    """The relation SATISFIES: proposed by the model, or as a reviewer decided (rejections are kept).

    suspect: `decision` was made about another text or wording. An accepted one waits as a proposal until it is
    confirmed; any other gives way to the model's proposal, where there is one.
    """
    proposed = judged is not None and judged.proposed
    waits = suspect and (proposed or (decision is not None and decision.status == "accepted"))
    properties: dict[str, Value] = {
        "confidence": judged.confidence if judged else None,
        "status": decision.status if decision and not waits else PROPOSED,
        "method": judged.method if judged and judged.proposed else "manual",
        "model": model,
        "certainty": "inferred",
        "explanation": explained.explanation,
        "start": explained.start,
        "end": explained.end,
        "quote": explained.quote,
    }
    if suspect:
        properties["suspect"] = True
    if decision and not waits:
        properties |= {
            "relation": decision.relation,
            "reviewer": decision.reviewer,
            "reviewed_at": decision.reviewed_at,
            "comment": decision.comment,
        }
    return Relation(practice, "SATISFIES", requirement, properties=properties)


def status_facets(statuses: Mapping[str, str], clauses: set[str]) -> dict[str, tuple[str, ...]]:
    """The facets that decisions change, from requirement id → status and the clauses evidenced.

    `requirement` names what the practice may evidence (proposed or accepted); what a reviewer turned
    down is found by `requirement_status` alone.
    """
    open_to = [requirement for requirement, status in statuses.items() if status in (PROPOSED, "accepted")]
    return {
        "clause": tuple(sorted(clauses)),
        "requirement": tuple(sorted(open_to)),
        "status": tuple(sorted(set(statuses.values()))),
        "requirement_status": tuple(sorted(f"{requirement}:{status}" for requirement, status in statuses.items())),
    }
