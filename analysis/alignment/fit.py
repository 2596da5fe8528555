"""Fits the alignment's scorers and calibrators; the only module here that needs scikit-learn."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from analysis.alignment import stack as stacking
from analysis.alignment.base import BaseModel, Doubles, Kernel, centred
from analysis.alignment.evidence import Evidence
from analysis.alignment.stack import Layout, Logistic, Stack
from analysis.alignment.texts import LabelledText
from engines.embedding.ngrams import Encoded, Floats, NgramTable, fold, grams
from engines.embedding.static import StaticEmbedder

Truth = npt.NDArray[np.bool_]

N_GRAMS: Final = 40_000
COMPRESSED_FROM: Final = 12_000
DIMENSIONS: Final = 128
_SVM_COST: Final = 0.1
_MOST_ODDS: Final = 3.0
# What a text labelled by two readers counts beside one that carries what it was written to.
_READ_TWICE: Final = 2.0
# An output with fewer texts than this has no linear scorer of its own, and none with fewer than
# `TRAINED_FROM` is believed: its requirement falls back to the zero-shot score within its clause.
_FITTED_FROM: Final = 3
TRAINED_FROM: Final = 6
NO_SCORE: Final = -1.0


@dataclass(frozen=True, slots=True)
class Settings:
    """What a test may make smaller.

    retaught: whether texts are held back from the table of words too, which was taught by questions about them.
    """

    n_grams: int = N_GRAMS
    compressed_from: int = COMPRESSED_FROM
    dimensions: int = DIMENSIONS
    seed: int = 20
    retaught: bool = True


def truth_of(texts: Sequence[LabelledText], layout: Layout) -> Truth:
    """(texts, outputs): column 0 = shows anything, then clauses, then requirements."""
    names = (*layout.clauses, *layout.requirements)
    column = {name: at for at, name in enumerate(names, start=1)}
    truth = np.zeros((len(texts), len(names) + 1), dtype=np.bool_)
    for row, text in enumerate(texts):
        truth[row, 0] = bool(text.clauses)
        truth[row, [column[name] for name in (*text.clauses, *text.requirements)]] = True
    return truth


def _vocabulary(folded: Sequence[str], settings: Settings) -> tuple[list[str], npt.NDArray[np.float32], int]:
    """N-grams of at least two texts, the short frequent ones first; their idf; how many of them are compressed."""
    frequency: Counter[str] = Counter()
    for text in folded:
        frequency.update(set(grams(text, 1, 4)))
    ranked = sorted((gram for gram, count in frequency.items() if count > 1), key=lambda gram: (-frequency[gram], gram))
    ranked = ranked[: settings.n_grams]
    first = [gram for gram in ranked if len(gram) <= 2][: settings.compressed_from]
    rest = set(first)
    vocabulary = first + [gram for gram in ranked if gram not in rest]
    idf = [np.log((1 + len(folded)) / (1 + frequency[gram])) + 1 for gram in vocabulary]
    return vocabulary, np.array(idf, dtype=np.float32), len(first)


def _matrix(table: NgramTable, encoded: Sequence[Encoded], columns: int) -> Any:
    """scipy CSR of the unit-length values of the first `columns` rows of the table."""
    import scipy.sparse

    rows = [text.rows[: np.searchsorted(text.rows, columns)] for text in encoded]
    values = []
    for text, kept in zip(encoded, rows, strict=True):
        part = table.values(text)[: len(kept)]
        values.append(part / np.float32(max(float(np.sqrt(part @ part)), 1e-12)))
    ends = np.cumsum([0, *(len(kept) for kept in rows)])
    return scipy.sparse.csr_matrix((np.concatenate(values), np.concatenate(rows), ends), shape=(len(rows), columns))


def _log_odds(matrix: Any, positive: npt.NDArray[np.bool_]) -> Doubles:
    """1 + |log odds| of each n-gram between the two sides: n-grams that tell them apart weigh more (NB-SVM)."""
    seen = matrix > 0
    inside = np.asarray(seen[positive].sum(axis=0), dtype=np.float64).ravel() + 1.0
    outside = np.asarray(seen[~positive].sum(axis=0), dtype=np.float64).ravel() + 1.0
    odds = np.log((inside / inside.sum()) / (outside / outside.sum()))
    return np.asarray(1.0 + np.abs(np.clip(odds, -_MOST_ODDS, _MOST_ODDS)))


def _linear(matrix: Any, truth: Truth, weights: Doubles, seed: int, known: Truth) -> tuple[Doubles, Doubles]:
    import scipy.sparse
    from sklearn.svm import LinearSVC

    linear = np.zeros((matrix.shape[1], truth.shape[1]))
    bias = np.full(truth.shape[1], NO_SCORE)
    for output in range(truth.shape[1]):
        rows = known[:, output]
        seen, positive = (matrix, truth[:, output]) if rows.all() else (matrix[rows], truth[rows, output])
        if positive.sum() < _FITTED_FROM or positive.all():
            continue
        scale = _log_odds(seen, positive)
        machine = LinearSVC(C=_SVM_COST, random_state=seed)
        machine.fit(seen @ scipy.sparse.diags(scale), positive, sample_weight=weights[rows])
        linear[:, output] = machine.coef_[0] * scale
        bias[output] = machine.intercept_[0]
    return linear, bias


def fit_base(
    texts: Sequence[LabelledText],
    layout: Layout,
    settings: Settings,
    embedder: StaticEmbedder,
    known: Truth | None = None,
) -> BaseModel:
    """Linear machines on the n-grams, kernel ridge regressions on their compressed form and on the text's meaning.

    Texts with two readings count twice. known: (texts, outputs), which labels were judged at all; `None` = every one.
    What was not judged teaches nothing.
    """
    from sklearn.decomposition import TruncatedSVD

    truth = truth_of(texts, layout)
    known = np.ones_like(truth) if known is None else known
    weights = np.array([_READ_TWICE if text.held else 1.0 for text in texts])
    folded = [fold(text.text) for text in texts]
    vocabulary, idf, compressed = _vocabulary(folded, settings)
    table = NgramTable(vocabulary, idf, low=1, high=4)
    encoded = [table.encode(text) for text in folded]
    linear, bias = _linear(_matrix(table, encoded, len(vocabulary)), truth, weights, settings.seed, known)
    svd = TruncatedSVD(settings.dimensions, n_iter=4, random_state=settings.seed)
    short = svd.fit_transform(_matrix(table, encoded, compressed)).astype(np.float32)
    vectors = embedder.embed_passages([text.text for text in texts])
    arrays = {"idf": idf, "linear": linear, "bias": bias, "projection": svd.components_.T}
    return BaseModel(
        vocabulary,
        arrays,
        _kernel(short, truth, weights, known, gamma=1.5, ridge=0.5),
        _kernel(vectors, truth, weights, known, gamma=0.8, ridge=0.3),
        embedder,
    )


def _kernel(vectors: Floats, truth: Truth, weights: Doubles, known: Truth, *, gamma: float, ridge: float) -> Kernel:
    """Kernel ridge regression of all outputs at once.

    Where a label is not known, the text's target is what it is given without the text: so it pulls nowhere.
    """
    import scipy.linalg

    mean = vectors.mean(axis=0)
    centres = centred(vectors, mean)
    near = np.exp(2.0 * gamma * (centres @ centres.T - 1.0))
    near[np.diag_indices_from(near)] += ridge / weights
    targets = np.where(truth, 1.0, -1.0)
    whole = known.all(axis=1)
    if not whole.all():
        first = scipy.linalg.solve(near[np.ix_(whole, whole)], targets[whole], assume_a="pos")
        targets = np.where(known, targets, near[:, whole] @ first)
    alphas = scipy.linalg.solve(near, targets, assume_a="pos")
    return Kernel(mean, centres, alphas, gamma)


def _logistic(features: Doubles, truth: Truth, own_intercepts: bool) -> Logistic:
    """Features (texts, outputs, n) and truth (texts, outputs) → one coefficient vector for all outputs."""
    from sklearn.linear_model import LogisticRegression

    texts, outputs, count = features.shape
    flat = features.reshape(-1, count)
    # Standardised for the solver only; undone below.
    mean, spread = flat.mean(axis=0), np.maximum(flat.std(axis=0), 1e-9)
    flat = (flat - mean) / spread
    if own_intercepts:
        flat = np.concatenate([flat, np.tile(np.eye(outputs), (texts, 1))], axis=1)
    machine = LogisticRegression(C=1.0, max_iter=1000).fit(flat, truth.ravel())
    coef = machine.coef_[0][:count] / spread
    shift = machine.intercept_[0] - float(coef @ mean)
    own = machine.coef_[0][count:] if own_intercepts else np.zeros(1)
    straight = Logistic(tuple(map(float, coef)), tuple(float(shift + each) for each in own))
    below, above = stacking.log_sides(straight(features).ravel())
    bent = LogisticRegression(C=1000.0, max_iter=1000).fit(np.stack([below, above], axis=-1), truth.ravel())
    a, b = map(float, bent.coef_[0])
    # A curve that would turn the order round is no calibration: too little data.
    curve = (a, b, float(bent.intercept_[0])) if a > 0 and b > 0 else straight.curve
    return Logistic(straight.coef, straight.intercepts, curve)


def fit_stack(seen: Evidence, truth: Truth, layout: Layout) -> Stack:
    """Calibrators for evidence whose margins come from models which had not seen these texts."""
    clauses = truth[:, 1 : 1 + len(layout.clauses)]
    requirements = truth[:, 1 + len(layout.clauses) :]
    topic = stacking.on_topic_features(seen, layout)
    on_topic = _logistic(topic, truth[:, :1], own_intercepts=False)
    features = stacking.clause_features(seen, layout)
    clause = _logistic(features, clauses, own_intercepts=True)
    likely, shown = clause(features), on_topic(topic)[:, 0]
    return Stack(
        on_topic=on_topic,
        clause=clause,
        requirement=_logistic(stacking.requirement_features(seen, layout, likely), requirements, own_intercepts=True),
        zero_shot_clause=_logistic(
            stacking.zero_shot_clause_features(shown, seen.words, layout.clause_of), clauses, own_intercepts=False
        ),
        zero_shot_requirement=_logistic(
            stacking.zero_shot_requirement_features(likely, seen.words, layout.clause_of),
            requirements,
            own_intercepts=False,
        ),
    )
