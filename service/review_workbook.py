"""The review queue as an XLSX workbook to be filled in: drop-down lists, locked identifiers, instructions."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from queries.answers import Evidence
from queries.review import ReviewItem
from queries.review_records import Verdict
from service import glossary
from service.review_words import CHANGED, CORRECT, STAGE, VERDICT, moment

if TYPE_CHECKING:
    from ontology.model import Ontology

NOTE: Final = f"{glossary.UNOFFICIAL}“系统建议（待核）”由模型提出，未经人工核定；把握程度是模型估计的概率，不是评分。"
CUT: Final = "……（全文见系统）"
SHEET, POINTS, GUIDE = "待核", "要求要点", "说明"
HEADER_ROW: Final = 3
_LONGEST: Final = 32_000  # characters that a cell takes, with room for the mark that it was cut


@dataclass(frozen=True, slots=True)
class _Column:
    heading: str
    width: int
    fill: bool = False  # whether people write here
    printed: bool = True


_COLUMNS: Final = (
    _Column("序号", 5),
    _Column("单位", 14),
    _Column("做法名称", 16),
    _Column("做法原文", 48),
    _Column(glossary.REQUIREMENT_POINTS, 26),
    _Column(glossary.CONFIDENCE, 7),
    _Column("佐证原句", 28),
    _Column("相合之处", 22),
    _Column("现状", 14),
    _Column("结论", 8, fill=True),
    _Column("佐证程度", 10, fill=True),
    _Column("更正为（要求要点）", 18, fill=True),
    _Column("理由", 18, fill=True),
    _Column("核定人", 8, fill=True),
    _Column("条款", 14, printed=False),
    _Column("出处", 28, printed=False),
    _Column("做法标识", 22, printed=False),
    _Column("要求要点标识", 24, printed=False),
    _Column("校验码", 38, printed=False),
)
_LINE, _TALLEST = 15.0, 405.0  # points; Excel allows 409


def workbook(items: Sequence[ReviewItem], ontology: "Ontology", *, left: int, by_two: bool) -> bytes:
    """The workbook's bytes. `left`: how many more wait than are listed."""
    from openpyxl import Workbook

    book = Workbook()
    guide = book.active
    guide.title = GUIDE
    _write_guide(guide, len(items), left, by_two)
    _write_points(book.create_sheet(POINTS), ontology)
    sheet = book.create_sheet(SHEET, 1)
    _write_items(sheet, items)
    _validate(sheet, len(items), len(ontology.requirements), any(item.decision for item in items))
    _lock(sheet, len(items))
    for each in book.worksheets:
        _printable(each)
    book.active = 1
    guide.sheet_view.tabSelected = False
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _write_guide(sheet: Any, listed: int, left: int, by_two: bool) -> None:
    from openpyxl.styles import Alignment, Font

    sheet.column_dimensions["A"].width = 110
    for row, line in enumerate(_guide(listed, left, by_two), 1):
        cell = _put(sheet, row, 1, line)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        cell.font = Font(bold=row in (1, 3), size=14 if row == 1 else 11)


def _guide(listed: int, left: int, by_two: bool) -> Iterator[str]:
    yield "核定表"
    yield NOTE
    yield "怎么填"
    yield f"1. 在“{SHEET}”表中逐行看“做法原文”是否佐证“要求要点”，从下拉列表中选“结论”。没有结论的行导入时不计，可分多次填。"
    yield "2. 采信：可佐证，并选佐证程度（充分佐证、部分佐证）。不采信：不构成佐证。不适用：本单位没有这项要求所说的事，须写理由。"
    yield f"3. {CORRECT}：做法佐证的是另一条要求要点，在“更正为”中选那一条；原来的记为不采信，选中的记为采信，佐证程度指选中的一条。"
    yield "4. “核定人”写本人姓名；不写则记导入时给出的核定人。"
    if by_two:
        yield "5. 本单位实行两人核定：须由两个不同的人给出相同结论才生效。请两人各填一份，分别导入；同一人填两次无效。"
    else:
        yield "5. 结论在导入后立即生效；做法、要求要点的文字在导出之后改变的，或已有他人作出结论的，导入时列为冲突，不会覆盖。"
    yield "6. 可以筛选、隐藏、调整列宽、插入列、改变列的次序；排序须选中全部列。不要改动“做法标识”“要求要点标识”“校验码”。"
    yield "7. 表已保护（无密码），只有浅黄色的列可填；需要插入列或排序时，先在“审阅”中取消保护。"
    yield "8. 导入：zhiwen review import 文件 --by 姓名，或上传到 /v1/review/workbook。有错的行会指明表名和单元格，不影响其他行；改正后可整份再导入。"
    yield f"本表列出 {listed} 行" + (f"，另有 {left} 行未列入（按条款、单位等条件分批导出）。" if left > 0 else "。")


