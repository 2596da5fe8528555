"""All that speaks for and against every label of a text, before it is weighed: margins, shared words, cues, the actor."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from analysis.actor import actor_of
from analysis.alignment.base import BaseModel, BaseScores, Doubles
from analysis.alignment.lexicon import Lexicon
from analysis.alignment.windows import pieces_of
from analysis.cues import CueFinder, CueMention
from ontology.model import Ontology

# What a weak cue counts beside a cue.
_WEAK: Final = 0.3
# Length is told in units of a short practice and makes no more difference beyond a long one.
_UNIT, _LONGEST = 500.0, 1_500
_SHARE: Final = 0.5  # of a long text's margin that is its best piece's; the rest is the whole text's


@dataclass(frozen=True, slots=True)
class Evidence:
    """float64 throughout, a row a text; columns stand in the order of the ontology or of a `Layout`.

    scores:      margins of the learned scorers, on columns of their own layout
    words:       (texts, requirements), lexicon scores
    cues:        (texts, clauses + requirements), how many cues speak for each, ln(1 + number)
    topic:       (texts, 8), what tells about the text as a whole, see `_topic`
    """

    scores: BaseScores
    words: Doubles
    cues: Doubles
    topic: Doubles

    def take(self, rows: Any) -> "Evidence":
        """Some of the texts."""
        return Evidence(self.scores.take(rows), self.words[rows], self.cues[rows], self.topic[rows])


def joined(parts: Sequence[Evidence]) -> Evidence:
    """The texts of all parts, one after another."""
    scores = zip(*(part.scores.parts for part in parts), strict=True)
    return Evidence(
        BaseScores(tuple(np.concatenate(each) for each in scores)),
        np.concatenate([part.words for part in parts]),
        np.concatenate([part.cues for part in parts]),
        np.concatenate([part.topic for part in parts]),
    )


class EvidenceReader:
    """Gathers the evidence of texts for the clauses and requirements of one ontology."""

    def __init__(self, ontology: Ontology, base: BaseModel) -> None:
        self.base = base
        self.lexicon = Lexicon(ontology, ontology.requirements, base.weight)
        self.finder = CueFinder(ontology)
        names = [clause.id for clause in ontology.matchable_clauses] + [each.id for each in ontology.requirements]
        self._column = {name: at for at, name in enumerate(names)}

    def read(self, texts: Sequence[str]) -> Evidence:
        """The evidence of every text; of a long one margins and words are halfway between whole and best piece.

        The best piece alone finds more, but among several off-topic paragraphs one often looks like something.
        """
        pieces = [pieces_of(text) for text in texts]
        everything = [*texts, *(piece for some in pieces for piece in some)]
        scores, words = self.base.scores(everything), self.lexicon.scores(everything)
        start = len(texts)
        for at, some in enumerate(pieces):
            parts = slice(start, start + len(some))
            start += len(some)
            for array in (*scores.parts, words):
                if some:
                    array[at] += _SHARE * (array[parts].max(axis=0) - array[at])
        cues = np.zeros((len(texts), len(self._column)))
        topic = np.zeros((len(texts), 8))
        for at, text in enumerate(texts):
            found = self.finder.find(text)
            self._count(found, cues[at])
            topic[at] = self._topic(text, found)
        count = len(texts)
        return Evidence(scores.take(slice(count)), words[:count], np.log1p(cues), topic)

    def _count(self, found: Sequence[CueMention], row: Doubles) -> None:
        """Each cue once, however often it stands there; a requirement's cue speaks for its clause too."""
        for target, _, kind in {(mention.target, mention.cue, mention.kind) for mention in found}:
            for name in (target, self.finder.clause_of.get(target)):
                if kind != "counter" and name in self._column:
                    row[self._column[name]] += 1.0 if kind == "cue" else _WEAK

    def _topic(self, text: str, found: Sequence[CueMention]) -> list[float]:
        """Counts of cues, weak cues, counter-cues and general ones, as ln(1 + n); who acts; and the length."""
        kinds = [mention.kind for mention in found]
        general = sum(mention.kind == "counter" and mention.target == self.finder.general for mention in found)
        counts = (kinds.count("cue"), kinds.count("weak"), kinds.count("counter"), general)
        actor = actor_of(text)
        acting = (float(actor.enterprise), float(actor.other), float(actor.other_first))
        return [*np.log1p(counts).tolist(), *acting, min(len(text), _LONGEST) / _UNIT]
