"""The trace matrix: one row for every practice and requirement point that meet, and for each that meets nothing."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Final

from analysis.same_text import mark
from ingest.decisions import Decision, read_decisions
from queries.answers import ClauseRecord, RequirementLink, RequirementRecord
from queries.practices import Card
from service import glossary
from service.exchange.selection import Material
from service.exchange.wording import inert, none_seen, place, quoted, unit, unknown_items
from service.review_words import moment

REQUIREMENT_ID: Final = "要求要点标识"
CLAUSE_ID: Final = "条款标识"
PRACTICE_ID: Final = "做法标识"
STATUS: Final = "核定状态"
SUSPECT: Final = glossary.SUSPECT
RELATION: Final = "佐证程度"
REVIEWER: Final = "核定人"
REVIEWED_AT: Final = "核定时间"
COMMENT: Final = "理由"
CONFIDENCE: Final = glossary.CONFIDENCE
CHECK: Final = "校验码"
COLUMNS: Final = (
    REQUIREMENT_ID,
    glossary.REQUIREMENT_POINTS,
    CLAUSE_ID,
    "条款",
    PRACTICE_ID,
    "编号",
    "单位",
    "做法名称",
    STATUS,
    SUSPECT,
    CONFIDENCE,
    RELATION,
    REVIEWER,
    REVIEWED_AT,
    COMMENT,
    "原文",
    "来源",
    "位置",
    glossary.SAMPLE,
    CHECK,
)
_WIDTH: Final = len(COLUMNS)
REWORDED: Final = "文字已变"
NOTHING_FOUND: Final = "未找到可佐证的要求要点"
Row = tuple[object, ...]


def rows(material: Material) -> Iterator[Row]:
    """The matrix by practice; then the practices that meet nothing, the points that nothing meets, and the gaps.

    Nothing is left out, but with `accepted_only` whatever no person has accepted.
    """
    titles = {clause.id: clause.title for clause in material.clauses}
    decided = read_decisions(material.reader)
    met: set[str] = set()
    for card in material.cards():
        if not card.requirements:
            yield _unmatched(card)
        for link in card.requirements:
            if link.status in ("accepted", "proposed"):
                met.add(link.id)
            decision = decided.get(card.practice.id, {}).get(link.id)
            yield _matched(card, link, titles.get(link.clause, ""), decision)
    for point in material.requirements:
        if point.id not in met:
            yield _unmet(point, none_seen(material))
    for clause in material.clauses:
        if (said := unknown_items(clause)) is not None:
            yield _unknown(clause, said)


def as_csv(material: Material) -> Iterator[bytes]:
    """With a byte-order mark, since Excel takes UTF-8 for GBK without."""
    yield b"\xef\xbb\xbf" + line(COLUMNS)
    for row in rows(material):
        yield line(row)


def line(cells: Iterable[object]) -> bytes:
    """A line of CSV, its cells made inert."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(inert(cell) for cell in cells)
    return out.getvalue().encode("utf-8")


def _matched(card: Card, link: RequirementLink, clause: str, decision: Decision | None) -> Row:
    practice = card.practice
    quote = quoted(card, link)
    return (
        link.id,
        link.statement,
        link.clause,
        clause,
        practice.id,
        practice.external_id or "",
        unit(practice.organization),
        practice.title,
        glossary.STATUS[link.status],
        REWORDED if link.suspect else "",
        f"{link.confidence:.3f}" if link.method != "manual" else "",
        glossary.RELATION_DEGREE.get(link.relation or "", ""),
        link.reviewer or "",
        moment(link.reviewed_at),
        link.comment or "",
        quote.quote if quote else "",
        practice.source.name,
        place(quote) if quote else "",
        _sample(card),
        mark(practice.id, link.id, practice.text, link.statement, decision.record().value if decision else None),
    )


def _unmatched(card: Card) -> Row:
    practice = card.practice
    quote = card.evidence[0] if card.evidence else None
    return (
        *("",) * 4,
        practice.id,
        practice.external_id or "",
        unit(practice.organization),
        practice.title,
        NOTHING_FOUND,
        *("",) * 6,
        quote.quote if quote else practice.text,
        practice.source.name,
        place(quote) if quote else "",
        _sample(card),
        "",
    )


def _unmet(point: RequirementRecord, said: str) -> Row:
    head = (point.id, point.statement, point.clause.id, point.clause.title)
    return (*head, *("",) * 4, said, *("",) * (_WIDTH - 9))


def _unknown(clause: ClauseRecord, said: str) -> Row:
    return ("", said, clause.id, clause.title, *("",) * 4, glossary.GAP, *("",) * (_WIDTH - 9))


def _sample(card: Card) -> str:
    return "是" if card.practice.sample else ""
