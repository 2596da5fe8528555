"""Figures of merit of ranked, thresholded, multi-label scores, with intervals that respect the sources."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.float64]
Truth = npt.NDArray[np.bool_]
_BINS: Final = 10


@dataclass(frozen=True, slots=True)
class Judged:
    """Scores, truth and proposals of some texts: all of shape (texts, labels); `groups` = each text's source."""

    scores: Doubles
    truth: Truth
    proposed: Truth
    groups: npt.NDArray[np.int64]

    def take(self, rows: npt.NDArray[np.int64]) -> "Judged":
        return Judged(self.scores[rows], self.truth[rows], self.proposed[rows], self.groups[rows])

    @property
    def shows(self) -> Truth:
        """(texts,): whether any label is right."""
        return np.asarray(self.truth.any(axis=1))


def first_right(judged: Judged) -> float:
    """Share of the on-topic texts whose best-ranked label is right."""
    return right_within(judged, 1)


def right_within(judged: Judged, count: int) -> float:
    """Share of the on-topic texts with a right label among the first `count`."""
    on = judged.shows
    ranked = np.argsort(-judged.scores[on], axis=1, kind="stable")[:, :count]
    return _mean(np.take_along_axis(judged.truth[on], ranked, axis=1).max(axis=1, initial=False))


def micro_f1(judged: Judged) -> float:
    """Micro-averaged F1 of the proposals over all texts, the off-topic ones included."""
    right = int((judged.proposed & judged.truth).sum())
    total = int(judged.proposed.sum()) + int(judged.truth.sum())
    return 2.0 * right / total if total else 0.0


def precision(judged: Judged) -> float:
    """Share of the proposals that are right."""
    return _mean(judged.truth[judged.proposed])


def recall(judged: Judged) -> float:
    """Share of the right labels that are proposed."""
    return _mean(judged.proposed[judged.truth])


def false_alarms(judged: Judged) -> float:
    """Share of the off-topic texts for which anything is proposed."""
    return _mean(judged.proposed[~judged.shows].max(axis=1, initial=False))


def wrongly_silent(judged: Judged) -> float:
    """Share of the on-topic texts for which nothing is proposed."""
    return _mean(~judged.proposed[judged.shows].max(axis=1, initial=False))


def calibration_error(judged: Judged) -> float:
    """Expected calibration error in ten equal bins over all scores."""
    return _binned(judged.scores.ravel(), judged.truth.ravel())


def calibration_error_first(judged: Judged) -> float:
    """Expected calibration error of each text's best score alone: what a reader looks at."""
    best = judged.scores.argmax(axis=1)[:, None]
    return _binned(
        np.take_along_axis(judged.scores, best, axis=1).ravel(), np.take_along_axis(judged.truth, best, axis=1).ravel()
    )


def interval(judged: Judged, figure: Callable[[Judged], float], draws: int, seed: int) -> tuple[float, float]:
    """95 % bootstrap interval, drawing whole sources with replacement."""
    generator = np.random.default_rng(seed)
    order = np.argsort(judged.groups, kind="stable")
    starts = np.flatnonzero(np.diff(judged.groups[order], prepend=-1))
    members = np.split(order, starts[1:])
    drawn = []
    for _ in range(draws):
        chosen = generator.integers(0, len(members), len(members))
        drawn.append(figure(judged.take(np.concatenate([members[at] for at in chosen]))))
    low, high = np.percentile(drawn, [2.5, 97.5])
    return float(low), float(high)


def _binned(scores: Doubles, truth: Truth) -> float:
    bins = np.minimum((scores * _BINS).astype(np.int64), _BINS - 1)
    error = 0.0
    for each in range(_BINS):
        inside = bins == each
        if inside.any():
            error += float(inside.mean()) * abs(float(scores[inside].mean()) - float(truth[inside].mean()))
    return error


def _mean(values: Truth) -> float:
    return float(values.mean()) if values.size else 0.0


def group_numbers(groups: Sequence[str]) -> npt.NDArray[np.int64]:
    """Names of sources as numbers."""
    number = {group: at for at, group in enumerate(dict.fromkeys(groups))}
    return np.array([number[group] for group in groups], dtype=np.int64)
