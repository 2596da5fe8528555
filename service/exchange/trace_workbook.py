"""The trace matrix as an Excel workbook: sorted by requirement point, with filters and lists to choose from."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from service import glossary
from service.exchange.selection import Material
from service.exchange.trace_matrix import (
    CHECK,
    CLAUSE_ID,
    COLUMNS,
    COMMENT,
    CONFIDENCE,
    NOTHING_FOUND,
    PRACTICE_ID,
    RELATION,
    REQUIREMENT_ID,
    REVIEWED_AT,
    REVIEWER,
    STATUS,
    SUSPECT,
    Row,
    rows,
)
from service.exchange.wording import NONE_ACCEPTED, basis
from service.exchange.workbook import FOOTER, Styles, height, printed, put, saved

SHEET: Final = "对照表"
# What people read comes first; identifiers stand at the end and are not printed.
_WIDTHS: Final = {
    glossary.REQUIREMENT_POINTS: 26.0,
    "条款": 11.0,
    "单位": 15.0,
    "做法名称": 18.0,
    STATUS: 13.0,
    SUSPECT: 6.0,
    CONFIDENCE: 8.0,
    RELATION: 9.0,
    REVIEWER: 9.0,
    REVIEWED_AT: 16.0,
    COMMENT: 15.0,
    "原文": 44.0,
    "来源": 16.0,
    "位置": 13.0,
    glossary.SAMPLE: 6.0,
    REQUIREMENT_ID: 22.0,
    CLAUSE_ID: 22.0,
    PRACTICE_ID: 23.0,
    "编号": 10.0,
    CHECK: 38.0,
}
_PLACES: Final = tuple(COLUMNS.index(name) for name in _WIDTHS)
_PRINTED: Final = 15
_HEAD_ROW: Final = 3
_BODY, _SOFT, _NUMBER = "对照表正文", "对照表待核", "数"
_EDITED: Final = (STATUS, RELATION, REVIEWER, COMMENT)


def as_workbook(material: Material) -> Iterator[bytes]:
    """Two sheets: what this is and how to give it back, and the matrix. The view is let go before writing."""
    found = sorted(rows(material), key=_order(material))
    material.release()
    from openpyxl import Workbook

    workbook = Workbook(write_only=True)
    styles = Styles()
    _named(workbook, styles)
    _explained(workbook.create_sheet("说明"), material, found, styles)
    _matrix(workbook.create_sheet(SHEET), material, found, styles)
    return saved(workbook)


def _order(material: Material) -> Any:
    places = {point.id: (place, 0) for place, point in enumerate(material.requirements)}
    last = {point.clause.id: place for place, point in enumerate(material.requirements)}
    statuses = {name: place for place, name in enumerate(glossary.STATUS.values())}
    id, clause, status, score = (COLUMNS.index(name) for name in (REQUIREMENT_ID, CLAUSE_ID, STATUS, CONFIDENCE))

    def key(row: Row) -> tuple[object, ...]:
        place = places.get(str(row[id])) or (last.get(str(row[clause]), len(places)), 1)
        return (*place, statuses.get(str(row[status]), 9), -float(str(row[score]) or 2))

    return key


def _cell(sheet: Any, value: object, font: Any, alignment: Any) -> Any:
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(sheet)
    put(cell, value)
    cell.font, cell.alignment = font, alignment
    return cell


def _named(workbook: Any, styles: Styles) -> None:
    """The looks of the rows under names: set so, a cell costs a third of what its parts cost one by one."""
    from openpyxl.styles import NamedStyle

    for name, font in ((_BODY, styles.body), (_SOFT, styles.soft)):
        workbook.add_named_style(NamedStyle(name, font=font, alignment=styles.top, border=styles.box))
        number = NamedStyle(name + _NUMBER, font=font, alignment=styles.top, border=styles.box, number_format="0.000")
        workbook.add_named_style(number)


def _row_cell(sheet: Any, value: object, style: str) -> Any:
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(sheet)
    cell.style = style
    put(cell, value)
    return cell


def _number_cell(sheet: Any, value: object, style: str) -> Any:
    """A number that can be sorted and filtered as one."""
    from openpyxl.cell import WriteOnlyCell

    if not value:
        return _row_cell(sheet, value, style)
    cell = WriteOnlyCell(sheet, float(str(value)))
    cell.style = style + _NUMBER
    return cell


def _explained(sheet: Any, material: Material, found: Sequence[Row], styles: Styles) -> None:
    status, suspect = COLUMNS.index(STATUS), COLUMNS.index(SUSPECT)
    counted = [(name, sum(row[status] == name for row in found)) for name in (*glossary.STATUS.values(), *_OTHERS)]
    told = [
        ("性质", basis(material)),
        ("范围", material.scope + ("；只列已采信的" if material.options.accepted_only else "")),
        ("导出时间", material.about.at.strftime("%Y-%m-%d %H:%M")),
        ("生成", f"质文图谱 {material.about.version}"),
        *((name, f"{count} 行") for name, count in counted if count),
        *((SUSPECT, f"{count} 行：{_SUSPECT}") for count in [sum(bool(row[suspect]) for row in found)] if count),
        ("怎样核定", _HOW),
        (
            "怎样回填",
            "在本系统中执行 zhiwen import 文件名，或在接口 POST /v1/import/decisions 上传；只导入改动过的行。",
        ),
    ]
    sheet.column_dimensions["A"].width = 24
    sheet.column_dimensions["B"].width = 100
    printed(sheet, head=None, footer=FOOTER)  # before the first row: what stands above the rows is written with it
    sheet.append([_cell(sheet, f"《{glossary.STANDARD_TITLE}》对照表", styles.title, _unwrapped())])
    for number, (name, said) in enumerate(told, 2):
        sheet.row_dimensions[number].height = height([(said, 100.0)])
        sheet.append([_cell(sheet, name, styles.bold, styles.top), _cell(sheet, said, styles.body, styles.top)])


_OTHERS: Final = (glossary.NONE_SEEN, NONE_ACCEPTED, NOTHING_FOUND, glossary.GAP)
_SUSPECT: Final = f"核定之后{glossary.REWORDED}，请重新核定；原已采信的暂列为{glossary.STATUS['proposed']}"
_HOW: Final = (
    f"在“{SHEET}”中改{'、'.join(_EDITED)}四列（表头带下划线）：{STATUS}改为已采信、不采信或不适用（不适用须写理由），"
    f"{RELATION}可填充分佐证、部分佐证或不构成佐证。其余各列请勿改动；可以筛选、排序（须整行）和删除不需要的行。"
)


def _matrix(sheet: Any, material: Material, found: Sequence[Row], styles: Styles) -> None:
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    letters = {name: get_column_letter(place) for place, name in enumerate(_WIDTHS, 1)}
    for name, wide in _WIDTHS.items():
        sheet.column_dimensions[letters[name]].width = wide
    sheet.freeze_panes = f"B{_HEAD_ROW + 1}"
    bottom = _HEAD_ROW + max(len(found), 1)
    sheet.auto_filter.ref = f"A{_HEAD_ROW}:{letters[CHECK]}{bottom}"
    sheet.print_area = f"A1:{get_column_letter(_PRINTED)}{bottom}"
    _choices(sheet, letters, bottom)
    printed(sheet, head=f"1:{_HEAD_ROW}", footer=FOOTER)
    sheet.append([_cell(sheet, f"《{glossary.STANDARD_TITLE}》对照表：{material.scope}", styles.bold, _unwrapped())])
    sheet.append([_cell(sheet, basis(material), styles.note, _unwrapped())])
    marked = Font(name=styles.bold.name, size=styles.bold.size, bold=True, underline="single")
    heads = []
    for name in _WIDTHS:
        head = _cell(sheet, name, marked if name in _EDITED else styles.bold, styles.middle)
        head.fill, head.border = styles.fill, styles.box
        heads.append(head)
    sheet.row_dimensions[_HEAD_ROW].height = 32
    sheet.append(heads)
    proposed = glossary.STATUS["proposed"]
    status, score = COLUMNS.index(STATUS), COLUMNS.index(CONFIDENCE)
    for number, row in enumerate(found, _HEAD_ROW + 1):
        style = _SOFT if row[status] == proposed else _BODY
        told = [(str(row[place]), wide) for place, wide in zip(_PLACES, _WIDTHS.values(), strict=True)][:_PRINTED]
        sheet.row_dimensions[number].height = height(told)
        sheet.append([(_number_cell if place == score else _row_cell)(sheet, row[place], style) for place in _PLACES])


def _unwrapped() -> Any:
    from openpyxl.styles import Alignment

    return Alignment(vertical="center")


def _choices(sheet: Any, letters: Mapping[str, str], bottom: int) -> None:
    """Lists to choose from, for the two columns whose words are fixed."""
    from openpyxl.worksheet.datavalidation import DataValidation

    for name, words in ((STATUS, glossary.STATUS.values()), (RELATION, glossary.RELATION_DEGREE.values())):
        rule = DataValidation(type="list", formula1=f'"{",".join(words)}"', allow_blank=True, showErrorMessage=False)
        rule.add(f"{letters[name]}{_HEAD_ROW + 1}:{letters[name]}{bottom}")
        sheet.data_validations.append(rule)
