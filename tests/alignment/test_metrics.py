"""The figures, on cases small enough to work out by hand."""

import numpy as np
import pytest

from analysis.alignment import metrics
from analysis.alignment.judge import Probabilities
from analysis.alignment.metrics import Judged
from analysis.alignment.shipped import Thresholds
from analysis.alignment.stack import Logistic, gap_to_best
from analysis.alignment.thresholds import FALSE_ALARMS, choose, propose


@pytest.fixture
def judged() -> Judged:
    return Judged(
        scores=np.array([[0.9, 0.2], [0.8, 0.6], [0.7, 0.1]]),
        truth=np.array([[True, False], [False, True], [False, False]]),
        proposed=np.array([[True, False], [True, True], [True, False]]),
        groups=np.array([0, 1, 2]),
        primary=np.array([0, 1, -1]),
    )


def test_figures(judged: Judged) -> None:
    assert metrics.first_right(judged) == 0.5
    assert metrics.right_within(2)(judged) == 1.0
    assert metrics.micro_f1(judged) == pytest.approx(2 * 2 / (4 + 2))
    assert metrics.precision(judged) == 0.5
    assert metrics.recall(judged) == 1.0
    assert metrics.false_alarms(judged) == 1.0
    assert metrics.wrongly_silent(judged) == 0.0
    assert metrics.primary_first(judged) == 0.5
    # First label: right once of three proposals, one text; second: right once of one.
    assert metrics.macro_f1(judged) == pytest.approx((2 / 4 + 2 / 2) / 2)
    # Bins: .9→1, .2→0, .8→0, .6→1, .7→0, .1→0, each of a sixth.
    assert metrics.calibration_error(judged) == pytest.approx((0.1 + 0.2 + 0.8 + 0.4 + 0.7 + 0.1) / 6)
    # The best of each: .9→1, .8→0, .7→0.
    assert metrics.calibration_error_first(judged) == pytest.approx((0.1 + 0.8 + 0.7) / 3)
    assert metrics.first_where_right(1)(judged) == 0.0


def test_part_of_the_labels_keeps_its_principal_ones(judged: Judged) -> None:
    second = judged.only([1])
    assert second.primary.tolist() == [-1, 0, -1]
    assert metrics.precision(second) == metrics.recall(second) == 1.0
    assert metrics.micro_f1(judged.only([1, 0])) == metrics.micro_f1(judged)


def test_nothing_to_measure_has_no_estimate(judged: Judged) -> None:
    on = judged.take(np.array([0, 1]))
    draws = metrics.Bootstrap(on.groups, 20, seed=1)
    assert draws.estimate(on, metrics.false_alarms) is None
    assert metrics.false_alarms(on) == 0.0
    none = judged.take(np.array([], dtype=np.int64))
    empty = metrics.Bootstrap(none.groups, 20, seed=1)
    assert [name for name, each in metrics.MEASURES.items() if empty.estimate(none, each) is not None] == []


def test_drawing_sums_of_sources_is_drawing_their_texts() -> None:
    generator = np.random.default_rng(7)
    shape = (60, 4)
    truth = generator.random(shape) < 0.3
    some = Judged(
        generator.random(shape),
        truth,
        generator.random(shape) < 0.4,
        generator.integers(0, 9, 60),
        np.where(truth.any(axis=1), truth.argmax(axis=1), -1),
    )
    names = np.unique(some.groups)
    draws = np.random.default_rng(3)
    drawn = [draws.integers(0, len(names), len(names)) for _ in range(30)]
    for measure in metrics.MEASURES.values():
        slow = [
            measure(some.take(np.concatenate([np.flatnonzero(some.groups == names[at]) for at in chosen])))
            for chosen in drawn
        ]
        expected = np.percentile(slow, [2.5, 97.5])
        assert metrics.interval(some, measure, 30, seed=3) == pytest.approx(tuple(expected))


def test_interval_holds_the_figure_and_draws_whole_sources() -> None:
    right = np.array([[True], [True], [False], [False]])
    whole = Judged(
        np.ones((4, 1)), np.ones((4, 1), dtype=np.bool_), right, np.array([0, 0, 0, 0]), np.zeros(4, dtype=np.int64)
    )
    apart = Judged(whole.scores, whole.truth, right, np.array([0, 1, 2, 3]), whole.primary)
    assert metrics.interval(whole, metrics.recall, 50, seed=1) == (0.5, 0.5)
    low, high = metrics.interval(apart, metrics.recall, 200, seed=1)
    assert low < 0.5 < high


def test_gap_to_best_within_groups() -> None:
    scores = np.array([[1.0, 3.0, 5.0, 4.0]])
    assert gap_to_best(scores).tolist() == [[4.0, 2.0, 0.0, 1.0]]
    assert gap_to_best(scores, [0, 0, 1, 1]).tolist() == [[2.0, 0.0, 0.0, 1.0]]


def test_curve_keeps_the_order() -> None:
    bent = Logistic((1.0,), (0.0,), (1.3, 0.4, 0.6))
    values = bent(np.linspace(-8, 8, 50)[:, None, None])[:, 0]
    assert (np.diff(values) > 0).all()
    straight = Logistic((1.0,), (0.0,))
    assert straight(np.zeros((1, 1, 1)))[0, 0] == pytest.approx(0.5)


def test_thresholds_keep_false_alarms_low_and_requirements_within_clauses() -> None:
    generator = np.random.default_rng(4)
    truth = np.zeros((400, 2), dtype=np.bool_)
    truth[:150, 0] = truth[150:300, 1] = True
    noise = generator.random((400, 2))
    found = Probabilities(
        np.where(truth.any(axis=1), 0.6, 0.3) + 0.4 * generator.random(400),
        np.where(truth, 0.3 + 0.7 * noise, 0.6 * noise),
        np.where(truth, 0.2 + 0.8 * noise, 0.5 * noise),
    )
    counted = np.arange(400) < 360
    chosen = choose(found, truth, truth, [0, 1], counted)
    clauses, requirements = propose(found, chosen, [0, 1])
    assert clauses[300:360].any(axis=1).mean() <= FALSE_ALARMS + 0.01
    assert (requirements <= clauses).all()
    primary = np.where(truth.any(axis=1), truth.argmax(axis=1), -1)
    best = metrics.micro_f1(Judged(found.clauses, truth, clauses, np.arange(400), primary))
    loose, _ = propose(found, Thresholds(0.0, 0.1, 0.0), [0, 1])
    assert best > metrics.micro_f1(Judged(found.clauses, truth, loose, np.arange(400), primary))
