"""Plain text and Markdown."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from unicodedata import east_asian_width

from ingest.readers.columns import STORED, exact_column
from ingest.readers.document import CELL_SEPARATOR, Composer, SourceDocument, clean, stem
from ingest.readers.encoding import decode
from ingest.readers.formats import MEDIA_TYPES
from ingest.readers.headings import heading_level, is_item, is_title
from ingest.readers.limits import Limits

_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})")
_HASHES: Final = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_UNDERLINE: Final = re.compile(r" {0,3}(=+|-{2,})[ \t]*$")
_RULE: Final = re.compile(r" {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$")
_LIST: Final = re.compile(r"([ \t]*)(?:[-+*]|(\d{1,9})([.)]))[ \t]+(\S.*)")
_TABLE_RULE: Final = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_CELL_BAR: Final = re.compile(r"(?<!\\)\|")
_FIELD: Final = re.compile(r"[\u4e00-\u9fff]{2,8}[：:]\s*\S{1,40}$")
_COMMENT: Final = re.compile(r"<!--.*?(?:-->|$)", re.DOTALL)
_INLINE: Final = (
    (re.compile(r"!\[([^\]\n]*)\]\([^()\n]*\)"), r"\1"),
    (re.compile(r"\[([^\]\n]+)\]\([^()\n]*\)"), r"\1"),
    (re.compile(r"<(https?://[^>\s]+)>"), r"\1"),
    (re.compile(r"</?[A-Za-z][^<>\n]*>"), ""),
    (re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<![\w*])\*(?=[^\s*])([^*\n]+)(?<=[^\s*])\*(?![\w*])"), r"\1"),
    (re.compile(r"(`+)([^`\n]+)\1"), r"\2"),
    (re.compile(r"\\([!-/:-@\[-`{-~])"), r"\1"),
)


def read_txt(path: Path, name: str, limits: Limits) -> SourceDocument:
    """A text file: a line is a paragraph, unless the file is wrapped at a fixed width. Raises `ReadFailed`."""
    lines = _unwrapped(clean(decode(path.read_bytes())).split("\n"))
    composer = Composer()
    title = ""
    said = [line for line in map(str.strip, lines) if line]
    for line in said:
        if not composer.blocks and len(said) > 1 and is_title(line):
            title = line
            composer.add("heading", line, level=0)
        elif (level := heading_level(line)) is not None:
            composer.add("heading", line, level=level)
        else:
            composer.add("list_item" if is_item(line) else "para", line, level=1 if is_item(line) else None)
    return composer.document(name, title or stem(name), MEDIA_TYPES["txt"], "case")


def _width(line: str) -> int:
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in line)


def _unwrapped(lines: list[str]) -> list[str]:
    """Lines joined to paragraphs where most lines end at the same column; otherwise as they are."""
    widths = [_width(line.rstrip()) for line in lines]
    filled = [width for width in widths if width]
    right = max(filled, default=0)
    full = right - 3
    if not 50 <= right <= 120 or len(filled) < 6 or 2 * sum(width >= full for width in filled) < len(filled):
        return lines
    joined: list[str] = []
    for position, line in enumerate(lines):
        goes_on = position > 0 and widths[position - 1] >= full and line.strip() and line[0] not in " \t　"
        if goes_on and heading_level(line) is None and not is_item(line):
            joined[-1] = _joined(joined[-1], line)
        else:
            joined.append(line)
    return joined


def _joined(first: str, second: str) -> str:
    first, second = first.rstrip(), second.strip()
    latin = first[-1:].isascii() and second[:1].isascii() and first[-1:] != "-"
    return f"{first} {second}" if latin else first + second


def read_md(path: Path, name: str, limits: Limits) -> SourceDocument:
    """A Markdown file: headings, lists, tables; marks of emphasis and links are taken off. Raises `ReadFailed`."""
    text = _COMMENT.sub("", clean(decode(path.read_bytes())))
    lines = text.split("\n")
    composer = Composer()
    lines, title = _front_matter(lines, composer)
    _Markdown(composer, lines).read()
    first = next((block.text for block in composer.blocks if block.kind == "heading"), "")
    return composer.document(name, title or first or stem(name), MEDIA_TYPES["md"], "case")


def _front_matter(lines: list[str], composer: Composer) -> tuple[list[str], str]:
    """The lines after a YAML head, and the title it gives; of the rest what says whose case it is becomes lines."""
    if lines[:1] != ["---"] or "---" not in lines[1:200]:
        return lines, ""
    end = lines.index("---", 1)
    composer.margin("\n".join(lines[1:end]))
    title = ""
    for line in lines[1:end]:
        name, _, value = (part.strip(" \"'") for part in line.partition(":"))
        column = exact_column(name)
        if column == "title":
            title = value
        elif column in STORED and value:
            composer.add("para", f"{STORED[column][0]}：{value}")
    return lines[end + 1 :], title


def _plain(text: str) -> str:
    for pattern, kept in _INLINE:
        text = pattern.sub(kept, text)
    return text.strip()


def _begins_anew(before: str, line: str) -> bool:
    """Whether a line starts a paragraph of its own though no blank line says so: Chinese authors seldom wrap
    lines, so a line after a full stop, a numbered one, or a `名称：值` is meant to stand alone."""
    if before.rstrip().endswith(("。", "！", "？", "；", "：", "……")) or is_item(line):
        return True
    return any(heading_level(each) is not None or _FIELD.match(each) for each in (before, line))


class _Markdown:
    """One pass over the lines, collecting a paragraph until something else begins."""

    def __init__(self, composer: Composer, lines: list[str]) -> None:
        self._composer = composer
        self._lines = lines
        self._paragraph: list[str] = []

    def read(self) -> None:
        position = 0
        while position < len(self._lines):
            position = self._block(position)
        self._flush()

    def _flush(self) -> None:
        text = ""
        for line in self._paragraph:
            text = _joined(text, line) if text else line.strip()
        self._paragraph = []
        text = _plain(text)
        level = heading_level(text)
        self._composer.add("para" if level is None else "heading", text, level=level and level + 1)

    def _block(self, position: int) -> int:
        """Take in what begins at `position`; where the next thing begins."""
        line = re.sub(r"^ {0,3}(?:> ?)+", "", self._lines[position])
        following = self._lines[position + 1] if position + 1 < len(self._lines) else ""
        if fence := _FENCE.match(line):
            return self._fenced(position, fence[1])
        if not line.strip():
            self._flush()
        elif heading := _HASHES.match(line):
            self._flush()
            self._composer.add("heading", _plain(heading[2] or ""), level=len(heading[1]))
        elif _RULE.match(line) and not self._paragraph:
            pass
        elif not self._paragraph and "|" not in line and _UNDERLINE.match(following) and not _LIST.match(line):
            self._composer.add("heading", _plain(line), level=1 if "=" in following else 2)
            return position + 2
        elif "|" in line and "|" in following and _TABLE_RULE.match(following):
            return self._table(position)
        elif item := _LIST.match(line):
            return self._item(position, item)
        else:
            if self._paragraph and _begins_anew(self._paragraph[-1], line):
                self._flush()
            self._paragraph.append(line)
        return position + 1

    def _fenced(self, position: int, fence: str) -> int:
        self._flush()
        for end in range(position + 1, len(self._lines)):
            if self._lines[end].strip().startswith(fence):
                break
        else:
            end = len(self._lines)
        self._composer.add("para", "\n".join(self._lines[position + 1 : end]))
        return end + 1

    def _item(self, position: int, item: re.Match[str]) -> int:
        self._flush()
        text = item[4]
        position += 1
        for line in self._continuation(position):
            text = _joined(text, line)
            position += 1
        indent = len(item[1].expandtabs(4))
        self._composer.add(
            "list_item", _plain(text), level=1 + indent // 2, label=f"{item[2]}{item[3]}" if item[2] else ""
        )
        return position

    def _continuation(self, position: int) -> Iterator[str]:
        for line in self._lines[position:]:
            if not line.strip() or _LIST.match(line) or _HASHES.match(line) or _FENCE.match(line) or _RULE.match(line):
                return
            yield line

    def _table(self, position: int) -> int:
        self._flush()
        end = position
        while end < len(self._lines) and "|" in self._lines[end]:
            if end != position + 1:
                cells = (_plain(cell) for cell in _CELL_BAR.split(self._lines[end].strip().strip("|")))
                self._composer.add("table_row", CELL_SEPARATOR.join(filter(None, cells)))
            end += 1
        return end
