"""Grouped cross-validation: every text with a source judged by models that saw neither it nor its source."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from analysis.alignment.base import BaseModel, Doubles
from analysis.alignment.evidence import Evidence, EvidenceReader, joined
from analysis.alignment.fit import TRAINED_FROM, Settings, fit_base, fit_stack, truth_of
from analysis.alignment.judge import Judge, Probabilities
from analysis.alignment.metrics import Judged, Truth, group_numbers
from analysis.alignment.shipped import Thresholds
from analysis.alignment.stack import Layout
from analysis.alignment.texts import FOLDS, LabelledText, folds_of, read_texts
from analysis.alignment.thresholds import choose, propose
from engines.embedding.static import StaticEmbedder
from ontology.model import Ontology

Progress = Callable[[str], None]
Fit = Callable[[Sequence[LabelledText], Layout, Settings, StaticEmbedder], BaseModel]


@dataclass(frozen=True, slots=True)
class Fold:
    """Rows of the texts held back, what models blind to them saw in them, and those models."""

    rows: list[int]
    base: BaseModel
    seen: Evidence
    trained: frozenset[str]


@dataclass(frozen=True, slots=True)
class Crossed:
    """Held-back texts in the order of the folds, with what models blind to them said.

    seen: as it came from the scorers, to fit the shipped calibrators on.
    found: probabilities by calibrators fitted on the other folds.
    clauses, requirements: `found` judged at thresholds that were also chosen on the other folds.
    """

    texts: tuple[LabelledText, ...]
    folds: tuple[Fold, ...]
    seen: Evidence
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


def cross_validate(
    texts: Sequence[LabelledText],
    ontology: Ontology,
    settings: Settings,
    progress: Progress,
    fit: Fit = fit_base,
) -> Crossed:
    """Five folds of scorers, then calibrators and thresholds for each fold from the other four.

    fit: what makes a fold's scorers from the texts that it sees.
    """
    layout = layout_of(ontology)
    fold_of = folds_of(texts, settings.seed)
    folds = []
    for fold in range(FOLDS):
        others = [text for text, held in zip(texts, fold_of, strict=True) if held != fold]
        rows = [at for at, held in enumerate(fold_of) if held == fold and texts[at].held]
        embedder = blind_to(fold, texts, fold_of) if settings.retaught else StaticEmbedder.load()
        base = fit(others, layout, settings, embedder)
        seen = EvidenceReader(ontology, base).read([texts[at].text for at in rows])
        folds.append(Fold(rows, base, seen, believed(others, layout)))
        progress(f"fold {fold + 1} of {FOLDS}: {len(others)} texts in training, {len(rows)} held back")
    rows = [at for fold in folds for at in fold.rows]
    held_back = tuple(texts[at] for at in rows)
    truth = truth_of(held_back, layout)
    found = weighed(folds, truth, ontology)
    progress("calibrators fitted")
    seen = joined([fold.seen for fold in folds])
    return Crossed(held_back, tuple(folds), seen, truth, found, *judged(held_back, folds, found, truth, layout))


def blind_to(fold: int, texts: Sequence[LabelledText], fold_of: Sequence[int]) -> StaticEmbedder:
    """The table of words, taught neither by questions that this fold holds back nor by its practices."""
    from engines.embedding.taught import taught  # needs scipy, which only training has

    held = [text for text, own in zip(texts, fold_of, strict=True) if own == fold]
    hidden, groups = {text.text for text in held}, frozenset(text.group for text in held)
    known = [text.text for text in read_texts() if text.text not in hidden]
    return taught(known, without=groups)


def weighed(folds: Sequence[Fold], truth: Truth, ontology: Ontology) -> Probabilities:
    """Each fold's probabilities by calibrators fitted on the evidence of the others; `truth` in order of the folds."""
    layout, parts = layout_of(ontology), _slices(folds)
    found = []
    for held, part in enumerate(folds):
        others = joined([fold.seen for at, fold in enumerate(folds) if at != held])
        stack = fit_stack(others, truth[_without(parts, held)], layout)
        found.append(Judge(ontology, part.base, stack, layout, part.trained).combine(part.seen))
    return Probabilities(
        np.concatenate([part.on_topic for part in found]),
        np.concatenate([part.clauses for part in found]),
        np.concatenate([part.requirements for part in found]),
    )


def judged(
    texts: Sequence[LabelledText], folds: Sequence[Fold], found: Probabilities, truth: Truth, layout: Layout
) -> tuple[Judged, Judged]:
    """Clauses and requirements, each fold at thresholds chosen on the others."""
    split = 1 + len(layout.clauses)
    proposed = np.zeros_like(truth[:, 1:split])
    met = np.zeros_like(truth[:, split:])
    parts = _slices(folds)
    for held, part in enumerate(parts):
        others = _without(parts, held)
        thresholds = choose_thresholds(
            [texts[at] for at in others.tolist()], _take(found, others), truth[others], layout
        )
        own = _take(found, np.arange(part.start, part.stop))
        proposed[part], met[part] = propose(own, thresholds, layout.clause_of)
    return as_judged(texts, (found.clauses, found.requirements), (proposed, met), layout)


def as_judged(
    texts: Sequence[LabelledText], scores: tuple[Doubles, Doubles], proposed: tuple[Truth, Truth], layout: Layout
) -> tuple[Judged, Judged]:
    """Scores and proposals of both levels beside the labels of the texts."""
    split = 1 + len(layout.clauses)
    truth, groups = truth_of(texts, layout), group_numbers([text.group for text in texts])
    clauses = [layout.clauses.index(text.clauses[0]) if text.clauses else -1 for text in texts]
    points = [layout.requirements.index(text.requirements[0]) if text.requirements else -1 for text in texts]
    return (
        Judged(scores[0], truth[:, 1:split], proposed[0], groups, np.array(clauses, dtype=np.int64)),
        Judged(scores[1], truth[:, split:], proposed[1], groups, np.array(points, dtype=np.int64)),
    )


def choose_thresholds(texts: Sequence[LabelledText], found: Probabilities, truth: Truth, layout: Layout) -> Thresholds:
    """The best thresholds for these texts; `truth` holds all outputs. False alarms are those on reported texts."""
    split = 1 + len(layout.clauses)
    reported = np.array([text.reported for text in texts])
    return choose(found, truth[:, 1:split], truth[:, split:], layout.clause_of, reported)


def _take(found: Probabilities, rows: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> Probabilities:
    return Probabilities(found.on_topic[rows], found.clauses[rows], found.requirements[rows])


def _slices(folds: Sequence[Fold]) -> list["slice[int, int, None]"]:
    ends = np.cumsum([0, *(len(fold.rows) for fold in folds)]).tolist()
    return [slice(start, end) for start, end in pairwise(ends)]


def _without(parts: Sequence["slice[int, int, None]"], held: int) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    return np.concatenate([np.arange(part.start, part.stop) for at, part in enumerate(parts) if at != held])
