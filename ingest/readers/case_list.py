"""Lists of cases: a practice a row, columns recognised by name, whatever kind of table they come in."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from ingest.readers.columns import LABELS, accepted_text_names, column, exact_column, sort_columns
from ingest.readers.document import Composer, SourceDocument, clean, stem
from ingest.readers.errors import ReadFailed
from ingest.readers.limits import Limits

_HEADER_WITHIN: Final = 20
_SHOWN: Final = 20
# Merged over several rows, these hold for each of them; a merged text is one practice.
_SPREADING: Final = frozenset(
    {"group", "enterprise", "party_organization", "team", "industry", "ownership", "region", "date"}
)

Row = tuple[int, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Table:
    """A table's rows with their numbers, cells as text.

    merged: (first row, last row, column index) of cells merged downwards, rows as numbered.
    header: the column names, where they are known and no row of the table.
    """

    rows: Iterable[Row]
    sheet: str | None = None
    merged: Sequence[tuple[int, int, int]] = ()
    header: Sequence[str] = ()


@dataclass(slots=True)
class _Remarks:
    """What is said once about the whole list."""

    ignored: list[str] = field(default_factory=list)
    surplus: list[str] = field(default_factory=list)
    contact: bool = False
    without_text: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    found: list[str] = field(default_factory=list)


def compose_list(
    composer: Composer, tables: Iterable[Table], name: str, media_type: str, limits: Limits
) -> SourceDocument:
    """The case list made of `tables`. Raises `ReadFailed`: columns_missing, no_rows, no_text, too_large."""
    remarks = _Remarks()
    seen: set[str] = set()
    title = ""
    recognised = False
    for table in tables:
        rows = iter(table.rows)
        head = [] if table.header else list(islice(rows, _HEADER_WITHIN))
        at = -1 if table.header else _header_row(head)
        if at is None:
            continue
        header = list(table.header) or [clean(cell).strip() for cell in head[at][1]]
        above, below = head[: max(at, 0)], head[at + 1 :]
        if below and _is_subheader(header, below[0][1]):
            header = [
                cell.strip() or over for over, cell in zip(header, _padded(below[0][1], len(header)), strict=False)
            ]
            below = below[1:]
        kept, ignored, contact, surplus = sort_columns(header)
        for _, cells in above:
            for cell in cells:
                composer.margin(cell)
        if "text" not in kept:
            remarks.skipped += [table.sheet] if table.sheet else []
            remarks.found += [cell for cell in header if 0 < len(cell) <= _SHOWN]
            for _, cells in (*below, *rows):
                _screen_only(composer, cells)
            continue
        recognised = True
        title = title or next((cell.strip() for _, cells in above for cell in cells if cell.strip()), "")
        remarks.ignored += (header[position] for position in ignored)
        remarks.surplus += (header[position] for position in surplus)
        remarks.contact = remarks.contact or bool(contact)
        reading = _Reading(composer, table, header, kept, remarks, seen)
        for number, cells in (*below, *rows):
            reading.row(number, cells)
            if len(composer.blocks) > limits.rows:
                raise ReadFailed("too_large", f"数据行超过 {limits.rows} 行")
    if not recognised:
        raise _no_text_column(remarks)
    _conclude(composer, remarks)
    if not composer.blocks:
        raise ReadFailed(
            "no_rows", f"正文为空的行：{'、'.join(remarks.without_text[:_SHOWN])}" if remarks.without_text else ""
        )
    return composer.document(name, title if len(title) <= 60 else stem(name), media_type, "case-list")


def _no_text_column(remarks: _Remarks) -> ReadFailed:
    found = list(dict.fromkeys(remarks.found))[:_SHOWN]
    if not found:
        return ReadFailed("no_text", "表中没有数据")
    return ReadFailed(
        "columns_missing",
        f"现有的列是 {'、'.join(found)}",
        f"请把做法正文所在的列改名为下列之一后重试：{accepted_text_names()}",
    )


def _screen_only(composer: Composer, cells: Sequence[str]) -> None:
    """Note cells that are not kept, where they might be a marking (they are short and name secrecy)."""
    for cell in cells:
        if len(cell) <= 60 and ("密" in cell or "内" in cell):
            composer.margin(cell)


def _padded(cells: Sequence[str], width: int) -> list[str]:
    return [cells[position] if position < len(cells) else "" for position in range(width)]


def _header_row(rows: Sequence[Row]) -> int | None:
    """Index of the row that names the columns; `None` when all are empty.

    Title rows stand above it: so the first row that names the text and another column; else two known
    columns; else a text column alone; else the first with three filled cells, or filled at all.
    """
    known = [{found[0] for cell in cells if (found := column(cell))} for _, cells in rows]
    exact = [any(exact_column(cell) for cell in cells) for _, cells in rows]
    filled = [sum(bool(cell.strip()) for cell in cells) for _, cells in rows]
    tests: tuple[Callable[[int], bool], ...] = (
        lambda at: exact[at] and len(known[at]) >= 2 and bool(known[at] & {"text", "summary"}),
        lambda at: exact[at] and len(known[at]) >= 2,
        lambda at: exact[at] and known[at] == {"text"} and filled[at] == 1,
        lambda at: filled[at] >= 3,
        lambda at: filled[at] > 0,
    )
    return next((at for test in tests for at in range(len(rows)) if test(at)), None)


def _is_subheader(header: Sequence[str], cells: Sequence[str]) -> bool:
    """Whether the row below a header names its columns more exactly (a heading over several columns)."""
    filled = [cell for cell in cells if cell.strip()]
    return len(filled) >= 2 and len(filled) < len(header) + 1 and all(exact_column(cell) for cell in filled)


class _Reading:
    """The rows of one table under its header."""

    def __init__(
        self,
        composer: Composer,
        table: Table,
        header: Sequence[str],
        kept: Mapping[str, list[int]],
        remarks: _Remarks,
        seen: set[str],
    ) -> None:
        self._composer = composer
        self._sheet = table.sheet
        self._header = header
        self._kept = kept
        self._stored = {position for positions in kept.values() for position in positions}
        self._remarks = remarks
        self._seen = seen
        spreading = {position for name, positions in kept.items() if name in _SPREADING for position in positions}
        self._merged = {(first, at): last for first, last, at in table.merged if at in spreading}
        self._spread: dict[int, tuple[int, str]] = {}

    def row(self, number: int, cells: Sequence[str]) -> None:
        """Add a row as a case, or note why not."""
        values = [clean(cell).strip() for cell in _padded(cells, max(len(cells), len(self._header)))]
        if not any(values) or values[: len(self._header)] == list(self._header):
            return
        _screen_only(self._composer, [value for position, value in enumerate(values) if position not in self._stored])
        self._fill_down(number, values)
        fields = {
            name: "\n".join(filter(None, (values[at] for at in positions))) for name, positions in self._kept.items()
        }
        fields = {name: value for name, value in fields.items() if value}
        place = f"{self._sheet} 第 {number} 行" if self._sheet else f"第 {number} 行"
        if "text" not in fields:
            self._remarks.without_text.append(place)
            _screen_only(self._composer, values)
            return
        identity = fields.get("external_id")
        if identity in self._seen:
            self._remarks.repeated.append(place)
            del fields["external_id"]
        elif identity:
            self._seen.add(identity)
        text, spans = compose_case(fields)
        self._composer.add("case", text, sheet=self._sheet, row=number, spans=spans)

    def _fill_down(self, number: int, values: list[str]) -> None:
        for at, value in enumerate(values):
            if last := self._merged.get((number, at)):
                self._spread[at] = (last, value)
            elif not value and at in self._spread and number <= self._spread[at][0]:
                values[at] = self._spread[at][1]


def compose_case(fields: Mapping[str, str]) -> tuple[str, dict[str, tuple[int, int]]]:
    """The readable text of a case, title first, and where in it each field stands."""
    text = ""
    spans: dict[str, tuple[int, int]] = {}
    for name, label in LABELS.items():
        value = fields.get(name)
        if not value:
            continue
        text += ("\n" if text else "") + ("" if name == "title" else f"{label}：")
        spans[name] = (len(text), len(text) + len(value))
        text += value
    return text, spans


def _conclude(composer: Composer, remarks: _Remarks) -> None:
    def listed(items: Iterable[str]) -> str:
        unique = list(dict.fromkeys(items))
        more = f" 等 {len(unique)} 处" if len(unique) > _SHOWN else ""
        return "、".join(item[:_SHOWN] for item in unique[:_SHOWN]) + more

    if remarks.ignored:
        composer.warn("columns_ignored", f"未识别的列没有导入：{listed(remarks.ignored)}")
    if remarks.surplus:
        composer.warn("columns_surplus", f"含义重复的列没有导入：{listed(remarks.surplus)}")
    if remarks.contact:
        composer.warn("contact_dropped", "联系人、电话、邮箱等列按规定不予保存")
    if remarks.skipped:
        composer.warn("sheet_skipped", f"没有做法正文列的工作表没有导入：{listed(remarks.skipped)}")
    if remarks.without_text:
        composer.warn("row_without_text", f"正文为空的行没有导入：{listed(remarks.without_text)}")
    if remarks.repeated:
        composer.warn("id_repeated", f"编号与前面的行重复，已按无编号导入：{listed(remarks.repeated)}")
