"""Word documents: an own walk over the XML, since no library yields the automatic numbers of clauses."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ingest.readers.document import CELL_SEPARATOR, Composer, SourceDocument, clean, stem
from ingest.readers.docx_numbers import Numbering, W, value_of
from ingest.readers.docx_styles import Format, Styles
from ingest.readers.errors import ReadFailed
from ingest.readers.formats import MEDIA_TYPES
from ingest.readers.forms import form_row
from ingest.readers.headings import heading_level, is_item, is_title
from ingest.readers.limits import Limits
from ingest.readers.package import Package

_MC: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_M: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_INSIDE: Final = frozenset(
    (
        *(f"{W}{name}" for name in ("ins", "moveTo", "hyperlink", "smartTag", "sdt", "sdtContent", "fldSimple")),
        *(f"{W}{name}" for name in ("customXml", "bdo", "dir", "ruby", "rubyBase")),
        f"{_M}oMath",
        f"{_M}oMathPara",
    )
)
_REMOVED: Final = frozenset({f"{W}del", f"{W}moveFrom"})
_WRAPPERS: Final = frozenset(f"{W}{name}" for name in ("sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag"))
_PICTURES: Final = frozenset({f"{W}drawing", f"{W}pict", f"{W}object"})
_ON: Final = frozenset({None, "1", "true", "on"})
_PAGE_LIKE: Final = re.compile(r"[\s\d\-–—/第共页]*")
_FORM_TITLE_WITHIN: Final = 5


def read_docx(path: Path, name: str, limits: Limits) -> SourceDocument:
    """A Word document as accepted: insertions are text, deletions blocks of their own. Raises `ReadFailed`."""
    package = Package(path, limits)
    main = next(iter(package.related("").get("officeDocument", [])), "word/document.xml")
    root = package.xml(main)
    body = None if root is None else root.find(f"{W}body")
    if body is None:
        raise ReadFailed("damaged_file", "包内没有 Word 正文")
    parts = package.related(main)

    def part(kind: str) -> Any:
        return next((package.xml(member) for member in parts.get(kind, ())), None)

    composer = Composer()
    notes = {
        (kind, note.get(f"{W}id")): note
        for kind in ("footnote", "endnote")
        for note in _children(part(f"{kind}s"), f"{W}{kind}")
        if note.get(f"{W}type", "normal") == "normal"
    }
    walk = _Walk(composer, Styles(part("styles")), Numbering(part("numbering")), notes)
    walk.blocks(body)
    walk.end()
    _watermarks(body, composer)
    for kind in ("header", "footer", "comments"):
        for member in parts.get(kind, ()):
            _margin(package.xml(member), composer)
    properties = package.xml("docProps/core.xml")
    titles = [
        clean(node.text or "").strip() for node in _children(properties, "{http://purl.org/dc/elements/1.1/}title")
    ]
    for kind in ("title", "subject", "description", "keywords", "category"):
        for node in () if properties is None else properties.iter(f"{{*}}{kind}"):
            composer.margin(node.text or "")
    if walk.deleted:
        composer.warn("tracked_deletions", "文档带有修订记录：被删除的文字不作为依据")
    return composer.document(
        name, walk.title or next(filter(None, titles), "") or stem(name), MEDIA_TYPES["docx"], "case"
    )


def _children(element: Any, tag: str) -> Iterable[Any]:
    return () if element is None else element.findall(tag)


def _margin(root: Any, composer: Composer) -> None:
    """Note the paragraphs of a header, footer or comments (a marking may be spread over runs), and watermarks."""
    if root is None:
        return
    for paragraph in root.iter(f"{W}p"):
        text = "".join(node.text or " " for node in paragraph.iter(f"{W}t", f"{W}tab"))
        if not _PAGE_LIKE.fullmatch(text):
            composer.margin(text)
    _watermarks(root, composer)


def _watermarks(root: Any, composer: Composer) -> None:
    for drawn in root.iter("{urn:schemas-microsoft-com:vml}textpath"):
        composer.margin(drawn.get("string", ""))


@dataclass(slots=True)
class _Line:
    """What a paragraph holds: shown, deleted and hidden text; text boxes and notes hanging on it."""

    shown: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    boxes: list[Any] = field(default_factory=list)
    notes: list[tuple[str, str | None]] = field(default_factory=list)


class _Walk:
    """Goes through the body in reading order and adds blocks to the composer."""

    def __init__(
        self, composer: Composer, styles: Styles, numbering: Numbering, notes: dict[tuple[str, str | None], Any]
    ) -> None:
        self._composer = composer
        self._styles = styles
        self._numbering = numbering
        self._notes = notes
        self._carried = ""
        self._paragraphs = 0
        self.title = ""
        self.deleted = False

    def blocks(self, container: Any) -> None:
        """Add everything of a body, text box or note."""
        for element in _content(container):
            if element.tag == f"{W}tbl":
                self._table(element)
            else:
                self._paragraph(element)

    def end(self) -> None:
        """Add text that a deleted last paragraph mark left over."""
        self._composer.add("para", self._carried)
        self._carried = ""

    def _paragraph(self, paragraph: Any) -> None:
        properties = paragraph.find(f"{W}pPr")
        form = self._styles.of_paragraph(properties)
        line = _Line()
        _collect(paragraph, line)
        text = clean(self._carried + "".join(line.shown)).strip()
        self._carried = ""
        if form.contents:
            pass
        elif _mark_deleted(properties):
            self._carried = text
        else:
            self._add(text, form)
        self._hanging(line)

    def _hanging(self, line: _Line) -> None:
        """Deleted text, text boxes and notes of a paragraph come after it."""
        removed = clean("".join(line.deleted)).strip()
        if removed:
            self.deleted = True
            self._composer.add("deleted", removed)
        self._composer.margin("".join(line.hidden))
        for box in line.boxes:
            self.blocks(box)
        for key in line.notes:
            note = self._notes.pop(key, None)
            if note is not None:
                self._composer.add("footnote", "\n".join(filter(None, map(_visible, note.iter(f"{W}p")))))

    def _add(self, text: str, form: Format) -> None:
        label = self._label(form)
        if not text:
            return
        self._paragraphs += 1
        level = form.heading
        if level is None and label is None:
            level = heading_level(text)
        if level is None and label is None and not self.title and self._paragraphs <= 1 and is_title(text):
            level = 0
        if level is not None:
            if level == 0 and not self.title:
                self.title = text
            self._composer.add("heading", text, level=level, label=label or "")
        elif label is not None:
            self._composer.add("list_item", text, level=(form.number_level or 0) + 1, label=label)
        else:
            self._composer.add("list_item" if is_item(text) else "para", text, level=1 if is_item(text) else None)

    def _label(self, form: Format) -> str | None:
        """The paragraph's automatic number; `None` when it has none."""
        if form.number is None or form.number == "0":
            return None
        level = form.number_level
        if level is None:
            level = self._numbering.level_of_style(form.number, form.number_style)
        return self._numbering.next(form.number, level)

    def _table(self, table: Any) -> None:
        for row in _rows(table):
            line = _Line()
            cells = [self._cell(cell, line) for cell in _cells(row)]
            removed = row.find(f"{W}trPr/{W}del") is not None
            filled = [cell for cell in cells if cell]
            if removed:
                line.deleted.append(CELL_SEPARATOR.join(filled))
            elif (
                len(filled) == 1
                and len(self._composer.blocks) < _FORM_TITLE_WITHIN
                and not self.title
                and is_title(filled[0])
            ):
                self._composer.add("heading", filled[0], level=0)
                self.title = filled[0]
            else:
                form_row(self._composer, filled)
            self._hanging(line)

    def _cell(self, cell: Any, hanging: _Line) -> str:
        """A cell's text, its paragraphs and inner tables on lines of their own; "" where a merge goes on."""
        merge = cell.find(f"{W}tcPr/{W}vMerge")
        if merge is not None and merge.get(f"{W}val", "continue") != "restart":
            return ""
        lines: list[str] = []
        for element in _content(cell):
            if element.tag == f"{W}tbl":
                for row in _rows(element):
                    lines.append(
                        CELL_SEPARATOR.join(filter(None, (self._cell(inner, hanging) for inner in _cells(row))))
                    )
                continue
            line = _Line()
            _collect(element, line)
            text = clean("".join(line.shown)).strip()
            label = self._label(self._styles.of_paragraph(element.find(f"{W}pPr")))
            lines.append(f"{label} {text}" if label and text else text)
            hanging.deleted += line.deleted
            hanging.hidden += line.hidden
            hanging.boxes += line.boxes
            hanging.notes += line.notes
        return "\n".join(filter(None, lines))


