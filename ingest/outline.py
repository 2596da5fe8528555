"""A document's lines with the headings they stand under, its title and the header that says whose case it is."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ingest.details import HEADER_NAMES, SAMPLE_MARK, header_fields
from ingest.readers.document import CELL_SEPARATOR, Block, SourceDocument, stem
from ingest.sections import INNERMOST, Ordinal, label_rank, ordinal, section_of

_LONGEST_HEADING: Final = 40
_LONGEST_FIELDS: Final = 300
_BRACKETS: Final = 6
_PLAIN: Final = 100  # ranks below are real headings by level, above are ordinals in plain lines
_ENDS_SENTENCE = re.compile(r"[。；;！？!?，,、：:]$")
_BOILERPLATE = re.compile(
    r"""[（(\[【]?\s*(?:
        (?:供稿|撰稿|投稿|来稿|作者|来源|稿源|责任编辑|责编|编辑|审核|审稿|校对|校审|摄影|图片?|通讯员|记者|编审|终审|初审|复审
           |联系人|联系电话|联系方式|电话|手机|邮箱|电子邮箱|传真|地址|邮编|网址|阅读量|浏览次数|点击量|发布人|发布时间|更新时间|打印|关闭窗口)
        \s*(?:[：:/]|\s).*
      | 第\s*\d+\s*页(?:\s*[/，,共]?\s*共?\s*\d+\s*页)?
      | [-—–·\s]*\d{1,4}[-—–·\s]*
      | (?:\d{4}|[〇○零一二三四五六七八九]{4})\s*[年./-]\s*[\d一二三四五六七八九十]{1,3}\s*(?:[月./-]\s*(?:[\d一二三四五六七八九十]{1,3}\s*日?)?)?(?:\s*\d{1,2}:\d{2}(?::\d{2})?)?
      | 目\s*录 | 上一篇.* | 下一篇.* | 返回顶部 | 相关链接.* | 分享到?.{0,10}
    )\s*[）)\]】]?""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Line:
    """One block as practices are cut from it: `text` = document text[start:end], outer blanks excluded.

    `role`: title | heading | header (企业：…) | boilerplate | body. `rank`: how far out its heading or ordinal
    stands (smaller = further out), `None` for plain text. `path`: the headings above, outermost first.
    `fields`: what a header line says, canonical names first (see `ingest.details`).
    """

    block: Block
    index: int
    start: int
    end: int
    text: str
    role: str
    rank: int | None
    number: Ordinal | None
    path: tuple[str, ...]
    fields: tuple[tuple[str, str], ...]

    @property
    def words(self) -> str:
        """The text without its ordinal."""
        return self.text[self.number.length :] if self.number else self.text


@dataclass(frozen=True, slots=True)
class Outline:
    """A document's title, whether it is marked 虚构样例, and its lines."""

    title: str
    sample: bool
    lines: tuple[Line, ...]


def outline(document: SourceDocument) -> Outline:
    """Read off title, header lines and headings. Deleted text and empty blocks are no lines."""
    lines = _ranked_alike(list(_raw_lines(document)))
    title = ""
    sample = SAMPLE_MARK in document.title
    stack: list[tuple[int, str]] = []
    for at, line in enumerate(lines):
        role, rank = line.role, line.rank
        if not title and _is_title(document, line, lines[:at]):
            title, role, rank = line.text, "title", 0
        elif role == "heading" and not _heads_anything(line, lines[at + 1 : at + 2]):
            role = "body"
        if SAMPLE_MARK in line.text and len(line.text) <= _LONGEST_HEADING:
            sample = True
            role = "boilerplate" if role == "body" or _is_mark(line.text) else role
        if role == "heading" and rank is not None:
            while stack and stack[-1][0] >= rank:
                stack.pop()
        lines[at] = replace(line, role=role, rank=rank, path=tuple(words for _, words in stack))
        if role == "heading" and rank is not None:
            stack.append((rank, line.text))
    return Outline(title or _own_title(document), sample, tuple(lines))


def rows(document: SourceDocument) -> tuple[Line, ...]:
    """The lines of a case list: its rows, none of them a heading."""
    return tuple(
        Line(block, index, start, end, document.text[start:end], "body", None, None, (), ())
        for index, block in enumerate(document.blocks)
        for start, end in [trimmed(document.text, block.start, block.end)]
        if start < end and block.kind != "deleted"
    )


