"""What the self-assessment form (对标自评表) says of every requirement point, before anybody lays it out."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from queries.answers import ClauseRecord, RequirementLink, RequirementRecord
from queries.coverage import state_of
from queries.errors import BadQuestion
from queries.practices import Card
from service import glossary
from service.exchange.selection import Material
from service.exchange.wording import joined, none_seen, number, one_line, place, quoted, shortened, unit, unknown_items
from service.review_words import moment

_QUOTE: Final = 200  # characters of a practice's own words
_TITLE: Final = 60
_OUTCOMES: Final = 2
_ORDER: Final = ("accepted", "proposed", "not-applicable")
_UNITS_OWN: Final = "（只就该做法所在单位而言，本表范围内仍计入）"


@dataclass(frozen=True, slots=True)
class Entry:
    """One practice under a point: what is said of it, and where it stands. `firm`: a person has said so.

    `sets_aside`: 不适用, said by the very organisation that the form is for (see `queries.coverage`).
    """

    practice: str
    evidence: str
    firm: bool
    sets_aside: bool = False
    rank: tuple[int, float, str] = (9, 0.0, "")


@dataclass(slots=True)
class Point:
    """A requirement point, or what a clause is said to hold beside the known ones, with its entries."""

    clause: str
    statement: str
    entries: list[Entry] = field(default_factory=list)
    state: str = "none-seen"


@dataclass(frozen=True, slots=True)
class Form:
    """All points by clause. counts: state (as in coverage) → points, the unknown ones under `unknown`."""

    points: tuple[Point, ...]
    counts: dict[str, int]
    units: tuple[str, ...]
    practices: int


def form(material: Material) -> Form:
    """The form of an organisation with all below it, or of a collection.

    Raises `BadQuestion` where neither is given: practices of several enterprises are not one's own.
    """
    if material.whose is None and material.options.collection is None:
        known = "、".join(f"“{name}”" for name in material.collections[:10]) or "（还没有）"
        raise BadQuestion(
            "对标自评表按单位或材料集出具：请给出单位（organization，命令行 --organization）"
            f"或材料集（collection，--collection）；本库的材料集：{known}"
        )
    found: dict[str, list[Entry]] = {}
    hidden: dict[str, int] = {}
    chosen = 0
    accepted_only = material.options.accepted_only
    # Proposals are counted even where they are not shown, and 不适用 is no acceptance: hence the unfiltered cards.
    for card in material.cards(filtered=False):
        chosen += 1
        for link in card.requirements:
            if link.status == "rejected":
                continue
            if accepted_only and link.status == "proposed":
                hidden[link.id] = hidden.get(link.id, 0) + 1
            else:
                found.setdefault(link.id, []).append(_entry(material, card, link))
    points = list(_points(material, found, hidden))
    counts: dict[str, int] = {}
    for point in points:
        counts[point.state] = counts.get(point.state, 0) + 1
    return Form(tuple(points), counts, _units(material), chosen)


def _points(material: Material, found: dict[str, list[Entry]], hidden: dict[str, int]) -> Iterator[Point]:
    by_clause: dict[str, list[RequirementRecord]] = {}
    for point in material.requirements:
        by_clause.setdefault(point.clause.id, []).append(point)
    for clause in material.clauses:
        for record in by_clause.get(clause.id, []):
            yield _point(material, clause, record, found.get(record.id, []), hidden.get(record.id, 0))
        said = unknown_items(clause)
        if said is not None:
            entry = Entry(glossary.GAP, "", firm=True)
            yield Point(_clause(clause), f"（{said}）", [entry], "unknown")


def _point(
    material: Material, clause: ClauseRecord, record: RequirementRecord, entries: list[Entry], hidden: int
) -> Point:
    entries.sort(key=lambda entry: entry.rank)
    told = [_ORDER[entry.rank[0]] for entry in entries]
    state = state_of(
        accepted=told.count("accepted"),
        proposed=told.count("proposed") + hidden,
        set_aside=any(entry.sets_aside for entry in entries),
    )
    if state != "not-applicable":
        entries = [
            replace(entry, practice=entry.practice + _UNITS_OWN) if status == "not-applicable" else entry
            for entry, status in zip(entries, told, strict=True)
        ]
    listed = _listed(material, entries)
    if state != "not-applicable" and not {"accepted", "proposed"} & set(told):
        more = f"（另有系统建议 {hidden} 条待核，未列入）" if hidden else ""
        listed.insert(0, Entry(none_seen(material) + more, "", firm=True))
    return Point(_clause(clause), _statement(record), listed, state)


def _listed(material: Material, entries: list[Entry]) -> list[Entry]:
    """All that a person has said, and proposals up to the limit; how many are left out is said."""
    firm = [entry for entry in entries if entry.firm]
    proposed = [entry for entry in entries if not entry.firm]
    room = max(material.options.per_point - len(firm), 0)
    shown = sorted((*firm, *proposed[:room]), key=lambda entry: entry.rank)
    left = len(proposed) - min(room, len(proposed))
    if left:
        shown.append(
            Entry(f"另有系统建议（待核）{left} 条未列出，见对照表（zhiwen export --format xlsx）", "", firm=False)
        )
    return shown


def _entry(material: Material, card: Card, link: RequirementLink) -> Entry:
    practice = card.practice
    quote = quoted(card, link)
    rank = (_ORDER.index(link.status), -link.confidence, practice.id)
    source = f"{practice.source.name}，{place(quote)}" if quote else practice.source.name
    if practice.awards:
        source = joined((source, f"获奖：{one_line(practice.awards)}"))
    if link.status == "not-applicable":
        reason = f"{glossary.STATUS[link.status]}：{one_line(link.comment or '未写明理由')}"
        doubt = f"（{glossary.SUSPECT}：核定之后{glossary.REWORDED}）" if link.suspect else ""
        told = joined((reason, _title(material, card), _by(link), doubt))
        whose, by = material.whose, practice.organization
        sets_aside = whose is not None and by is not None and by.id == whose.id
        return Entry(told, source, firm=True, sets_aside=sets_aside, rank=rank)
    mark = glossary.STATUS[link.status]
    if link.suspect:
        mark += f"·{glossary.SUSPECT}：核定之后{glossary.REWORDED}"
    if degree := glossary.RELATION_DEGREE.get(link.relation or ""):
        mark += f"·{degree}"
    words = shortened(one_line(quote.quote if quote else practice.text), _QUOTE)
    text = joined((f"【{mark}】{_title(material, card)}", f"“{words}”", _outcomes(card, words), _by(link)))
    return Entry(text, source, firm=link.status == "accepted", rank=rank)


def _title(material: Material, card: Card) -> str:
    practice = card.practice
    parts = [f"【{glossary.SAMPLE}】" if practice.sample else "", shortened(one_line(practice.title), _TITLE)]
    whose = material.whose
    if practice.organization is not None and (whose is None or practice.organization.id != whose.id):
        parts.append(f"（{unit(practice.organization)}）")
    return "".join(parts)


def _outcomes(card: Card, words: str) -> str:
    told = dict.fromkeys(one_line(outcome.quote) for outcome in card.outcomes)
    new = [shortened(quote, _TITLE) for quote in told if quote not in words][:_OUTCOMES]
    return f"成效：{'；'.join(new)}" if new else ""


def _by(link: RequirementLink) -> str:
    if link.status == "proposed":
        return ""
    said = [part for part in (link.reviewer, moment(link.reviewed_at)) if part]
    reason = f"；理由：{one_line(link.comment)}" if link.comment and link.status == "accepted" else ""
    return f"（核定：{' '.join(said)}{reason}）" if said or reason else ""


def _clause(clause: ClauseRecord) -> str:
    return joined((clause.title, number(clause)))


def _statement(record: RequirementRecord) -> str:
    return record.statement + (f"（{glossary.SITE_REQUIREMENT}）" if record.basis == "site" else "")


def _units(material: Material) -> tuple[str, ...]:
    """The units below the organisation whose material counts in."""
    own = material.whose.id if material.whose else None
    return tuple(sorted(unit(one) for id, one in material.units.items() if id != own))
