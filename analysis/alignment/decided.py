"""A site's own alignment: trained on the project's texts and on what its reviewers accepted and rejected."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import numpy as np

from analysis.alignment.base import BaseModel, Doubles
from analysis.alignment.crossval import Fit, believed, layout_of
from analysis.alignment.fit import Settings, Truth, fit_base, truth_of
from analysis.alignment.judge import Judge, Probabilities
from analysis.alignment.model import Aligner
from analysis.alignment.shipped import Shipped
from analysis.alignment.stack import Layout
from analysis.alignment.texts import FOLDS, LabelledText, near_duplicates, training_hash
from analysis.alignment.thresholds import propose
from analysis.alignment.train import train
from engines.embedding.static import StaticEmbedder
from ontology.model import Ontology

# With fewer decisions than these the figures would say nothing, and the model hardly change.
LEAST_DECISIONS: Final = 30
LEAST_ACCEPTED: Final = 10
Progress = Callable[[int, int], None]


class TooFewDecisions(ValueError):
    """Too little to learn from; `decisions` and `accepted` say how much there is."""

    def __init__(self, decisions: int, accepted: int) -> None:
        self.decisions, self.accepted = decisions, accepted
        super().__init__(f"{decisions} decisions ({accepted} accepted) are too few")


@dataclass(frozen=True, slots=True)
class DecidedText:
    """A practice's text with the requirements accepted and rejected for it; of all others nothing is known.

    group: what lies together in one fold, such as the document.
    """

    text: str
    accepted: frozenset[str]
    rejected: frozenset[str]
    group: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """How a model's proposals and confidences agree with decisions it was not trained on.

    accepted_proposed, rejected_proposed: shares; error: mean squared difference between confidence and decision.
    """

    accepted_proposed: float
    rejected_proposed: float
    error: float


@dataclass(frozen=True, slots=True)
class Trained:
    """The site's model; `before` and `after`: agreement with the decisions, each judged by a model blind to it."""

    shipped: Shipped
    before: Agreement
    after: Agreement
    texts: int
    accepted: int
    rejected: int


def train_with_decisions(
    decided: Sequence[DecidedText],
    texts: Sequence[LabelledText],
    ontology: Ontology,
    shipped: Shipped,
    settings: Settings,
    progress: Progress,
) -> Trained:
    """Train on the project's `texts` and the decisions; `shipped` is what the figures are compared with.

    An accepted requirement and its clause are positive labels, a rejected requirement is a negative one, everything
    else about the text stays unknown. The calibrators and thresholds come from the project's held-back texts, as
    they do in the shipped model. Raises `TooFewDecisions`, and `ImportError` without scikit-learn.
    """
    accepted = sum(len(text.accepted) for text in decided)
    rejected = sum(len(text.rejected) for text in decided)
    if accepted + rejected < LEAST_DECISIONS or accepted < LEAST_ACCEPTED:
        raise TooFewDecisions(accepted + rejected, accepted)
    import sklearn  # noqa: F401  # before minutes of work

    layout = layout_of(ontology)
    steps = _Steps(progress, 3 + 2 * FOLDS)
    apart = _unlike(texts, decided)
    learned = train(
        texts, ontology, settings, _hash(decided), lambda _: steps.one(), _fit_with(decided, apart, texts, layout)
    )
    steps.one()
    found = _held_out(decided, texts, learned, ontology, settings, steps)
    return Trained(
        shipped=learned,
        before=_agreement(decided, Aligner(ontology, shipped)),
        after=found,
        texts=len(decided),
        accepted=accepted,
        rejected=rejected,
    )


def report(trained: Trained, shipped: Shipped) -> dict[str, Any]:
    """The figures, before and after, as JSON: on the project's held-back texts and on the site's decisions."""
    return {
        "decisions": {"texts": trained.texts, "accepted": trained.accepted, "rejected": trained.rejected},
        "project_texts_sha256": training_hash(),
        "project": {
            level: {"before": shipped.metrics[level], "after": trained.shipped.metrics[level]}
            for level in ("clauses", "requirements")
        },
        "site": {"before": asdict(trained.before), "after": asdict(trained.after)},
    }


class _Steps:
    def __init__(self, progress: Progress, total: int) -> None:
        self._progress, self._total, self._done = progress, total, 0
        progress(0, total)

    def one(self) -> None:
        self._done = min(self._done + 1, self._total)
        self._progress(self._done, self._total)


def _fit_with(
    decided: Sequence[DecidedText], apart: Sequence[bool], texts: Sequence[LabelledText], layout: Layout
) -> Fit:
    """Fits with the decisions added. While project texts are held back, decisions on texts much like any of
    them stay out: the figures would flatter."""

    def fit(seen: Sequence[LabelledText], _: Layout, settings: Settings, embedder: StaticEmbedder) -> BaseModel:
        whole = len(seen) == len(texts)
        added = [text for text, own in zip(decided, apart, strict=True) if whole or own]
        return _fit(seen, added, layout, settings, embedder)

    return fit


