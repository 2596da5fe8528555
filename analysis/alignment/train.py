"""Trains the alignment from the labelled texts and writes the model: `python -m analysis.alignment.train`."""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from analysis.alignment import metrics
from analysis.alignment.crossval import (
    Crossed,
    Fit,
    Progress,
    believed,
    choose_thresholds,
    cross_validate,
    layout_of,
    weighed,
)
from analysis.alignment.fit import Settings, fit_base, fit_stack
from analysis.alignment.metrics import Judged
from analysis.alignment.shipped import FOLDER, Ablation, Shipped, save_shipped
from analysis.alignment.texts import LabelledText, read_texts, training_hash
from analysis.alignment.variants import VARIANTS, reduced, reduced_folds
from engines.embedding.static import StaticEmbedder
from ontology.load import load_ontology
from ontology.model import Ontology


def train(
    texts: Sequence[LabelledText],
    ontology: Ontology,
    settings: Settings,
    data_hash: str,
    progress: Progress,
    fit: Fit = fit_base,
    variants: Sequence[str] = (),
) -> Shipped:
    """Cross-validate, fit the calibrators and thresholds on what came out, then the scorers on all texts.

    fit: what makes scorers from texts; `analysis.alignment.decided` adds a site's decisions there.
    variants: what to fit calibrators for besides, so that the model can be compared with them.
    """
    crossed = cross_validate(texts, ontology, settings, progress, fit)
    layout = layout_of(ontology)
    stack = fit_stack(crossed.seen, crossed.truth, layout)
    thresholds = choose_thresholds(crossed.texts, crossed.found, crossed.truth, layout)
    ablations = {name: _ablation(crossed, name, ontology) for name in variants}
    base = fit(texts, layout, settings, StaticEmbedder.load())
    progress("scorers fitted on all texts")
    return Shipped(base, stack, layout, thresholds, believed(texts, layout), data_hash, figures_of(crossed), ablations)


def _ablation(crossed: Crossed, variant: str, ontology: Ontology) -> Ablation:
    layout = layout_of(ontology)
    found = weighed(reduced_folds(crossed.folds, variant), crossed.truth, ontology)
    return Ablation(
        stack=fit_stack(reduced(crossed.seen, variant), crossed.truth, layout),
        thresholds=choose_thresholds(crossed.texts, found, crossed.truth, layout),
    )


def figures_of(crossed: Crossed) -> dict[str, Any]:
    """The figures that the model carries with it."""
    return {
        "held_back_texts": len(crossed.texts),
        "off_topic": int((~crossed.clauses.shows).sum()),
        "clauses": _figures(crossed.clauses),
        "requirements": _figures(crossed.requirements),
    }


def _figures(judged: Judged) -> dict[str, float]:
    return {name: round(measure(judged), 4) for name, measure in metrics.MEASURES.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; progress goes to standard error, the figures to standard output."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder to write the model to")
    parser.add_argument("--seed", type=int, default=Settings().seed)
    options = parser.parse_args(arguments)
    began = time.monotonic()

    def progress(line: str) -> None:
        print(f"[{time.monotonic() - began:5.0f} s] {line}", file=sys.stderr, flush=True)

    settings = Settings(seed=options.seed)
    shipped = train(read_texts(), load_ontology(), settings, training_hash(), progress, variants=VARIANTS)
    save_shipped(shipped, options.out)
    for level in ("clauses", "requirements"):
        print(level, " ".join(f"{name}={value}" for name, value in shipped.metrics[level].items()))
    progress(f"written to {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
