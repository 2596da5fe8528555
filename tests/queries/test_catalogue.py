"""The named queries: heads agree with texts, and wrong parameters never reach an engine."""

from importlib.resources import files
from typing import Any

import pytest

from engines.store import Reader
from ontology.graph import NODES
from queries.catalogue import Catalogue, CatalogueError, QueryMisused, catalogue, parse

GOOD = "// What is asked.\n// param id: string\n// slot label: label\nMATCH (a:{{label}} {id: $id})\nRETURN a.id AS id\nORDER BY id\n"


def test_a_head_becomes_name_sentence_parameters_and_slots() -> None:
    file = parse("one", GOOD)
    assert (file.name, file.sentence) == ("one", "What is asked.")
    assert file.parameters == {"id": "string"}
    assert file.slots == {"label": "label"}


@pytest.mark.parametrize("label", NODES)
def test_every_node_label_fits_a_label_slot(label: str) -> None:
    query = parse("one", GOOD).bind({"id": "x", "label": label})
    assert f"(a:{label} " in query.text
    assert query.parameters == {"id": "x"}


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("MATCH (a)\nRETURN a.id AS id\n", "sentence"),
        ("// Only a head.\n", "query below"),
        (GOOD.replace("{id: $id}", ""), "id is declared but not used"),
        (GOOD.replace("// param id: string\n", ""), "id is used but not declared"),
        (GOOD.replace("{{label}}", "Clause"), "label is declared but not used"),
        (GOOD.replace("id: string", "id: text"), "has type 'text'"),
        (GOOD.replace("param id: string", "param id"), "cannot read"),
        (GOOD.replace("// slot", "// param id: string\n// slot"), "declared twice"),
    ],
)
def test_a_head_that_disagrees_with_its_text_is_refused(source: str, fault: str) -> None:
    with pytest.raises(CatalogueError, match=fault) as caught:
        parse("broken", source)
    assert "broken.cypher" in str(caught.value)


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"label": "Clause"}, "missing id"),
        ({"id": "x", "label": "Clause", "limit": 3}, "unknown limit"),
        ({"id": 3, "label": "Clause"}, "must be a string"),
        ({"id": None, "label": "Clause"}, "must be a string"),
        ({"id": "x", "label": "Clause) DELETE (a"}, "must be one of"),
        ({"id": "x", "label": None}, "must be one of"),
    ],
)
def test_wrong_parameters_are_refused_with_what_is_declared(given: dict[str, Any], fault: str) -> None:
    with pytest.raises(QueryMisused, match=fault) as caught:
        parse("one", GOOD).bind(given)
    assert "query one" in str(caught.value)


@pytest.mark.parametrize("ids", ["execution", [], ["a", None], [1], {"a"}, None])
def test_strings_are_one_or_more_strings_and_never_a_bare_one(ids: object) -> None:
    with pytest.raises(QueryMisused, match="ids must be one or more strings"):
        catalogue.query("organization_children", ids=ids)


@pytest.mark.parametrize("limit", [True, "5", 2.5])
def test_an_int_is_no_bool_text_or_fraction(limit: object) -> None:
    with pytest.raises(QueryMisused, match="limit must be a int"):
        catalogue.query("hop_in_hub", label="Clause", id="execution", limit=limit)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(QueryMisused, match="coverage_all"):
        catalogue.query("coverage_al")


def test_a_broken_file_stops_the_whole_catalogue(tmp_path: Any) -> None:
    (tmp_path / "good.cypher").write_text(GOOD, encoding="utf-8")
    (tmp_path / "bad.cypher").write_text(GOOD.replace("$id", "$di"), encoding="utf-8")
    with pytest.raises(CatalogueError, match=r"bad\.cypher"):
        Catalogue(tmp_path).query("good", id="x", label="Clause")


EXAMPLES: dict[str, Any] = {
    "string": "execution",
    "strings": ["execution"],
    "int": 3,
    "float": 0.5,
    "bool": True,
    "label": "Clause",
}


@pytest.mark.parametrize("name", sorted(catalogue.files))
def test_every_shipped_query_runs_and_orders_its_rows(name: str, reader: Reader) -> None:
    file = catalogue.files[name]
    given = {what: EXAMPLES.get(kind, kind.split(" | ")[0]) for what, kind in {**file.parameters, **file.slots}.items()}
    assert isinstance(reader.read(catalogue.query(name, **given)), list)
    assert "ORDER BY" in file.text
    # What the two engines understand differently must not slip in.
    for foreign in ("labels(", "type(", "[0]", "[1]", "substring", "toString", "null"):
        assert foreign not in file.text


def test_all_queries_lie_where_the_catalogue_looks() -> None:
    named = {
        entry.name.removesuffix(".cypher") for entry in files("queries").iterdir() if entry.name.endswith(".cypher")
    }
    assert named == set(catalogue.files)
