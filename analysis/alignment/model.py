"""The alignment: which clauses and requirements a practice is evidence for, how surely, and by which words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np

from analysis.alignment.base import Doubles, Precision
from analysis.alignment.explain import Explainer, Meeting
from analysis.alignment.judge import Judge
from analysis.alignment.shipped import Shipped, load_shipped
from analysis.alignment.thresholds import propose
from analysis.traditional import simplified
from ontology.model import Ontology

__all__ = ["Aligner", "Alignment", "ClauseScore", "Meeting", "RequirementScore"]

TRAINED: Final = "trained"
ZERO_SHOT: Final = "zero-shot"


# Not frozen: 78 of these are made for every text, and freezing makes that four times as slow.
@dataclass(slots=True)
class ClauseScore:
    """`confidence` = probability that the text is evidence for the clause; `proposed` = at or above the threshold.

    `method` is `trained`, or `zero-shot` for a clause without training texts (a site's own).
    """

    id: str
    confidence: float
    proposed: bool
    method: str = TRAINED


@dataclass(slots=True)
class RequirementScore:
    """As `ClauseScore`; never surer than its clause, and proposed only together with it."""

    id: str
    clause: str
    confidence: float
    proposed: bool
    method: str = TRAINED


@dataclass(frozen=True, slots=True)
class Alignment:
    """Everything ranked, best first. `abstained` = nothing is proposed.

    `on_topic` = probability that the text shows any of the clauses at all; below the shipped gate
    nothing is proposed, however the clauses compare.
    """

    clauses: tuple[ClauseScore, ...]
    requirements: tuple[RequirementScore, ...]
    abstained: bool
    on_topic: float

    @property
    def graded(self) -> tuple[str, ...]:
        """What the text may be evidence for, proposed or not: `execution-6:7` = a probability from 0.7; from 0.1 on."""
        scores: tuple[ClauseScore | RequirementScore, ...] = (*self.clauses, *self.requirements)
        return tuple(f"{score.id}:{min(int(score.confidence * 10), 9)}" for score in scores if score.confidence >= 0.1)


class Aligner:
    """The shipped model over a site's ontology. Safe to share between threads."""

    def __init__(self, ontology: Ontology, shipped: Shipped) -> None:
        self._judge = Judge(ontology, shipped.base, shipped.stack, shipped.layout, shipped.trained)
        self._shipped = shipped
        self._ontology = ontology
        self._clause_methods = [
            TRAINED if clause in self._judge.trained_clauses else ZERO_SHOT for clause in self._judge.clauses
        ]
        self._requirements = [
            (each.id, each.clause, TRAINED if each.id in self._judge.trained else ZERO_SHOT)
            for each in self._judge.requirements
        ]

    @classmethod
    def load(cls, ontology: Ontology, folder: Path | None = None, precision: Precision = np.float64) -> "Aligner":
        """The model in `folder` (the shipped one by default). Raises `OSError`, `ValueError` when it is damaged.

        precision: of its kernels; in single a text costs half as much, and its figures differ in the sixth digit
        with the texts that it is judged together with.
        """
        return cls(ontology, load_shipped(folder, precision))

    @cached_property
    def _explainer(self) -> Explainer:
        return Explainer(self._ontology, self._judge)

    @property
    def model(self) -> str:
        """Name, version and content hash of the model."""
        return self._shipped.name

    @property
    def metrics(self) -> Mapping[str, Any]:
        """The figures measured when the model was trained, on sources held back."""
        return self._shipped.metrics

    def align(self, text: str) -> Alignment:
        """Judge one practice. An empty text abstains."""
        return self.align_many([text])[0]

    def align_many(self, texts: Sequence[str]) -> list[Alignment]:
        """Judge many practices; the same answers as `align` one by one."""
        if not texts:
            return []
        found = self._judge.probabilities([simplified(text) for text in texts])
        clauses, requirements = propose(found, self._shipped.thresholds, self._judge.clause_of)
        return [
            self._alignment(
                float(found.on_topic[at]), found.clauses[at], clauses[at], found.requirements[at], requirements[at]
            )
            for at in range(len(texts))
        ]

    def _alignment(self, on_topic: float, p: Doubles, proposed: Any, q: Doubles, met: Any) -> Alignment:
        judge = self._judge
        confidence, wanted = p.round(6).tolist(), proposed.tolist()
        clauses = [
            ClauseScore(judge.clauses[at], confidence[at], wanted[at], self._clause_methods[at])
            for at in (-p).argsort(kind="stable").tolist()
        ]
        sure, given, known = q.round(6).tolist(), met.tolist(), self._requirements
        requirements = [
            RequirementScore(known[at][0], known[at][1], sure[at], given[at], known[at][2])
            for at in (-q).argsort(kind="stable").tolist()
        ]
        return Alignment(tuple(clauses), tuple(requirements), abstained=not any(wanted), on_topic=round(on_topic, 6))

    def explain(self, text: str, requirement_id: str) -> tuple[Meeting, ...]:
        """Which words of the text meet the requirement, in order of position. Raises `KeyError` for an unknown one."""
        return self._explainer.explain(text, requirement_id)

    def best_span(self, text: str, requirement_id: str) -> tuple[int, int]:
        """Start and end of the sentence that supports the requirement best; (0, 0) for a text without any."""
        return self._explainer.best_span(text, requirement_id)
