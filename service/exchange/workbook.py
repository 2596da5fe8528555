"""Excel workbooks as this house writes them: notes on every sheet, A4 landscape, repeated heads, page numbers.

Cells are texts, whatever they begin with: Excel and WPS neither run nor convert them.
"""

import math
from collections.abc import Iterator, Sequence
from tempfile import SpooledTemporaryFile
from typing import Any, Final

from service.exchange.wording import printable, shortened

FONT: Final = "宋体"
HEAD: Final = "黑体"
SOFT: Final = "楷体"  # what no person has confirmed; tells it apart on a black-and-white print, too
SIZE: Final = 10
LINE: Final = 14.0  # points a line of text
HIGHEST: Final = 400.0  # points; Excel ends at 409
FOOTER: Final = "非官方工具；要求要点依据编制说明整理，非标准原文"
_CELL: Final = 32_000  # characters; Excel ends at 32,767
_CHUNK: Final = 1 << 16
_IN_MEMORY: Final = 8 << 20
_MARGIN: Final = 0.5  # inches
_GREY, _PALE, _LINE = "FF595959", "FFF2F2F2", "FFBFBFBF"


class Styles:
    """The few looks there are; made once a workbook, since each costs a lookup a cell."""

    def __init__(self) -> None:
        from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

        side = Side(style="thin", color=_LINE)
        self.box = Border(left=side, right=side, top=side, bottom=side)
        self.body = Font(name=FONT, size=SIZE)
        self.soft = Font(name=SOFT, size=SIZE, color=_GREY)
        self.note = Font(name=FONT, size=SIZE - 1, color=_GREY)
        self.bold = Font(name=HEAD, size=SIZE, bold=True)
        self.title = Font(name=HEAD, size=16, bold=True)
        self.fill = PatternFill("solid", fgColor=_PALE)
        self.top = Alignment(vertical="top", wrap_text=True)
        self.middle = Alignment(horizontal="center", vertical="center", wrap_text=True)
        self.left = Alignment(horizontal="left", vertical="center", wrap_text=True)


def text_of(value: object) -> str:
    """A cell's text: what XML cannot hold goes, what Excel cannot hold is cut and said to be."""
    return shortened(printable(str(value)), _CELL) if value is not None else ""


def put(cell: Any, value: object) -> None:
    """Write a text into a cell so that it stays one, in Excel and after being edited there, too."""
    cell.value = text = text_of(value)
    cell.data_type = "s"
    if text.startswith(("=", "+", "-", "@")):
        cell.quotePrefix = True


def printed(sheet: Any, *, head: str | None, footer: str) -> None:
    """A4 landscape, one page wide, `head` rows ("1:3") on every page, page numbers."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_options.horizontalCentered = True
    margins = sheet.page_margins
    margins.left = margins.right = margins.top = _MARGIN
    margins.bottom = 0.7
    margins.header = margins.footer = 0.3
    if head:
        sheet.print_title_rows = head
    sheet.oddFooter.left.text = footer.replace("&", "&&")
    sheet.oddFooter.left.size = 8
    sheet.oddFooter.right.text = "第 &P 页，共 &N 页"
    sheet.oddFooter.right.size = 8


def width(text: str) -> int:
    """Columns a text takes, a Chinese character two: as many as bytes in GBK, which is quick to ask."""
    return len(text.encode("gbk", "replace"))


def lines(text: str, columns: float) -> int:
    """Lines that a text takes in a cell so wide."""
    room = max(columns - 1.0, 2.0)
    return sum(max(1, math.ceil(width(part) / room)) for part in text.split("\n"))


def height(cells: Sequence[tuple[str, float]]) -> float:
    """Points that a row of (text, column width) takes, within what Excel allows."""
    return min(HIGHEST, LINE * max(lines(text, columns) for text, columns in cells) + 4)


def saved(workbook: Any) -> Iterator[bytes]:
    """The file in pieces."""
    with SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
        workbook.save(file)
        file.seek(0)
        while piece := file.read(_CHUNK):
            yield piece
