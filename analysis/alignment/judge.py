"""The learned scores of texts brought onto the clauses and requirements of one ontology, as probabilities."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.alignment import stack as stacking
from analysis.alignment.base import BaseModel, Doubles
from analysis.alignment.evidence import Evidence, EvidenceReader
from analysis.alignment.stack import Stack
from ontology.model import Ontology

Places = npt.NDArray[np.intp]


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
        self.reader = EvidenceReader(ontology, base)
        self.requirements = ontology.requirements
        self.clauses = tuple(clause.id for clause in ontology.matchable_clauses)
        position = {clause: at for at, clause in enumerate(self.clauses)}
        self.clause_of = [position[requirement.clause] for requirement in self.requirements]
        ids = [requirement.id for requirement in self.requirements]
        self.trained = trained & frozenset(ids) & frozenset(layout.requirements)
        self._known_clauses = _pairs(self.clauses, layout.clauses)
        self._known = _pairs([id if id in trained else "" for id in ids], layout.requirements)
        self._all_known = _pairs(ids, layout.requirements)
        self.trained_clauses = frozenset(self.clauses) & frozenset(layout.clauses)

    def probabilities(self, texts: Sequence[str]) -> Probabilities:
        """Calibrated where there was something to calibrate on; see `method` of the scores."""
        return self.combine(self.reader.read(texts))

    def combine(self, seen: Evidence) -> Probabilities:
        """Probabilities from the evidence of some texts, its columns in the order of the ontology."""
        known = self._on_layout(seen)
        on_topic = self.stack.on_topic(stacking.on_topic_features(known, self.layout))[:, 0]
        theirs = self.stack.clause(stacking.clause_features(known, self.layout))
        ours, columns = self._known_clauses
        clauses = np.empty((len(on_topic), len(self.clauses)))
        if len(ours) < len(self.clauses):
            clauses = self.stack.zero_shot_clause(
                stacking.zero_shot_clause_features(on_topic, seen.words, self.clause_of)
            )
        clauses[:, ours] = theirs[:, columns]
        learned = self.stack.requirement(stacking.requirement_features(known, self.layout, theirs))
        ours, columns = self._known
        requirements = np.empty((len(on_topic), len(self.requirements)))
        if len(ours) < len(self.requirements):
            requirements = self.stack.zero_shot_requirement(
                stacking.zero_shot_requirement_features(clauses, seen.words, self.clause_of)
            )
        requirements[:, ours] = learned[:, columns]
        # A requirement is met only where its clause is.
        np.minimum(requirements, clauses[:, self.clause_of], out=requirements)
        return Probabilities(on_topic, clauses, requirements)

    def _on_layout(self, seen: Evidence) -> Evidence:
        """The evidence with the columns of the model's layout; what the ontology lacks has none."""
        clauses = len(self.layout.clauses)
        words = np.zeros((len(seen.words), len(self.layout.requirements)))
        cues = np.zeros((len(words), clauses + words.shape[1]))
        ours, columns = self._known_clauses
        cues[:, columns] = seen.cues[:, ours]
        ours, columns = self._all_known
        words[:, columns] = seen.words[:, ours]
        cues[:, clauses + columns] = seen.cues[:, len(self.clauses) + ours]
        return Evidence(seen.scores, words, cues, seen.topic)


def _pairs(ours: Sequence[str], theirs: Sequence[str]) -> tuple[Places, Places]:
    """Where what both name stands in `ours`, and where in `theirs`."""
    column = {id: at for at, id in enumerate(theirs)}
    shared = [(at, column[id]) for at, id in enumerate(ours) if id in column]
    return np.array([at for at, _ in shared], dtype=np.intp), np.array([at for _, at in shared], dtype=np.intp)
