"""Which words of a practice meet which words of a requirement, and which sentence says it best."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import Final

import numpy as np
import numpy.typing as npt

from analysis.alignment.base import PARTS, Doubles
from analysis.alignment.judge import Judge
from analysis.alignment.lexicon import Phrase
from analysis.cues import CueMention
from analysis.sentences import split_sentences
from analysis.traditional import simplified
from engines.embedding.ngrams import Encoded, Ints, fold
from ontology.model import Ontology

Mask = npt.NDArray[np.bool_]

_FUNCTION: Final = frozenset("的了在和与及以对为把被将从向到并让使其之而或就都也等是有每各")
# A part of a phrase is a meeting only when rare enough (about one text in twenty), and long enough:
# the expected evidence is full of 记录, 文件, 报告.
_RARE: Final = 4.0
_TELLING: Final = 3.0  # about one text in seven: for short words that the model has learned
_SHORTEST: Final = {"statement": 2, "label": 2, "evidence": 3}
# What a learned meeting may consist of: nouns, verbs, adjectives, fixed phrases, Latin words (by the first letter
# of their part of speech); not numbers, pronouns, adverbs and particles, which weigh but say nothing to a reader.
_CONTENT: Final = frozenset("navjlisbze")
_NO_CONTENT: Final = frozenset(("nr", "zg"))
_CUES_MOST: Final = 4
_LEARNED_MOST: Final = 4
_LEARNED_LONGEST: Final = 16


@dataclass(frozen=True, slots=True)
class Meeting:
    """`words` = text[start:end], which meets `meets`. `basis`: statement | label | evidence | cue | learned."""

    start: int
    end: int
    words: str
    meets: str
    basis: str


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of the text by its place; `content` = it says something by itself."""

    start: int
    end: int
    content: bool


@dataclass(frozen=True, slots=True)
class _Seen:
    """The text last looked at, so that several requirements of one text share the work."""

    text: str
    folded: str
    encoded: Encoded
    share: Doubles  # per distinct n-gram: its value in the text, per occurrence
    column: Ints  # per place: position among the distinct rows, or −1
    words: list[_Word]
    cues: list[CueMention]  # for and not against