def _content(container: Any) -> Iterator[Any]:
    """Paragraphs and tables of a container, content controls and insertions opened; contents tables left out."""
    for element in container:
        if element.tag in {f"{W}p", f"{W}tbl"}:
            yield element
        elif element.tag in _WRAPPERS:
            gallery = element.find(f"{W}sdtPr/{W}docPartObj")
            if value_of(gallery, "docPartGallery") != "Table of Contents":
                yield from _content(element)
        elif element.tag == f"{_MC}AlternateContent":
            yield from _content(_chosen(element))


def _rows(table: Any) -> Iterator[Any]:
    for element in table:
        if element.tag == f"{W}tr":
            yield element
        elif element.tag in _WRAPPERS:
            yield from _rows(element)


def _cells(row: Any) -> Iterator[Any]:
    for element in row:
        if element.tag == f"{W}tc":
            yield element
        elif element.tag in _WRAPPERS:
            yield from _cells(element)


def _chosen(alternatives: Any) -> Any:
    """The branch of alternative content that newer Word shows."""
    choice = alternatives.find(f"{_MC}Choice")
    return alternatives.find(f"{_MC}Fallback") if choice is None else choice if len(choice) else alternatives[-1]


def _collect(element: Any, line: _Line) -> None:
    for child in element:
        tag = child.tag
        if tag == f"{W}r":
            _run(child, line)
        elif tag in _INSIDE:
            _collect(child, line)
        elif tag in _REMOVED:
            line.deleted += (node.text or "" for node in child.iter(f"{W}t", f"{W}delText"))
        elif tag == f"{_MC}AlternateContent":
            _collect(_chosen(child), line)
        elif isinstance(tag, str) and tag.startswith(_M):
            line.shown += (node.text or "" for node in child.iter(f"{_M}t"))


