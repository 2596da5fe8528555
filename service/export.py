"""Exports: the trace matrix as CSV, practices with all they evidence as JSON lines."""

import csv
import io
import json
from collections.abc import Iterable, Iterator

from engines.store import Reader
from queries.answers import Evidence
from queries.practices import Card, cards
from service import glossary

_CHUNK = 200
_COLUMNS = (
    "要求要点标识",
    "要求要点（依据编制说明整理，非标准原文）",
    "条款标识",
    "做法标识",
    "编号",
    "单位",
    "做法名称",
    "核定状态",
    "把握程度",
    "佐证程度",
    "核定人",
    "核定时间",
    "原文",
    "来源",
    "位置",
    "虚构样例",
)


def practice_cards(reader: Reader) -> Iterator[Card]:
    """Every practice with its links, by id."""
    ids = [node.id for node in reader.nodes(label="Practice")]
    for first in range(0, len(ids), _CHUNK):
        found = cards(reader, ids[first : first + _CHUNK], None)
        yield from (found[id] for id in ids[first : first + _CHUNK] if id in found)


def as_csv(found: Iterable[Card]) -> Iterator[str]:
    """A line a (practice, requirement); with a byte-order mark, since Excel takes UTF-8 for GBK without."""
    yield "\ufeff" + _line(_COLUMNS)
    for card in found:
        for row in _rows(card):
            yield _line(row)


def as_json_lines(found: Iterable[Card]) -> Iterator[str]:
    """A practice a line."""
    for card in found:
        record = {
            "id": card.practice.id,
            "practice": card.practice.model_dump(mode="json"),
            "clauses": [link.model_dump(mode="json") for link in card.clauses],
            "requirements": [link.model_dump(mode="json") for link in card.requirements],
            "evidence": [item.model_dump(mode="json") for item in card.evidence],
            "outcomes": [item.model_dump(mode="json") for item in card.outcomes],
        }
        yield json.dumps(record, ensure_ascii=False) + "\n"


def _rows(card: Card) -> Iterator[tuple[object, ...]]:
    practice = card.practice
    quote = card.evidence[0] if card.evidence else None
    for link in card.requirements:
        yield (
            link.id,
            link.statement,
            link.clause,
            practice.id,
            practice.external_id,
            "/".join(practice.organization.path or (practice.organization.name,)) if practice.organization else "",
            practice.title,
            glossary.STATUS[link.status],
            f"{link.confidence:.3f}",
            glossary.RELATION_DEGREE.get(link.relation or "", ""),
            link.reviewer,
            link.reviewed_at,
            quote.quote if quote else "",
            practice.source.name,
            _place(quote) if quote else "",
            "是" if practice.sample else "",
        )


def _place(quote: Evidence) -> str:
    return f"第 {quote.row} 行" if quote.row is not None else f"第 {quote.start}–{quote.end} 字"


def _line(cells: Iterable[object]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(_inert(cell) for cell in cells)
    return out.getvalue()


def _inert(cell: object) -> object:
    """A text that a spreadsheet would run as a formula, made plain text (OWASP, CSV injection)."""
    return "'" + cell if isinstance(cell, str) and cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell
