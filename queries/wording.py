"""The words of a query: what is looked for, in which wordings, and the text that stands for its meaning."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from analysis.tokens import query_tokens
from queries.rewording import Rewording, spoken, translated
from queries.slips import Suggestion
from queries.words import Unit, heaviest, pieces

LONG: Final = 120  # characters from which a query is a text pasted, not a question typed
_MOST_TOKENS: Final = 96
_MOST_UNITS: Final = 32
_HAN: Final = re.compile("[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Wording:
    """See `queries.understanding.Understanding`, which holds the same.

    `searched` is what the embedder is given: corrected and translated, but not reworded, which was measured to
    hurt it; `sounding` is what the alignment is given, which knows the written language better.
    """

    tokens: tuple[str, ...]
    typed: tuple[str, ...]
    units: tuple[Unit, ...]
    added: tuple[str, ...]
    reworded: dict[str, tuple[str, ...]]
    suggestions: tuple[Suggestion, ...]
    searched: str
    sounding: str
    shortened: bool


def read_wording(folded: str, suggestions: Sequence[Suggestion], labels: Sequence[str]) -> Wording:
    """Read a folded query; `labels` are what it names without spelling it.

    Nothing is replaced in what is looked for: wordings are added. Only where meaning is compared does the corrected
    and translated text stand for the query.
    """
    english = () if _HAN.search(folded) else translated(folded)
    if english:
        # What is left in English is in no Chinese text: it would only make the query look unanswerable.
        corrected = " ".join(each.wordings[0] for each in english)
    else:
        corrected = _replaced(folded, [(each.start, each.end, each.meant) for each in suggestions])
    said = spoken(corrected)
    written = [wording for each in said for wording in each.wordings]
    meant = [*(each.meant for each in suggestions), *(wording for each in english for wording in each.wordings)]
    own, typed = query_tokens(corrected), query_tokens(folded)
    tokens = _unique([*own, *typed, *query_tokens(" ".join((*labels, *meant, *written)))]) if own else ()
    units = _units(corrected, own, said, english)
    # Words that nobody has translated count as things asked for that practices have no words for.
    units += [Unit(((word,),)) for word in _untranslated(folded, english)]
    kept = heaviest(tokens, _MOST_TOKENS)
    return Wording(
        tokens=kept,
        typed=typed,
        units=tuple(sorted(units, key=lambda unit: -unit.weight)[:_MOST_UNITS]),
        added=_unique([*labels, *meant]),
        reworded={corrected[each.start : each.end]: each.wordings for each in said},
        suggestions=tuple(suggestions),
        searched=" ".join((corrected, *labels)),
        sounding=" ".join((corrected, *labels, *(each.wordings[0] for each in said))),
        shortened=len(kept) < len(tokens),
    )


def _untranslated(folded: str, english: Sequence[Rewording]) -> list[str]:
    if not english:
        return []
    asked = set(query_tokens(folded))
    rest = _replaced(folded, [(each.start, each.end, " ") for each in english])
    return [token for token in query_tokens(rest) if token in asked]


def _replaced(text: str, changes: Iterable[tuple[int, int, str]]) -> str:
    for start, end, by in sorted(changes, reverse=True):
        text = f"{text[:start]}{by}{text[end:]}"
    return text


def _units(text: str, own: Sequence[str], said: Sequence[Rewording], english: Sequence[Rewording]) -> list[Unit]:
    """Each spoken or translated phrase, every other word, and what is neither Han nor translated."""
    if english:
        units = [Unit(tuple(_words(wording) for wording in each.wordings)) for each in english]
    else:
        reworded = {place for each in said for place in range(each.start, each.end)}
        units = [
            Unit((_words(text[each.start : each.end]), *(_words(wording) for wording in each.wordings)))
            for each in said
        ]
        asked = set(own)
        units += [
            Unit(((piece.word,),))
            for piece in pieces(text)
            if piece.known and piece.start not in reworded and asked.issuperset(query_tokens(piece.word))
        ]
        units += [Unit(((token,),)) for token in own if not _HAN.search(token)]
    distinct = list({unit.wordings: unit for unit in units}.values())
    return distinct or [Unit(((token,),)) for token in _unique(own)]


def _words(text: str) -> tuple[str, ...]:
    found = tuple(piece.word for piece in pieces(text) if piece.known)
    return found or (text,)


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
