"""The trace matrix coming back from Excel or WPS: rows whose status, degree or reason a person changed, as verdicts."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from analysis.same_text import NONE, mark, parts_of, person, text_hash
from service import glossary
from service.exchange.decisions_in import Fault, Gathered, Place
from service.exchange.tables import (
    Content,
    Line,
    delimiter_of,
    heading_within,
    text_lines,
)
from service.exchange.trace_matrix import (
    CHECK,
    COMMENT,
    NOTHING_FOUND,
    PRACTICE_ID,
    RELATION,
    REQUIREMENT_ID,
    REVIEWED_AT,
    REVIEWER,
    STATUS,
)
from service.exchange.wording import NONE_ACCEPTED, lively
from service.review_words import relation_of, verdict_of

if TYPE_CHECKING:
    from ingest.decisions import Decisions
    from ingest.review import Verdict

NEEDED: Final = (REQUIREMENT_ID, PRACTICE_ID, STATUS)
_NO_DECISION: Final = frozenset(
    {"", glossary.STATUS["proposed"], glossary.NONE_SEEN, NONE_ACCEPTED, NOTHING_FOUND, glossary.GAP}
)


Sheet = tuple[Sequence[Line], dict[str, int]]


def matrix_sheets(content: Content) -> list[Sheet]:
    """The rows under a heading of the trace matrix with the places of the columns; empty where there is none."""
    found: list[Sheet] = []
    for lines in (*content.sheets.values(), list(_csv(content.text))):
        heading = heading_within(lines, NEEDED)
        if heading is not None:
            found.append((lines[heading[0] + 1 :], heading[1]))
    return found


def _csv(text: str) -> Iterator[Line]:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    head = next((place for place, line in enumerate(lines[:30]) if REQUIREMENT_ID in line), None)
    if head is None:
        return
    delimiter = delimiter_of(lines[head])
    columns = lines[head].rstrip(delimiter).count(delimiter) + 1
    for line in text_lines(lines[head:], delimiter, columns, head + 1):
        yield Line("", line.number, tuple(lively(cell) for cell in line.cells), line.fault)


def gather(sheets: Sequence[Sheet], decided: "Decisions", gathered: Gathered) -> None:
    """Read every changed row of `matrix_sheets`. decided: what stands in the base."""
    for lines, columns in sheets:
        for line in lines:
            place = Place(line.number, line.sheet)
            if line.fault:
                gathered.fault(place, Fault("broken_row", f"这一行{line.fault}；请改正，或用 Excel、WPS 另存后重试"))
            elif any(line.cells):
                row = _Changed(line, columns, decided, gathered)
                if row.half:
                    gathered.half.append(place)
                gathered.add(place, row.verdict, row.cell(PRACTICE_ID) or None, row.cell(REQUIREMENT_ID) or None)


class _Changed:
    """A row, and whether a person has changed what it says of a decision."""

    def __init__(self, line: Line, columns: dict[str, int], decided: "Decisions", gathered: Gathered) -> None:
        self._line = line
        self._decided = decided
        self._columns = columns
        self._gathered = gathered

    def cell(self, name: str) -> str:
        place = self._columns.get(name)
        return self._line.cells[place] if place is not None and place < len(self._line.cells) else ""

    @property
    def half(self) -> bool:
        """Whether something was filled in, but no verdict: an export leaves these cells empty then."""
        return self.cell(STATUS) in _NO_DECISION and bool(self.cell(COMMENT) or self.cell(RELATION))

    def verdict(self) -> "Verdict | str":
        """The row's verdict, or why it is none. Raises `Fault`."""
        from ingest.review import Verdict

        written = self.cell(STATUS)
        if written in _NO_DECISION:
            return "没有结论"
        practice, requirement = self.cell(PRACTICE_ID), self.cell(REQUIREMENT_ID)
        for name, id in ((PRACTICE_ID, practice), (REQUIREMENT_ID, requirement)):
            if not id:
                raise Fault("no_identifier", f"缺少{name}；请从导出的对照表中补上这一格")
        status = verdict_of(written)
        if status is None or status not in ("accepted", "rejected", "not-applicable", "proposed"):
            raise Fault("unknown_status", f"{STATUS}“{written[:20]}”不认识；应为已采信、不采信、不适用，或撤回")
        if status == "proposed" and requirement not in self._decided.get(practice, {}):
            return "没有可撤回的结论"
        relation = self._relation(status)
        seen = parts_of(self.cell(CHECK))
        if seen is None:
            raise Fault("wrong_mark", f"缺少{CHECK}，无法判断导出之后有无变化；请从导出的对照表中补上", "conflict")
        shown = self.cell(glossary.REQUIREMENT_POINTS)
        if shown and text_hash(shown)[:8] != seen[2]:
            message = f"要求要点与{CHECK}不符，可能只排序了部分列，或改动了文字；请重新导出后再填"
            raise Fault("wrong_row", message, "conflict")
        if self._untouched(practice, requirement, status, seen[3]):
            return "没有改动"
        return Verdict(
            practice=practice,
            requirement=requirement,
            status=status,
            relation=relation,
            reviewer=self._gathered.reviewer(self._named(practice, requirement)),
            comment=self.cell(COMMENT) or None,
            mark=self.cell(CHECK),
            repeatable=True,
            via="file",
            entered_by=self._gathered.terms.entered_by,
        )

    def _named(self, practice: str, requirement: str) -> str | None:
        """Who is written there; not the one whose verdict was changed, where it is known who changed it."""
        written = self.cell(REVIEWER)
        standing = self._decided.get(practice, {}).get(requirement)
        left = standing is not None and person(standing.reviewer or "") == person(written)
        return None if left and self._gathered.terms.reviewer else written

    def _relation(self, status: str) -> str | None:
        written = self.cell(RELATION)
        if not written:
            return None
        found = relation_of(written)
        if found is None:
            raise Fault("unknown_relation", f"{RELATION}“{written[:20]}”不认识；应为充分佐证、部分佐证、不构成佐证之一")
        # What was said of a former verdict does not belong to the new one.
        fits = {"accepted": ("full", "partial"), "rejected": ("none",)}
        return found if found in fits.get(status, ()) else None

    def _untouched(self, practice: str, requirement: str, status: str, decided: str) -> bool:
        """Whether the row says of the decision what the mark saw."""
        if decided == NONE:
            return False
        value = {
            "status": status,
            "relation": relation_of(self.cell(RELATION)) if self.cell(RELATION) else None,
            "reviewer": self.cell(REVIEWER) or None,
            "comment": self.cell(COMMENT) or None,
        }
        times = self._times(practice, requirement, decided)
        return any(_decided(practice, requirement, {**value, "reviewed_at": at}) == decided for at in times)

    def _times(self, practice: str, requirement: str, decided: str) -> Iterator[str | None]:
        """When the decision that the mark saw was made, exactly: the row shows the minute on the clock of the wall."""
        standing = self._decided.get(practice, {}).get(requirement)
        if standing is not None and _decided(practice, requirement, standing.record().value) == decided:
            yield standing.reviewed_at
            return
        shown = self.cell(REVIEWED_AT)
        yield shown or None
        try:  # Excel makes 2026/11/26 4:39 of what it takes for a time
            minute = datetime.strptime(shown.replace("/", "-")[:16].strip(":"), "%Y-%m-%d %H:%M").astimezone(UTC)
        except (ValueError, OverflowError):
            return
        for second in range(60):
            yield (minute + timedelta(seconds=second)).isoformat(timespec="seconds")


def _decided(practice: str, requirement: str, value: Mapping[str, Any] | None) -> str:
    """The part of a mark that a decision makes."""
    return mark(practice, requirement, "", "", value).rpartition("-")[2]
