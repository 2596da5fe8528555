"""The overlay's page keeps up with the code: its example loads, its rules and words exist."""

import re
from pathlib import Path

from ontology import names
from ontology.load import load_ontology
from ontology.mapping import OVERLAY_WORDS
from ontology.model import Ontology
from ontology.overlay import ADDED

ROOT = Path(names.__file__).parent
PAGE = (ROOT.parent / "docs" / "overlay.md").read_text(encoding="utf-8")
OUTSIDE_THE_SHAPES = re.compile(r"(?:Problem|_problem|_unreadable)\([^\"]*\"([a-z]+(?:-[a-z]+)*)\"")


def test_the_examples_on_the_page_load(tmp_path: Path) -> None:
    blocks = re.findall(r"```turtle\n(.*?)```", PAGE, re.DOTALL)
    assert blocks
    for number, block in enumerate(blocks):
        (tmp_path / f"{number}.ttl").write_text(block, encoding="utf-8")
    changed = load_ontology(tmp_path)
    assert changed.requirement("execution-9").modality == "宜"


def test_every_rule_outside_the_shapes_is_on_the_page() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in ROOT.glob("*.py"))
    rules = set(OUTSIDE_THE_SHAPES.findall(code))
    assert {"unknown-id", "id-clash", "syntax", "model", "lost-end"} <= rules
    assert {rule for rule in rules if f"`{rule}`" not in PAGE} == set()


def test_every_word_for_overlays_is_on_the_page() -> None:
    shortened = {names.shorten(iri) for iri in ADDED} - {"rdf:type", "rdfs:comment"}
    assert {word for word in shortened | set(OVERLAY_WORDS) if word not in PAGE} == set()


def test_every_gap_is_on_the_page(ontology: Ontology) -> None:
    patterns = [re.compile(gap.replace("…", "[a-z0-9-]+")) for gap in re.findall(r"`(gap-[^`]+)`", PAGE)]
    for gap in ontology.gaps:
        assert any(pattern.fullmatch(gap.id) for pattern in patterns), gap.id
