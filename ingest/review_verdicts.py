"""What a person says of a practice and a requirement, and what comes of it under the rules of review."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from analysis.same_text import folded, mark, parts_of, person, text_hash
from ingest.decisions import DECIDED, PROPOSED, Decision
from ingest.personal import find_personal, mask

RELATIONS: Final = ("full", "partial", "none")
WORDS: Final = {"accepted": "采信", "rejected": "不采信", "not-applicable": "不适用", "proposed": "撤回"}
_DEGREES: Final = {"full": "充分佐证", "partial": "部分佐证", "none": "不构成佐证"}
_NAME, _COMMENT = 100, 2000  # characters at most


class ReviewRefused(ValueError):
    """A decision that cannot be made. `code` is stable, the message Chinese."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


class ReviewConflict(ReviewRefused):
    """Refused because what was judged is no longer what stands: texts changed, or somebody decided meanwhile."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One line of review.

    status: accepted, rejected, not-applicable (needs a comment), or proposed, which withdraws.
    relation: full, partial or none; with `corrected_to` it says how well that requirement is evidenced.
    corrected_to: another requirement that the practice evidences instead; `status` is rejected then.
    mark: what was looked at (`analysis.same_text.mark`); when it no longer fits, the verdict is refused.
    repeatable: saying the same again is no fault (a file imported twice).
    via, entered_by: by which way and by whose hand it came in.
    """

    practice: str
    requirement: str
    status: str
    relation: str | None = None
    reviewer: str | None = None
    comment: str | None = None
    corrected_to: str | None = None
    mark: str | None = None
    repeatable: bool = False
    via: str = "api"
    entered_by: str | None = None


@dataclass(frozen=True, slots=True)
class Vote:
    """A 初核 under the two-person rule: kept apart, without effect until another person says the same."""

    status: str
    relation: str | None
    reviewer: str
    at: str
    comment: str | None
    text_hash: str
    statement: str

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Pair:
    """What is on record of one practice and one requirement, and what they say now."""

    practice: str
    requirement: str
    text: str
    statement: str
    decision: Decision | None
    votes: tuple[Vote, ...] = ()

    @property
    def standing(self) -> Decision | None:
        """The decision, if it was made about the present texts."""
        return self.decision if self.decision and self.decision.holds(self.text, self.statement) else None

    @property
    def living(self) -> tuple[Vote, ...]:
        """The votes given on the present texts."""
        now = (text_hash(self.text), folded(self.statement))
        return tuple(vote for vote in self.votes if (vote.text_hash, folded(vote.statement)) == now)


@dataclass(frozen=True, slots=True)
class Ruled:
    """What came of a verdict on one pair.

    outcome: recorded (in effect), first (初核, waits for another person), differs (two persons disagree),
    withdrawn, or unchanged.
    """

    outcome: str
    decision: Decision | None
    votes: tuple[Vote, ...] = ()


def checked(verdict: Verdict, known: Mapping[str, str], *, by_two: bool) -> Verdict:
    """The verdict with its words tidied. `known`: the requirements there are.

    Raises `ReviewRefused`: unknown_requirement, unknown_status, unknown_relation, contradiction, reason_needed,
    reviewer_needed, too_long.
    """
    for requirement in (verdict.requirement, verdict.corrected_to):
        if requirement is not None and requirement not in known:
            raise ReviewRefused("unknown_requirement", f"没有编号为 {requirement} 的要求要点。")
    if verdict.status not in (*DECIDED, PROPOSED):
        raise ReviewRefused(
            "unknown_status", f"结论应为 {'、'.join((*DECIDED, PROPOSED))} 之一，不是 {verdict.status}。"
        )
    if verdict.relation is not None and verdict.relation not in RELATIONS:
        raise ReviewRefused("unknown_relation", f"佐证程度应为 {'、'.join(RELATIONS)} 之一，不是 {verdict.relation}。")
    _consistent(verdict)
    reviewer, comment = _tidy(verdict.reviewer), _tidy(verdict.comment)
    if verdict.status == "not-applicable" and not comment:
        raise ReviewRefused("reason_needed", "不适用须说明理由。")
    if by_two and not (reviewer and person(reviewer)):
        raise ReviewRefused("reviewer_needed", "实行两人核定，须写明核定人。")
    if len(reviewer or "") > _NAME or len(comment or "") > _COMMENT:
        raise ReviewRefused("too_long", f"核定人最多 {_NAME} 字，理由最多 {_COMMENT} 字。")
    return replace(verdict, reviewer=reviewer, comment=mask(comment, find_personal(comment)) if comment else None)


def _consistent(verdict: Verdict) -> None:
    if verdict.corrected_to is not None:
        if verdict.status != "rejected":
            raise ReviewRefused("contradiction", "更正为另一要求要点时，对原来的结论应为不采信。")
        if verdict.corrected_to == verdict.requirement:
            raise ReviewRefused("contradiction", "更正为的要求要点与原来的相同；如属实，请直接采信。")
        if verdict.relation == "none":
            raise ReviewRefused("contradiction", "更正为的要求要点，佐证程度不能是不构成佐证。")
    elif verdict.status == "accepted" and verdict.relation == "none":
        raise ReviewRefused("contradiction", "采信与不构成佐证矛盾；不构成佐证应为不采信。")
    elif verdict.status in ("rejected", "not-applicable") and verdict.relation in ("full", "partial"):
        raise ReviewRefused("contradiction", f"{WORDS[verdict.status]}与{_DEGREES[verdict.relation]}矛盾；请改正其一。")


