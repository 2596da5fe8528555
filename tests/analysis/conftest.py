"""The shipped ontology, and what is built from it once."""

import pytest

from analysis.annotate import Annotator
from analysis.citations import CitationFinder
from analysis.concepts import LabelIndex
from ontology.load import load_ontology
from ontology.model import Ontology


@pytest.fixture(scope="session")
def ontology() -> Ontology:
    return load_ontology()


@pytest.fixture(scope="session")
def annotator(ontology: Ontology) -> Annotator:
    return Annotator(ontology)


@pytest.fixture(scope="session")
def finder(ontology: Ontology) -> CitationFinder:
    return CitationFinder(ontology)


@pytest.fixture(scope="session")
def labels(ontology: Ontology) -> LabelIndex:
    return LabelIndex(ontology)
