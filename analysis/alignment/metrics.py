"""Figures of merit of ranked, thresholded, multi-label scores, with intervals that respect the sources."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.float64]
Truth = npt.NDArray[np.bool_]
_BINS: Final = 10


@dataclass(frozen=True, slots=True)
class Judged:
    """Scores, truth and proposals of some texts: all of shape (texts, labels).

    groups, primary: (texts,), each text's source, and the column of its principal label (−1 without one).
    """

    scores: Doubles
    truth: Truth
    proposed: Truth
    groups: npt.NDArray[np.int64]
    primary: npt.NDArray[np.int64]

    def take(self, rows: npt.NDArray[np.int64]) -> "Judged":
        return Judged(self.scores[rows], self.truth[rows], self.proposed[rows], self.groups[rows], self.primary[rows])

    def only(self, columns: Sequence[int]) -> "Judged":
        """Some of the labels; the principal one stays if it is among them."""
        at = {column: new for new, column in enumerate(columns)}
        primary = np.array([at.get(column, -1) for column in self.primary.tolist()], dtype=np.int64)
        kept = list(columns)
        return Judged(self.scores[:, kept], self.truth[:, kept], self.proposed[:, kept], self.groups, primary)

    @property
    def shows(self) -> Truth:
        """(texts,): whether any label is right."""
        return np.asarray(self.truth.any(axis=1))


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure made of sums over the texts, so that a bootstrap has only to weigh the sums of every source.

    counts: → (texts, k), what each text adds.
    ratio: sums (draws, k) → (draws,), nan where there is nothing to divide by.
    """

    counts: Callable[[Judged], Doubles]
    ratio: Callable[[Doubles], Doubles]

    def __call__(self, judged: Judged) -> float:
        """The figure; 0 where there is nothing to measure it on."""
        found = float(self.ratio(self.counts(judged).sum(axis=0)[None])[0])
        return 0.0 if np.isnan(found) else found


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


def _columns(*columns: npt.NDArray[Any]) -> Doubles:
    return np.stack(columns, axis=-1).astype(np.float64)


def _share(sums: Doubles) -> Doubles:
    """First column over second."""
    return _divided(sums[:, 0], sums[:, 1])


def _divided(part: Doubles, whole: Doubles) -> Doubles:
    return np.asarray(np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0))


def right_within(count: int) -> Measure:
    """Share of the on-topic texts with a right label among the first `count`."""

    def counts(judged: Judged) -> Doubles:
        ranked = np.argsort(-judged.scores, axis=1, kind="stable")[:, :count]
        found = np.take_along_axis(judged.truth, ranked, axis=1)
        return _columns(np.asarray(found.any(axis=1)), judged.shows)

    return Measure(counts, _share)


def _primary(judged: Judged) -> Doubles:
    on = judged.primary >= 0
    return _columns(on & (judged.scores.argmax(axis=1) == judged.primary), on)


def _agreement(judged: Judged) -> Doubles:
    right = (judged.proposed & judged.truth).sum(axis=1)
    return _columns(2 * right, judged.proposed.sum(axis=1) + judged.truth.sum(axis=1))


def _by_label(judged: Judged) -> Doubles:
    """(texts, 2 · labels): twice the right proposals of each label, then its proposals and its texts."""
    right = 2.0 * (judged.proposed & judged.truth)
    return np.concatenate([right, judged.proposed.astype(np.float64) + judged.truth], axis=1)


def _mean_over_labels(sums: Doubles) -> Doubles:
    """Of those that are right or proposed anywhere."""
    right, total = np.split(sums, 2, axis=1)
    there = total > 0
    each = np.divide(right, total, out=np.zeros_like(right), where=there)
    return _divided(each.sum(axis=1), there.sum(axis=1).astype(np.float64))


def _right_of_proposed(judged: Judged) -> Doubles:
    return _columns((judged.proposed & judged.truth).sum(axis=1), judged.proposed.sum(axis=1))


def _proposed_of_right(judged: Judged) -> Doubles:
    return _columns((judged.proposed & judged.truth).sum(axis=1), judged.truth.sum(axis=1))


def _alarms(judged: Judged) -> Doubles:
    return _columns(judged.proposed.any(axis=1) & ~judged.shows, ~judged.shows)


def _silent(judged: Judged) -> Doubles:
    return _columns(~judged.proposed.any(axis=1) & judged.shows, judged.shows)


