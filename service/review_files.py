"""The files that verdicts come in: XLSX as people leave it, CSV and JSON lines; rows with named cells."""

import csv
import io
import json
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import repeat, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from service.review_words import HEADINGS, column_of

if TYPE_CHECKING:
    from ingest.readers.package import Package

log = logging.getLogger("zhiwen")
_NEEDED: Final = ("practice", "requirement", "verdict")
# Users put rows above the heading; further down it is no heading any more.
_HEADING_WITHIN: Final = 30
_MOST_COLUMNS: Final = 256
_MOST_ROWS: Final = 200_000
# What stands in a cell whose formula was saved without its result.
UNCALCULATED: Final = "#公式没有计算结果"
# Columns of files that come in by another door, and what these are called.
_ELSEWHERE: Final = (
    (frozenset({"做法标识", "要求要点标识", "核定状态"}), "对照表"),
    (frozenset({"subject_id", "predicate_id", "object_id"}), "SSSOM 对应表"),
)


class SheetUnusable(ValueError):
    """A file from which no verdict can be read; the message (Chinese) says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row under a heading. `columns`: column → position; `marked`: from a workbook, whose rows carry marks;
    `fault`: why it cannot be read."""

    sheet: str
    number: int
    cells: tuple[str, ...]
    columns: Mapping[str, int]
    marked: bool
    fault: str = ""

    def value(self, column: str) -> str:
        """The cell as text without blanks around it; empty where there is none."""
        at = self.columns.get(column)
        return self.cells[at] if at is not None and at < len(self.cells) else ""

    def cell(self, column: str) -> str:
        """Where the column's cell stands, as people name it."""
        at = self.columns.get(column)
        if not self.marked or at is None:
            return f"第 {self.number} 行"
        return f"{_letters(at + 1)}{self.number}"


def read_rows(file: Path, name: str) -> tuple[list[Row], list[str]]:
    """All rows under a heading, of all sheets, and which sheets were left out though they look like lists.

    Raises `SheetUnusable`.
    """
    kind = name.lower().rpartition(".")[2]
    if not file.stat().st_size:
        raise SheetUnusable(f"{name} 是空文件（0 字节），可能没有保存或传输完整；请重新取得后重试。")
    if kind in ("xlsx", "xlsm"):
        return _workbook(file, name)
    if kind in ("csv", "tsv", "txt"):
        return _csv(file, name), []
    if kind in ("jsonl", "json"):
        return _json_lines(file), []
    raise SheetUnusable(f"不能读取 {name}：应为导出的核定表（.xlsx），或 .csv、.jsonl；.xls、.et 请另存为 .xlsx。")


def _workbook(file: Path, name: str) -> tuple[list[Row], list[str]]:
    with file.open("rb") as opened:
        start = opened.read(4)
    if not start.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        raise SheetUnusable(f"{name} 不是 Excel 文件，只是名称如此；请用 Excel 或 WPS 另存为 .xlsx，文本则改回 .csv。")
    package = _sound(file)
    try:
        found = _sheets(file, _has_formulas(package))
    except Exception as error:  # what a parser of a third party makes of a damaged file is not to be foreseen
        log.info("reading a workbook: %r", error)
        message = "工作簿读不出来，可能已损坏或加了密码；请用 Excel 或 WPS 另存为 .xlsx 后再试。"
        raise SheetUnusable(message) from error
    lists = [each for each in found if not isinstance(each, str)]
    left_out = [each for each in found if isinstance(each, str) and each]
    if not lists:
        raise SheetUnusable(left_out[0] if left_out else "没有找到核定表：缺少“结论”等列名所在的一行。")
    return [row for each in lists for row in each], left_out


def _sheets(file: Path, formulas_too: bool) -> list[list[Row] | str]:
    """The rows of every sheet that is a list; of another one, why it is none."""
    from warnings import catch_warnings, simplefilter

    from openpyxl import load_workbook

    content = file.read_bytes()  # a name without .xlsx would be refused
    # Excel extensions that openpyxl does not keep are none of our concern: nothing is written back.
    with catch_warnings():
        simplefilter("ignore")
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        formulas = load_workbook(io.BytesIO(content), read_only=True) if formulas_too else None
        try:
            return [
                _sheet(sheet.title, _cells(sheet, formulas[sheet.title] if formulas else None))
                for sheet in book.worksheets
            ]
        finally:
            for each in filter(None, (book, formulas)):
                each.close()


def _sound(file: Path) -> "Package":
    """The package, once it is known to be no bomb. Raises `SheetUnusable`."""
    from ingest.readers.errors import ReadFailed
    from ingest.readers.limits import DEFAULT_LIMITS
    from ingest.readers.package import Package

    try:
        return Package(file, DEFAULT_LIMITS)
    except ReadFailed as failure:
        raise SheetUnusable(f"不能读取工作簿：{failure.message}") from failure


def _has_formulas(package: "Package") -> bool:
    sheets = (name for name in package.names if name.startswith("xl/worksheets/") and name.endswith(".xml"))
    return any(re.search(rb"<f[ >/]", package.read(name) or b"") for name in sheets)


