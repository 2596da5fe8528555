"""Words: known ones with their weights, cutting a text into them, and how much of a query's weight a text holds."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from analysis.tokens import index_tokens

_TOKEN_WEIGHTS: Final = "token_weights.json"
_WORDS: Final = "words.txt"
_LONGEST: Final = 6
_HAN: Final = re.compile("[\u4e00-\u9fff]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """`text[start:end]`, a known word; or a single character that is in none (`known` is false)."""

    start: int
    end: int
    word: str
    known: bool


class Unit:
    """One thing that a query asks for: any of its wordings will do, each a run of words. `weight`: of the first."""

    __slots__ = ("_checks", "weight", "wordings")

    def __init__(self, wordings: tuple[tuple[str, ...], ...]) -> None:
        self.wordings = wordings
        self.weight = sum(map(word_weight, wordings[0]))
        self._checks = [
            [(_tokens_of(word), word_weight(word) / sum(map(word_weight, wording))) for word in wording]
            for wording in wordings
        ]

    def held(self, tokens: Set[str]) -> float:
        """Share of the weight of the best-held wording that a text with these tokens holds."""
        best = 0.0
        for wording in self._checks:
            held = sum(weight for needed, weight in wording if needed <= tokens)
            if held > best:
                best = held
        return best


@cache
def _tokens_of(word: str) -> frozenset[str]:
    return frozenset(index_tokens(word))


@cache
def word_weights() -> Mapping[str, float | None]:
    """Known words; with the weight (inverse document frequency) of those that practices are written in."""
    found: dict[str, float | None] = {}
    for line in (files("queries") / _WORDS).read_text(encoding="utf-8").splitlines():
        word, _, weight = line.partition("\t")
        found[word] = float(weight) if weight else None
    return found


def word_weight(word: str) -> float:
    """The weight of a word or token; one that practices are not written in weighs as much as the rarest."""
    weights, rarest = token_weights()
    return word_weights().get(word) or weights.get(word, rarest)


def pieces(text: str) -> Iterator[Piece]:
    """Every Han run cut into the fewest known words, the commoner ones where that is a tie, in order."""
    for run in _HAN.finditer(text):
        yield from _cut(run[0], run.start())


def _cut(run: str, offset: int) -> list[Piece]:
    known = word_weights()
    # best[i]: fewest pieces (unknown characters count double), then least weight, from i to the end.
    best: list[tuple[float, int]] = [(0.0, 0)] * (len(run) + 1)
    for start in range(len(run) - 1, -1, -1):
        choice = (best[start + 1][0] + 2.0, start + 1)
        for end in range(start + 2, min(start + _LONGEST, len(run)) + 1):
            word = run[start:end]
            if word in known:
                cost = best[end][0] + 1.0 + (known[word] or 10.0) / 100
                choice = min(choice, (cost, end))
        best[start] = choice
    cut, at = [], 0
    while at < len(run):
        end = best[at][1]
        cut.append(Piece(offset + at, offset + end, run[at:end], end - at > 1))
        at = end
    return cut


@cache
def token_weights() -> tuple[Mapping[str, float], float]:
    """Weights of tokens (inverse document frequency in a fixed body of practices), and that of all others.

    A fixed body, so that shares, and thus what a client's threshold means, do not move with what a site stores.
    """
    weights: dict[str, float] = json.loads((files("queries") / _TOKEN_WEIGHTS).read_text(encoding="utf-8"))
    return weights, weights.pop("")


def weighed(tokens: Iterable[str]) -> dict[str, float]:
    """Each token with its weight."""
    weights, rarest = token_weights()
    return {token: weights.get(token, rarest) for token in tokens}


def words_share(query: Mapping[str, float], held: Set[str]) -> float:
    """How much of the query's weight of tokens (`weighed`) a text with the tokens `held` has."""
    whole = sum(query.values())
    return sum(weight for token, weight in query.items() if token in held) / whole if whole else 0.0


def words_known(query: Mapping[str, float]) -> float:
    """How much of the query's weight of tokens the fixed body of practices has in it."""
    return words_share(query, token_weights()[0].keys())


def units_held(units: Sequence[Unit], tokens: Set[str]) -> tuple[float, float]:
    """What a text with these tokens holds of the things asked for: the share by weight, and how many of them."""
    whole = share = met = 0.0
    for unit in units:
        held = unit.held(tokens)
        whole += unit.weight
        share += unit.weight * held
        met += held
    return (share / whole if whole else 0.0), met


def units_known(units: Sequence[Unit]) -> float:
    """How much of what the query asks for, by weight, practices have words for."""
    known = word_weights()
    whole = sum(unit.weight for unit in units)
    found = sum(
        unit.weight for unit in units if any(all(known.get(word) for word in wording) for wording in unit.wordings)
    )
    return found / whole if whole else 0.0


def heaviest(tokens: Sequence[str], most: int) -> tuple[str, ...]:
    """The `most` tokens that weigh most, in their order; tokens in no body of practices come last."""
    if len(tokens) <= most:
        return tuple(tokens)
    weights = token_weights()[0]
    kept = set(sorted(tokens, key=lambda token: (-weights.get(token, 0.0), token))[:most])
    return tuple(token for token in tokens if token in kept)
