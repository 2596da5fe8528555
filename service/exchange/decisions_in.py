"""Decisions that come in by files: what is known of the base, rows turned into verdicts, and what came of them."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from analysis.same_text import person
from service.review_sheet import ImportReport, RowReport

if TYPE_CHECKING:
    from ingest.review import Outcome, Verdict

Progress = Callable[[int, int], None]
_IDLE: Final = 20


@dataclass(frozen=True, slots=True)
class Terms:
    """Under which terms a file is taken in.

    reviewer: of rows that name nobody. only_as: rows that name somebody else are refused. entered_by: by whose hand.
    replace: a decision that stands may be replaced by another one. dry_run: nothing is changed.
    """

    reviewer: str | None = None
    only_as: str | None = None
    entered_by: str | None = None
    replace: bool = False
    dry_run: bool = False


class Fault(Exception):
    """Why a row is not taken in; `outcome` is refused or conflict."""

    def __init__(self, code: str, message: str, outcome: str = "refused") -> None:
        super().__init__(message)
        self.code, self.message, self.outcome = code, message, outcome


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row stands in its file."""

    row: int
    sheet: str = ""

    @property
    def words(self) -> str:
        return f"工作表“{self.sheet}”第 {self.row} 行" if self.sheet else f"第 {self.row} 行"


@dataclass(slots=True)
class Gathered:
    """Rows as they are read. `idle`: rows that say no decision, by why; `half`: those that say something else."""

    terms: Terms
    verdicts: "list[tuple[Place, Verdict]]" = field(default_factory=list)
    reports: list[RowReport] = field(default_factory=list)
    idle: Counter[str] = field(default_factory=Counter)
    half: list[Place] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(
        self, place: Place, make: "Callable[[], Verdict | str]", practice: str | None, requirement: str | None
    ) -> None:
        """Take in the verdict that `make` gives, or why the row says none; a `Fault` becomes a report."""
        try:
            made = make()
        except Fault as fault:
            self.fault(place, fault, practice, requirement)
            return
        if isinstance(made, str):
            self.idle[made] += 1
        else:
            self.verdicts.append((place, made))

    def fault(self, place: Place, fault: Fault, practice: str | None = None, requirement: str | None = None) -> None:
        self.reports.append(
            RowReport(
                sheet=place.sheet,
                cell=place.words,
                row=place.row,
                practice=practice,
                requirement=requirement,
                outcome=fault.outcome,
                code=fault.code,
                message=fault.message,
            )
        )

    def reviewer(self, named: str | None) -> str:
        """Whose verdict a row is. Raises `Fault`: not_yourself, reviewer_needed."""
        terms = self.terms
        if terms.only_as is not None and named and person(named) != person(terms.only_as):
            message = f"核定人“{named[:20]}”与所用密钥的名称“{terms.only_as}”不同；请由本人导入，或用 admin 权限的密钥"
            raise Fault("not_yourself", message)
        name = named or terms.reviewer
        if not name:
            raise Fault("reviewer_needed", "缺少核定人；请在文件中填写，或导入时给出（命令行 --by，接口 reviewer）")
        return name


def settle(
    gathered: Gathered, decide: "Callable[..., list[Outcome]]", progress: Progress | None = None
) -> ImportReport:
    """Carry out what was gathered. Rows that contradict each other are all refused; a refused one stops no other."""
    good = _consistent(gathered)
    verdicts = [verdict for _, verdict in good]
    outcomes = decide(verdicts, dry_run=gathered.terms.dry_run, progress=progress)
    reports = [*gathered.reports, *(_told(place, outcome) for (place, _), outcome in zip(good, outcomes, strict=True))]
    reports.sort(key=lambda report: (report.sheet, report.row))
    notes = [*gathered.notes, *(f"{count} 行{why}，没有导入" for why, count in gathered.idle.most_common(_IDLE))]
    if gathered.half:
        where = "、".join(place.words for place in gathered.half[:10]) + (" 等" if len(gathered.half) > 10 else "")
        notes.insert(0, f"{len(gathered.half)} 行填了理由或佐证程度但没有结论，未计：{where}")
    return ImportReport(
        outcomes=dict(Counter(report.outcome for report in reports)),
        empty=gathered.idle.total(),
        notes=tuple(notes),
        rows=tuple(reports),
        dry_run=gathered.terms.dry_run,
    )


def _consistent(gathered: Gathered) -> "list[tuple[Place, Verdict]]":
    said: dict[tuple[str, str], list[tuple[Place, Verdict]]] = {}
    for place, verdict in gathered.verdicts:
        said.setdefault((verdict.practice, verdict.requirement), []).append((place, verdict))
    kept: list[tuple[Place, Verdict]] = []
    for (practice, requirement), same in said.items():
        if len({_substance(verdict) for _, verdict in same}) == 1:
            kept.append(same[0])
            if len(same) > 1:
                gathered.idle["与前面的行相同"] += len(same) - 1
            continue
        rows = "、".join(str(place.row) for place, _ in same)
        fault = Fault("contradicts_itself", f"对同一条做法和要求要点说法不同（第 {rows} 行）；请只留一行")
        for place, _ in same:
            gathered.fault(place, fault, practice, requirement)
    return sorted(kept, key=lambda one: (one[0].sheet, one[0].row))


def _substance(verdict: "Verdict") -> tuple[object, ...]:
    return (verdict.status, verdict.relation, verdict.comment, person(verdict.reviewer or ""))


def _told(place: Place, outcome: "Outcome") -> RowReport:
    return RowReport(
        sheet=place.sheet,
        cell=place.words,
        row=place.row,
        practice=outcome.verdict.practice,
        requirement=outcome.verdict.requirement,
        outcome=outcome.outcome,
        code=outcome.code or None,
        message=outcome.message or None,
    )


def one_of(named: Iterable[str]) -> str | None:
    """The first that says something."""
    return next((each.strip() for each in named if each.strip()), None)


def several(cell: str) -> Sequence[str]:
    """The values of a cell that may hold several, parted by bars (`\\|` is a bar of the text)."""
    parts = cell.replace(r"\|", "\0").split("|")
    return [part.replace("\0", "|").strip() for part in parts if part.strip()]