def _write_points(sheet: Any, ontology: "Ontology") -> None:
    from openpyxl.styles import Alignment, Font

    clauses = {clause.id: clause.zh for clause in ontology.clauses}
    _put(sheet, 1, 1, NOTE)
    for column, heading in enumerate((glossary.REQUIREMENT_POINTS, "条款"), 1):
        _put(sheet, HEADER_ROW, column, heading).font = Font(bold=True)
    for row, point in enumerate(ontology.requirements, HEADER_ROW + 1):
        cell = _put(sheet, row, 1, f"{point.id} {point.zh}")
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        _put(sheet, row, 2, clauses.get(point.clause, point.clause))
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 80, 20
    sheet.freeze_panes = f"A{HEADER_ROW + 1}"
    sheet.print_title_rows = f"1:{HEADER_ROW}"
    sheet.protection.sheet = True


def _write_items(sheet: Any, items: Sequence[ReviewItem]) -> None:
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
    from openpyxl.utils import get_column_letter

    _put(sheet, 1, 1, NOTE).font = Font(bold=True)
    _put(sheet, 2, 1, "填浅黄色的列；没有“结论”的行不计。填法见“说明”表。")
    thin = Side(style="thin", color="BBBBBB")
    border = Border(left=thin, right=thin, top=thin, bottom=thin)
    to_fill, header = PatternFill("solid", fgColor="FFF9E0"), PatternFill("solid", fgColor="E8ECEF")
    top = Alignment(wrap_text=True, vertical="top")
    for at, column in enumerate(_COLUMNS, 1):
        cell = _put(sheet, HEADER_ROW, at, column.heading)
        cell.font, cell.fill, cell.border, cell.alignment = Font(bold=True), header, border, top
        sheet.column_dimensions[get_column_letter(at)].width = column.width
    sheet.row_dimensions[HEADER_ROW].height = _height([column.heading for column in _COLUMNS])
    for row, item in enumerate(items, HEADER_ROW + 1):
        cells = _cells(row - HEADER_ROW, item)
        sheet.row_dimensions[row].height = _height(cells)
        for at, (column, value) in enumerate(zip(_COLUMNS, cells, strict=True), 1):
            cell = _put(sheet, row, at, value)
            cell.border, cell.alignment = border, top
            if column.fill:
                cell.fill = to_fill
            if isinstance(value, float):
                cell.number_format = "0.00"
    last = get_column_letter(len(_COLUMNS))
    sheet.auto_filter.ref = f"A{HEADER_ROW}:{last}{HEADER_ROW + max(len(items), 1)}"
    sheet.freeze_panes = f"D{HEADER_ROW + 1}"
    sheet.print_title_rows = f"1:{HEADER_ROW}"
    printed = get_column_letter(sum(column.printed for column in _COLUMNS))
    sheet.print_area = f"A1:{printed}{HEADER_ROW + max(len(items), 1)}"


def _cells(number: int, item: ReviewItem) -> tuple[str | float | int | None, ...]:
    practice = item.practice
    place = "/".join(practice.organization.path or (practice.organization.name,)) if practice.organization else ""
    why = [f"“{one.words}”——{glossary.MEETING_BASIS.get(one.basis, one.basis)}" for one in item.explanation[:4]]
    return (
        number,
        place,
        f"〔{glossary.SAMPLE}〕{practice.title}" if practice.sample else practice.title,
        practice.text,
        item.requirement.title,
        round(item.confidence, 3),
        item.evidence.quote if item.evidence else "",
        "\n".join(why),
        _stand(item),
        *(None,) * 5,
        item.clause.title,
        f"{practice.source.name} {_whereabouts(item.evidence)}".strip(),
        practice.id,
        item.requirement.id,
        item.mark,
    )


