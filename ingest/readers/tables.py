"""The files that case lists come in: CSV, Excel workbooks and JSON lines."""

import csv
import json
import re
from collections.abc import Iterator
from datetime import date, datetime
from html import unescape
from io import StringIO
from pathlib import Path
from typing import Any, Final

from ingest.readers.case_list import Row, Table, compose_list
from ingest.readers.columns import column
from ingest.readers.document import Composer, SourceDocument, clean
from ingest.readers.encoding import decode
from ingest.readers.errors import ReadFailed
from ingest.readers.formats import MEDIA_TYPES
from ingest.readers.limits import Limits
from ingest.readers.package import Package

_DELIMITERS: Final = ",\t;|，"
_SHOWN: Final = 20
_UNCALCULATED: Final = re.compile(rb"<c\b[^>]*>\s*<f\b[^>]*(?:/>|>[^<]*</f>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>")
_HEADER_FOOTER: Final = re.compile(r"<(?:odd|even|first)(?:Header|Footer)>([^<]*)<")
_FOOTER_CODES: Final = re.compile(r'&(?:"[^"]*"|K[0-9A-F]{6}|\d+|[A-Z])')
_ESCAPE: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
_A: Final = "{http://schemas.openxmlformats.org/drawingml/2006/main}"


def read_csv(path: Path, name: str, limits: Limits) -> SourceDocument:
    """A CSV file with comma, tab, semicolon or bar. Raises `ReadFailed`."""
    text = decode(path.read_bytes()).replace("\x00", "").lstrip("\ufeff")
    usual = csv.field_size_limit(limits.file)  # the process's: others read tables, too
    try:
        return compose_list(Composer(), [Table(_csv_rows(text, _delimiter(text)))], name, MEDIA_TYPES["csv"], limits)
    finally:
        csv.field_size_limit(usual)


def _csv_rows(text: str, delimiter: str) -> Iterator[Row]:
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    try:
        for number, cells in enumerate(reader, 1):
            yield number, cells
    except csv.Error as error:
        raise ReadFailed(
            "damaged_file",
            f"第 {number + 1} 行（文本第 {reader.line_num} 行）附近的引号不成对",
            "请检查该行的英文双引号，或用 Excel、WPS 打开后另存为 CSV UTF-8 再重试",
        ) from error


def _delimiter(text: str) -> str:
    """The delimiter under which a row names the most columns; else the one that occurs most evenly."""
    lines = [line for line in text[:100_000].splitlines() if line.strip()][:20]

    def quality(delimiter: str) -> tuple[int, int, int]:
        parts = [line.split(delimiter) for line in lines]
        known = max(
            (len({found[0] for cell in cells if (found := column(cell.strip('"')))}) for cells in parts), default=0
        )
        return known, min((len(cells) for cells in parts), default=0), -_DELIMITERS.index(delimiter)

    return max(_DELIMITERS, key=quality)


def read_jsonl(path: Path, name: str, limits: Limits) -> SourceDocument:
    """A JSON object a line (or one array of objects). Raises `ReadFailed`."""
    composer = Composer()
    objects: list[tuple[int, dict[str, Any]]] = []
    bad: list[int] = []
    for number, value in _json_values(decode(path.read_bytes())):
        if isinstance(value, dict):
            objects.append((number, value))
        else:
            bad.append(number)
    if not objects:
        raise ReadFailed(
            "damaged_file" if bad else "no_text",
            "没有一行是 JSON 对象" if bad else "",
            "请改为每行一个 JSON 对象后重试",
        )
    if bad:
        shown = "、".join(map(str, bad[:_SHOWN])) + (f" 等 {len(bad)} 行" if len(bad) > _SHOWN else "")
        composer.warn("bad_line", f"不是 JSON 对象的行没有导入：第 {shown} 行")
    header = list(dict.fromkeys(key for _, item in objects for key in item))
    rows = ((number, [_json_cell(item.get(key)) for key in header]) for number, item in objects)
    table = Table(rows, header=[clean(key) for key in header])
    return compose_list(composer, [table], name, MEDIA_TYPES["jsonl"], limits)


