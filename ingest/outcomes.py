"""Measured results of a stretch of a document: in running text as they stand, in a table by the name of their row."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from analysis.outcomes import MeasuredOutcome, find_outcomes
from ingest.pieces import Stretch
from ingest.readers.document import CELL_SEPARATOR

_WORDS: Final = re.compile(r"[A-Za-z\u3400-\u9fff]{2,}")
_DIGIT: Final = re.compile(r"\d")
_ASIDE: Final = re.compile(r"[（(【\[][^）)】\]]*[）)】\]]")  # the unit after an indicator's name
_LONGEST_VALUE: Final = 30
_NAME_WITHIN: Final = 2  # the name of a row stands in its first cell, or after a serial number


def outcomes_in(text: str, stretch: Stretch, rows: Sequence[Stretch]) -> Iterator[MeasuredOutcome]:
    """The results told in `text[start:end]`, by place, with offsets in `text`; one that nothing names is left out.

    `rows`: the document's table rows in order. What a row says is read cell by cell, under the name that the row
    has; its quote reaches from that name to the figure. A figure that only the table's head explains is left out.
    """
    start, end = stretch
    at = max(bisect_right(rows, stretch) - 1, 0)
    for first, last in rows[at:]:
        if first >= end:
            break
        if last <= start:
            continue
        if start < first:
            yield from _prose(text, start, first)
        yield from _row(text, max(start, first), min(end, last))
        start = min(end, last)
    if start < end:
        yield from _prose(text, start, end)


def _prose(text: str, start: int, end: int) -> Iterator[MeasuredOutcome]:
    for found in find_outcomes(text[start:end]):
        yield replace(found, start=start + found.start, end=start + found.end)


def _row(text: str, start: int, end: int) -> Iterator[MeasuredOutcome]:
    cells = list(_cells(text, start, end))
    names = (cell for cell in cells[:_NAME_WITHIN] if _is_name(text[slice(*cell)]))
    name = next(names, None)
    figures = [cell for cell in cells if cell != name and _DIGIT.search(text[slice(*cell)])]
    values = [cell for cell in figures if name is None or cell > name]
    for cell in cells:
        own = list(_prose(text, *cell))
        yield from own
        if name is not None and cell in values and not own and cell[1] - cell[0] <= _LONGEST_VALUE:
            yield from _value(text, name, cell, alone=len(values) == 1)


def _value(text: str, name: Stretch, cell: Stretch, alone: bool) -> Iterator[MeasuredOutcome]:
    """What a cell says of what the row is about. Of several figures without a verb nobody knows which is the result."""
    indicator = _ASIDE.sub("", text[slice(*name)]).strip()
    for found in find_outcomes(indicator + text[slice(*cell)])[:1]:
        if found.end > len(indicator) and (alone or found.direction in ("up", "down")):
            end = cell[0] + found.end - len(indicator)
            yield replace(found, indicator=indicator, start=name[0], end=end, quote=text[name[0] : end])


def _is_name(cell: str) -> bool:
    return bool(_WORDS.search(cell)) and not _DIGIT.search(cell) and len(cell) <= _LONGEST_VALUE


def _cells(text: str, start: int, end: int) -> Iterator[Stretch]:
    for cell in text[start:end].split(CELL_SEPARATOR):
        yield start, start + len(cell)
        start += len(cell) + len(CELL_SEPARATOR)