def _height(cells: Sequence[str | float | None]) -> float:
    """Of a row, in points: not every program fits rows to wrapped texts by itself. A Chinese character is two wide."""
    lines = 1
    for column, value in zip(_COLUMNS, cells, strict=True):
        if isinstance(value, str):
            wide = (sum(1 if ord(c) < 0x2000 else 2 for c in line) for line in value.split("\n"))
            lines = max(lines, sum(max(1, -(-width // max(column.width - 3, 1))) for width in wide))
    return min(lines * _LINE, _TALLEST)


def _whereabouts(evidence: Evidence | None) -> str:
    if evidence is None:
        return ""
    if evidence.row is not None:
        return f"第 {evidence.row} 行"
    return f"第 {evidence.start}–{evidence.end} 字"


def _stand(item: ReviewItem) -> str:
    """How the pair stands, in words: a suspect or first verdict with whose it is."""
    lines = [STAGE[item.stage]]
    if item.changed:
        lines = [f"{STAGE['suspect']}：" + "，".join(CHANGED[part] for part in item.changed)]
    if item.decision:
        lines.append(("原结论：" if item.changed else "") + _said(item.decision))
    lines += [f"初核：{_said(vote)}" for vote in item.votes]
    return "\n".join(lines)


def _said(verdict: Verdict) -> str:
    degree = glossary.RELATION_DEGREE.get(verdict.relation or "", "")
    who = "，".join(part for part in (verdict.reviewer, moment(verdict.at)[:10], verdict.comment) if part)
    return VERDICT.get(verdict.status, verdict.status) + degree + (f"（{who}）" if who else "")


def _validate(sheet: Any, rows: int, points: int, withdrawable: bool) -> None:
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    verdicts = [VERDICT["accepted"], VERDICT["rejected"], VERDICT["not-applicable"], CORRECT]
    lists = {
        "结论": '"' + ",".join(verdicts + ([VERDICT["proposed"]] if withdrawable else [])) + '"',
        "佐证程度": '"' + ",".join(glossary.RELATION_DEGREE.values()) + '"',
        "更正为（要求要点）": f"'{POINTS}'!$A${HEADER_ROW + 1}:$A${HEADER_ROW + points}",
    }
    for at, column in enumerate(_COLUMNS, 1):
        if column.heading in lists:
            choice = DataValidation(type="list", formula1=lists[column.heading], allow_blank=True)
            choice.errorTitle, choice.error = "请从列表中选", "请从下拉列表中选一项，或留空。"
            choice.showErrorMessage = True
            letter = get_column_letter(at)
            choice.add(f"{letter}{HEADER_ROW + 1}:{letter}{HEADER_ROW + max(rows, 1)}")
            sheet.add_data_validation(choice)


def _lock(sheet: Any, rows: int) -> None:
    """Only what people fill in can be written; filtering, hiding and column widths stay free. No password."""
    from openpyxl.styles import Protection

    for at, column in enumerate(_COLUMNS, 1):
        if column.fill:
            for row in range(HEADER_ROW + 1, HEADER_ROW + 1 + max(rows, 1)):
                sheet.cell(row, at).protection = Protection(locked=False)
    sheet.protection.sheet = True
    for allowed in ("autoFilter", "formatColumns", "formatRows", "formatCells"):
        setattr(sheet.protection, allowed, False)


def _printable(sheet: Any) -> None:
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_margins.left = sheet.page_margins.right = 0.3
    sheet.page_margins.top = sheet.page_margins.bottom = 0.5
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.oddFooter.left.text = glossary.UNOFFICIAL
    sheet.oddFooter.right.text = "第 &P 页，共 &N 页"


def _put(sheet: Any, row: int, column: int, value: str | float | None) -> Any:
    """Write a cell; a text stays a text, even one that looks like a formula."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    cell = sheet.cell(row, column)
    if isinstance(value, str):
        shown = ILLEGAL_CHARACTERS_RE.sub("", value)
        if len(shown) > _LONGEST or shown != value:
            shown = shown[:_LONGEST] + CUT
        cell.value = shown
        cell.data_type = "s"
    else:
        cell.value = value
    return cell
