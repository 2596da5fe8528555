"""Coverage: for which requirement points an organisation or a collection has evidence, likely evidence, or none seen.

不适用 is one unit's word about itself. A requirement leaves the denominator only of the very organisation whose own
practice it was said on, and only where no practice of the scope is accepted or proposed for it. For a superior
organisation, a collection and everything it stays in the denominator, and 不适用 is counted beside it as information.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from engines.store import Reader, ReadQuery
from queries.answers import ClauseCoverage, ClauseRecord, CoverageAnswer, OrganizationRef, RequirementCoverage
from queries.catalogue import catalogue
from queries.clauses import clause_tree
from queries.errors import BadQuestion, UnknownId
from queries.organizations import organization
from queries.visibility import Access, below, shares

State = Literal["covered", "likely", "none-seen", "not-applicable"]
_UNPHASED = "none"


@dataclass(slots=True)
class _Tally:
    """What is known of one requirement: number of practices by status, and the best confidence of a proposal."""

    by_status: dict[str, int] = field(default_factory=dict)
    best: float | None = None


def state_of(*, accepted: int, proposed: int, set_aside: bool) -> State:
    """The state of a requirement from its practices by status.

    set_aside: the organisation asked for has itself, not a unit below it, said 不适用 on a practice of its own.
    """
    if accepted:
        return "covered"
    if proposed:
        return "likely"
    return "not-applicable" if set_aside else "none-seen"


def coverage(
    reader: Reader, *, access: Access, organization_id: str | None = None, collection: str | None = None
) -> CoverageAnswer:
    """Coverage of an organisation (by id or name) with all below it, of a collection, or of everything.

    A requirement is not-applicable where the organisation itself said so of a practice of its own and nothing of the
    scope is accepted or proposed for it; never over a collection or everything. Raises `UnknownId`, and
    `BadQuestion` when both are given.
    """
    if organization_id is not None and collection is not None:
        raise BadQuestion("organization 和 collection 只能给一个")
    whose: OrganizationRef | None = None
    if organization_id is not None:
        whose = organization(reader, organization_id, access=access)
        ids = sorted(below(reader, whose.id))
        counted = catalogue.query("coverage_organizations", ids=ids)
        held = catalogue.query("documents_of_organizations", ids=ids)
    elif collection is not None:
        counted = catalogue.query("coverage_collection", collection=collection)
        held = catalogue.query("documents_of_collection", collection=collection)
    else:
        counted, held = catalogue.query("coverage_all"), catalogue.query("documents_of_practices")
    documents, practices = _held(reader, held, access)
    if collection is not None and not documents:
        raise UnknownId("collection", collection)
    tallies = _tallies(reader, counted, access)
    set_aside = _set_aside(reader, whose, access)
    clauses = tuple(_clause(record, tallies, set_aside) for record in _setting(clause_tree(reader, access=access)))
    by_phase: dict[str, dict[str, int]] = {}
    for each in clauses:
        phase = by_phase.setdefault(
            each.phase or _UNPHASED, dict.fromkeys(("covered", "likely", "none-seen", "not-applicable"), 0)
        )
        for requirement in each.requirements:
            phase[requirement.state] += 1
    totals = {
        state: sum(phase[state] for phase in by_phase.values())
        for state in ("covered", "likely", "none-seen", "not-applicable")
    }
    return CoverageAnswer(
        organization=whose,
        collection=collection,
        documents=documents,
        practices=practices,
        total=totals["covered"] + totals["likely"] + totals["none-seen"],
        covered=totals["covered"],
        likely=totals["likely"],
        none_seen=totals["none-seen"],
        not_applicable=totals["not-applicable"],
        share=_share(
            totals["covered"], sum(each.covered + each.likely + each.none_seen + _unknown(each) for each in clauses)
        ),
        by_phase=by_phase,
        clauses=clauses,
    )


def _held(reader: Reader, query: ReadQuery, access: Access) -> tuple[int, int]:
    rows = [row for row in reader.read(query) if row["document"] is not None and shares(row["access"], access)]
    return len({row["document"] for row in rows}), sum(row["practices"] for row in rows)


def _tallies(reader: Reader, query: ReadQuery, access: Access) -> dict[str, _Tally]:
    tallies: dict[str, _Tally] = {}
    for row in reader.read(query):
        if row["id"] is None or not shares(row["access"], access):
            continue
        tally = tallies.setdefault(row["id"], _Tally())
        status = row["status"] or "proposed"
        tally.by_status[status] = tally.by_status.get(status, 0) + row["practices"]
        if status in ("accepted", "proposed") and row["best"] is not None:
            tally.best = max(tally.best or 0.0, row["best"])
    return tallies


def _set_aside(reader: Reader, whose: OrganizationRef | None, access: Access) -> frozenset[str]:
    """The requirements on which the organisation itself has said 不适用."""
    if whose is None:
        return frozenset()
    own = _tallies(reader, catalogue.query("coverage_organizations", ids=[whose.id]), access)
    return frozenset(id for id, tally in own.items() if tally.by_status.get("not-applicable"))


def _setting(tree: tuple[ClauseRecord, ...]) -> list[ClauseRecord]:
    """The clauses that set requirements, in order."""
    found: list[ClauseRecord] = []
    for record in tree:
        if record.requirements:
            found.append(record)
        found += _setting(record.children)
    return found


def _clause(record: ClauseRecord, tallies: Mapping[str, _Tally], set_aside: frozenset[str]) -> ClauseCoverage:
    rows = []
    for point in record.requirements:
        tally = tallies.get(point.id, _Tally())
        accepted, proposed = tally.by_status.get("accepted", 0), tally.by_status.get("proposed", 0)
        row = RequirementCoverage(
            id=point.id,
            statement=point.title,
            state=state_of(accepted=accepted, proposed=proposed, set_aside=point.id in set_aside),
            accepted=accepted,
            proposed=proposed,
            not_applicable=tally.by_status.get("not-applicable", 0),
            best_confidence=tally.best,
        )
        rows.append(row)
    states = [row.state for row in rows]
    declared = record.declared_items
    note = None
    if declared is not None and record.known_items < declared:
        note = f"说明称有 {declared} 项，只载明 {record.known_items} 项：覆盖以已载明的为限，不计为全部覆盖"
    covered = ClauseCoverage(
        id=record.id,
        title=record.title,
        phase=record.phase,
        requirements=tuple(rows),
        covered=states.count("covered"),
        likely=states.count("likely"),
        none_seen=states.count("none-seen"),
        not_applicable=states.count("not-applicable"),
        declared_items=declared,
        known_items=None if declared is None else record.known_items,
        note=note,
    )
    applicable = covered.covered + covered.likely + covered.none_seen + _unknown(covered)
    return covered.model_copy(update={"share": _share(covered.covered, applicable)})


def _unknown(clause: ClauseCoverage) -> int:
    """Items that the clause is said to have and nobody here knows: as long as there are any, it is not fully covered."""
    return max(0, (clause.declared_items or 0) - (clause.known_items or 0))


def _share(covered: int, applicable: int) -> float | None:
    return round(covered / applicable, 4) if applicable else None
