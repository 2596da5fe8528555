"""Every step of review on a pair, kept for good: who said what, when, why, and what came of it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from engines.store import Reader, Record
from ingest.decisions import Decision
from ingest.review_verdicts import Verdict, Vote

KIND: Final = "review"
VOTES: Final = "first-review"
Step = Mapping[str, Any]


def step_of(verdict: Verdict, at: str, outcome: str, text_hash: str, statement: str, **more: Any) -> Step:
    """One step: the verdict as given, what came of it, and the texts it was about."""
    return {
        "at": at,
        "status": verdict.status,
        "relation": verdict.relation,
        "reviewer": verdict.reviewer,
        "comment": verdict.comment,
        "outcome": outcome,
        "via": verdict.via,
        "entered_by": verdict.entered_by if verdict.entered_by != verdict.reviewer else None,
        "text_hash": text_hash,
        "statement": statement,
        **more,
    }


def read_steps(reader: Reader, key: str, decision: Decision | None) -> tuple[Step, ...]:
    """The steps so far, oldest first; a decision of before there was a history is its first step."""
    record = next(iter(reader.records(KIND, key=key)), None)
    if record and record.value:
        return tuple(record.value["steps"])
    if decision is None:
        return ()
    said = Verdict(
        decision.practice,
        decision.requirement,
        decision.status,
        decision.relation,
        decision.reviewer,
        decision.comment,
        via="",
    )
    return (step_of(said, decision.reviewed_at, "recorded", decision.text_hash, decision.statement),)


def steps_record(key: str, steps: Sequence[Step]) -> Record:
    return Record(KIND, key, {"steps": [dict(step) for step in steps]})


def read_votes(reader: Reader, key: str) -> tuple[Vote, ...]:
    """The 初核 given and not yet in effect."""
    record = next(iter(reader.records(VOTES, key=key)), None)
    return tuple(Vote(**vote) for vote in record.value["votes"]) if record and record.value else ()


def votes_record(key: str, votes: Sequence[Vote]) -> Record:
    """What keeps the votes; none deletes them."""
    return Record(VOTES, key, {"votes": [vote.as_json() for vote in votes]} if votes else None)
