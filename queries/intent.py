"""What a query is after: a model of the alignment's kind, trained on questions as people ask them."""

from pathlib import Path
from typing import Final

import numpy as np

from analysis.alignment.model import Aligner
from ontology.model import Ontology

FOLDER: Final = Path(__file__).parent / "intent_model"


def load_intent(ontology: Ontology) -> Aligner:
    """The shipped model, for one query at a time. Raises `OSError`, `ValueError` when it is damaged."""
    return Aligner.load(ontology, FOLDER, np.float32)
