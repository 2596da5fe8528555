"""The self-assessment form as a workbook to hand in: a cover, and the table by clause with empty columns to fill."""

from collections.abc import Iterator
from typing import Any, Final

from service import glossary
from service.exchange.selection import Material
from service.exchange.self_assessment import Form, Point, form
from service.exchange.wording import basis
from service.exchange.workbook import FOOTER, Styles, height, printed, put, saved

COLUMNS: Final = (
    "条款",
    "要求要点",
    "我单位做法",
    "佐证材料（文件、页码）",
    "自评意见",
    "改进措施",
    "责任部门",
    "完成时限",
)
_WIDTHS: Final = (13.0, 24.0, 52.0, 24.0, 12.0, 16.0, 11.0, 11.0)
_TOLD: Final = 4  # columns that we fill; the others are the enterprise's
_HEAD_ROW: Final = 3
TABLE: Final = "对标自评表"
_COVER_WIDTHS: Final = (20.0, 36.0, 20.0, 36.0)


def as_self_assessment(material: Material) -> Iterator[bytes]:
    """Cover and table. The view is let go before writing."""
    filled = form(material)
    material.release()
    from openpyxl import Workbook

    workbook = Workbook()
    workbook.properties.title = f"《{glossary.STANDARD_TITLE}》{TABLE}"
    workbook.properties.creator = f"质文图谱 {material.about.version}"
    styles = Styles()
    _cover(workbook.active, material, filled, styles)
    _table(workbook.create_sheet(TABLE), material, filled, styles)
    return saved(workbook)


def _write(sheet: Any, row: int, column: int, value: object, font: Any, alignment: Any, border: Any = None) -> Any:
    cell = sheet.cell(row=row, column=column)
    put(cell, value)
    cell.font, cell.alignment = font, alignment
    if border is not None:
        cell.border = border
    return cell


def _across(
    sheet: Any, row: int, columns: int, value: str, font: Any, alignment: Any, widths: tuple[float, ...]
) -> None:
    """A text over the whole width, its row as high as it needs."""
    _write(sheet, row, 1, value, font, alignment)
    sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=columns)
    sheet.row_dimensions[row].height = max(height([(value, sum(widths))]), (font.size or 10) * 1.7)


def _cover(sheet: Any, material: Material, filled: Form, styles: Styles) -> None:
    sheet.title = "封面"
    sheet.sheet_view.showGridLines = False
    for place, wide in enumerate(_COVER_WIDTHS):
        sheet.column_dimensions["ABCD"[place]].width = wide
    row = 2
    for text, font in ((f"《{glossary.STANDARD_TITLE}》", styles.title), (TABLE, styles.title)):
        _across(sheet, row, 4, text, font, styles.middle, _COVER_WIDTHS)
        row += 1
    if material.sample:
        _across(sheet, row, 4, f"【含{glossary.SAMPLE}】", styles.bold, styles.middle, _COVER_WIDTHS)
        row += 1
    row += 1
    _across(sheet, row, 4, basis(material), styles.note, styles.left, _COVER_WIDTHS)
    row += 2
    row = _particulars(sheet, row, material, filled, styles)
    row = _counts(sheet, row + 1, filled, styles)
    for text in _guide(material):
        _across(sheet, row, 4, text, styles.body, styles.left, _COVER_WIDTHS)
        row += 1
    printed(sheet, head=None, footer=_footer(material))
    sheet.page_setup.fitToHeight = 1
    sheet.print_area = f"A1:D{row}"


def _particulars(sheet: Any, row: int, material: Material, filled: Form, styles: Styles) -> int:
    shown = material.scope
    if filled.units:
        shown += f"（含下级单位 {len(filled.units)} 个：{'、'.join(filled.units[:12])}{'……' if len(filled.units) > 12 else ''}）"
    accepted = "只列已采信的" if material.options.accepted_only else "已采信的与系统建议（待核）分别标明"
    told = (
        ("单位或范围", shown, "做法", f"{filled.practices} 条"),
        ("生成时间", material.about.at.strftime("%Y-%m-%d %H:%M"), "列入的做法", accepted),
        ("填表人", "", "填表日期", ""),
        ("审核人", "", "单位（盖章）", ""),
    )
    for cells in told:
        for place, value in enumerate(cells):
            font = styles.bold if place % 2 == 0 else styles.body
            cell = _write(sheet, row, place + 1, value, font, styles.left, styles.box)
            if place % 2 == 0:
                cell.fill = styles.fill
        sheet.row_dimensions[row].height = max(26.0, height(list(zip(cells, _COVER_WIDTHS, strict=True))))
        row += 1
    return row


