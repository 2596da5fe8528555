"""Reads dates as Chinese sources write them, and as spreadsheets store them."""

import re
from datetime import date, timedelta
from typing import Final

from analysis.folding import fold_width
from analysis.numerals import DIGITS, parse_number

_YEAR: Final = r"(?P<year>(?:19|20)\d\d)"
_HAN_YEAR: Final = r"(?P<hanyear>[一二][〇零○О0一二三四五六七八九]{3})"
_HAN: Final = "[一二三四五六七八九十]{1,3}"
_CHINESE: Final = re.compile(
    rf"(?<!\d)(?:{_YEAR}|{_HAN_YEAR})\s?年(?:度)?(?:\s?(?P<month>\d{{1,2}}|{_HAN})\s?月(?:份)?(?:\s?(?P<day>\d{{1,2}}|{_HAN})\s?[日号])?)?"
)
_SEPARATED: Final = re.compile(
    rf"(?<![\d.\-/]){_YEAR}\s?(?P<mark>[-/.])\s?(?P<month>\d{{1,2}})(?:\s?(?P=mark)\s?(?P<day>\d{{1,2}}))?(?!\d|[-/.]\d|\s?[年%万亿元吨件])"
)
_COMPACT: Final = re.compile(rf"(?<![\d.]){_YEAR}(?P<month>0[1-9]|1[0-2])(?P<day>0[1-9]|[12]\d|3[01])(?![\d.])")
_MONTH_CELL: Final = re.compile(rf"{_YEAR}(?P<month>0[1-9]|1[0-2])")
_YEAR_CELL: Final = re.compile(_YEAR)
_SERIAL_CELL: Final = re.compile(r"(\d{5})(?:\.\d+)?")
# Day 0 of the spreadsheet calendar; it counts a 29 February 1900 that never was.
_SERIAL_ZERO: Final = date(1899, 12, 30)
_SERIAL_RANGE: Final = (25569, 73050)  # 1970 … 2099: other numbers are no dates


def _number(text: str | None) -> int | None:
    value = parse_number(text) if text else None
    return None if value is None else int(value)


def _year(match: re.Match[str]) -> int:
    groups = match.groupdict()
    if groups.get("year"):
        return int(groups["year"])
    # ○ and О are often typed for 〇.
    return int("".join("0" if char in "○О0" else str(DIGITS[char]) for char in groups["hanyear"]))


def _iso(year: int, month: int | None, day: int | None) -> str | None:
    """ISO date, `None` when there is no such day."""
    try:
        whole = date(year, month or 1, day or 1)
    except ValueError:
        return None
    return whole.isoformat()[: 10 if day else 7 if month else 4]


def _from(match: re.Match[str]) -> str | None:
    groups = match.groupdict()
    year = _year(match)
    if not 1900 <= year <= 2099:
        return None
    return _iso(year, _number(groups.get("month")), _number(groups.get("day")))


def find_date(text: str) -> str | None:
    """The first date in running text as `yyyy[-mm[-dd]]`; impossible ones are passed over.

    The most exact of the dates wins over an earlier bare year: in "2023年，公司于6月…" and the like the
    year is all there is, but "2023年度 … 2023年6月1日" gives the day.
    """
    folded = fold_width(text)
    found = [
        (match.start(), iso)
        for pattern in (_CHINESE, _SEPARATED, _COMPACT)
        for match in pattern.finditer(folded)
        if (iso := _from(match))
    ]
    exact = [item for item in found if len(item[1]) > 4]
    return min(exact or found, default=(0, None))[1]


def parse_date(cell: str) -> str | None:
    """The date of a table cell as `yyyy[-mm[-dd]]`, `None` when the cell holds none.

    Besides what `find_date` reads: a lone year, yyyymm, an ISO time stamp, and a spreadsheet serial
    number ("45078" → 2023-06-01; days from 1899-12-30, accepted for 1970 to 2099).
    """
    plain = fold_width(cell).strip()
    serial = _SERIAL_CELL.fullmatch(plain)
    if serial and _SERIAL_RANGE[0] <= int(serial[1]) <= _SERIAL_RANGE[1]:
        return (_SERIAL_ZERO + timedelta(days=int(serial[1]))).isoformat()
    for pattern in (_MONTH_CELL, _YEAR_CELL):
        match = pattern.fullmatch(plain)
        if match:
            return _from(match)
    return find_date(plain)
