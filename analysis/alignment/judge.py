"""The learned scores of texts brought onto the clauses and requirements of one ontology, as probabilities."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.alignment import stack as stacking
from analysis.alignment.base import BaseModel, BaseScores, Doubles
from analysis.alignment.lexicon import Lexicon
from analysis.alignment.stack import Stack
from analysis.alignment.windows import score_long
from ontology.model import Ontology


@dataclass(frozen=True, slots=True)
class Probabilities:
    """float64: on_topic (texts,), clauses (texts, clauses), requirements (texts, requirements)."""

    on_topic: Doubles
    clauses: Doubles
    requirements: Doubles


class Judge:
    """Scorers and calibrators brought onto the clauses and requirements of one ontology."""

    def __init__(
        self, ontology: Ontology, base: BaseModel, stack: Stack, layout: stacking.Layout, trained: frozenset[str]
    ) -> None:
        self.base, self.stack, self.layout = base, stack, layout
        self.requirements = ontology.requirements
        self.clauses = tuple(clause.id for clause in ontology.matchable_clauses)
        position = {clause: at for at, clause in enumerate(self.clauses)}
        self.clause_of = [position[requirement.clause] for requirement in self.requirements]
        self.lexicon = Lexicon(ontology, self.requirements, base.weight)
        ids = [requirement.id for requirement in self.requirements]
        self._known_clauses = _pairs(self.clauses, layout.clauses)
        self._known = [(ours, theirs) for ours, theirs in _pairs(ids, layout.requirements) if ids[ours] in trained]
        self._all_known = _pairs(ids, layout.requirements)
        self.trained = frozenset(ids[ours] for ours, _ in self._known)
        self.trained_clauses = frozenset(self.clauses) & frozenset(layout.clauses)

    def probabilities(self, texts: Sequence[str]) -> Probabilities:
        """Calibrated where there was something to calibrate on; see `method` of the scores."""
        return self.combine(*score_long(texts, self.base, self.lexicon))

    def combine(self, scores: BaseScores, words: Doubles) -> Probabilities:
        """Probabilities from the margins and the lexicon's scores of some texts."""
        on_topic = self.stack.on_topic(stacking.on_topic_features(scores, self.layout))[:, 0]
        theirs = self.stack.clause(stacking.clause_features(scores, self.layout))
        clauses = self.stack.zero_shot_clause(stacking.zero_shot_clause_features(on_topic, words, self.clause_of))
        for ours, known in self._known_clauses:
            clauses[:, ours] = theirs[:, known]
        requirements = self.stack.zero_shot_requirement(
            stacking.zero_shot_requirement_features(clauses, words, self.clause_of)
        )
        their_words = np.zeros((len(words), len(self.layout.requirements)))
        for ours, known in self._all_known:
            their_words[:, known] = words[:, ours]
        learned = self.stack.requirement(stacking.requirement_features(scores, self.layout, theirs, their_words))
        for ours, known in self._known:
            requirements[:, ours] = learned[:, known]
        # A requirement is met only where its clause is.
        np.minimum(requirements, clauses[:, self.clause_of], out=requirements)
        return Probabilities(on_topic, clauses, requirements)


def _pairs(ours: Sequence[str], theirs: Sequence[str]) -> list[tuple[int, int]]:
    column = {id: at for at, id in enumerate(theirs)}
    return [(at, column[id]) for at, id in enumerate(ours) if id in column]
