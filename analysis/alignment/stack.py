"""From margins to probabilities: small logistic models on top of the learned scorers and the lexicon."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from analysis.alignment.evidence import Evidence

Doubles = npt.NDArray[np.float64]
_EDGE = 1e-6


@dataclass(frozen=True, slots=True)
class Logistic:
    """q = expit(features · coef + intercept), one intercept for all outputs or one each; then p = curve of q.

    The curve (a, b, c) is beta calibration, expit(a·ln q − b·ln(1 − q) + c): it keeps the order and
    mends the ends, where a sum of margins is surer than it should be.
    """

    coef: tuple[float, ...]
    intercepts: tuple[float, ...]
    curve: tuple[float, float, float] = (1.0, 1.0, 0.0)

    def __call__(self, features: Doubles) -> Doubles:
        """Features of shape (…, outputs, len(coef)) → probabilities of shape (…, outputs)."""
        raw = expit(features @ np.array(self.coef) + np.array(self.intercepts))
        a, b, c = self.curve
        below, above = log_sides(raw)
        return expit(a * below + b * above + c)


def expit(x: Doubles) -> Doubles:
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * x)), dtype=np.float64)


def log_sides(p: Doubles) -> tuple[Doubles, Doubles]:
    """ln p and −ln(1 − p), kept finite."""
    kept = np.clip(p, _EDGE, 1.0 - _EDGE)
    return np.log(kept), -np.log1p(-kept)


def logit(p: Doubles) -> Doubles:
    below, above = log_sides(p)
    return below + above


@dataclass(frozen=True, slots=True)
class Layout:
    """Which output is what: column 0 on topic, then `clauses`, then `requirements`; `clause_of` a requirement."""

    clauses: tuple[str, ...]
    requirements: tuple[str, ...]
    clause_of: tuple[int, ...]

    def clause_part(self, scores: Doubles) -> Doubles:
        return scores[:, 1 : 1 + len(self.clauses)]

    def requirement_part(self, scores: Doubles) -> Doubles:
        return scores[:, 1 + len(self.clauses) :]


def gap_to_best(scores: Doubles, groups: Sequence[int] | None = None) -> Doubles:
    """How far each column is below the best of its row (of its group of columns in the row)."""
    if groups is None:
        return np.asarray(scores.max(axis=1, keepdims=True, initial=-np.inf) - scores)
    labels = np.array(groups)
    order = labels.argsort(kind="stable")
    starts = np.flatnonzero(np.diff(labels[order], prepend=-1))
    best = np.maximum.reduceat(scores[:, order], starts, axis=1)
    return np.asarray(best[:, np.searchsorted(labels[order][starts], labels)] - scores)


def on_topic_features(seen: Evidence, layout: Layout) -> Doubles:
    """(texts, 1, parts + 9): every margin of column 0, the best clause's summed margin, what tells about the whole."""
    scores = seen.scores
    best = layout.clause_part(scores.total).max(axis=1)
    columns = [*(part[:, 0] for part in scores.parts), best, *seen.topic.T]
    return np.stack(columns, axis=-1)[:, None, :]


def clause_features(seen: Evidence, layout: Layout) -> Doubles:
    """(texts, clauses, 2 · parts + 3): the clause's own margins, the gap to the best clause, those of column 0, cues."""
    scores = seen.scores
    own = [layout.clause_part(part) for part in scores.parts]
    topic = [np.broadcast_to(part[:, :1], own[0].shape) for part in scores.parts]
    cues = seen.cues[:, : len(layout.clauses)]
    return np.stack([*own, gap_to_best(layout.clause_part(scores.total)), *topic, cues, gap_to_best(cues)], axis=-1)


def requirement_features(seen: Evidence, layout: Layout, clauses: Doubles) -> Doubles:
    """(texts, requirements, parts + 7): own margins, gaps within the clause and overall, the clause's log odds,
    lexicon score and its gap within the clause, cues and their gap.

    clauses: probabilities (texts, clauses).
    """
    total = layout.requirement_part(seen.scores.total)
    cues = seen.cues[:, len(layout.clauses) :]
    columns = [
        *(layout.requirement_part(part) for part in seen.scores.parts),
        gap_to_best(total, layout.clause_of),
        gap_to_best(total),
        logit(clauses)[:, list(layout.clause_of)],
        seen.words,
        gap_to_best(seen.words, layout.clause_of),
        cues,
        gap_to_best(cues, layout.clause_of),
    ]
    return np.stack(columns, axis=-1)


def zero_shot_requirement_features(clauses: Doubles, words: Doubles, clause_of: Sequence[int]) -> Doubles:
    """(texts, requirements, 4): ln of its clause's probability, lexicon score, its gap to the best in the clause,
    and ln of how many the clause has: of two requirements one is likelier to be meant than of eight.

    No cues: a requirement that a site adds has few or none, and would lose to those that we have collected for.
    """
    labels = np.array(clause_of)
    crowd = np.broadcast_to(np.log(np.bincount(labels)[labels]), words.shape)
    return np.stack([log_sides(clauses)[0][:, labels], words, gap_to_best(words, clause_of), crowd], axis=-1)


def zero_shot_clause_features(on_topic: Doubles, words: Doubles, clause_of: Sequence[int]) -> Doubles:
    """(texts, clauses, 3): log odds of being on topic, best lexicon score in the clause, its gap to the best of all."""
    labels = np.array(clause_of)
    best = np.stack([words[:, labels == clause].max(axis=1) for clause in range(int(labels.max()) + 1)], axis=-1)
    return np.stack([np.broadcast_to(logit(on_topic)[:, None], best.shape), best, gap_to_best(best)], axis=-1)


@dataclass(frozen=True, slots=True)
class Stack:
    """The calibrated models, fitted on scores of texts that the scorers below had not seen."""

    on_topic: Logistic
    clause: Logistic
    requirement: Logistic
    zero_shot_clause: Logistic
    zero_shot_requirement: Logistic

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Stack":
        return cls(
            **{
                name: Logistic(tuple(part["coef"]), tuple(part["intercepts"]), tuple(part["curve"]))
                for name, part in value.items()
            }
        )
