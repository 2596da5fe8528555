"""Grouped cross-validation: every reported text judged by models that saw neither it nor its source."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from analysis.alignment.base import BaseModel, BaseScores, Doubles
from analysis.alignment.fit import TRAINED_FROM, Settings, fit_base, fit_stack, truth_of
from analysis.alignment.judge import Judge, Probabilities
from analysis.alignment.lexicon import Lexicon
from analysis.alignment.metrics import Judged, Truth, group_numbers
from analysis.alignment.shipped import Thresholds
from analysis.alignment.stack import Layout
from analysis.alignment.texts import FOLDS, LabelledText, folds_of
from analysis.alignment.thresholds import choose, propose
from analysis.alignment.windows import score_long
from ontology.model import Ontology

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Crossed:
    """Held-back texts in order, with what models blind to them said.

    scores, words: as they came from the scorers, to fit the shipped calibrators on.
    found: probabilities by calibrators fitted on the other folds.
    clauses, requirements: `found` judged at thresholds that were also chosen on the other folds.
    """

    texts: tuple[LabelledText, ...]
    scores: BaseScores
    words: Doubles
    truth: Truth
    found: Probabilities
    clauses: Judged
    requirements: Judged


def layout_of(ontology: Ontology) -> Layout:
    """Outputs for the ontology's clauses and requirements, in its order."""
    clauses = tuple(clause.id for clause in ontology.matchable_clauses)
    return Layout(
        clauses=clauses,
        requirements=tuple(requirement.id for requirement in ontology.requirements),
        clause_of=tuple(clauses.index(requirement.clause) for requirement in ontology.requirements),
    )


def believed(texts: Sequence[LabelledText], layout: Layout) -> frozenset[str]:
    """The requirements with texts enough to learn from."""
    counts = truth_of(texts, layout).sum(axis=0)[1 + len(layout.clauses) :]
    return frozenset(
        id for id, count in zip(layout.requirements, counts.tolist(), strict=True) if count >= TRAINED_FROM
    )


@dataclass(frozen=True, slots=True)
class _Fold:
    rows: list[int]
    base: BaseModel
    scores: BaseScores
    words: Doubles
    trained: frozenset[str]


def cross_validate(
    texts: Sequence[LabelledText], ontology: Ontology, settings: Settings, progress: Progress
) -> Crossed:
    """Five folds of scorers, then calibrators and thresholds for each fold from the other four."""
    layout = layout_of(ontology)
    fold_of = folds_of(texts, settings.seed)
    folds = []
    for fold in range(FOLDS):
        seen = [text for text, held in zip(texts, fold_of, strict=True) if held != fold]
        rows = [at for at, held in enumerate(fold_of) if held == fold and texts[at].reported]
        base = fit_base(seen, layout, settings)
        lexicon = Lexicon(ontology, ontology.requirements, base.weight)
        scores, words = score_long([texts[at].text for at in rows], base, lexicon)
        folds.append(_Fold(rows, base, scores, words, believed(seen, layout)))
        progress(f"fold {fold + 1} of {FOLDS}: {len(seen)} texts in training, {len(rows)} held back")
    rows = [at for fold in folds for at in fold.rows]
    truth = truth_of([texts[at] for at in rows], layout)
    parts = _slices(folds)
    found = []
    for held, part in enumerate(folds):
        others = _without(parts, held)
        stack = fit_stack(_joined(folds, others), _words(folds)[others], truth[others], layout)
        judge = Judge(ontology, part.base, stack, layout, part.trained)
        found.append(judge.combine(part.scores, part.words))
    everything = Probabilities(
        np.concatenate([part.on_topic for part in found]),
        np.concatenate([part.clauses for part in found]),
        np.concatenate([part.requirements for part in found]),
    )
    progress("calibrators fitted")
    held_back = tuple(texts[at] for at in rows)
    clauses, requirements = _judged(held_back, everything, truth, layout, parts)
    whole = np.arange(len(rows))
    return Crossed(held_back, _joined(folds, whole), _words(folds), truth, everything, clauses, requirements)


def _judged(
    texts: Sequence[LabelledText],
    found: Probabilities,
    truth: Truth,
    layout: Layout,
    parts: list["slice[int, int, None]"],
) -> tuple[Judged, Judged]:
    split = 1 + len(layout.clauses)
    proposed = np.zeros_like(truth[:, 1:split])
    met = np.zeros_like(truth[:, split:])
    for held, part in enumerate(parts):
        others = _without(parts, held)
        thresholds = choose_thresholds(_take(found, others), truth[others], layout)
        own = _take(found, np.arange(part.start, part.stop))
        proposed[part], met[part] = propose(own, thresholds, layout.clause_of)
    groups = group_numbers([text.group for text in texts])
    return (
        Judged(found.clauses, truth[:, 1:split], proposed, groups),
        Judged(found.requirements, truth[:, split:], met, groups),
    )


def choose_thresholds(found: Probabilities, truth: Truth, layout: Layout) -> Thresholds:
    """The best thresholds for these texts; `truth` holds all outputs."""
    split = 1 + len(layout.clauses)
    return choose(found, truth[:, 1:split], truth[:, split:], layout.clause_of)


def _take(found: Probabilities, rows: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> Probabilities:
    return Probabilities(found.on_topic[rows], found.clauses[rows], found.requirements[rows])


def _slices(folds: Sequence[_Fold]) -> list["slice[int, int, None]"]:
    ends = np.cumsum([0, *(len(fold.rows) for fold in folds)]).tolist()
    return [slice(start, end) for start, end in pairwise(ends)]


def _without(parts: Sequence["slice[int, int, None]"], held: int) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    return np.concatenate([np.arange(part.start, part.stop) for at, part in enumerate(parts) if at != held])


def _joined(folds: Sequence[_Fold], rows: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> BaseScores:
    linear = np.concatenate([fold.scores.linear for fold in folds])
    kernel = np.concatenate([fold.scores.kernel for fold in folds])
    return BaseScores(linear[rows], kernel[rows])


def _words(folds: Sequence[_Fold]) -> Doubles:
    return np.concatenate([fold.words for fold in folds])
