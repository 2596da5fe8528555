"""Splits text into sentences with exact offsets, never inside brackets, titles or quotations."""

import re
from dataclasses import dataclass
from typing import Final

_PAIRS: Final = {"《": "》", "〈": "〉", "（": "）", "(": ")", "“": "”", "「": "」", "『": "』", "【": "】", "〔": "〕"}
_OPENER: Final = {closer: opener for opener, closer in _PAIRS.items()}
_LINE: Final = re.compile(r"[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
_MARK: Final = re.compile("[" + re.escape("".join(_PAIRS) + "".join(_OPENER)) + "。！？；!?;｡﹔]")
_ENDS: Final = frozenset("。！？；!?;｡﹔")
_AFTER_QUOTE: Final = frozenset("的、，,；。）》")
# A pair that spans more than this is a slip of the author's, and protects nothing.
_LONGEST_PAIR: Final = 500


@dataclass(frozen=True, slots=True)
class Span:
    """`text` stands at `start:end` of the text it was taken from."""

    start: int
    end: int
    text: str


def _protected(marks: list[re.Match[str]]) -> dict[int, int]:
    """Opening → closing position of the outermost complete pairs of one line; stray brackets are left out."""
    stack: list[tuple[str, int]] = []
    waiting = dict.fromkeys(_PAIRS, 0)
    outer: list[tuple[int, int]] = []
    for mark in marks:
        char, at = mark[0], mark.start()
        if char in _PAIRS:
            stack.append((char, at))
            waiting[char] += 1
        elif char in _OPENER and waiting[_OPENER[char]]:
            opened, start = stack.pop()
            while True:
                waiting[opened] -= 1
                if opened == _OPENER[char]:
                    break
                opened, start = stack.pop()
            if at - start > _LONGEST_PAIR:
                continue
            while outer and outer[-1][0] > start:
                outer.pop()
            outer.append((start, at))
    return dict(outer)


def _ends(line: str) -> list[int]:
    """Positions after which a sentence of the line ends."""
    marks = list(_MARK.finditer(line))
    closing_of = _protected(marks)
    ends: list[int] = []
    inside_until = -1
    for mark in marks:
        at = mark.start()
        if (
            at == inside_until
            and line[at] in "”」』"
            and line[at - 1] == "。"
            and line[at + 1 : at + 2] not in _AFTER_QUOTE
        ):
            ends.append(at + 1)  # the quotation ends with a full stop, and the sentence with it
        if at <= inside_until:
            continue
        if at in closing_of:
            inside_until = closing_of[at]
        elif mark[0] in _ENDS:
            if ends and ends[-1] == at:
                ends[-1] = at + 1  # ！！ and ？！ end one sentence
            else:
                ends.append(at + 1)
    return ends


def split_sentences(text: str) -> list[Span]:
    """The sentences of a text in order, without surrounding white space; `text[s.start:s.end] == s.text`.

    A sentence ends at 。！？； (or their ASCII forms) and at a line break; never at a full point, so
    "99.1%" and "GB/T 1.1" stay whole, and never inside a complete pair of 《》（）“” and the like.
    A bracket that is not closed in its line protects nothing. Linear in the length of the text.
    """
    spans: list[Span] = []
    for line in _LINE.finditer(text):
        start = 0
        for end in (*_ends(line[0]), len(line[0])):
            piece = line[0][start:end]
            stripped = piece.strip()
            if stripped:
                left = line.start() + start + len(piece) - len(piece.lstrip())
                spans.append(Span(left, left + len(stripped), stripped))
            start = end
    return spans
