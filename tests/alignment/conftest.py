"""The shipped aligner, and a small one trained here on a quarter of the texts, so that the rest are new to it."""

from dataclasses import dataclass

import pytest

from analysis.alignment.fit import Settings
from analysis.alignment.model import Aligner
from analysis.alignment.shipped import Shipped
from analysis.alignment.texts import LabelledText, read_texts
from analysis.alignment.train import train
from analysis.alignment.variants import VARIANTS
from ontology.load import load_ontology
from ontology.model import Ontology

SMALL = Settings(n_grams=6000, compressed_from=2000, dimensions=48, seed=1, retaught=False)


@dataclass(frozen=True, slots=True)
class Trained:
    """A model trained on `seen`, and reported texts of other sources."""

    shipped: Shipped
    seen: list[LabelledText]
    unseen: list[LabelledText]


@pytest.fixture(scope="session")
def ontology() -> Ontology:
    return load_ontology()


@pytest.fixture(scope="session")
def aligner(ontology: Ontology) -> Aligner:
    return Aligner.load(ontology)


@pytest.fixture(scope="session")
def texts() -> list[LabelledText]:
    return read_texts()


@pytest.fixture(scope="session")
def trained(texts: list[LabelledText], ontology: Ontology) -> Trained:
    seen = texts[::4]
    groups = {text.group for text in seen}
    unseen = [text for text in texts if text.reported and text.group not in groups]
    lines: list[str] = []
    return Trained(train(seen, ontology, SMALL, "a-part", lines.append, variants=VARIANTS), seen, unseen)
