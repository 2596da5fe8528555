"""Tables that come back: rows of a workbook, of CSV and of tab-separated text, one broken row stopping no other."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_HEADING_WITHIN: Final = 30
_MOST_ROWS: Final = 200_000
_OLE: Final = b"\xd0\xcf\x11\xe0"
_MOST_CELLS: Final = 4_000_000
# A quote that is never closed would swallow the rest of the file: no cell has so many lines.
_MOST_LINES: Final = 200


class ImportUnusable(ValueError):
    """A file of which nothing can be taken in; the message (Chinese) says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row as it stands in the file: sheet (empty in texts), number from 1, cells; `fault`: why it is none."""

    sheet: str
    number: int
    cells: tuple[str, ...]
    fault: str = ""


def _text_of(file: Path) -> str:
    """The text of a file, UTF-8, UTF-16 or GB 18030. Raises `ImportUnusable`."""
    from ingest.readers.encoding import decode
    from ingest.readers.errors import ReadFailed

    try:
        return decode(file.read_bytes()).lstrip("\ufeff")
    except ReadFailed as failure:
        raise ImportUnusable(f"不能读取文件：{failure.message}") from failure


@dataclass(frozen=True, slots=True)
class Content:
    """What is in a file: the rows of each sheet of a workbook, or a text."""

    sheets: Mapping[str, Sequence[Line]]
    text: str = ""


def load(file: Path) -> Content:
    """The content, by what the file is and not by its name. Raises `ImportUnusable`."""
    with file.open("rb") as opened:
        start = opened.read(8)
    if not start:
        raise ImportUnusable("这是空文件（0 字节），可能没有保存或传输完整；请重新取得后重试。")
    if start.startswith(_OLE):
        raise ImportUnusable(
            "这是旧版 Excel 或 WPS 表格（.xls、.et），或加了密码的工作簿；请另存为不加密的 .xlsx 后重试。"
        )
    if not start.startswith(b"PK\x03\x04"):
        return Content({}, _text_of(file))
    sheets: dict[str, list[Line]] = {}
    for line in _workbook_lines(file):
        sheets.setdefault(line.sheet, []).append(line)
    return Content(sheets)


def _workbook_lines(file: Path) -> Iterator[Line]:
    """The rows of every visible sheet. Raises `ImportUnusable`."""
    import python_calamine

    from ingest.readers.errors import ReadFailed
    from ingest.readers.limits import DEFAULT_LIMITS
    from ingest.readers.package import Package

    try:
        Package(file, DEFAULT_LIMITS)  # is no bomb
        with python_calamine.CalamineWorkbook.from_path(str(file)) as workbook:
            for name in workbook.sheet_names:
                sheet = workbook.get_sheet_by_name(name)
                if sheet.total_height * sheet.total_width > _MOST_CELLS:
                    raise ImportUnusable(f"工作表“{name}”的使用区域太大；请清除远离数据区的多余单元格后重试。")
                first = sheet.start[0] if sheet.start else 0
                for number, cells in enumerate(sheet.to_python(skip_empty_area=True), first + 1):
                    yield Line(name, number, tuple(_plain(cell) for cell in cells))
    except ReadFailed as failure:
        raise ImportUnusable(f"不能读取工作簿：{failure.message}") from failure
    except python_calamine.PasswordError as error:
        raise ImportUnusable("工作簿加了密码；请去掉密码后重试。") from error
    except python_calamine.CalamineError as error:
        raise ImportUnusable("工作簿读不出来，可能已损坏；请用 Excel 或 WPS 另存为 .xlsx 后重试。") from error


def text_lines(lines: Sequence[str], delimiter: str, columns: int, first: int) -> Iterator[Line]:
    """Rows of `columns` cells from physical lines, the first of which has the number `first` in its file.

    A row with another number of cells, but for empty ones at its end, has a `fault`; where a quote is not closed,
    only the line that it stands in is lost.
    """
    at = 0
    while at < len(lines) and at < _MOST_ROWS:
        if not lines[at].strip(f"{delimiter} "):
            at += 1
            continue
        taken, cells = _record(lines, at, delimiter)
        if not isinstance(cells, str) and len(cells) != columns:
            cells = [*cells, *[""] * (columns - len(cells))]
            while len(cells) > columns and not cells[-1].strip():
                cells.pop()
        if isinstance(cells, str):
            yield Line("", first + at, (), cells)
            taken = 1
        elif len(cells) != columns:
            yield Line("", first + at, (), f"有 {len(cells)} 列，应为 {columns} 列")
            taken = 1
        else:
            yield Line("", first + at, tuple(cell.strip() for cell in cells))
        at += taken


def _record(lines: Sequence[str], at: int, delimiter: str) -> tuple[int, list[str] | str]:
    """How many lines the record that begins here takes, and its cells; or what is wrong with it."""
    window = lines[at : at + _MOST_LINES]
    reader = csv.reader((line + "\n" for line in window), delimiter=delimiter, strict=True)
    try:
        cells = next(reader)
    except (csv.Error, StopIteration):
        limit = csv.field_size_limit()
        return 1, f"有一格超过 {limit:,} 个字符" if len(lines[at]) > limit else "引号不成对"
    return reader.line_num, cells


def delimiter_of(heading: str) -> str:
    """What separates the names of the columns."""
    return max("\t,;", key=heading.count)


def heading_within(lines: Sequence[Line], needed: Sequence[str]) -> tuple[int, dict[str, int]] | None:
    """The place of the row that names all `needed` columns, among the first; and name → column."""
    for place, line in enumerate(lines[:_HEADING_WITHIN]):
        columns: dict[str, int] = {}
        for column, cell in enumerate(line.cells):
            columns.setdefault(cell.strip().removesuffix("*"), column)
        if all(name in columns for name in needed):
            return place, columns
    return None


def _plain(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
