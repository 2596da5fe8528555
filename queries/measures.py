"""Figures of merit of ranked answers, and bootstrap intervals over queries."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

DEPTH: Final = 10
_BINS: Final = 10
_DRAWS: Final = 1_000
_SEED: Final = 20

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Figure:
    """A mean over queries with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float
    queries: int


def ndcg(order: Sequence[str], grades: Mapping[str, int], depth: int = DEPTH) -> float:
    """Normalised discounted cumulative gain of the first `depth`; the gain is the grade (Järvelin & Kekäläinen 2002)."""
    gained = sum(grades.get(id, 0) / math.log2(place + 2) for place, id in enumerate(order[:depth]))
    best = sorted(grades.values(), reverse=True)[:depth]
    return gained / sum(grade / math.log2(place + 2) for place, grade in enumerate(best))


def reciprocal_rank(order: Sequence[str], grades: Mapping[str, int]) -> float:
    """1 / the place of the first that is relevant, 0 without one."""
    return next((1 / place for place, id in enumerate(order, 1) if grades.get(id)), 0.0)


def recall(order: Sequence[str], grades: Mapping[str, int], depth: int = DEPTH) -> float:
    """Share of the relevant that are among the first `depth`."""
    return sum(1 for id in order[:depth] if grades.get(id)) / len(grades)


def mean(values: Sequence[float]) -> Figure:
    """Mean and percentile bootstrap (1,000 draws over queries, fixed seed); of no values, zeros."""
    if not values:
        return Figure(0.0, 0.0, 0.0, 0)
    array = np.array(values, dtype=np.float64)
    draws = np.random.default_rng(_SEED).integers(0, len(array), (_DRAWS, len(array)))
    low, high = np.percentile(array[draws].mean(axis=1), (2.5, 97.5))
    return Figure(float(array.mean()), float(low), float(high), len(array))


def calibration_error(queries: Sequence[Sequence[tuple[float, bool]]]) -> Figure:
    """Expected calibration error over ten equal bins of (probability, right) pairs; resampled query by query."""
    if not any(queries):
        return Figure(0.0, 0.0, 0.0, len(queries))
    # Per query and bin: how many, their probabilities added up, how many of them right.
    sums = np.zeros((len(queries), _BINS, 3))
    for at, pairs in enumerate(queries):
        for probability, right in pairs:
            sums[at, min(_BINS - 1, int(probability * _BINS))] += (1.0, probability, float(right))
    draws = np.random.default_rng(_SEED).integers(0, len(queries), (_DRAWS, len(queries)))
    spread = [_error(sums[drawn].sum(axis=0)) for drawn in draws]
    low, high = np.percentile(spread, (2.5, 97.5))
    return Figure(_error(sums.sum(axis=0)), float(low), float(high), len(queries))


def _error(bins: Floats) -> float:
    return float(np.abs(bins[:, 1] - bins[:, 2]).sum() / max(1.0, bins[:, 0].sum()))
