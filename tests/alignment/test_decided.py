"""A site's own model: it learns from decisions, from nothing that was not decided, and says what it gained."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.alignment.crossval import layout_of
from analysis.alignment.decided import (
    LEAST_DECISIONS,
    DecidedText,
    TooFewDecisions,
    Trained,
    report,
    train_with_decisions,
)
from analysis.alignment.fit import fit_base, truth_of
from analysis.alignment.model import Aligner
from analysis.alignment.shipped import load_shipped
from analysis.alignment.texts import LabelledText
from engines.embedding.static import StaticEmbedder
from ontology.model import Ontology
from tests.alignment.conftest import SMALL

# A site's own names for things: no training text knows them.
_JARGON = "启用砺锋簿，{}号砺锋簿由砺锋员持有，每旬翻阅砺锋簿并在砺锋榜上记点"
_NOISE = "举行{}号穗光会，穗光会上人人交一份穗光卷，穗光卷由穗光组收存"
TAUGHT = "execution-8"


def _decided() -> list[DecidedText]:
    learned = [DecidedText(_JARGON.format(at), frozenset({TAUGHT}), frozenset(), f"doc-{at % 8}") for at in range(24)]
    refused = [DecidedText(_NOISE.format(at), frozenset(), frozenset({TAUGHT}), f"doc-{at % 8}") for at in range(24)]
    return learned + refused


@pytest.fixture(scope="module")
def some(texts: list[LabelledText]) -> list[LabelledText]:
    return texts[::8]


@pytest.fixture(scope="module")
def learned(some: list[LabelledText], ontology: Ontology) -> tuple[Trained, list[tuple[int, int]]]:
    steps: list[tuple[int, int]] = []
    made = train_with_decisions(
        _decided(), some, ontology, load_shipped(), SMALL, lambda done, total: steps.append((done, total))
    )
    return made, steps


def test_it_learns_the_sites_words(
    learned: tuple[Trained, list[tuple[int, int]]], ontology: Ontology, aligner: Aligner
) -> None:
    made, _ = learned
    site = Aligner(ontology, made.shipped)
    text = _JARGON.format(77)

    def confidence(of: Aligner) -> float:
        return next(score.confidence for score in of.align(text).requirements if score.id == TAUGHT)

    assert confidence(site) > confidence(aligner) + 0.2
    assert site.align(text).requirements[0].id == TAUGHT


def test_the_figures_are_of_decisions_held_back(learned: tuple[Trained, list[tuple[int, int]]]) -> None:
    made, _ = learned
    assert made.before.accepted_proposed == 0.0
    assert made.after.accepted_proposed > 0.5
    assert made.after.rejected_proposed <= 0.1
    assert made.after.error < made.before.error
    figures = report(made, load_shipped())
    assert figures["decisions"] == {"texts": 48, "accepted": 24, "rejected": 24}
    assert figures["project"]["clauses"]["before"] == load_shipped().metrics["clauses"]
    assert figures["project"]["clauses"]["after"] == made.shipped.metrics["clauses"]


def test_progress_goes_to_its_end(learned: tuple[Trained, list[tuple[int, int]]]) -> None:
    _, steps = learned
    assert steps == [(at, steps[-1][1]) for at in range(steps[-1][1] + 1)]


def test_what_was_not_decided_teaches_nothing(some: list[LabelledText], ontology: Ontology) -> None:
    layout, embedder = layout_of(ontology), StaticEmbedder.load()
    few = some[:120]
    added = [replace(text, clauses=(), requirements=(), group="site", reported=True) for text in some[120:140]]
    known = np.ones_like(truth_of([*few, *added], layout))
    known[len(few) :] = False
    base = fit_base([*few, *added], layout, SMALL, embedder, known)
    everything = fit_base([*few, *added], layout, SMALL, embedder)
    ignoring = fit_base([*few, *added], layout, SMALL, embedder, np.ones_like(known))
    texts = [text.text for text in added]
    for part, whole in zip(everything.scores(texts).parts, ignoring.scores(texts).parts, strict=True):
        np.testing.assert_array_equal(part, whole)
    for part, whole in zip(base.scores(texts).parts[1:], everything.scores(texts).parts[1:], strict=True):
        # Told that they show nothing, the texts are pushed down; told nothing, they stay where they were.
        assert part[:, 0].mean() > whole[:, 0].mean() + 0.2


def test_too_few_decisions_are_refused_with_their_number(some: list[LabelledText], ontology: Ontology) -> None:
    few = _decided()[: LEAST_DECISIONS - 1]
    with pytest.raises(TooFewDecisions) as refused:
        train_with_decisions(few, some, ontology, load_shipped(), SMALL, lambda *_: None)
    assert (refused.value.decisions, refused.value.accepted) == (LEAST_DECISIONS - 1, 24)
    only_rejected = [replace(one, accepted=frozenset(), rejected=frozenset({TAUGHT})) for one in _decided()]
    with pytest.raises(TooFewDecisions):
        train_with_decisions(only_rejected, some, ontology, load_shipped(), SMALL, lambda *_: None)