def _counts(sheet: Any, row: int, filled: Form, styles: Styles) -> int:
    """How many points stand how. A tally of evidence, no grade."""
    states = [*glossary.COVERAGE.items(), ("unknown", glossary.GAP)]
    total = sum(filled.counts.get(state, 0) for state in glossary.COVERAGE)
    _across(sheet, row, 4, f"{glossary.REQUIREMENT_POINTS}共 {total} 条", styles.bold, styles.left, _COVER_WIDTHS)
    row += 1
    for state, words in states:
        count = filled.counts.get(state, 0)
        if state == "unknown" and not count:
            continue
        said = f"{count} 条" if state != "unknown" else f"{count} 处（编制说明未载明具体内容）"
        _write(sheet, row, 1, words, styles.body, styles.left, styles.box)
        _write(sheet, row, 2, said, styles.body, styles.left, styles.box)
        row += 1
    return row + 1


def _guide(material: Material) -> tuple[str, ...]:
    return (
        "填写说明",
        "1. “我单位做法”引自已存入的材料，引号内为原文；“佐证材料”指明文件和位置，请核对后随表附上。",
        "2. 【已采信】是经人核定可佐证的；【系统建议（待核）】是系统提出、尚未核定的（楷体灰字），请核实后采用或划去。",
        f"3. “{glossary.NONE_SEEN}”只表示已存入的材料中没有找到，不表示没有开展；“{glossary.GAP}”表示编制说明没有载明该项内容。",
        "4. “自评意见”“改进措施”“责任部门”“完成时限”由本单位填写；不适用的请写明理由。",
    )


def _footer(material: Material) -> str:
    return FOOTER + (f"；含{glossary.SAMPLE}" if material.sample else "")


def _table(sheet: Any, material: Material, filled: Form, styles: Styles) -> None:
    from openpyxl.utils import get_column_letter

    for place, wide in enumerate(_WIDTHS, 1):
        sheet.column_dimensions[get_column_letter(place)].width = wide
    title = f"《{glossary.STANDARD_TITLE}》{TABLE}：{material.scope}"
    _across(sheet, 1, len(COLUMNS), title, styles.bold, styles.middle, _WIDTHS)
    _across(sheet, 2, len(COLUMNS), basis(material), styles.note, styles.left, _WIDTHS)
    for place, name in enumerate(COLUMNS, 1):
        shown = glossary.REQUIREMENT_POINTS if name == "要求要点" else name
        _write(sheet, _HEAD_ROW, place, shown, styles.bold, styles.middle, styles.box).fill = styles.fill
    sheet.row_dimensions[_HEAD_ROW].height = 32
    row = _HEAD_ROW + 1
    for point in filled.points:
        row = _point(sheet, row, point, styles)
    sheet.freeze_panes = f"C{_HEAD_ROW + 1}"
    sheet.print_area = f"A1:{get_column_letter(len(COLUMNS))}{row - 1}"
    printed(sheet, head=f"1:{_HEAD_ROW}", footer=_footer(material))


def _point(sheet: Any, first: int, point: Point, styles: Styles) -> int:
    """The rows of one point, what belongs to the point as a whole merged over them; the next free row."""
    row = first
    used = 0.0
    for entry in point.entries:
        font = styles.body if entry.firm else styles.soft
        _write(sheet, row, 3, entry.practice, font, styles.top, styles.box)
        _write(sheet, row, 4, entry.evidence, font, styles.top, styles.box)
        for column in (1, 2, *range(_TOLD + 1, len(COLUMNS) + 1)):
            sheet.cell(row=row, column=column).border = styles.box
        tall = height([(entry.practice, _WIDTHS[2]), (entry.evidence, _WIDTHS[3])])
        sheet.row_dimensions[row].height = tall
        used += tall
        row += 1
    _write(sheet, first, 1, point.clause, styles.body, styles.top, styles.box)
    _write(sheet, first, 2, point.statement, styles.body, styles.top, styles.box)
    for column in range(_TOLD + 1, len(COLUMNS) + 1):
        sheet.cell(row=first, column=column).alignment = styles.top
        sheet.cell(row=first, column=column).font = styles.body
    needed = height([(point.clause, _WIDTHS[0]), (point.statement, _WIDTHS[1])])
    if needed > used:
        last = sheet.row_dimensions[row - 1]
        last.height = last.height + needed - used
    if row - first > 1:
        for column in (1, 2, *range(_TOLD + 1, len(COLUMNS) + 1)):
            sheet.merge_cells(start_row=first, start_column=column, end_row=row - 1, end_column=column)
    return row
