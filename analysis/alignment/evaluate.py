"""Prints how good the alignment is on held-back sources, against zero-shot: `python -m analysis.alignment.evaluate`."""

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from analysis.alignment import metrics
from analysis.alignment.crossval import Crossed, cross_validate, layout_of
from analysis.alignment.fit import Settings
from analysis.alignment.metrics import Judged
from analysis.alignment.texts import read_texts
from ontology.load import load_ontology
from ontology.model import Ontology

# Characters up to which a text counts as short.
SHORT: Final = 150
_RANKING: Final = (("first right", metrics.first_right), ("in top 3", lambda judged: metrics.right_within(judged, 3)))
_ALL: Final[tuple[tuple[str, Callable[[Judged], float]], ...]] = (
    *_RANKING,
    ("micro-F1", metrics.micro_f1),
    ("precision", metrics.precision),
    ("recall", metrics.recall),
    ("false alarms", metrics.false_alarms),
    ("silent", metrics.wrongly_silent),
    ("ECE", metrics.calibration_error),
    ("ECE first", metrics.calibration_error_first),
)


def zero_shot(crossed: Crossed, ontology: Ontology) -> tuple[Judged, Judged]:
    """What the wording alone says: bigrams shared with statement, labels and evidence; a clause by its best one."""
    layout = layout_of(ontology)
    clause_of = np.array(layout.clause_of)
    clauses = np.stack([crossed.words[:, clause_of == at].max(axis=1) for at in range(len(layout.clauses))], axis=-1)
    nothing = np.zeros_like(crossed.clauses.truth), np.zeros_like(crossed.requirements.truth)
    return (
        Judged(clauses, crossed.clauses.truth, nothing[0], crossed.clauses.groups),
        Judged(crossed.words, crossed.requirements.truth, nothing[1], crossed.requirements.groups),
    )


def table(crossed: Crossed, ontology: Ontology, draws: int, seed: int) -> list[str]:
    """Markdown rows: level, method, texts, and every figure with its 95 % interval."""
    lengths = np.array([len(text.text) for text in crossed.texts])
    parts = (("all", lengths > 0), (f"≤ {SHORT}", lengths <= SHORT), (f"> {SHORT}", lengths > SHORT))
    trained = (crossed.clauses, crossed.requirements)
    lines = ["| level | method | characters | texts (off topic) | " + " | ".join(name for name, _ in _ALL) + " |"]
    lines.append("|" + "---|" * (len(_ALL) + 4))
    for level, learned, words in zip(("clause", "requirement"), trained, zero_shot(crossed, ontology), strict=True):
        for name, mask in parts:
            for method, judged, figures in (("trained", learned, _ALL), ("zero-shot", words, _RANKING)):
                some = judged.take(np.flatnonzero(mask))
                cells = [_cell(some, figure, draws, seed) for _, figure in figures]
                cells += ["–"] * (len(_ALL) - len(figures))
                size = f"{len(some.truth)} ({int((~some.shows).sum())})"
                lines.append(f"| {level} | {method} | {name} | {size} | " + " | ".join(cells) + " |")
    return lines


def _cell(judged: Judged, figure: Callable[[Judged], float], draws: int, seed: int) -> str:
    low, high = metrics.interval(judged, figure, draws, seed)
    return f"{figure(judged):.3f} ({low:.3f}–{high:.3f})"


def by_label(crossed: Crossed, ontology: Ontology) -> list[str]:
    """One row a clause: texts, precision, recall, and how often it comes first when it is right."""
    judged = crossed.clauses
    first = judged.scores.argmax(axis=1)
    lines = ["| clause | texts | precision | recall | first where right |", "|---|---|---|---|---|"]
    for at, clause in enumerate(ontology.matchable_clauses):
        truth, proposed = judged.truth[:, at], judged.proposed[:, at]
        right = int((truth & proposed).sum())
        cells = (
            right / max(int(proposed.sum()), 1),
            right / max(int(truth.sum()), 1),
            float((first[truth] == at).mean()),
        )
        lines.append(f"| {clause.zh} | {int(truth.sum())} | " + " | ".join(f"{cell:.2f}" for cell in cells) + " |")
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=Settings().seed)
    parser.add_argument("--draws", type=int, default=300, help="bootstrap draws for the intervals")
    options = parser.parse_args(arguments)
    ontology = load_ontology()
    crossed = cross_validate(
        read_texts(), ontology, Settings(seed=options.seed), lambda line: print(line, file=sys.stderr, flush=True)
    )
    print("\n".join([*table(crossed, ontology, options.draws, options.seed), "", *by_label(crossed, ontology)]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
