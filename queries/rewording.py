"""Other wordings of what a query says: Chinese for English words of the field, written words for spoken ones."""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from analysis.tokens import query_tokens

_GLOSSARY: Final = "glossary.csv"
_COLLOQUIAL: Final = "colloquial.csv"
_ENGLISH_WORD: Final = re.compile(r"[a-z0-9]+")
_LONGEST_PHRASE: Final = 5  # English words


@dataclass(frozen=True, slots=True)
class Rewording:
    """`wordings` (Chinese) say in other words what stands at `start:end` of the folded query."""

    start: int
    end: int
    wordings: tuple[str, ...]


def spoken(folded: str) -> tuple[Rewording, ...]:
    """Spoken words of a Chinese query with their written equivalents; longest first, none overlapping."""
    table, longest = _spoken_table()
    found, at = [], 0
    while at < len(folded) - 1:
        for end in range(min(at + longest, len(folded)), at + 1, -1):
            if wordings := table.get(folded[at:end]):
                found.append(Rewording(at, end, wordings))
                at = end
                break
        else:
            at += 1
    return tuple(found)


def translated(folded: str) -> tuple[Rewording, ...]:
    """English words and phrases of the field with Chinese for them; the longest phrase at each place."""
    table = _glossary()
    words = list(_ENGLISH_WORD.finditer(folded))
    asked = set(query_tokens(folded))
    found, at = [], 0
    while at < len(words):
        for count in range(min(_LONGEST_PHRASE, len(words) - at), 0, -1):
            phrase = words[at : at + count]
            if count == 1 and phrase[0][0] not in asked:
                continue
            if wordings := table.get(" ".join(lemma(word[0]) for word in phrase)):
                found.append(Rewording(phrase[0].start(), phrase[-1].end(), wordings))
                at += count
                break
        else:
            at += 1
    return tuple(found)


def lemma(word: str) -> str:
    """An English word without the endings of number and tense, roughly; only ever compared with other lemmas."""
    for ending, stem in (
        ("ies", "y"),
        ("sses", "ss"),
        ("ches", "ch"),
        ("shes", "sh"),
        ("ings", ""),
        ("ing", ""),
        ("ed", ""),
    ):
        if word.endswith(ending) and len(word) - len(ending) + len(stem) >= 4:
            return _bare(word[: -len(ending)] + stem)
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3:
        word = word[:-1]
    return _bare(word)


def _bare(word: str) -> str:
    # improve, improving → improv; planning → plan
    if word.endswith("e") and len(word) > 4:
        return word[:-1]
    if len(word) > 4 and word[-1] == word[-2] and word[-1] not in "sl":
        return word[:-1]
    return word


@cache
def _glossary() -> Mapping[str, tuple[str, ...]]:
    table: dict[str, tuple[str, ...]] = {}
    for english, chinese in _rows(_GLOSSARY):
        key = " ".join(lemma(word) for word in _ENGLISH_WORD.findall(english))
        table.setdefault(key, tuple(chinese.split()))
    return table


@cache
def _spoken_table() -> tuple[Mapping[str, tuple[str, ...]], int]:
    table = {said: tuple(written.split()) for said, written in _rows(_COLLOQUIAL)}
    return table, max(map(len, table))


def _rows(name: str) -> list[tuple[str, str]]:
    text = (files("queries") / name).read_text(encoding="utf-8")
    return [(row[0], row[1]) for row in csv.reader(text.splitlines()[1:])]