def _run(run: Any, line: _Line) -> None:
    vanish = run.find(f"{W}rPr/{W}vanish")
    into = line.hidden if vanish is not None and vanish.get(f"{W}val") in _ON else line.shown
    for child in run:
        tag = child.tag
        if tag == f"{W}t":
            into.append(child.text or "")
        elif tag == f"{W}tab":
            into.append("\t")
        elif tag in {f"{W}br", f"{W}cr"}:
            into.append("\n")
        elif tag == f"{W}noBreakHyphen":
            into.append("-")
        elif tag == f"{W}sym":
            into.append(_symbol(child.get(f"{W}char", "")))
        elif tag in {f"{W}footnoteReference", f"{W}endnoteReference"}:
            line.notes.append(("footnote" if "footnote" in tag else "endnote", child.get(f"{W}id")))
        elif tag in _PICTURES or tag == f"{_MC}AlternateContent":
            line.boxes += _boxes(child)
        elif tag == f"{W}ruby":
            _collect(child, line)


def _symbol(code: str) -> str:
    try:
        number = int(code, 16)
    except ValueError:
        return ""
    private = 0xE000 <= number <= 0xF8FF
    return "" if private or number < 0x20 or number > 0x10FFFF else chr(number)


def _boxes(element: Any) -> Iterator[Any]:
    """The outermost text boxes within a picture, each once."""
    if element.tag == f"{W}txbxContent":
        yield element
        return
    for child in [_chosen(element)] if element.tag == f"{_MC}AlternateContent" else element:
        if child is not None:
            yield from _boxes(child)


def _mark_deleted(properties: Any) -> bool:
    """Whether tracked changes removed the end of the paragraph, so that the next one continues it."""
    return properties is not None and properties.find(f"{W}rPr/{W}del") is not None


def _visible(paragraph: Any) -> str:
    line = _Line()
    _collect(paragraph, line)
    return clean("".join(line.shown)).strip()
