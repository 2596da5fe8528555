"""Trains the alignment from the labelled texts and writes the model: `python -m analysis.alignment.train`."""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from analysis.alignment import metrics
from analysis.alignment.crossval import Crossed, Progress, believed, choose_thresholds, cross_validate, layout_of
from analysis.alignment.fit import Settings, fit_base, fit_stack
from analysis.alignment.metrics import Judged
from analysis.alignment.shipped import FOLDER, Shipped, save_shipped
from analysis.alignment.texts import LabelledText, read_texts, training_hash
from ontology.load import load_ontology
from ontology.model import Ontology


def train(
    texts: Sequence[LabelledText], ontology: Ontology, settings: Settings, data_hash: str, progress: Progress
) -> Shipped:
    """Cross-validate, fit the calibrators and thresholds on what came out, then the scorers on all texts."""
    crossed = cross_validate(texts, ontology, settings, progress)
    layout = layout_of(ontology)
    stack = fit_stack(crossed.scores, crossed.words, crossed.truth, layout)
    thresholds = choose_thresholds(crossed.found, crossed.truth, layout)
    base = fit_base(texts, layout, settings)
    progress("scorers fitted on all texts")
    return Shipped(base, stack, layout, thresholds, believed(texts, layout), data_hash, figures_of(crossed))


def figures_of(crossed: Crossed) -> dict[str, Any]:
    """The figures that the model carries with it."""
    return {
        "held_back_texts": len(crossed.texts),
        "off_topic": int((~crossed.clauses.shows).sum()),
        "clauses": _figures(crossed.clauses),
        "requirements": _figures(crossed.requirements),
    }


def _figures(judged: Judged) -> dict[str, float]:
    return {
        "first_right": round(metrics.first_right(judged), 4),
        "right_in_top_3": round(metrics.right_within(judged, 3), 4),
        "micro_f1": round(metrics.micro_f1(judged), 4),
        "precision": round(metrics.precision(judged), 4),
        "recall": round(metrics.recall(judged), 4),
        "off_topic_false_alarms": round(metrics.false_alarms(judged), 4),
        "wrongly_silent": round(metrics.wrongly_silent(judged), 4),
        "calibration_error": round(metrics.calibration_error(judged), 4),
        "calibration_error_first": round(metrics.calibration_error_first(judged), 4),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; progress goes to standard error, the figures to standard output."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder to write the model to")
    parser.add_argument("--seed", type=int, default=Settings().seed)
    options = parser.parse_args(arguments)
    began = time.monotonic()

    def progress(line: str) -> None:
        print(f"[{time.monotonic() - began:5.0f} s] {line}", file=sys.stderr, flush=True)

    shipped = train(read_texts(), load_ontology(), Settings(seed=options.seed), training_hash(), progress)
    save_shipped(shipped, options.out)
    for level in ("clauses", "requirements"):
        print(level, " ".join(f"{name}={value}" for name, value in shipped.metrics[level].items()))
    progress(f"written to {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
