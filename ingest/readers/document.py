"""What a reader hands on: a document's text and the blocks it is made of, with exact offsets."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Final, Literal, get_args

BlockKind = Literal["heading", "para", "list_item", "table_row", "footnote", "note", "deleted", "case"]
DocumentKind = Literal["case", "case-list"]
BLOCK_KINDS: Final[frozenset[str]] = frozenset(get_args(BlockKind))
CELL_SEPARATOR: Final = " | "

# Line breaks of all kinds become "\n"; characters that no text needs are dropped.
_BREAKS: Final = dict.fromkeys((0x0B, 0x0C, 0x85, 0x2028, 0x2029), "\n")
_DROPPED: Final = dict.fromkeys(
    (*range(0x09), *range(0x0D, 0x20), *range(0x7F, 0x85), *range(0x86, 0xA0), 0x200B, 0x2060, 0xFEFF, 0xFFFE, 0xFFFF)
)
_SURROGATES: Final = dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
_CLEANING: Final[dict[int, str | None]] = {**_DROPPED, **_BREAKS, **_SURROGATES}


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a reader left out or doubts, though the document could be read: stable code, Chinese message."""

    code: str
    message: str

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a document: `document.text[start:end] == text`, offsets in characters.

    level:  of a heading 0 (title) to 9, of a list item from 1.
    label:  the automatic number ("5.1.1", "a)"), which stands before `start` in the document's text.
    row:    1-based, as a spreadsheet shows it; in JSON lines the line.
    fields: canonical column name (`columns.STORED`) → cell text: of a `case`, and of a `table_row` of a form.
            `field_spans` gives each field's offsets in the document's text.
    A `deleted` block is text that tracked changes have removed: never evidence.
    """

    kind: BlockKind
    text: str
    start: int
    end: int
    level: int | None = None
    label: str = ""
    page: int | None = None
    slide: int | None = None
    sheet: str | None = None
    row: int | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    field_spans: Mapping[str, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """A document as read. `name` is the source's name as given, folders included.

    margins: texts that stand beside the body (headers, footers, comments, hidden text, title rows and
             columns that are not kept). They are read for screening only and never stored.
    """

    name: str
    title: str
    media_type: str
    kind: DocumentKind
    text: str
    blocks: tuple[Block, ...]
    warnings: tuple[Notice, ...] = ()
    margins: tuple[str, ...] = ()

    def retexted(self, change: Callable[[str], str]) -> "SourceDocument":
        """The same document with `change` (which must keep lengths) applied to its text, blocks and fields."""
        text = change(self.text)
        if len(text) != len(self.text):
            raise ValueError("the change must keep the text's length")
        return replace(self, text=text, blocks=tuple(_sliced(block, text) for block in self.blocks))


def _sliced(block: Block, text: str) -> Block:
    fields = {name: text[start:end] for name, (start, end) in block.field_spans.items()}
    return replace(block, text=text[block.start : block.end], fields=fields)


def clean(text: str) -> str:
    """`text` with one kind of line break and without control characters; all other code points as they are."""
    if text.isprintable():
        return text
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_CLEANING)


def stem(name: str) -> str:
    """The last part of a source's name without its ending: a title when the document has none."""
    path = PurePosixPath(name.replace("\\", "/"))
    return clean(path.stem).strip() or clean(path.name).strip()


class Composer:
    """Collects blocks and puts the document's text together; empty texts are passed over."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self.blocks: list[Block] = []
        self.warnings: list[Notice] = []
        self.margins: list[str] = []

    def add(
        self,
        kind: BlockKind,
        text: str,
        *,
        level: int | None = None,
        label: str = "",
        sheet: str | None = None,
        row: int | None = None,
        spans: Mapping[str, tuple[int, int]] | None = None,
    ) -> None:
        """Append a block; `text` must be clean, `spans` are offsets of fields within it."""
        if not text.strip():
            return
        if not spans:
            text = text.strip()
        lead = ("\n" if self._parts else "") + (f"{label} " if label else "")
        start = self._length + len(lead)
        end = start + len(text)
        self._parts += (lead, text)
        self._length = end
        self.blocks.append(
            Block(
                kind=kind,
                text=text,
                start=start,
                end=end,
                level=level,
                label=label,
                sheet=sheet,
                row=row,
                fields={name: text[first:last] for name, (first, last) in (spans or {}).items()},
                field_spans={name: (start + first, start + last) for name, (first, last) in (spans or {}).items()},
            )
        )

    def warn(self, code: str, message: str) -> None:
        self.warnings.append(Notice(code, message))

    def margin(self, text: str) -> None:
        """Note a text that is only to be screened."""
        if text.strip():
            self.margins.append(clean(text).strip())

    def document(self, name: str, title: str, media_type: str, kind: DocumentKind) -> SourceDocument:
        return SourceDocument(
            name=name,
            title=" ".join(clean(title).split()) or stem(name),
            media_type=media_type,
            kind=kind,
            text="".join(self._parts),
            blocks=tuple(self.blocks),
            warnings=tuple(self.warnings),
            margins=tuple(self.margins),
        )
