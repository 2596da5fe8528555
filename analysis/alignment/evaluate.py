"""How good the alignment is on texts it has not seen, whole and with parts taken away, with 95 % intervals."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from analysis.alignment import metrics
from analysis.alignment.base import Doubles
from analysis.alignment.crossval import (
    Progress,
    as_judged,
    cross_validate,
    judged,
    layout_of,
    weighed,
)
from analysis.alignment.evidence import EvidenceReader
from analysis.alignment.fit import Settings
from analysis.alignment.judge import Judge
from analysis.alignment.metrics import Bootstrap, Estimate, Judged
from analysis.alignment.shipped import Shipped
from analysis.alignment.stack import Layout
from analysis.alignment.texts import FOLDS, LabelledText
from analysis.alignment.thresholds import propose
from analysis.alignment.variants import VARIANTS, reduced, reduced_folds
from ontology.model import Ontology

TRAINED: Final = "trained"
ZERO_SHOT: Final = "zero-shot"
METHODS: Final = (TRAINED, *VARIANTS, ZERO_SHOT)
# Characters up to which a text counts as short, and from which as long.
SHORT: Final = 150
LONG: Final = 450
DRAWS: Final = 1_000
# How often `evaluate_dev` reports progress: every fold, the calibrators, every variant.
STEPS: Final = FOLDS + 1 + len(VARIANTS)

Answers = tuple[Judged, Judged]  # clauses, requirements


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Texts, and what each of `METHODS` said of them without having seen them.

    on: `dev` or `test`. model: name of the model judged, none for a cross-validation.
    """

    on: str
    model: str | None
    texts: tuple[LabelledText, ...]
    layout: Layout
    answers: Mapping[str, Answers]


def evaluate_dev(
    texts: Sequence[LabelledText], ontology: Ontology, settings: Settings, progress: Progress
) -> Evaluation:
    """Five-fold cross-validation over the sources; calibrators and thresholds come from the other folds.

    `progress` is told `STEPS` times. Needs scikit-learn.
    """
    layout = layout_of(ontology)
    crossed = cross_validate(texts, ontology, settings, progress)
    answers = {TRAINED: (crossed.clauses, crossed.requirements)}
    for variant in VARIANTS:
        folds = reduced_folds(crossed.folds, variant)
        found = weighed(folds, crossed.truth, ontology)
        answers[variant] = judged(crossed.texts, folds, found, crossed.truth, layout)
        progress(f"{variant} judged")
    answers[ZERO_SHOT] = _by_wording(crossed.texts, crossed.seen.words, layout)
    return Evaluation("dev", None, crossed.texts, layout, answers)


def evaluate_test(texts: Sequence[LabelledText], ontology: Ontology, shipped: Shipped) -> Evaluation:
    """The shipped model, and its ablations, on texts it was not trained on."""
    layout = layout_of(ontology)
    seen = EvidenceReader(ontology, shipped.base).read([text.text for text in texts])
    fitted = [(TRAINED, seen, shipped.stack, shipped.thresholds)]
    for variant, ablation in shipped.ablations.items():
        fitted.append((variant, reduced(seen, variant), ablation.stack, ablation.thresholds))
    answers = {}
    for method, evidence, stack, thresholds in fitted:
        judge = Judge(ontology, shipped.base, stack, shipped.layout, shipped.trained)
        found = judge.combine(evidence)
        proposed = propose(found, thresholds, judge.clause_of)
        answers[method] = as_judged(texts, (found.clauses, found.requirements), proposed, layout)
    answers[ZERO_SHOT] = _by_wording(texts, seen.words, layout)
    return Evaluation("test", shipped.name, tuple(texts), layout, answers)


def _by_wording(texts: Sequence[LabelledText], words: Doubles, layout: Layout) -> Answers:
    """What the wording alone says: bigrams shared with statement, labels and evidence; a clause by its best one.

    It ranks and knows no threshold, so it proposes nothing.
    """
    clause_of = np.array(layout.clause_of)
    clauses = np.stack([words[:, clause_of == at].max(axis=1) for at in range(len(layout.clauses))], axis=-1)
    nothing = np.zeros(clauses.shape, dtype=np.bool_), np.zeros(words.shape, dtype=np.bool_)
    return as_judged(texts, (clauses, words), nothing, layout)