def _raw_lines(document: SourceDocument) -> Iterator[Line]:
    for index, block in enumerate(document.blocks):
        start, end = trimmed(document.text, block.start, block.end)
        if start < end and block.kind != "deleted":
            text = document.text[start:end]
            role, rank, number = _role(block, text)
            fields = _fields(block, text) if len(text) <= _LONGEST_FIELDS or block.fields else ()
            role, rank = ("header", None) if fields else (role, rank)
            yield Line(block, index, start, end, text, role, rank, number, (), fields)


def _heads_anything(line: Line, following: Sequence[Line]) -> bool:
    """Whether a short line heads what follows. A numbered one may be an item of a list itself, unless it is
    one of the usual headings or something deeper follows."""
    if _ordinal_rank(line) is None or section_of(line.text) is not None:
        return True
    follower = next(iter(following), None)
    deeper = follower is not None and (follower.rank is None or line.rank is None or follower.rank > line.rank)
    return deeper and follower is not None and follower.role not in ("boilerplate", "header")


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The stretch without the blanks at its ends."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _role(block: Block, text: str) -> tuple[str, int | None, Ordinal | None]:
    number = ordinal(text)
    if block.kind == "heading":
        return "heading", 10 * (1 if block.level is None else block.level), number
    if block.kind not in ("case", "table_row") and _BOILERPLATE.fullmatch(text):
        return "boilerplate", None, None
    rank = number.rank if number else label_rank(block.label)
    if rank is None:
        return "body", None, None
    # A short numbered line without a full stop heads what follows; 一是 … always belongs to the text.
    heads = (
        number is not None and rank < INNERMOST and len(text) <= _LONGEST_HEADING and not _ENDS_SENTENCE.search(text)
    )
    return ("heading" if heads and block.kind == "para" else "body"), _PLAIN + rank, number


def _ranked_alike(lines: list[Line]) -> list[Line]:
    """（二） in a long line stands as far out as the heading （一） does."""
    levels: dict[int, int] = {}
    for line in lines:
        kind = _ordinal_rank(line)
        if line.block.kind == "heading" and kind is not None and line.rank is not None:
            levels.setdefault(kind, line.rank)
    return [
        replace(line, rank=levels[kind])
        if line.rank is not None and line.rank >= _PLAIN and (kind := _ordinal_rank(line)) in levels
        else line
        for line in lines
    ]


def _ordinal_rank(line: Line) -> int | None:
    return line.number.rank if line.number else label_rank(line.block.label)


def _is_title(document: SourceDocument, line: Line, before: Sequence[Line]) -> bool:
    if line.role not in ("heading", "body"):
        return False
    if _is_mark(line.text):
        return False
    if document.title == _own_title(document) != stem(document.name):
        return _bare(line.text) == _bare(document.title)
    if line.number or any(other.role in ("body", "heading") for other in before):
        return False
    return (
        line.block.kind in ("heading", "para")
        and len(line.text) <= _LONGEST_HEADING
        and not _ENDS_SENTENCE.search(line.text)
    )


def _own_title(document: SourceDocument) -> str:
    """The title as read, or the file's name where the first line is a field or the sample mark."""
    return stem(document.name) if header_fields(document.title) or _is_mark(document.title) else document.title


def _is_mark(line: str) -> bool:
    return SAMPLE_MARK in line and len(line) <= len(SAMPLE_MARK) + _BRACKETS


def _bare(text: str) -> str:
    return re.sub(r"[\s#]", "", text)


def _fields(block: Block, text: str) -> tuple[tuple[str, str], ...]:
    """The fields that a block holds and is nothing else: a line 企业：…, or a row of a form."""
    if block.fields:
        return tuple((name, value) for name, value in block.fields.items() if name in HEADER_NAMES)
    if fields := header_fields(text):
        return fields
    cells = text.split(CELL_SEPARATOR)
    if block.kind == "table_row" and len(cells) % 2 == 0:
        pairs = [header_fields(f"{key}：{value}") for key, value in zip(cells[::2], cells[1::2], strict=True)]
        return tuple(field for pair in pairs for field in pair)
    return ()
