"""Finds the cues of clauses and requirement points in a text: how enterprises say what they do, with exact offsets."""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from analysis.concepts import stands_alone
from analysis.folding import fold
from ontology.model import CUE_GAP, Clause, Ontology, Requirement

Kind = Literal["cue", "weak", "counter"]

# How far apart the two parts of a cue such as 签订…承诺书 may stand, in characters.
REACH: Final = 12
_LONGEST_HEAD: Final = 10  # as the shapes allow
_BREAK: Final = re.compile("[。！？；!?;\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class CueMention:
    """`cue`, as the ontology spells it, speaks at `start:end` for `target` (kind cue, weak) or against it (counter).

    `target` is a clause, a requirement point, or, for what speaks against all of them, the standard.
    """

    target: str
    cue: str
    start: int
    end: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class _Meaning:
    """One cue of one target; `head` is the folded first part of a cue in two parts, else empty."""

    target: str
    cue: str
    kind: Kind
    head: str


class CueFinder:
    """One pass over the text by the first two characters of a cue; case and character width do not matter.

    A cue of a requirement speaks for its clause as well; it is reported once, under the requirement
    (`clause_of` tells the clause). Within one target the longest cue stands for those inside it, so that
    质量党员示范岗 is not 党员示范岗 besides. A cue that touches a counter-cue of its target, of its clause or of
    the standard does not count: neither 质量改善 nor anything else is met in 空气质量改善.
    """

    def __init__(self, ontology: Ontology) -> None:
        self.general = ontology.standard.id
        self.clause_of = {requirement.id: requirement.clause for requirement in ontology.requirements}
        self._meanings: dict[str, list[_Meaning]] = {}
        for cue in ontology.standard.counter_cues:
            self._add(self.general, cue, "counter")
        targets: tuple[Clause | Requirement, ...] = (*ontology.clauses, *ontology.requirements)
        for target in targets:
            for kind, cues in _cues_of(target):
                for cue in cues:
                    self._add(target.id, cue, kind)
        # First two characters → the lengths to try, longest first.
        lengths: dict[str, set[int]] = {}
        for spelling in self._meanings:
            lengths.setdefault(spelling[:2], set()).add(len(spelling))
        self._lengths = {first: sorted(sizes, reverse=True) for first, sizes in lengths.items()}

    def _add(self, target: str, cue: str, kind: Kind) -> None:
        head, gap, tail = cue.partition(CUE_GAP)
        spelling = _folded(tail if gap else cue)
        self._meanings.setdefault(spelling, []).append(_Meaning(target, cue, kind, _folded(head) if gap else ""))

    def find(self, text: str) -> list[CueMention]:
        """Every mention that counts, by place, longer ones first, then by target."""
        found = list(self._matches(fold(text)))
        counters: dict[str, list[CueMention]] = {}
        for mention in found:
            if mention.kind == "counter":
                counters.setdefault(mention.target, []).append(mention)
        spoilers = {target: _Spans(mentions) for target, mentions in counters.items()}
        kept = (mention for mention in _longest(found) if mention.kind == "counter" or self._counts(mention, spoilers))
        return sorted(kept, key=lambda mention: (mention.start, -mention.end, mention.target, mention.cue))

    def _matches(self, folded: str) -> Iterator[CueMention]:
        meanings, lengths = self._meanings, self._lengths
        for start in range(len(folded) - 1):
            for length in lengths.get(folded[start : start + 2], ()):
                end = start + length
                meant = meanings.get(folded[start:end]) if end <= len(folded) else None
                if meant is None or not stands_alone(folded, start, end):
                    continue
                before = ""
                for one in meant:
                    begin = start
                    if one.head:
                        before = before or _before(folded, start)
                        at = before.rfind(one.head)
                        begin -= len(before) - at
                        if not _in_reach(before, at, one.head):
                            continue
                    yield CueMention(one.target, one.cue, begin, end, one.kind)

    def _counts(self, mention: CueMention, spoilers: "dict[str, _Spans]") -> bool:
        against = (mention.target, self.clause_of.get(mention.target, ""), self.general)
        return not any(target in spoilers and spoilers[target].touch(mention) for target in against)


class _Spans:
    """Places of counter-cues, to be asked whether a mention touches one."""

    def __init__(self, mentions: Sequence[CueMention]) -> None:
        ordered = sorted((mention.start, mention.end) for mention in mentions)
        self._starts = [start for start, _ in ordered]
        self._reached: list[int] = []  # the furthest end so far
        for _, end in ordered:
            self._reached.append(max(end, self._reached[-1] if self._reached else 0))

    def touch(self, mention: CueMention) -> bool:
        before = bisect_left(self._starts, mention.end)
        return before > 0 and self._reached[before - 1] > mention.start


def _cues_of(target: Clause | Requirement) -> tuple[tuple[Kind, tuple[str, ...]], ...]:
    return (("cue", target.cues), ("weak", target.weak_cues), ("counter", target.counter_cues))


def _folded(part: str) -> str:
    return fold(unicodedata.normalize("NFKC", part))


def _before(folded: str, at: int) -> str:
    """What stands before `at` in its sentence, as far back as a first part may begin."""
    return _BREAK.split(folded[max(0, at - REACH - _LONGEST_HEAD) : at])[-1]


def _in_reach(before: str, at: int, head: str) -> bool:
    return at >= 0 and len(before) - at - len(head) <= REACH and stands_alone(before, at, at + len(head))


def _longest(mentions: Iterable[CueMention]) -> Iterator[CueMention]:
    """Without the mentions that lie inside another of the same target; cues in two parts neither hide nor are hidden."""
    reached: dict[str, int] = {}
    for mention in sorted(mentions, key=lambda mention: (mention.start, -mention.end)):
        if CUE_GAP in mention.cue:
            yield mention
        elif mention.end > reached.get(mention.target, -1):
            reached[mention.target] = mention.end
            yield mention
