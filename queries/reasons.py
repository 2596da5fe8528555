"""Why a practice was found: where the query's words stand in it, and Chinese sentences that say so."""

import re
from collections.abc import Iterable, Sequence, Set
from functools import lru_cache
from typing import Final

from analysis.folding import fold
from analysis.traditional import simplified
from queries.answers import RequirementLink
from queries.practices import Card
from queries.ranking import Signals
from queries.understanding import Understanding
from queries.words import pieces, word_weights

Span = tuple[int, int]

_MOST_WORDS, _MOST_OTHERS, _MOST_REQUIREMENTS, _MOST_OUTCOMES = 5, 3, 2, 2
_AROUND: Final = 5  # characters on either side that tell where a word ends
_HAN: Final = re.compile(r"[\u4e00-\u9fff]")
_LATIN: Final = re.compile(r"[a-z0-9]")
_RUN: Final = re.compile(r"[\u4e00-\u9fff]+|[A-Za-z0-9]+")
_CLEAR_COSINE: Final = 0.3
_STATUS: Final = {
    "accepted": "已采信",
    "proposed": "系统建议（待核）",
    "rejected": "不采信",
    "not-applicable": "不适用",
}


def highlights(tokens: Iterable[str], text: str) -> tuple[Span, ...]:
    """Where any token stands in the text, overlapping and touching places joined, in order.

    A pair that is no word and begins with the end of one, or ends with the beginning of one, is none: 任区 in 担任区块.
    """
    folded = fold(text)
    spans: list[Span] = []
    wanted = list(tokens)
    # Lone characters left over by cutting (写, 第 5 章) mark half the text; a query of just one means it.
    for token in [token for token in wanted if len(token) > 1 or len(wanted) == 1]:
        start = folded.find(token)
        while start >= 0:
            end = start + len(token)
            if _whole(folded, start, end):
                spans.append((start, end))
            start = folded.find(token, start + 1)
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(span for span in joined if not _straddles(folded, *span))


def _straddles(folded: str, start: int, end: int) -> bool:
    """Whether a pair of ideographs is no word, and cut out of neighbouring ones."""
    pair = folded[start:end]
    if len(pair) != 2 or pair in word_weights() or not _HAN.match(pair):
        return False
    first = max(0, start - _AROUND)
    words = ((first + piece.start, first + piece.end) for piece in pieces(folded[first : end + _AROUND]))
    return any(begin < start < stop < end or start < begin < end < stop for begin, stop in words)


def _words(text: str, marked: Sequence[Span], whole: Set[str] = frozenset()) -> list[str]:
    """What is marked in whole words, the longest first: a stretch cut through a word gives the words in it.

    `whole`: stretches that are words here, whether the language has them or not.
    """
    found: list[str] = []
    for stretch in sorted({text[start:end] for start, end in marked}, key=lambda stretch: (-len(stretch), stretch)):
        found += [stretch] if stretch in whole else _cut(stretch)
    return list(dict.fromkeys(found))


@lru_cache(maxsize=4096)
def _cut(stretch: str) -> tuple[str, ...]:
    cut = list(pieces(stretch))
    return (stretch,) if all(piece.known for piece in cut) else tuple(piece.word for piece in cut if piece.known)


def _whole(folded: str, start: int, end: int) -> bool:
    """Whether a Latin word or number stands by itself (QC, not the QC in FQCS)."""
    if not _LATIN.match(folded[start]):
        return True
    return not (start and _LATIN.match(folded[start - 1])) and not _LATIN.match(folded[end : end + 1])


def reasons(
    card: Card,
    requirements: Sequence[RequirementLink],
    understood: Understanding,
    marked: Sequence[Span],
    signals: Signals,
) -> tuple[str, ...]:
    """What met the query, strongest first; every sentence states what is known, and what is only proposed."""
    lines = []
    named = [link for link in requirements if link.id in understood.requirements]
    for link in named[:_MOST_REQUIREMENTS]:
        lines.append(_evidences(link, "问题所指的要求要点"))
    clauses = [
        link for link in card.clauses if link.id in understood.clauses and link.status in ("accepted", "proposed")
    ]
    lines += [
        f"{_STATUS[link.status]}：可佐证问题所指的条款“{link.title}”，把握程度 {link.confidence:.2f}"
        for link in clauses[:1]
    ]
    text = simplified(card.practice.text)
    words = _words(text, highlights(understood.typed, text), frozenset(_RUN.findall(simplified(understood.query))))
    if words:
        lines.append(f"文中有问题里的词语：{'、'.join(words[:_MOST_WORDS])}")
    # Of what is looked for besides: other names of what was asked, words taken for slips, translations.
    besides = [word for word in _words(text, marked) if not any(word in own or own in word for own in words)]
    if besides:
        lines.append(f"文中有相近的说法：{'、'.join(besides[:_MOST_OTHERS])}")
    if whose := _whose(card, understood):
        lines.append(f"单位、行业或性质与问题相符：{'、'.join(whose)}")
    if signals.vector >= _CLEAR_COSINE:
        lines.append(f"与问题语义相近（相似度 {signals.vector:.2f}）")
    others = [link for link in requirements if link not in named]
    if not named and others:
        lines.append(_evidences(others[0], "要求要点"))
    outcomes = [outcome.quote for outcome in card.outcomes if outcome.quote]
    if outcomes:
        lines.append(f"写明了成效：{'；'.join(outcomes[:_MOST_OUTCOMES])}")
    return tuple(lines)


def _whose(card: Card, understood: Understanding) -> list[str]:
    """Names of the units, industry and ownership of which the question holds half or more."""
    practice = card.practice
    units = practice.organization.path if practice.organization else ()
    names = [name for name in (*units, practice.industry, practice.ownership) if name]
    return [
        name for name in names if 2 * sum(end - start for start, end in highlights(understood.typed, name)) >= len(name)
    ]


def _evidences(link: RequirementLink, what: str) -> str:
    return f"{_STATUS[link.status]}：可佐证{what}“{link.statement}”，把握程度 {link.confidence:.2f}"
