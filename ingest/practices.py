"""From a document as read to its cases: the practices, and where their outcomes stand."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from ingest.details import SAMPLE_MARK, Details, details_of, merged_header
from ingest.organizations import Level, levels_in
from ingest.outline import Line, outline, rows, trimmed
from ingest.pieces import SHORTEST, Stretch, inline_items, joined, split
from ingest.readers.document import Block, SourceDocument
from ingest.sections import INNERMOST, Section, inline_label, section_of

_LONGEST_ITEM: Final = 1200
_FEWEST_HAN: Final = 8
_FEWEST_LATIN: Final = 4
_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN = re.compile(r"[A-Za-z]{2,}")
_LONGEST_TITLE: Final = 60
_UNNUMBERED_SECTION: Final = 100


@dataclass(frozen=True, slots=True)
class FoundPractice:
    """A practice cut from a document: `text` = document text[start:end]."""

    title: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Case:
    """Practices of one enterprise's case, whose `levels` may have been found in its text; `outcomes` are
    the stretches that tell its results."""

    details: Details
    levels: tuple[Level, ...]
    practices: tuple[FoundPractice, ...]
    outcomes: tuple[Stretch, ...] = ()


@dataclass(frozen=True, slots=True)
class Extracted:
    """What a document holds. `sample`: the whole of it is marked 虚构样例."""

    title: str
    sample: bool
    cases: tuple[Case, ...]
    lines: tuple[Line, ...]


def extract(document: SourceDocument) -> Extracted:
    """The cases of a document: a row each of a case list, else by its sections, else by its paragraphs."""
    if document.kind == "case-list":
        found = rows(document)
        cases = tuple(case for line in found if (case := _row_case(document, line.block)) is not None)
        marked = any(SAMPLE_MARK in text for text in (document.title, *document.margins))
        marked = marked or (bool(cases) and all(case.details.sample for case in cases))
        return Extracted(document.title, marked, cases, found)
    outlined = outline(document)
    cases = tuple(_written_case(document, part, outlined.title) for part in _parts(outlined.lines))
    marked = outlined.sample or any(case.details.sample for case in cases)
    kept = tuple(case for case in cases if case.practices)
    return Extracted(_title_of(cases, outlined.title), marked, kept, outlined.lines)


def _title_of(cases: Sequence[Case], title: str) -> str:
    return (cases[0].details.title if len(cases) == 1 else None) or title


def _row_case(document: SourceDocument, block: Block) -> Case | None:
    """A row's practice is its cell 主要做法; results are told in 工作成效."""
    details = details_of(block.fields)
    start, end = trimmed(document.text, *block.field_spans.get("text", (block.start, block.end)))
    if start == end:
        return None
    text = document.text[start:end]
    title = details.title or _first_words(text)
    outcomes = [trimmed(document.text, *span) for name, span in block.field_spans.items() if name == "outcome"]
    practice = FoundPractice(title, start, end, text)
    levels = details.levels or levels_in(details.title or "") or levels_in(text)
    return Case(details, levels, (practice,), tuple(span for span in outcomes if span[0] < span[1]))


@dataclass(slots=True)
class _Part:
    """The lines of one case by what they are about, in order; `None` = under no usual heading."""

    title: str = ""
    fields: list[tuple[str, str]] = field(default_factory=list)
    bodies: list[tuple[Section | None, list[Line]]] = field(default_factory=list)
    told: set[Section] = field(default_factory=set)

    def add(self, section: Section | None, line: Line) -> None:
        if not self.bodies or self.bodies[-1][0] != section:
            self.bodies.append((section, []))
        self.bodies[-1][1].append(line)


def _parts(lines: Sequence[Line]) -> list[_Part]:
    """Divide a document into cases, and each case into sections."""
    parts = [_Part()]
    section: Section | None = None
    rank = _UNNUMBERED_SECTION
    for line in lines:
        if line.role in ("title", "boilerplate"):
            continue
        part = parts[-1]
        if line.role == "header" and not line.block.fields.keys() & _SECTION_FIELDS.keys():
            part.fields += line.fields
            continue
        opened = section_of(line.text) if line.role == "heading" or len(line.text) <= _LONGEST_TITLE else None
        label = None if opened or line.role == "heading" else inline_label(line.text)
        if opened is not None:
            if opened in _OPENING and part.told & _CLOSING:
                parts.append(part := _Part())
            section, rank = opened, _UNNUMBERED_SECTION if line.rank is None else line.rank
            part.told.add(section)
        elif label is not None:
            section, rank = label[0], _UNNUMBERED_SECTION if line.rank is None else line.rank
            part.told.add(section)
            part.add(section, _from(line, label[1]))
        elif line.block.fields:
            for name, told in _SECTION_FIELDS.items():
                if name in line.block.field_spans:
                    part.told.add(told)
                    part.add(told, _within(line, line.block.field_spans[name], line.block.fields[name]))
            part.fields += line.fields
        else:
            if line.role == "heading" and line.rank is not None:
                if part.told and _begins_case(line, rank):
                    parts.append(part := _Part(title=line.words))
                    section = None
                elif section not in (None, Section.PRACTICE) and line.rank <= rank:
                    section = None
            part.add(section, line)
    return parts


_OPENING: Final = frozenset({Section.BACKGROUND, Section.PROFILE})
_CLOSING: Final = frozenset({Section.OUTCOME, Section.EXPERIENCE})
_SECTION_FIELDS: Final = {
    "background": Section.BACKGROUND,
    "text": Section.PRACTICE,
    "outcome": Section.OUTCOME,
    "lessons": Section.EXPERIENCE,
}