def parts_of(texts: Sequence[LabelledText]) -> dict[str, npt.NDArray[np.int64]]:
    """Rows of the texts by length and by origin; a part without texts stays empty."""
    lengths = np.array([len(text.text) for text in texts])
    reported = np.array([text.reported for text in texts], dtype=np.bool_)
    masks = {
        "all": lengths > 0,
        "short": lengths <= SHORT,
        "middle": (lengths > SHORT) & (lengths < LONG),
        "long": lengths >= LONG,
        "reported": reported,
        "composed": ~reported,
    }
    return {name: np.flatnonzero(mask) for name, mask in masks.items()}


def report(
    evaluation: Evaluation, ontology: Ontology, draws: int = DRAWS, seed: int = Settings().seed
) -> dict[str, Any]:
    """Every figure as JSON: level → method → part → figure → `value`, `low`, `high`, or null where it means nothing.

    Zero-shot has no thresholds and no probabilities: only its ranking is measured.
    """
    parts = parts_of(evaluation.texts)
    clauses, requirements = evaluation.answers[TRAINED]
    result: dict[str, Any] = {
        "on": evaluation.on,
        "model": evaluation.model,
        "interval": {"level": 0.95, "draws": draws, "over": "sources"},
        "parts": {name: _size(clauses.take(rows)) for name, rows in parts.items()},
    }
    draws_of = {name: Bootstrap(clauses.groups[rows], draws, seed) for name, rows in parts.items()}
    for level, name in enumerate(("clauses", "requirements")):
        result[name] = {
            method: {part: _figures(answers[level].take(rows), method, draws_of[part]) for part, rows in parts.items()}
            for method, answers in evaluation.answers.items()
        }
    result["per_clause"] = _per_clause(clauses, requirements, evaluation.layout, ontology, draws_of["all"])
    result["per_requirement"] = _per_requirement(requirements, evaluation.layout, draws_of["all"])
    return result


def _size(some: Judged) -> dict[str, int]:
    return {
        "texts": len(some.truth),
        "off_topic": int((~some.shows).sum()),
        "sources": len(np.unique(some.groups)),
    }


def _figures(some: Judged, method: str, draws: Bootstrap) -> dict[str, Any]:
    wanted = metrics.RANKING if method == ZERO_SHOT else metrics.MEASURES
    return {
        name: _plain(draws.estimate(some, measure) if name in wanted else None)
        for name, measure in metrics.MEASURES.items()
    }


def _plain(estimate: Estimate | None) -> dict[str, float] | None:
    return None if estimate is None else {name: round(value, 4) for name, value in asdict(estimate).items()}


def _per_clause(
    clauses: Judged, requirements: Judged, layout: Layout, ontology: Ontology, draws: Bootstrap
) -> list[dict[str, Any]]:
    zh = {clause.id: clause.zh for clause in ontology.matchable_clauses}
    rows = []
    for at, id in enumerate(layout.clauses):
        points = requirements.only([column for column, clause in enumerate(layout.clause_of) if clause == at])
        rows.append(
            {
                "id": id,
                "zh": zh[id],
                **_label(clauses, at, draws),
                "first_where_right": _plain(draws.estimate(clauses, metrics.first_where_right(at))),
                "requirements_micro_f1": _plain(draws.estimate(points, metrics.micro_f1)),
            }
        )
    return rows


def _per_requirement(requirements: Judged, layout: Layout, draws: Bootstrap) -> list[dict[str, Any]]:
    return [
        {"id": id, "clause": layout.clauses[layout.clause_of[at]], **_label(requirements, at, draws)}
        for at, id in enumerate(layout.requirements)
    ]


def _label(level: Judged, at: int, draws: Bootstrap) -> dict[str, Any]:
    own = level.only([at])
    figures = {"precision": metrics.precision, "recall": metrics.recall, "f1": metrics.micro_f1}
    return {
        "texts": int(own.truth.sum()),
        "proposed": int(own.proposed.sum()),
        **{name: _plain(draws.estimate(own, measure)) for name, measure in figures.items()},
    }
