"""The shipped ontology, the inventory it must hold, and a way to write overlays."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ontology.load import load_ontology
from ontology.model import Ontology

PREFIXES = """@prefix zw: <https://zhiwen.example/ontology#> .
@prefix id: <https://zhiwen.example/id/> .
@prefix kind: <https://zhiwen.example/kind/> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
"""

Overlay = Callable[..., Path]


@pytest.fixture(scope="session")
def ontology() -> Ontology:
    return load_ontology()


@pytest.fixture(scope="session")
def inventory() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((Path(__file__).parent / "inventory.json").read_text(encoding="utf-8"))
    return loaded


@pytest.fixture
def overlay(tmp_path: Path) -> Overlay:
    """Writes Turtle (without prefixes) as an overlay: `overlay("…")` or `overlay(**{"name": "…"})`; the folder."""

    def write(text: str | None = None, **files: str) -> Path:
        folder = tmp_path / "ontology"
        folder.mkdir(exist_ok=True)
        for name, content in ({"site": text} if text is not None else {} | files).items():
            (folder / f"{name}.ttl").write_text(PREFIXES + content, encoding="utf-8")
        return folder

    return write