def _fit(
    texts: Sequence[LabelledText],
    decided: Sequence[DecidedText],
    layout: Layout,
    settings: Settings,
    embedder: StaticEmbedder,
) -> BaseModel:
    clause_of = dict(zip(layout.requirements, (layout.clauses[at] for at in layout.clause_of), strict=True))
    labelled = [
        LabelledText(
            text=each.text,
            clauses=tuple(sorted({clause_of[id] for id in each.accepted})),
            requirements=tuple(sorted(each.accepted)),
            group=each.group,
            reported=True,
            held=True,
        )
        for each in decided
    ]
    known = np.concatenate([np.ones_like(truth_of(texts, layout)), _known(labelled, decided, layout)])
    return fit_base([*texts, *labelled], layout, settings, embedder, known)


def _known(labelled: Sequence[LabelledText], decided: Sequence[DecidedText], layout: Layout) -> Truth:
    """(texts, outputs): what the decisions say something about."""
    known = truth_of(labelled, layout)
    column = {id: at for at, id in enumerate(layout.requirements, start=1 + len(layout.clauses))}
    for row, each in enumerate(decided):
        known[row, [column[id] for id in sorted(each.rejected)]] = True
    return known


def _unlike(texts: Sequence[LabelledText], decided: Sequence[DecidedText]) -> list[bool]:
    """Whether each decided text shares its wording with none of the project's."""
    pairs = near_duplicates([*(text.text for text in texts), *(text.text for text in decided)])
    alike = {b - len(texts) for a, b in pairs if a < len(texts) <= b}
    return [at not in alike for at in range(len(decided))]


def _held_out(
    decided: Sequence[DecidedText],
    texts: Sequence[LabelledText],
    learned: Shipped,
    ontology: Ontology,
    settings: Settings,
    steps: _Steps,
) -> Agreement:
    """Each fold of the decisions judged by scorers trained on the project's texts and the other folds."""
    layout = learned.layout
    groups = sorted({each.group for each in decided})
    if len(groups) < FOLDS:
        decided = [replace(each, group=each.text) for each in decided]
        groups = sorted({each.group for each in decided})
    fold_of = {group: at % FOLDS for at, group in enumerate(groups)}
    confidences = np.zeros((len(decided), len(layout.requirements)))
    proposed = np.zeros((len(decided), len(layout.requirements)), dtype=np.bool_)
    for fold in range(FOLDS):
        rows = [at for at, each in enumerate(decided) if fold_of[each.group] == fold]
        if rows:
            others = [each for each in decided if fold_of[each.group] != fold]
            base = _fit(texts, others, layout, settings, StaticEmbedder.load())
            judge = Judge(ontology, base, learned.stack, layout, believed(texts, layout))
            found = judge.probabilities([decided[at].text for at in rows])
            confidences[rows] = found.requirements
            proposed[rows] = _proposed(found, learned, judge)
        steps.one()
    return _measured(decided, layout.requirements, confidences, proposed)


def _proposed(found: Probabilities, learned: Shipped, judge: Judge) -> Truth:
    _, requirements = propose(found, learned.thresholds, judge.clause_of)
    return requirements


def _agreement(decided: Sequence[DecidedText], aligner: Aligner) -> Agreement:
    """Of a model that has never seen them."""
    answers = aligner.align_many([each.text for each in decided])
    ids = sorted({score.id for answer in answers for score in answer.requirements})
    column = {id: at for at, id in enumerate(ids)}
    confidences = np.zeros((len(decided), len(ids)))
    proposed = np.zeros((len(decided), len(ids)), dtype=np.bool_)
    for row, answer in enumerate(answers):
        for score in answer.requirements:
            confidences[row, column[score.id]] = score.confidence
            proposed[row, column[score.id]] = score.proposed
    return _measured(decided, ids, confidences, proposed)


def _measured(
    decided: Sequence[DecidedText], requirements: Sequence[str], confidences: Doubles, proposed: Truth
) -> Agreement:
    column = {id: at for at, id in enumerate(requirements)}
    cells = [
        (row, column[id], right)
        for row, each in enumerate(decided)
        for ids, right in ((each.accepted, True), (each.rejected, False))
        for id in sorted(ids)
    ]
    rows, columns = [row for row, _, _ in cells], [at for _, at, _ in cells]
    right = np.array([right for _, _, right in cells])
    said, shown = confidences[rows, columns], proposed[rows, columns]
    return Agreement(
        accepted_proposed=round(float(shown[right].mean()), 4),
        rejected_proposed=round(float(shown[~right].mean()), 4) if (~right).any() else 0.0,
        error=round(float(((said - right) ** 2).mean()), 4),
    )


def _hash(decided: Sequence[DecidedText]) -> str:
    """SHA-256 over the project's texts and the decisions."""
    said = sorted([each.text, sorted(each.accepted), sorted(each.rejected)] for each in decided)
    return hashlib.sha256(f"{training_hash()}\0{json.dumps(said, ensure_ascii=False)}".encode()).hexdigest()