def _cells(sheet: Any, formulas: Any) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Row number and texts; what the file says of its own extent is not believed."""
    for each in filter(None, (sheet, formulas)):
        each.reset_dimensions()
    lines = sheet.iter_rows(max_col=_MOST_COLUMNS, values_only=True)
    written = formulas.iter_rows(max_col=_MOST_COLUMNS, values_only=True) if formulas is not None else repeat(())
    for number, (cells, raw) in enumerate(zip(lines, written, strict=False), 1):
        if number > _MOST_ROWS:
            return
        if any(cells) or any(raw):  # formats may reach down to the millionth row
            texts = (_text(cell) or _uncalculated(each) for cell, each in zip_longest(cells, raw[: len(cells)]))
            yield number, tuple(texts)


def _uncalculated(raw: Any) -> str:
    """Something that is no answer, where a formula was saved without its result."""
    return UNCALCULATED if isinstance(raw, str) and raw.startswith("=") else ""


def _sheet(title: str, lines: Iterator[tuple[int, tuple[str, ...]]]) -> list[Row] | str:
    """The rows under the heading; or why there are none (empty: the sheet is no list at all)."""
    why = ""
    for number, cells in lines:
        columns = _heading(cells)
        if "verdict" in columns and len(columns) > 1:
            missing = [HEADINGS[column][0] for column in (*_NEEDED, "mark") if column not in columns]
            if not missing:
                return [Row(title, at, texts, columns, True) for at, texts in lines if any(texts)]
            why = f"工作表“{title}”第 {number} 行的列名中缺少{'、'.join(missing)}；请用导出的核定表填写，不要删除列。"
        why = why or _elsewhere(cells)
        if number >= _HEADING_WITHIN:
            break
    return why


def _elsewhere(cells: Sequence[str]) -> str:
    """Where the file with these columns is taken in, if it is of another kind; else empty."""
    named = {cell.strip() for cell in cells}
    what = next((what for columns, what in _ELSEWHERE if columns <= named), "")
    return f"这是{what}，不是核定表；请用 zhiwen import 文件 导入（接口 POST /v1/import/decisions）。" if what else ""


def _heading(cells: Sequence[str]) -> dict[str, int]:
    """Column → position, the first of each name."""
    columns: dict[str, int] = {}
    for at, cell in enumerate(cells):
        if cell and len(cell) <= 60 and (column := column_of(cell)):
            columns.setdefault(column, at)
    return columns


def _csv(file: Path, name: str) -> list[Row]:
    text = _decoded(file)
    sample = text[:20_000]
    delimiter = max(",\t;", key=lambda each: len(_heading([c.strip() for c in sample.partition("\n")[0].split(each)])))
    lines = _records(text, name, delimiter)
    for number, line in enumerate(lines[:_HEADING_WITHIN]):
        columns = _heading([cell.strip() for cell in line])
        if all(column in columns for column in _NEEDED):
            under = enumerate(lines[number + 1 :], number + 2)
            return [Row("", at, tuple(map(str.strip, cells)), columns, False) for at, cells in under if any(cells)]
    raise SheetUnusable(_text_elsewhere(text) or _columns_needed())


def _text_elsewhere(text: str) -> str:
    heads = [line for line in text[:100_000].splitlines() if not line.startswith("#")][:_HEADING_WITHIN]
    return next(filter(None, (_elsewhere(re.split("[,;\t]", line)) for line in heads)), "")


def _records(text: str, name: str, delimiter: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    lines: list[list[str]] = []
    begun = 1
    try:
        for cells in reader:
            lines.append(cells)
            begun = reader.line_num + 1
    except csv.Error as error:
        if elsewhere := _text_elsewhere(text):
            raise SheetUnusable(elsewhere) from error
        # An open quote takes in lines, until the cell is too long as well.
        if "field larger" in str(error) and reader.line_num == begun:
            limit = csv.field_size_limit()
            raise SheetUnusable(f"{name} 第 {begun} 行有一格超过 {limit:,} 个字符；请缩短这一格后重试。") from error
        message = f"{name} 第 {begun} 行起引号不成对；请检查，或用 Excel、WPS 另存为 CSV UTF-8。"
        raise SheetUnusable(message) from error
    return lines


def _json_lines(file: Path) -> list[Row]:
    rows: list[Row] = []
    for number, line in enumerate(_decoded(file).split("\n"), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            rows.append(Row("", number, (), {}, False, "这一行不是 JSON 对象；应为每行一个完整的 JSON 对象。"))
            continue
        named = [(column_of(str(key)), _text(item)) for key, item in value.items()]
        columns = {column: at for at, (column, _) in enumerate(named) if column}
        rows.append(Row("", number, tuple(text for _, text in named), columns, False))
    if not any("verdict" in row.columns for row in rows):
        torn = "没有一行是 JSON 对象；应为每行一个完整的 JSON 对象。" if all(row.fault for row in rows) else ""
        raise SheetUnusable(torn + _columns_needed())
    return rows


def _columns_needed() -> str:
    names = "、".join(f"{HEADINGS[column][0]}（{HEADINGS[column][1]}）" for column in _NEEDED)
    return f"没有找到列名：须有{names}，另可有佐证程度、更正为、理由、核定人、校验码。"


def _decoded(file: Path) -> str:
    from ingest.readers.encoding import decode
    from ingest.readers.errors import ReadFailed

    try:
        return decode(file.read_bytes()).lstrip("\ufeff")
    except ReadFailed as failure:
        raise SheetUnusable(f"不能读取文件：{failure.message}") from failure


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value).strip()


def _letters(number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
