"""Where to start proposing: the thresholds that give the best micro-F1 with few off-topic false alarms."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from analysis.alignment.judge import Probabilities
from analysis.alignment.shipped import Thresholds

Truth = npt.NDArray[np.bool_]

# At most this part of the reported off-topic texts may get a proposal.
FALSE_ALARMS: Final = 0.05
_GRID: Final = np.arange(0.10, 0.801, 0.02)
_GATES: Final = 60


def propose(found: Probabilities, thresholds: Thresholds, clause_of: Sequence[int]) -> tuple[Truth, Truth]:
    """What is proposed: (texts, clauses) and (texts, requirements). A requirement only together with its clause."""
    clauses = _clauses(found, thresholds.on_topic, thresholds.clause)
    return clauses, (found.requirements >= thresholds.requirement) & clauses[:, list(clause_of)]


def choose(
    found: Probabilities, truth: Truth, requirement_truth: Truth, clause_of: Sequence[int], counted: Truth
) -> Thresholds:
    """Gate and clause threshold together, then the requirements' threshold.

    One threshold for all clauses: a threshold for each, chosen on the same texts, did worse on others.
    `found` must come from texts that neither scorers nor calibrators had seen; false alarms are those on off-topic
    texts that `counted` marks.
    """
    off = ~truth.any(axis=1) & counted
    gates = np.unique(np.quantile(found.on_topic[off], np.linspace(0.3, 0.99, _GATES))) if off.any() else np.zeros(1)
    best, chosen = -1.0, Thresholds(1.0, 1.0, 1.0)
    for gate in gates.tolist():
        for limit in _GRID.tolist():
            proposed = _clauses(found, gate, limit)
            quiet = not off.any() or proposed[off].any(axis=1).mean() <= FALSE_ALARMS
            if quiet and (reached := _f1(proposed, truth)) > best:
                best, chosen = reached, Thresholds(gate, limit, 0.0)
    _, within = propose(found, chosen, clause_of)
    scored = [(_f1((found.requirements >= limit) & within, requirement_truth), limit) for limit in _GRID.tolist()]
    return Thresholds(round(chosen.on_topic, 4), round(chosen.clause, 2), round(max(scored)[1], 2))


def _clauses(found: Probabilities, gate: float, limit: float) -> Truth:
    return (found.clauses >= limit) & (found.on_topic >= gate)[:, None]


def _f1(proposed: Truth, truth: Truth) -> float:
    return float(2.0 * (proposed & truth).sum() / max(int(proposed.sum()) + int(truth.sum()), 1))