class Explainer:
    """Cheap enough to be asked for every proposal: no text is scored again."""

    def __init__(self, ontology: Ontology, judge: Judge) -> None:
        self._judge = judge
        self._base = judge.base
        self._finder = judge.reader.finder
        self._clause_of = {requirement.id: requirement.clause for requirement in judge.requirements}
        self._statement = {requirement.id: requirement.zh for requirement in judge.requirements}
        self._words = {
            requirement.id: _Wording(judge.reader.lexicon.phrases[requirement.id]) for requirement in judge.requirements
        }
        self._mixture = {requirement.id: self._weights_of(at) for at, requirement in enumerate(judge.requirements)}
        self._last: _Seen | None = None

    def explain(self, text: str, requirement_id: str) -> tuple[Meeting, ...]:
        """Non-overlapping meetings in order of position. Raises `KeyError` for an unknown requirement."""
        wording = self._words[requirement_id]
        seen = self._look(text)
        found = [
            Meeting(start, end, text[start:end], phrase.meets, phrase.basis)
            for start, end, phrase in self._literal(seen, wording)
        ]
        taken = np.zeros(len(text), dtype=np.bool_)
        for meeting in found:
            taken[meeting.start : meeting.end] = True
        for mention in self._cues(seen, requirement_id):
            if not taken[mention.start : mention.end].any():
                taken[mention.start : mention.end] = True
                words = text[mention.start : mention.end]
                found.append(Meeting(mention.start, mention.end, words, mention.cue, "cue"))
        statement = self._statement[requirement_id]
        found += [
            Meeting(start, end, text[start:end], statement, "learned")
            for start, end in self._learned(seen, self._characters(seen, requirement_id), taken)
        ]
        return tuple(sorted(found, key=lambda meeting: meeting.start))

    def best_span(self, text: str, requirement_id: str) -> tuple[int, int]:
        """The sentence in which the score gathers most weight for its length; (0, 0) when there is no sentence."""
        wording = self._words[requirement_id]
        sentences = split_sentences(text)
        if len(sentences) < 2:
            return (sentences[0].start, sentences[0].end) if sentences else (0, 0)
        seen = self._look(text)
        support = self._characters(seen, requirement_id)
        unit = float(np.abs(support).mean()) or 1.0
        for start, end, _ in self._literal(seen, wording):
            support[start:end] += unit
        for mention in self._cues(seen, requirement_id):
            support[mention.start : mention.end] += unit
        total = _running(support)
        best = max(sentences, key=lambda s: (total[s.end] - total[s.start]) / (s.end - s.start + 20) ** 0.5)
        return best.start, best.end

    def _weights_of(self, at: int) -> list[tuple[int, float]]:
        """(output, weight): how the linear margins enter the requirement's log odds, gaps included."""
        judge, layout, stack = self._judge, self._judge.layout, self._judge.stack
        requirement = judge.requirements[at]
        mixture: list[tuple[int, float]] = []
        trained = requirement.id in judge.trained
        parts = len(PARTS)
        if requirement.clause in layout.clauses:
            clause = stack.clause.coef
            by_clause = stack.requirement.coef[parts + 2] if trained else stack.zero_shot_requirement.coef[0]
            mixture.append((1 + layout.clauses.index(requirement.clause), by_clause * (clause[0] - clause[parts])))
        if trained:
            own = stack.requirement.coef
            column = 1 + len(layout.clauses) + layout.requirements.index(requirement.id)
            mixture.append((column, own[0] - own[parts] - own[parts + 1]))
        return mixture

    def _cues(self, seen: _Seen, requirement_id: str) -> list[CueMention]:
        """Cues of the requirement, and strong ones of its clause, the longest first; none for a name twice."""
        targets = (requirement_id, self._clause_of[requirement_id])
        found = [
            mention
            for mention in seen.cues
            if mention.target in targets and (mention.kind == "cue" or mention.target == requirement_id)
        ]
        ranked = sorted(found, key=lambda mention: (targets.index(mention.target), mention.start - mention.end))
        once = {mention.cue: mention for mention in reversed(ranked)}
        return [mention for mention in ranked if once[mention.cue] is mention][:_CUES_MOST]

    def _look(self, text: str) -> _Seen:
        last = self._last
        if last is not None and last.text == text:
            return last
        simple = simplified(text)
        folded = fold(simple)
        encoded = self._base.table.encode(folded)
        share = self._base.table.values(encoded).astype(np.float64) / np.maximum(encoded.counts, 1)
        column = np.where(encoded.places < 0, -1, np.searchsorted(encoded.rows, encoded.places))
        cues = [mention for mention in self._finder.find(text) if mention.kind != "counter"]
        self._last = seen = _Seen(text, folded, encoded, share, column, _words(simple), cues)
        return seen

    def _characters(self, seen: _Seen, requirement_id: str) -> Doubles:
        """What every character of the text adds to the score: each n-gram's part spread evenly over it."""
        rows = seen.encoded.rows
        support = np.zeros(seen.encoded.length)
        mixture = self._mixture[requirement_id]
        if not mixture or not len(rows):
            return support
        weight = sum((self._base.linear[rows, output] * factor for output, factor in mixture), np.zeros(len(rows)))
        parts = np.append(seen.share * weight, 0.0)[seen.column]
        start = 0
        for size in range(self._base.table.low, self._base.table.high + 1):
            places = max(seen.encoded.length - size + 1, 0)
            part = parts[start : start + places] / size
            for offset in range(size):
                support[offset : offset + places] += part
            start += places
        return support

    def _learned(self, seen: _Seen, support: Doubles, taken: Mask) -> list[tuple[int, int]]:
        """The runs of words that carry most of the score, cut at punctuation and literal meetings."""
        folded, positive = seen.folded, support > 0
        average = float(support[positive].mean()) if positive.any() else float("inf")
        total, blocked = _running(support), _running(taken)
        spans: list[tuple[int, int]] = []
        for word in seen.words:
            start, end = word.start, word.end
            heavy = total[end] - total[start] > average * (end - start)
            if not (heavy and word.content) or blocked[end] > blocked[start] or not folded[start:end].isalnum():
                continue
            if spans and spans[-1][1] == start and end - spans[-1][0] <= _LEARNED_LONGEST:
                spans[-1] = (spans[-1][0], end)
            else:
                spans.append((start, end))
        spans = [span for span in spans if span[1] - span[0] > 2 or self._telling(folded[slice(*span)])]
        ranked = sorted(spans, key=lambda span: total[span[0]] - total[span[1]])
        each_once = {folded[start:end]: (start, end) for start, end in reversed(ranked)}  # the heaviest stays
        return [span for span in ranked if span in each_once.values()][:_LEARNED_MOST]

    def _trimmed(self, folded: str, start: int, end: int) -> tuple[int, int]:
        """Without function characters at the edges."""
        while end - start > 2 and folded[start] in _FUNCTION:
            start += 1
        while end - start > 2 and folded[end - 1] in _FUNCTION:
            end -= 1
        return start, end

    def _literal(self, seen: _Seen, wording: "_Wording") -> Iterator[tuple[int, int, Phrase]]:
        """Stretches of the text that stand in the requirement's wording: the longest at each place.

        A part of a phrase counts when it is made of whole words of the text and is not a common one.
        """
        folded, at, count = seen.folded, 0, len(seen.folded)
        while at < count - 1:
            size, phrase = wording.longest(folded, at)
            if phrase is None:
                at += 1
                continue
            start, end = at, at + size
            whole = size == len(phrase.text)
            if not whole:
                start, end = self._aligned(seen, start, end)
            if whole or (end - start >= _SHORTEST[phrase.basis] and self._rare(folded[start:end])):
                yield start, end, phrase
                at = end
            else:
                at += 1

    def _aligned(self, seen: _Seen, start: int, end: int) -> tuple[int, int]:
        """The stretch without the word at either edge that only partly lies in it."""
        first = bisect_left(seen.words, start, key=attrgetter("start"))
        last = bisect_right(seen.words, end, key=attrgetter("end"))
        if first >= last:
            return start, start
        return self._trimmed(seen.folded, seen.words[first].start, seen.words[last - 1].end)

    def _telling(self, word: str) -> bool:
        """Whether a word of at most two characters says enough to be shown."""
        return len(word) > 1 and self._base.weight(word) >= _TELLING

    def _rare(self, words: str) -> bool:
        return self._base.weight(words) >= _RARE


