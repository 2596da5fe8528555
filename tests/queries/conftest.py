"""A real embedded store with the real ontology and a handful of practices."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from engines.embedded.store import open_embedded
from engines.embedder import Embedder
from engines.embedding.static import StaticEmbedder
from engines.store import ChangeSet, Reader
from ontology.content import graph_of
from ontology.load import load_ontology
from ontology.model import Ontology
from queries.search import Searcher
from tests.queries.content import CASES, change_set


@pytest.fixture(scope="session")
def ontology() -> Ontology:
    return load_ontology()


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    return StaticEmbedder.load()


@pytest.fixture(scope="session")
def searcher(ontology: Ontology, embedder: Embedder) -> Searcher:
    return Searcher(ontology, embedder)


@pytest.fixture(scope="session")
def reader(tmp_path_factory: pytest.TempPathFactory, ontology: Ontology, embedder: Embedder) -> Iterator[Reader]:
    path: Path = tmp_path_factory.mktemp("queries") / "zhiwen.db"
    store = open_embedded(path)
    nodes, relations = graph_of(ontology)
    store.apply(ChangeSet(owner="ontology", nodes=nodes, relations=relations))
    for case in CASES:
        store.apply(change_set(case, embedder))
    with store.reading() as view:
        yield view
    store.close()
