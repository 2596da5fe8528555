"""Reviewers' decisions: how they are recorded, and how they show on a practice's relations and facets."""

import hashlib
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from engines.store import Reader, Record
from ingest.content import Explained, Judged, PracticeContent
from ontology.graph import Relation, Value

DECIDED: Final = ("accepted", "rejected", "not-applicable")
PROPOSED: Final = "proposed"
_KIND: Final = "decision"
_REVISION: Final = "decisions"


@dataclass(frozen=True, slots=True)
class Decision:
    """A reviewer's word on one practice and one requirement, about the text with `text_hash`."""

    practice: str
    requirement: str
    status: str
    relation: str | None
    reviewer: str | None
    reviewed_at: str
    comment: str | None
    statement: str
    text_hash: str

    def records(self) -> tuple[Record, ...]:
        """What keeps the decision; apply it together with what it changes."""
        names = ("status", "relation", "reviewer", "reviewed_at", "comment", "statement", "text_hash")
        value = {name: getattr(self, name) for name in names}
        return (Record(_KIND, f"{self.practice}|{self.requirement}", value), _new_revision())


Decisions = Mapping[str, Mapping[str, Decision]]


def withdrawn(practice: str, requirement: str) -> tuple[Record, ...]:
    """What deletes a decision."""
    return (Record(_KIND, f"{practice}|{requirement}", None), _new_revision())


def text_hash(text: str) -> str:
    """Decisions hold for the text they were made about, and this tells it."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def revision(reader: Reader) -> str:
    """Changes with every decision made or withdrawn, by whichever process."""
    record = next(iter(reader.records("setting", key=_REVISION)), None)
    return str(record.value["revision"]) if record and record.value else ""


def read_decisions(reader: Reader) -> dict[str, dict[str, Decision]]:
    """All decisions: practice id → requirement id → decision."""
    decisions: dict[str, dict[str, Decision]] = {}
    for record in reader.records(_KIND):
        if record.value is not None:
            decision = _decision(record.key, record.value)
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
        for record in reader.records(_KIND, key=f"{practice}|{requirement}"):
            if record.value is not None:
                yield _decision(record.key, record.value)


def _decision(key: str, value: Mapping[str, Any]) -> Decision:
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
    )


def _new_revision() -> Record:
    return Record("setting", _REVISION, {"revision": secrets.token_hex(8)})


def satisfies(
    practice: str,
    requirement: str,
    judged: Judged | None,
    explained: Explained,
    decision: Decision | None,
    model: str,
) -> Relation:
    """The relation SATISFIES: proposed by the model, or as a reviewer decided (rejections are kept)."""
    properties: dict[str, Value] = {
        "confidence": judged.confidence if judged else None,
        "status": decision.status if decision else PROPOSED,
        "method": judged.method if judged and judged.proposed else "manual",
        "model": model,
        "certainty": "inferred",
        "explanation": explained.explanation,
        "start": explained.start,
        "end": explained.end,
        "quote": explained.quote,
    }
    if decision:
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


def applicable(practice: PracticeContent, decisions: Decisions) -> dict[str, Decision]:
    """The decisions made about this practice's present text: requirement id → decision."""
    made = decisions.get(practice.node.id, {})
    if not made:
        return {}
    present = text_hash(practice.text)
    return {requirement: decision for requirement, decision in made.items() if decision.text_hash in ("", present)}
