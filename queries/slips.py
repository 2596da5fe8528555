"""Slips of the pen in a query: words written with wrong characters of the same or a near sound, or in a wrong order.

What is found is searched for in addition and shown as a suggestion; the query stays as it was typed. Names of
persons, documents and fixed formulas are left alone.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from itertools import product
from typing import Final

from queries.words import Piece, pieces, word_weights

_PINYIN: Final = "pinyin.txt"
_LONGEST: Final = 8
_MOST_KEYS: Final = 32
_LEAST_WILD: Final = 4  # length from which one character may be any other
# Sounds that regional speech and input methods do not tell apart.
_NEAR: Final = ((re.compile("^([zcs])h"), r"\1"), (re.compile("^n"), "l"), (re.compile("ng$"), "n"))
# Single characters that are words of their own, and no sign of a slip.
_ALONE: Final = frozenset(
    "的了在和与及或是不有没把被让给对向从到为以于就都也还很再又只能会要想去来做搞办怎么吗呢吧啊谁哪啥咋这那个些一二三四五六七八九十"
    "两几多少大小上下前后里外中内年月日天人我你他她它们自各每其之所得着过地很太更最当请查找看听说问写用比跟同按由如何"
    "提开学讲管帮带教好新老快慢高低先再把谈评选交收发送报建设定立办站坐走跑拿放加减出入进退起落"
)
_SURNAMES: Final = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段钱汤尹黎易常武乔贺赖龚文"
_PERSON: Final = re.compile(
    rf"[{_SURNAMES}](?:[一-鿿]{{1,2}}?|某+)(?=同志|书记|总经理|董事长|厂长|主任|经理|师傅|老师|院士|劳模|工程师|班长|队长|主席)"
)
_QUOTED: Final = re.compile("《[^》]*》|“[^”]*”")

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`typed` stands at `start:end` of the query; `meant` is the known word it is taken for."""

    start: int
    end: int
    typed: str
    meant: str


class SlipFinder:
    """Looks for slips against the known words of practices and the labels given."""

    def __init__(self, labels: Iterable[str]) -> None:
        self._labels = frozenset(label for label in labels if 2 <= len(label) <= _LONGEST and _all_han(label))

    def find(self, text: str, taken: Sequence[Span]) -> tuple[Suggestion, ...]:
        """Suggestions by place, none overlapping another or any of the spans `taken`."""
        cut = list(pieces(text))
        barred = [*taken, *_protected(text)]
        inside = {place for start, end in barred for place in range(start, end)}
        loose = {piece.start for piece in cut if not piece.known} - inside
        suspect = {piece.start for piece in cut if piece.start in loose and piece.word not in _ALONE}
        if not suspect:
            return ()
        found: list[Suggestion] = []
        for start, end in _windows(cut, suspect):
            if any(start < stop and begin < end for begin, stop in barred):
                continue
            if meant := self._meant(text[start:end], {place - start for place in loose if start <= place < end}):
                found.append(Suggestion(start, end, text[start:end], meant))
                barred.append((start, end))
        return tuple(sorted(found, key=lambda each: each.start))

    def _meant(self, typed: str, loose: set[int]) -> str | None:
        """The commonest word that sounds or looks like `typed` and differs from it in loose characters only."""
        candidates = {word for key in _keys(typed) for word in self._by_key.get(key, ())}
        candidates |= set(self._by_letters.get("".join(sorted(typed)), ()))
        if len(typed) >= _LEAST_WILD:
            candidates |= {word for key in _wild_keys(typed) for word in self._by_wild.get(key, ())}
        fitting = [word for word in candidates if word != typed and _plausible(typed, word, loose)]
        weights = word_weights()
        return min(fitting, key=lambda word: (word not in self._labels, weights.get(word) or 10.0, word), default=None)

    @cached_property
    def _vocabulary(self) -> list[str]:
        return sorted(self._labels | {word for word, weight in word_weights().items() if weight is not None})

    @cached_property
    def _by_key(self) -> dict[str, list[str]]:
        return _indexed((key, word) for word in self._vocabulary for key in _keys(word))

    @cached_property
    def _by_letters(self) -> dict[str, list[str]]:
        return _indexed(("".join(sorted(word)), word) for word in self._vocabulary)

    @cached_property
    def _by_wild(self) -> dict[str, list[str]]:
        return _indexed(
            (key, word) for word in self._vocabulary if len(word) >= _LEAST_WILD for key in _wild_keys(word)
        )


def _indexed(entries: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    index: dict[str, list[str]] = {}
    for key, word in entries:
        index.setdefault(key, []).append(word)
    return index


def _windows(cut: Sequence[Piece], loose: set[int]) -> Iterator[Span]:
    """Stretches of whole neighbouring pieces with a loose character, longest first."""
    spans = {
        (cut[first].start, cut[last].end)
        for first in range(len(cut))
        for last in range(first, len(cut))
        if cut[last].end - cut[first].start <= _LONGEST
        and cut[last].end - cut[first].start == sum(piece.end - piece.start for piece in cut[first : last + 1])
    }
    wanted = [(start, end) for start, end in spans if end - start >= 2 and any(start <= place < end for place in loose)]
    return iter(sorted(wanted, key=lambda span: (span[0] - span[1], span[0])))


def _plausible(typed: str, word: str, loose: set[int]) -> bool:
    """At most half of the characters differ, every one of them loose; two characters only swapped count as one."""
    differing = [at for at, (mine, theirs) in enumerate(zip(typed, word, strict=True)) if mine != theirs]
    if sorted(typed) == sorted(word):
        return len(differing) == 2 and all(at in loose for at in differing)
    return 2 * len(differing) <= len(typed) and all(at in loose for at in differing)


def _protected(text: str) -> list[Span]:
    return [match.span() for pattern in (_QUOTED, _PERSON) for match in pattern.finditer(text)]


def _keys(word: str) -> list[str]:
    readings = [_sounds(character) for character in word]
    if not all(readings):
        return []
    return [" ".join(key) for _, key in zip(range(_MOST_KEYS), product(*readings), strict=False)]


def _wild_keys(word: str) -> list[str]:
    return [f"{word[:at]}*{word[at + 1 :]}" for at in range(len(word))]


@cache
def _readings() -> dict[str, tuple[str, ...]]:
    lines = (files("queries") / _PINYIN).read_text(encoding="utf-8").splitlines()
    return {line[0]: tuple(line[2:].split()) for line in lines}


@cache
def _sounds(character: str) -> tuple[str, ...]:
    """The readings of a character, with sounds that are often confused made the same."""
    found = []
    for reading in _readings().get(character, ()):
        for pattern, near in _NEAR:
            reading = pattern.sub(near, reading)
        found.append(reading)
    return tuple(dict.fromkeys(found))


def _all_han(text: str) -> bool:
    return all("\u4e00" <= character <= "\u9fff" for character in text)
