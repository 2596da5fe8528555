"""Reads a filled review workbook, or a list of verdicts as CSV or JSON lines, back into decisions."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from analysis.same_text import parts_of, person, text_hash
from queries.records import Answer
from service.review_files import UNCALCULATED, Row, SheetUnusable, read_rows
from service.review_words import CORRECT, HEADINGS, VERDICT, plain, relation_of, verdict_of
from service.review_workbook import CUT

if TYPE_CHECKING:
    from ingest.review import Outcome, Verdict
    from ontology.model import Ontology

__all__ = ["ImportReport", "RowReport", "SheetUnusable", "import_rows"]

Progress = Callable[[int, int], None]
# Which column is at fault when the reviewer refuses a row.
_AT_FAULT: Final = {
    "unknown_practice": "practice",
    "unknown_requirement": "requirement",
    "unknown_relation": "relation",
    "contradiction": "relation",
    "reason_needed": "comment",
    "too_long": "comment",
    "reviewer_needed": "reviewer",
    "same_person": "reviewer",
    "wrong_mark": "mark",
}


class RowReport(Answer):
    """What came of one row with a verdict, or what is wrong with it. `cell`: such as L5, or the row of a list."""

    sheet: str
    cell: str
    row: int
    practice: str | None = None
    requirement: str | None = None
    outcome: str
    code: str | None = None
    message: str | None = None


class ImportReport(Answer):
    """`outcomes`: outcome → number of rows; `empty`: rows without a verdict, which do not count; `notes`: what
    else the person should know; `dry_run`: nothing was changed."""

    outcomes: dict[str, int]
    empty: int
    notes: tuple[str, ...] = ()
    rows: tuple[RowReport, ...]
    dry_run: bool = False

    @property
    def failed(self) -> int:
        return self.outcomes.get("refused", 0) + self.outcomes.get("conflict", 0)


class _Fault(Exception):
    def __init__(self, column: str, code: str, message: str, outcome: str = "refused") -> None:
        super().__init__(message)
        self.column, self.code, self.message, self.outcome = column, code, message, outcome


@dataclass(slots=True)
class _Import:
    """What is known of the file as it is read."""

    ontology: "Ontology"
    reviewer: str | None
    only_as: str | None
    entered_by: str | None
    points: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for point in self.ontology.requirements:
            for name in (point.id, point.zh, f"{point.id} {point.zh}"):
                self.points[plain(name)] = point.id

    def verdict(self, row: Row) -> "Verdict":
        """The row's verdict. Raises `_Fault`."""
        from ingest.review import Verdict

        said = row.value
        if row.fault:
            raise _Fault("verdict", "broken_row", row.fault)
        for column in row.columns:
            if said(column) == UNCALCULATED:
                message = f"{HEADINGS[column][0]}的公式没有计算结果；请用 Excel 或 WPS 打开、保存后再导入，或直接填写。"
                raise _Fault(column, "no_result", message)
        status = verdict_of(said("verdict"))
        if status is None:
            words = "、".join((*(VERDICT[name] for name in ("accepted", "rejected", "not-applicable")), CORRECT))
            raise _Fault("verdict", "unknown_status", f"结论“{said('verdict')[:20]}”不认识；应为{words}之一。")
        practice, requirement = said("practice").strip(), said("requirement").strip()
        for column, id in (("practice", practice), ("requirement", requirement)):
            if not id:
                raise _Fault(column, "no_identifier", f"缺少{HEADINGS[column][0]}；请从导出的核定表中补上这一格。")
        corrected_to = self._corrected(row, status)
        self._whole(row)
        return Verdict(
            practice=practice,
            requirement=self.points.get(plain(requirement), requirement),
            status="rejected" if status == CORRECT else status,
            relation=self._relation(row, status, corrected_to),
            reviewer=self._reviewer(row),
            comment=said("comment") or None,
            corrected_to=corrected_to,
            mark=said("mark") or None,
            repeatable=True,
            via="xlsx" if row.marked else "file",
            entered_by=self.entered_by,
        )

    def _corrected(self, row: Row, status: str) -> str | None:
        written = row.value("corrected_to")
        if not written:
            if status == CORRECT:
                raise _Fault("corrected_to", "correction_needed", "结论是更正，须在“更正为”中选一条要求要点。")
            return None
        if status not in (CORRECT, "rejected"):
            raise _Fault(
                "corrected_to", "contradiction", f"填了“更正为”，结论应为{CORRECT}，不是{VERDICT[status]}；请改正其一。"
            )
        first = written.replace("\u3000", " ").split(" ")[0]
        found = self.points.get(plain(written)) or self.points.get(plain(first))
        if found is None:
            raise _Fault("corrected_to", "unknown_requirement", f"没有要求要点“{written[:40]}”；请从下拉列表中选。")
        return found

    def _relation(self, row: Row, status: str, corrected_to: str | None) -> str | None:
        written = row.value("relation")
        if not written:
            return None
        found = relation_of(written)
        if found is None:
            raise _Fault(
                "relation",
                "unknown_relation",
                f"佐证程度“{written[:20]}”不认识；应为充分佐证、部分佐证、不构成佐证之一。",
            )
        return None if corrected_to and status == "rejected" and found == "none" else found

    def _reviewer(self, row: Row) -> str:
        written = row.value("reviewer")
        if self.only_as is not None and written and person(written) != person(self.only_as):
            raise _Fault(
                "reviewer",
                "not_yourself",
                f"核定人“{written[:20]}”与所用密钥的名称“{self.only_as}”不同；请由本人导入，或用 admin 权限的密钥。",
            )
        name = written or self.reviewer
        if not name:
            raise _Fault("reviewer", "reviewer_needed", "缺少核定人；请填姓名，或导入时给出核定人。")
        return name

    def _whole(self, row: Row) -> None:
        """That the texts of the row belong to its mark: sorting some columns alone tears rows apart."""
        if row.marked and not row.value("mark"):
            raise _Fault(
                "mark", "wrong_mark", "缺少校验码，无法判断导出之后有无变化；请从导出的核定表中补上。", "conflict"
            )
        seen = parts_of(row.value("mark"))
        if seen is None:
            return
        for column, hashed in (("text", seen[1]), ("statement", seen[2])):
            shown = row.value(column)
            if shown and not shown.endswith(CUT) and text_hash(shown)[:8] != hashed:
                message = f"“{HEADINGS[column][0]}”与校验码不符，可能只排序了部分列，或改动了文字；请重新导出后再填。"
                raise _Fault(column, "wrong_row", message, "conflict")


