"""What is on record of reviews: decisions, every step that led to them, and first verdicts that wait for a second."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from analysis.same_text import folded, mark, person, same_text
from engines.store import Reader
from queries.paging import Key, page
from queries.records import Answer
from queries.visibility import Access, visible

_DECISION, _STEPS, _VOTES = "decision", "review", "first-review"


class Verdict(Answer):
    """A person's word as recorded: a decision, or one vote under the two-person rule."""

    status: str
    relation: str | None = None
    reviewer: str | None = None
    at: str | None = None
    comment: str | None = None


class Step(Verdict):
    """One step of review. `outcome`: recorded, first, differs, withdrawn. `current`: about the texts as they are now."""

    outcome: str
    via: str | None = None
    entered_by: str | None = None
    corrected: str | None = None  # the other requirement of a correction
    current: bool = True


class PairHistory(Answer):
    """All that was ever said of a practice and a requirement, oldest first, and what stands of it.

    `suspect`: the decision was made about another text or wording. `present`: practice and requirement are there.
    """

    practice: str
    requirement: str
    title: str | None = None
    statement: str | None = None
    decision: Verdict | None = None
    suspect: bool = False
    present: bool = True
    votes: tuple[Verdict, ...] = ()
    steps: tuple[Step, ...] = ()


class HistoryAnswer(Answer):
    results: tuple[PairHistory, ...]
    next: str | None = None


class Orphan(Answer):
    """A decision that nothing shows any more. `missing`: practice (its text changed, or its material is gone), or
    requirement. `document`: the material, where it is still stored."""

    practice: str
    requirement: str
    missing: Literal["practice", "requirement"]
    statement: str | None = None
    decision: Verdict
    title: str | None = None
    external_id: str | None = None
    collection: str | None = None
    name: str | None = None
    document: str | None = None


class OrphansAnswer(Answer):
    results: tuple[Orphan, ...]
    next: str | None = None


Said = Mapping[str, Any]


def decision(reader: Reader, key: str) -> Said | None:
    """The recorded decision on a pair (`practice|requirement`)."""
    return _value(reader, _DECISION, key)


def votes(reader: Reader) -> dict[str, list[dict[str, Any]]]:
    """Every pair with a first verdict that waits, and its votes in order."""
    return {record.key: list(record.value["votes"]) for record in reader.records(_VOTES) if record.value}


def holds(said: Said, text: str, statement: str) -> bool:
    """Whether a decision, vote or step is about these texts."""
    about, hashed = str(said.get("statement") or ""), str(said.get("text_hash") or "")
    return (not about or folded(about) == folded(statement)) and (not hashed or same_text(hashed, text))


def verdict_of(said: Said) -> Verdict:
    return Verdict(
        status=str(said["status"]),
        relation=said.get("relation"),
        reviewer=said.get("reviewer"),
        at=said.get("at") or said.get("reviewed_at"),
        comment=said.get("comment"),
    )


def mark_of(practice: str, requirement: str, text: str, statement: str, said: Said | None) -> str:
    """The mark by which a verdict given later tells whether anything has changed since."""
    return mark(practice, requirement, text, statement, said)


def history(
    reader: Reader,
    *,
    access: Access,
    practice: str | None = None,
    requirement: str | None = None,
    reviewer: str | None = None,
    limit: int = 20,
    cursor: str | None = None,
) -> HistoryAnswer:
    """Pairs with all their steps, the one touched last first. Raises `BadCursor`.

    reviewer: only pairs of which this person has said something; names are compared as the two-person rule does.
    """
    found = []
    for key, steps in _all_steps(reader, practice, requirement):
        whose, _, what = key.partition("|")
        if practice not in (None, whose) or requirement not in (None, what):
            continue
        if reviewer is not None and not any(_by(step, reviewer) for step in steps):
            continue
        found.append((key, steps))
    if access is not None:
        nodes = list(reader.nodes(ids=sorted({key.partition("|")[0] for key, _ in found}))) if found else []
        seen = {node.id for node in visible(reader, nodes, access)}
        found = [(key, steps) for key, steps in found if key.partition("|")[0] in seen]
    found.sort(key=_touched)
    taken, following = page(found, _touched, f"history|{practice}|{requirement}|{reviewer}", cursor, limit)
    return HistoryAnswer(results=tuple(_histories(reader, taken)), next=following)