def _begins_case(line: Line, section_rank: int) -> bool:
    """A heading further out than the sections (or 案例二) begins another case."""
    if line.block.kind == "heading":
        return line.rank is not None and line.rank < section_rank
    return line.number is not None and line.number.rank == 0


def _from(line: Line, offset: int) -> Line:
    return _within(line, (line.start + offset, line.end), line.text[offset:])


def _within(line: Line, span: Stretch, text: str) -> Line:
    return replace(line, start=span[0], end=span[1], text=text, role="body", rank=None, number=None)


def _written_case(document: SourceDocument, part: _Part, title: str) -> Case:
    details = details_of(merged_header(part.fields))
    title = details.title or part.title or title
    sectioned = Section.PRACTICE in part.told
    practices: list[FoundPractice] = []
    for number, (section, lines) in enumerate(part.bodies):
        if section is Section.PRACTICE:
            practices += _items(document.text, lines, title)
        elif section is None and not (sectioned and number == 0):
            practices += _paragraphs(document.text, lines, title)
    outcomes = tuple(
        (line.start, line.end)
        for section, lines in part.bodies
        if section is Section.OUTCOME
        for line in lines
        if line.role == "body"
    )
    opening = next((line.text for _, lines in part.bodies for line in lines if line.role == "body"), "")
    levels = details.levels or levels_in(title) or levels_in(opening)
    return Case(details, levels, tuple(practices), outcomes)


def _items(text: str, lines: Sequence[Line], title: str) -> Iterator[FoundPractice]:
    """One practice for each numbered or sub-headed item; deeper items stay inside unless the whole is long."""
    ranks = [line.rank for line in lines if line.rank is not None and _marks_item(line)]
    if not ranks:
        yield from _paragraphs(text, lines, title)
        return
    outermost = min(ranks)
    groups: list[list[Line]] = [[]]
    for line in lines:
        if line.rank is not None and line.rank <= outermost and _marks_item(line):
            groups.append([])
        groups[-1].append(line)
    lead_in = [line for line in groups[0] if line.end - line.start >= SHORTEST and not line.text.endswith(("：", ":"))]
    yield from _paragraphs(text, lead_in, title)
    for group in groups[1:]:
        yield from _item(text, group, title)


def _marks_item(line: Line) -> bool:
    return line.role == "heading" or line.number is not None or bool(line.block.label and line.rank is not None)


def _item(text: str, lines: Sequence[Line], title: str) -> Iterator[FoundPractice]:
    first = lines[0]
    inner = first.number is not None and first.number.rank == INNERMOST  # 一是 belongs to the sentence
    start = first.start + (first.number.length if first.number and not inner else 0)
    own = first.words if first.role == "heading" else _first_words(first.words)
    if not _has_body(lines):
        return
    opening = replace(first, start=start, text=text[start : first.end], number=None)
    if lines[-1].end - start > _LONGEST_ITEM and len(lines) > 1:
        yield from _items(text, [*([] if first.role == "heading" else [_unranked(opening)]), *lines[1:]], own or title)
        return
    for run in filter(_has_body, _runs([opening, *lines[1:]])):
        stretch = (run[0].start, run[-1].end)
        apart = inline_items(text, stretch) if inner else []
        for piece in apart or ([stretch] if len(run) > 1 else split(text, stretch)):
            yield from _practice(text, piece, own or title)


def _has_body(lines: Sequence[Line]) -> bool:
    return any(line.role != "heading" for line in lines)


def _unranked(line: Line) -> Line:
    return replace(line, rank=None)


def _runs(lines: Sequence[Line]) -> list[list[Line]]:
    """Cut where something stands between two lines that is none: deleted text, boilerplate."""
    runs: list[list[Line]] = []
    for line in lines:
        if runs and line.index == runs[-1][-1].index + 1:
            runs[-1].append(line)
        else:
            runs.append([line])
    return runs


def _paragraphs(text: str, lines: Sequence[Line], title: str) -> Iterator[FoundPractice]:
    """Pieces of running text under the nearest heading: 一是… items, short ones joined, long ones split."""
    heading = title
    previous = -2
    waiting: list[tuple[Stretch, bool]] = []
    for line in lines:
        if line.role == "heading":
            yield from _pieces(text, waiting, heading)
            waiting, heading = [], line.words
        else:
            waiting.append(((line.start, line.end), bool(waiting) and line.index == previous + 1))
        previous = line.index
    yield from _pieces(text, waiting, heading)


def _pieces(text: str, stretches: Iterable[tuple[Stretch, bool]], title: str) -> Iterator[FoundPractice]:
    for stretch in joined(stretches):
        for piece in inline_items(text, stretch) or split(text, stretch):
            yield from _practice(text, piece, title)


def _practice(text: str, piece: Stretch, title: str) -> Iterator[FoundPractice]:
    start, end = trimmed(text, *piece)
    words = text[start:end]
    if len(_HAN.findall(words)) >= _FEWEST_HAN or len(_LATIN.findall(words)) >= _FEWEST_LATIN:
        yield FoundPractice(_first_words(title) or _first_words(words), start, end, words)


def _first_words(text: str) -> str:
    """A title from running text: its first clause that holds any word, at most 60 characters."""
    clauses = (clause.strip() for clause in re.split(r"[。；;！!？?\n]", text))
    clause = next((clause for clause in clauses if re.search(r"\w", clause)), "")
    return clause if len(clause) <= _LONGEST_TITLE else clause[: _LONGEST_TITLE - 1] + "…"
