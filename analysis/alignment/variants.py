"""The model with something taken away, to measure what that is worth: the evidence of texts without it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from analysis.alignment.base import BaseScores
from analysis.alignment.crossval import Fold
from analysis.alignment.evidence import Evidence

WITHOUT_CUES: Final = "without-cues"
N_GRAMS: Final = "n-grams"
VARIANTS: Final = (WITHOUT_CUES, N_GRAMS)
# The first columns of `Evidence.topic` count cues.
_CUE_COUNTS: Final = 4


def reduced(seen: Evidence, variant: str) -> Evidence:
    """The evidence without cues, or with nothing but the linear scorer's margins; its shapes stay as they are."""
    cues, topic = np.zeros_like(seen.cues), seen.topic.copy()
    if variant == WITHOUT_CUES:
        topic[:, :_CUE_COUNTS] = 0.0
        return replace(seen, cues=cues, topic=topic)
    if variant == N_GRAMS:
        linear, *kernels = seen.scores.parts
        parts = (linear, *(np.zeros_like(part) for part in kernels))
        return Evidence(BaseScores(parts), np.zeros_like(seen.words), cues, np.zeros_like(topic))
    raise ValueError(f"unknown variant {variant!r}; there are {', '.join(VARIANTS)}")


def reduced_folds(folds: Sequence[Fold], variant: str) -> list[Fold]:
    """The folds of a cross-validation with reduced evidence."""
    return [replace(fold, seen=reduced(fold.seen, variant)) for fold in folds]