def orphans(reader: Reader, *, limit: int = 20, cursor: str | None = None) -> OrphansAnswer:
    """The decisions whose practice or requirement is no longer there, by practice. Raises `BadCursor`."""
    records = [(record.key, record.value) for record in reader.records(_DECISION) if record.value]
    practices = sorted({key.partition("|")[0] for key, _ in records})
    present = {node.id for node in reader.nodes(ids=practices, label="Practice")} if practices else set()
    known = {node.id for node in reader.nodes(label="Requirement")}
    left = [
        (key, said)
        for key, said in records
        if key.partition("|")[0] not in present or key.partition("|")[2] not in known
    ]
    taken, following = page(sorted(left), lambda each: (each[0],), "orphans", cursor, limit)
    documents = {}
    if taken:
        for node in reader.nodes(label="Document"):
            documents[node.properties.get("collection"), node.properties.get("name")] = node.id
    return OrphansAnswer(
        results=tuple(
            Orphan(
                practice=key.partition("|")[0],
                requirement=key.partition("|")[2],
                missing="practice" if key.partition("|")[0] not in present else "requirement",
                statement=said.get("statement") or None,
                decision=verdict_of(said),
                document=documents.get((said.get("collection"), said.get("name"))) if said.get("name") else None,
                **{name: said.get(name) for name in ("title", "external_id", "collection", "name")},
            )
            for key, said in taken
        ),
        next=following,
    )


def _all_steps(reader: Reader, practice: str | None, requirement: str | None) -> Iterator[tuple[str, list[Said]]]:
    """Pairs with a history; a decision of before there was one makes its only step."""
    key = f"{practice}|{requirement}" if practice is not None and requirement is not None else ""
    told = set()
    for record in reader.records(_STEPS, key=key):
        if record.value:
            told.add(record.key)
            yield record.key, list(record.value["steps"])
    for record in reader.records(_DECISION, key=key):
        if record.value and record.key not in told:
            yield record.key, [{**record.value, "at": record.value.get("reviewed_at"), "outcome": "recorded"}]


def _touched(each: tuple[str, Sequence[Said]]) -> Key:
    key, steps = each
    try:
        return -datetime.fromisoformat(str(steps[-1]["at"])).timestamp(), key
    except ValueError:
        return 0.0, key


def _by(step: Said, reviewer: str) -> bool:
    return person(str(step.get("reviewer") or "")) == person(reviewer)


def _histories(reader: Reader, pairs: Sequence[tuple[str, Sequence[Said]]]) -> Iterator[PairHistory]:
    ids = sorted({part for key, _ in pairs for part in key.split("|")})
    nodes = {node.id: node for node in reader.nodes(ids=ids)} if ids else {}
    waiting = votes(reader)
    for key, steps in pairs:
        practice, _, requirement = key.partition("|")
        one, other = nodes.get(practice), nodes.get(requirement)
        text = str(one.properties.get("text") or "") if one else ""
        statement = str(other.properties.get("title") or "") if other else ""
        said = decision(reader, key)
        present = one is not None and other is not None
        title = (one.properties if one else said or {}).get("title")
        yield PairHistory(
            practice=practice,
            requirement=requirement,
            title=str(title) if title else None,
            statement=statement or (str(said.get("statement") or "") if said else "") or None,
            decision=verdict_of(said) if said else None,
            suspect=present and said is not None and not holds(said, text, statement),
            present=present,
            votes=tuple(verdict_of(vote) for vote in waiting.get(key, ()) if holds(vote, text, statement)),
            steps=tuple(_step(step, present and holds(step, text, statement)) for step in steps),
        )


def _step(said: Said, current: bool) -> Step:
    return Step(
        **verdict_of(said).model_dump(),
        outcome=str(said.get("outcome") or "recorded"),
        via=said.get("via") or None,
        entered_by=said.get("entered_by"),
        corrected=said.get("corrected"),
        current=current,
    )


def _value(reader: Reader, kind: str, key: str) -> Said | None:
    record = next(iter(reader.records(kind, key=key)), None)
    return record.value if record else None