def import_rows(
    file: Path,
    name: str,
    ontology: "Ontology",
    settle: "Callable[..., list[Outcome]]",
    *,
    reviewer: str | None,
    only_as: str | None,
    entered_by: str | None,
    dry_run: bool,
    progress: Progress | None,
) -> ImportReport:
    """Settle every row that has a verdict; the others are counted. A row that is wrong stops no other.

    Raises `SheetUnusable` when the file cannot be read, or holds no list of verdicts.
    """
    known = _Import(ontology, reviewer, only_as, entered_by)
    good: list[tuple[Row, Verdict]] = []
    reports: list[RowReport] = []
    empty, idle = 0, []
    rows, left_out = read_rows(file, name)
    for row in rows:
        if not row.value("verdict") and not row.fault:
            empty += 1
            if any(row.value(column) for column in ("relation", "corrected_to", "comment")):
                idle.append(row)
            continue
        try:
            good.append((row, known.verdict(row)))
        except _Fault as fault:
            reports.append(_faulty(row, fault))
    good, doubled = _without_contradictions(good)
    reports += doubled
    outcomes = settle([verdict for _, verdict in good], dry_run=dry_run, progress=progress)
    reports += [_told(row, outcome) for (row, _), outcome in zip(good, outcomes, strict=True)]
    reports.sort(key=lambda report: (report.sheet, report.row))
    return ImportReport(
        outcomes=dict(Counter(report.outcome for report in reports)),
        empty=empty,
        notes=(*left_out, *_notes(idle, reports)),
        rows=tuple(reports),
        dry_run=dry_run,
    )


def _notes(idle: Sequence[Row], reports: Sequence[RowReport]) -> Iterator[str]:
    if idle:
        cells = "、".join(row.cell("verdict") for row in idle[:10]) + (" 等" if len(idle) > 10 else "")
        yield f"{len(idle)} 行填了其他内容但没有结论，未计：{idle[0].sheet} {cells}"
    if not reports:
        yield "没有一行填了结论，什么也没有改变。"


def _faulty(row: Row, fault: _Fault) -> RowReport:
    return RowReport(
        sheet=row.sheet,
        cell=row.cell(fault.column),
        row=row.number,
        practice=row.value("practice") or None,
        requirement=row.value("requirement") or None,
        outcome=fault.outcome,
        code=fault.code,
        message=fault.message,
    )


def _told(row: Row, outcome: "Outcome") -> RowReport:
    column = _AT_FAULT.get(outcome.code, "verdict")
    return RowReport(
        sheet=row.sheet,
        cell=row.cell(column),
        row=row.number,
        practice=outcome.verdict.practice,
        requirement=outcome.verdict.requirement,
        outcome=outcome.outcome,
        code=outcome.code or None,
        message=outcome.message or None,
    )


def _without_contradictions(
    rows: "Sequence[tuple[Row, Verdict]]",
) -> "tuple[list[tuple[Row, Verdict]], list[RowReport]]":
    """Rows that contradict each other within the file (one person, one pair, two verdicts) are all refused."""
    said: dict[tuple[str, str, str], list[tuple[Row, Verdict]]] = {}
    for row, verdict in rows:
        said.setdefault((verdict.practice, verdict.requirement, person(verdict.reviewer or "")), []).append(
            (row, verdict)
        )
    kept, reports = [], []
    for same in said.values():
        if len({replace(verdict, reviewer=None) for _, verdict in same}) == 1:
            kept.append(same[0])
            continue
        where = "、".join(row.cell("verdict") for row, _ in same)
        fault = _Fault(
            "verdict", "contradicts_itself", f"对同一条做法和要求要点填了不同的内容（{where}）；请只留一行。"
        )
        reports += [_faulty(row, fault) for row, _ in same]
    kept.sort(key=lambda pair: (pair[0].sheet, pair[0].number))
    return kept, reports