def _tidy(text: str | None) -> str | None:
    plain = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]", "", text or "").strip()
    return plain or None


def same_as(decision: Decision, verdict: Verdict) -> bool:
    """Whether the verdict says what is decided already; what it leaves open counts as said, and so does a reason
    that is one of two persons'."""
    return (
        decision.status == verdict.status
        and verdict.relation in (None, decision.relation)
        and (verdict.comment is None or verdict.comment in (decision.comment or ""))
    )


def check_mark(verdict: Verdict, pair: Pair) -> None:
    """Raises `ReviewConflict` when the pair is no longer what the verdict's mark saw: wrong_mark, changed_practice,
    changed_requirement, decided_meanwhile."""
    if verdict.mark is None:
        return
    seen = parts_of(verdict.mark)
    value = pair.decision.record().value if pair.decision else None
    now = parts_of(mark(pair.practice, pair.requirement, pair.text, pair.statement, value))
    assert now is not None
    if seen is None or seen[0] != now[0]:
        raise ReviewConflict("wrong_mark", "校验码与做法、要求要点的标识不符，可能只排序了部分列；请重新导出后再填。")
    if seen[1] != now[1]:
        raise ReviewConflict("changed_practice", "做法的文字在导出之后已改变；请重新导出，按新的文字核定。")
    if seen[2] != now[2]:
        raise ReviewConflict("changed_requirement", "要求要点的文字在导出之后已改变；请重新导出，按新的文字核定。")
    if seen[3] != now[3]:
        raise ReviewConflict("decided_meanwhile", decided_by(pair.decision) + "；如仍有不同意见，请重新导出后核定。")


def decided_by(decision: Decision | None) -> str:
    """Who decided what, in words."""
    if decision is None:
        return "导出之后，原有的结论已被撤回"
    said = WORDS[decision.status] + (f"（{_DEGREES[decision.relation]}）" if decision.relation else "")
    return f"{decision.reviewer or '有人'}已于 {_moment(decision.reviewed_at)} 作出结论：{said}"


def _moment(at: str) -> str:
    """A time as the clock on the wall has it."""
    try:
        return f"{datetime.fromisoformat(at).astimezone():%Y-%m-%d %H:%M}"
    except ValueError:
        return at


def rule(verdict: Verdict, pair: Pair, decision: Decision, *, by_two: bool) -> Ruled:
    """What the verdict does to the pair; `decision` is how it is recorded if it takes effect.

    Raises `ReviewRefused`: same_person, nothing_to_withdraw.
    """
    if by_two:
        return _rule_by_two(verdict, pair, decision)
    standing = pair.standing
    if verdict.status == PROPOSED:
        if pair.decision is None and not pair.votes:
            return Ruled("unchanged", None)
        return Ruled("withdrawn", None)
    if standing and same_as(standing, verdict) and (verdict.repeatable or _same_hand(standing, verdict)):
        return Ruled("unchanged", standing, pair.votes)
    return Ruled("recorded", decision)


def _same_hand(decision: Decision, verdict: Verdict) -> bool:
    return (decision.reviewer, decision.relation, decision.comment) == (
        verdict.reviewer,
        verdict.relation,
        verdict.comment,
    )


def _rule_by_two(verdict: Verdict, pair: Pair, decision: Decision) -> Ruled:
    standing, votes = pair.standing, pair.living
    name = verdict.reviewer or ""
    own = next((vote for vote in votes if person(vote.reviewer) == person(name)), None)
    if verdict.status == PROPOSED:
        if own:
            return Ruled("withdrawn", pair.decision, tuple(vote for vote in votes if vote is not own))
        if pair.decision is None:
            words = "只有初核人本人可以撤回初核。" if votes else "没有可撤回的结论。"
            if verdict.repeatable or not votes:
                return Ruled("unchanged", None, votes)
            raise ReviewRefused("nothing_to_withdraw", words)
    elif standing and same_as(standing, verdict):
        return Ruled("unchanged", standing, votes)
    if own:
        if verdict.repeatable and own.status == verdict.status:
            return Ruled("unchanged", pair.decision, votes)
        raise ReviewRefused(
            "same_person",
            f"{own.reviewer}已初核为{WORDS[own.status]}，须由另一人复核；要改自己的意见，请先撤回初核。",
        )
    agreeing = next((vote for vote in votes if _agree(vote, verdict)), None)
    if agreeing is None:
        vote = Vote(
            verdict.status,
            verdict.relation,
            name,
            decision.reviewed_at,
            verdict.comment,
            decision.text_hash,
            decision.statement,
        )
        return Ruled("differs" if votes else "first", pair.decision, (*votes, vote))
    if verdict.status == PROPOSED:
        return Ruled("withdrawn", None)
    both = replace(
        decision,
        relation=verdict.relation or agreeing.relation,
        reviewer=f"{agreeing.reviewer}、{name}",
        comment=verdict.comment if agreeing.comment in (None, verdict.comment) else _joined(agreeing, verdict),
    )
    return Ruled("recorded", both)


def _agree(vote: Vote, verdict: Verdict) -> bool:
    relations = {vote.relation, verdict.relation} - {None}
    return vote.status == verdict.status and len(relations) <= 1


def _joined(vote: Vote, verdict: Verdict) -> str | None:
    """Both persons' reasons."""
    return "；".join(part for part in (vote.comment, verdict.comment) if part)