def _json_values(text: str) -> Iterator[tuple[int, Any]]:
    """(line, value), the value `None` where the line is no JSON."""
    if text.lstrip().startswith("["):
        array = _json(text)
        if isinstance(array, list):
            yield from enumerate(array, 1)
            return
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield number, _json(line)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _json_cell(value: Any) -> str:
    if isinstance(value, list):
        return "\n".join(filter(None, map(_json_cell, value)))
    if isinstance(value, dict):
        return "\n".join(f"{key}：{text}" for key, item in value.items() if (text := _json_cell(item)))
    return _cell(value)


def read_xlsx(path: Path, name: str, limits: Limits) -> SourceDocument:
    """An Excel workbook; every visible sheet with a column of texts. Raises `ReadFailed`."""
    import python_calamine

    package = Package(path, limits)
    composer = Composer()
    _margins(package, composer)
    try:
        with python_calamine.CalamineWorkbook.from_path(str(path)) as workbook:
            return compose_list(composer, _sheets(workbook, composer, limits), name, MEDIA_TYPES["xlsx"], limits)
    except python_calamine.PasswordError as error:
        raise ReadFailed("password_required") from error
    except python_calamine.CalamineError as error:
        raise ReadFailed("damaged_file", "工作簿内容读不出来") from error


def _sheets(workbook: Any, composer: Composer, limits: Limits) -> Iterator[Table]:
    import python_calamine

    hidden = []
    for sheet in workbook.sheets_metadata:
        if sheet.typ != python_calamine.SheetTypeEnum.WorkSheet:
            continue
        if sheet.visible != python_calamine.SheetVisibleEnum.Visible:
            hidden.append(clean(sheet.name))
            continue
        content = workbook.get_sheet_by_name(sheet.name)
        if content.total_height * content.total_width > limits.cells:
            raise ReadFailed(
                "too_large",
                f"工作表 {clean(sheet.name)} 的使用区域超过 {limits.cells} 格",
                "请清除远离数据区的多余单元格后重试",
            )
        left = content.start[1] if content.start else 0
        merged = [
            (top + 1, end + 1, at - left) for (top, at), (end, _) in content.merged_cell_ranges or () if end > top
        ]
        rows = ((number, [_cell(value) for value in cells]) for number, cells in enumerate(content.iter_rows(), 1))
        yield Table(rows, sheet=clean(sheet.name), merged=merged)
    if hidden:
        composer.warn("hidden_sheet_skipped", f"隐藏的工作表没有导入：{'、'.join(hidden[:_SHOWN])}")


def _cell(value: Any) -> str:
    """A cell as it reads: whole numbers without a fraction, dates as ISO."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e21 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    return _ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), str(value))


def _margins(package: Package, composer: Composer) -> None:
    """Page headers, text boxes and comments of a workbook; and formulas that were never calculated."""
    uncalculated = 0
    for name in sorted(package.names):
        if name.startswith("xl/worksheets/") and name.endswith(".xml"):
            data = package.read(name) or b""
            uncalculated += len(_UNCALCULATED.findall(data))
            for found in _HEADER_FOOTER.finditer(data.decode("utf-8", errors="replace")):
                for part in re.split(r"&[LCR]", unescape(found[1])):
                    composer.margin(_FOOTER_CODES.sub("", part))
        elif name.startswith(("xl/drawings/", "xl/comments")) and name.endswith(".xml"):
            _drawn(package, name, composer)
    if uncalculated:
        composer.warn(
            "formula_without_value",
            f"{uncalculated} 个公式没有保存计算结果，按空白处理；请用 Excel 或 WPS 打开并保存后重新导入",
        )


def _drawn(package: Package, name: str, composer: Composer) -> None:
    root = package.xml(name)
    if root is None:
        return
    for paragraph in root.iter(f"{_A}p", "{*}comment"):
        composer.margin("".join(node.text or "" for node in paragraph.iter("{*}t")))