def _words(text: str) -> list[_Word]:
    """The words of the text in order, all of it, by the dictionary."""
    import rjieba  # loading its dictionary takes a tenth of a second, which a search need not pay

    words, at = [], 0
    for word, tag in rjieba.tag(text):
        words.append(_Word(at, at + len(word), tag[:1] in _CONTENT and tag not in _NO_CONTENT))
        at += len(word)
    return words


def _running(values: Doubles | Mask) -> list[float]:
    """Sums of the first 0, 1, 2, … values."""
    return [0.0, *np.cumsum(values, dtype=np.float64).tolist()]


class _Wording:
    """The phrases of a requirement, findable by their bigrams."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        self._at: dict[str, list[tuple[str, Phrase]]] = {}
        for phrase in phrases:
            folded = fold(phrase.text)
            for position in range(len(folded) - 1):
                pair = folded[position : position + 2]
                if pair.isalnum():
                    self._at.setdefault(pair, []).append((folded[position:], phrase))

    def longest(self, folded: str, at: int) -> tuple[int, Phrase | None]:
        """The longest stretch from `at` that some phrase holds, labels and evidence before the statement."""
        best, found = 0, None
        for rest, phrase in self._at.get(folded[at : at + 2], ()):
            size = 2
            limit = min(len(rest), len(folded) - at)
            while size < limit and rest[size] == folded[at + size] and rest[size].isalnum():
                size += 1
            if size > best or (size == best and found is not None and found.basis == "statement"):
                best, found = size, phrase
        return best, found