def _bins(scores: Doubles, truth: Truth) -> Doubles:
    """(texts, 3 · bins): how many scores of the text fall into each bin, their sum, and how many of them are right."""
    bins = np.minimum((scores * _BINS).astype(np.int64), _BINS - 1)
    inside = [bins == each for each in range(_BINS)]
    return np.concatenate(
        [
            _columns(*(part.sum(axis=1) for part in parts))
            for parts in (inside, [scores * each for each in inside], [truth & each for each in inside])
        ],
        axis=1,
    )


def _best(judged: Judged) -> Doubles:
    best = judged.scores.argmax(axis=1)[:, None]
    return _bins(np.take_along_axis(judged.scores, best, axis=1), np.take_along_axis(judged.truth, best, axis=1))


def _distance(sums: Doubles) -> Doubles:
    number, said, right = np.split(sums, 3, axis=1)
    return _divided(np.abs(said - right).sum(axis=1), number.sum(axis=1))


# Share of the on-topic texts whose best-ranked label is right, and is the principal one.
first_right: Final = right_within(1)
primary_first: Final = Measure(_primary, _share)
# Over all texts, the off-topic ones included; the mean is over the labels that are right or proposed anywhere.
micro_f1: Final = Measure(_agreement, _share)
macro_f1: Final = Measure(_by_label, _mean_over_labels)
# Share of the proposals that are right; of the right labels that are proposed.
precision: Final = Measure(_right_of_proposed, _share)
recall: Final = Measure(_proposed_of_right, _share)
# Share of the off-topic texts with a proposal; of the on-topic ones without.
false_alarms: Final = Measure(_alarms, _share)
wrongly_silent: Final = Measure(_silent, _share)
# Expected calibration error in ten equal bins: over all scores, and over each text's best one, which a reader looks at.
calibration_error: Final = Measure(lambda judged: _bins(judged.scores, judged.truth), _distance)
calibration_error_first: Final = Measure(_best, _distance)

RANKING: Final[Mapping[str, Measure]] = {
    "first_right": first_right,
    "primary_first": primary_first,
    "right_in_top_3": right_within(3),
}
MEASURES: Final[Mapping[str, Measure]] = {
    **RANKING,
    "micro_f1": micro_f1,
    "macro_f1": macro_f1,
    "precision": precision,
    "recall": recall,
    "off_topic_false_alarms": false_alarms,
    "wrongly_silent": wrongly_silent,
    "calibration_error": calibration_error,
    "calibration_error_first": calibration_error_first,
}


def first_where_right(label: int) -> Measure:
    """Share of the texts with this label where it is ranked first."""

    def counts(judged: Judged) -> Doubles:
        right = judged.truth[:, label]
        return _columns(right & (judged.scores.argmax(axis=1) == label), right)

    return Measure(counts, _share)


def interval(judged: Judged, figure: Measure, draws: int, seed: int) -> tuple[float, float]:
    """95 % bootstrap interval, drawing whole sources with replacement; zeros where there is nothing to measure."""
    found = Bootstrap(judged.groups, draws, seed).estimate(judged, figure)
    return (0.0, 0.0) if found is None else (found.low, found.high)


class Bootstrap:
    """Draws of whole sources with replacement, the same ones for every figure of the same texts."""

    def __init__(self, groups: npt.NDArray[np.int64], draws: int, seed: int) -> None:
        names, self._source = np.unique(groups, return_inverse=True)
        generator = np.random.default_rng(seed)
        self._times = np.zeros((draws, len(names)))
        for row in self._times if len(names) else ():
            row += np.bincount(generator.integers(0, len(names), len(names)), minlength=len(names))

    @property
    def sources(self) -> int:
        return self._times.shape[1]

    def estimate(self, judged: Judged, measure: Measure) -> Estimate | None:
        """The figure of these texts; `None` where there is nothing to measure it on."""
        counts = measure.counts(judged)
        value = float(measure.ratio(counts.sum(axis=0)[None])[0])
        if np.isnan(value):
            return None
        sums = np.zeros((self.sources, counts.shape[1]))
        np.add.at(sums, self._source, counts)
        drawn = measure.ratio(self._times @ sums)
        low, high = np.percentile(drawn[~np.isnan(drawn)], [2.5, 97.5])
        return Estimate(value, float(low), float(high))


def group_numbers(groups: Sequence[str]) -> npt.NDArray[np.int64]:
    """Names of sources as numbers."""
    number = {group: at for at, group in enumerate(dict.fromkeys(groups))}
    return np.array([number[group] for group in groups], dtype=np.int64)
