"""Reviewers' decisions on practices and requirements: recorded, and shown at once on the graph and in search."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from analysis.same_text import person, text_hash
from engines.store import Store
from ingest.decisions import Decision
from ingest.judgement import Judge
from ingest.originals import Originals
from ingest.review_desk import Desk
from ingest.review_history import step_of
from ingest.review_verdicts import (
    RELATIONS,
    Pair,
    ReviewConflict,
    ReviewRefused,
    Ruled,
    Verdict,
    check_mark,
    checked,
    decided_by,
    rule,
    same_as,
)
from ontology.graph import Relation
from ontology.model import Ontology

__all__ = ["RELATIONS", "Outcome", "ReviewConflict", "ReviewRefused", "Reviewer", "Verdict"]

Progress = Callable[[int, int], None]
# Verdicts settled under one lock and one reading; others get their turn between.
_CHUNK = 200


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one verdict.

    outcome: recorded (in effect), first (初核: waits for another person), differs (two persons disagree: both kept),
    withdrawn, unchanged, refused, conflict (refused: something changed since it was looked at).
    code, message: why it was refused, or what else is to be said. relation: SATISFIES as it now stands.
    """

    verdict: Verdict
    outcome: str
    code: str = ""
    message: str = ""
    relation: Relation | None = None

    @property
    def well(self) -> bool:
        return self.outcome not in ("refused", "conflict")


class Reviewer:
    """Makes and withdraws decisions. Safe to share between threads and to run in several processes.

    by_two: a decision takes effect only after two different persons gave the same verdict.
    """

    def __init__(
        self, store: Store, ontology: Ontology, judge: Judge, originals: Originals, *, by_two: bool = False
    ) -> None:
        self._store = store
        self._ontology = ontology
        self._judge = judge
        self._originals = originals
        self.by_two = by_two

    def decide(
        self,
        practice: str,
        requirement: str,
        status: str,
        *,
        relation: str | None = None,
        reviewer: str | None = None,
        comment: str | None = None,
        corrected_to: str | None = None,
    ) -> Relation | None:
        """Accept, reject or set aside as not applicable; `proposed` withdraws the decision.

        relation: full, partial or none. A requirement that was not proposed may be decided on: then the
        relation SATISFIES comes into being, and goes again when the decision is withdrawn. `corrected_to`
        rejects `requirement` and accepts the other one instead, in one step.
        Gives the relation as it now stands. Raises `ReviewRefused` with one of the codes that
        `ingest.review_verdicts` names, or unknown_practice; `StoreError`.
        """
        verdict = Verdict(practice, requirement, status, relation, reviewer, comment, corrected_to)
        (outcome,) = self.decide_many([verdict])
        if not outcome.well:
            kind = ReviewConflict if outcome.outcome == "conflict" else ReviewRefused
            raise kind(outcome.code, outcome.message)
        return outcome.relation

    def decide_many(
        self, verdicts: Sequence[Verdict], *, dry_run: bool = False, progress: Progress | None = None
    ) -> list[Outcome]:
        """What came of each, in their order; one that is refused stops no other. Raises `StoreError`.

        A later verdict sees what an earlier one did. dry_run: say what would come of them, and change nothing.
        """
        outcomes: list[Outcome] = []
        for first in range(0, len(verdicts), _CHUNK):
            outcomes += self._settle(verdicts[first : first + _CHUNK], dry_run)
            if progress:
                progress(len(outcomes), len(verdicts))
        return outcomes

    def _settle(self, verdicts: Sequence[Verdict], dry_run: bool) -> list[Outcome]:
        with self._originals.locked():
            with self._store.reading() as reader:
                desk = Desk(reader, {verdict.practice for verdict in verdicts}, self._judge.terms)
                outcomes = [self._outcome(desk, verdict) for verdict in verdicts]
                changes = [] if dry_run else list(desk.changes(self._store))
            for change in changes:
                self._store.apply(change)
        return outcomes

    def _outcome(self, desk: Desk, given: Verdict) -> Outcome:
        try:
            verdict = checked(given, self._judge.terms.clause_of, by_two=self.by_two)
            parts = [verdict] if verdict.corrected_to is None else _both(verdict)
            pairs = [desk.pair(part.practice, part.requirement) for part in parts]
            at = datetime.now(UTC).isoformat(timespec="seconds")
            decisions = [self._decision(desk, part, pair, at) for part, pair in zip(parts, pairs, strict=True)]
            ruled = [
                self._ruled(part, pair, decision, corrected=place > 0)
                for place, (part, pair, decision) in enumerate(zip(parts, pairs, decisions, strict=True))
            ]
        except ReviewConflict as error:
            return Outcome(given, "conflict", error.code, str(error))
        except ReviewRefused as error:
            return Outcome(given, "refused", error.code, str(error))
        for part, pair, one in zip(parts, pairs, ruled, strict=True):
            if one.outcome != "unchanged":
                other = [each.requirement for each in parts if each is not part]
                more = {"corrected": other[0]} if other else {}
                step = step_of(part, at, one.outcome, text_hash(pair.text), pair.statement, **more)
                desk.put(pair, one.decision, one.votes, step)
        outcome = max((one.outcome for one in ruled), key=_WEIGHT.index)
        return Outcome(
            verdict,
            outcome,
            message=_said(ruled, verdict),
            relation=desk.relation(verdict.practice, verdict.requirement),
        )

    def _decision(self, desk: Desk, verdict: Verdict, pair: Pair, at: str) -> Decision:
        return Decision(
            practice=verdict.practice,
            requirement=verdict.requirement,
            status=verdict.status,
            relation=verdict.relation,
            reviewer=verdict.reviewer,
            reviewed_at=at,
            comment=verdict.comment,
            statement=pair.statement,
            text_hash=text_hash(pair.text),
            **desk.place(verdict.practice),
        )

    def _ruled(self, verdict: Verdict, pair: Pair, decision: Decision, *, corrected: bool) -> Ruled:
        standing = pair.standing
        if verdict.repeatable and standing and same_as(standing, verdict):
            return Ruled("unchanged", standing, pair.votes)
        if not corrected:
            check_mark(verdict, pair)
        elif verdict.mark is not None and standing:
            raise ReviewConflict("decided_meanwhile", f"更正为的 {pair.requirement}：{decided_by(standing)}。")
        return rule(verdict, pair, decision, by_two=self.by_two)


# The heavier outcome of a correction's two halves is the correction's.
_WEIGHT = ("unchanged", "withdrawn", "recorded", "first", "differs")


def _both(verdict: Verdict) -> list[Verdict]:
    """A correction as its two halves: this one rejected, the other accepted."""
    assert verdict.corrected_to is not None
    return [
        replace(verdict, relation=None, corrected_to=None),
        replace(verdict, requirement=verdict.corrected_to, status="accepted", corrected_to=None),
    ]


def _said(ruled: Sequence[Ruled], verdict: Verdict) -> str:
    """What a person should know of the outcome besides its name."""
    for one in ruled:
        if one.outcome == "first":
            return "已记为初核，须由另一人作出相同结论后生效。"
        if one.outcome == "differs":
            others = "、".join(vote.reviewer for vote in one.votes[:-1])
            return f"与{others}的初核不一致，两种意见都已保留；须再有一人与其中一种相同，或其中一人撤回后改判。"
    if any(one.outcome != "unchanged" for one in ruled):
        return ""
    standing = ruled[0].decision
    if standing and person(standing.reviewer or "") != person(verdict.reviewer or ""):
        return f"{decided_by(standing)}，与此相同，没有改动。"
    return "已是这一结论，没有改动。"
