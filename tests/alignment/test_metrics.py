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
    )


def test_figures(judged: Judged) -> None:
    assert metrics.first_right(judged) == 0.5
    assert metrics.right_within(judged, 2) == 1.0
    assert metrics.micro_f1(judged) == pytest.approx(2 * 2 / (4 + 2))
    assert metrics.precision(judged) == 0.5
    assert metrics.recall(judged) == 1.0
    assert metrics.false_alarms(judged) == 1.0
    assert metrics.wrongly_silent(judged) == 0.0
    # Bins: .9→1, .2→0, .8→0, .6→1, .7→0, .1→0, each of a sixth.
    assert metrics.calibration_error(judged) == pytest.approx((0.1 + 0.2 + 0.8 + 0.4 + 0.7 + 0.1) / 6)


def test_interval_holds_the_figure_and_draws_whole_sources() -> None:
    right = np.array([[True], [True], [False], [False]])
    whole = Judged(np.ones((4, 1)), np.ones((4, 1), dtype=np.bool_), right, np.array([0, 0, 0, 0]))
    apart = Judged(whole.scores, whole.truth, right, np.array([0, 1, 2, 3]))
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
    chosen = choose(found, truth, truth, [0, 1])
    clauses, requirements = propose(found, chosen, [0, 1])
    assert clauses[300:].any(axis=1).mean() <= FALSE_ALARMS + 0.01
    assert (requirements <= clauses).all()
    best = metrics.micro_f1(Judged(found.clauses, truth, clauses, np.arange(400)))
    loose, _ = propose(found, Thresholds(0.0, 0.1, 0.0), [0, 1])
    assert best > metrics.micro_f1(Judged(found.clauses, truth, loose, np.arange(400)))
