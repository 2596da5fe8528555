"""OSCAL exports: valid against the official schemas, stable, and no proposal where a tool would take it for a fact."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from queries.errors import BadQuestion
from service.bootstrap import Application
from service.exchange.operations import FormatName
from tests.service.exchange_site import closing, exported, judged, pairs, site

SCHEMAS = {
    "oscal-catalog": "catalog",
    "oscal-practices": "catalog",
    "oscal-mapping": "mapping",
    "oscal-component": "component",
}


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    with closing(judged(tmp_path_factory.mktemp("oscal") / "home")) as made:
        yield made


def document(application: Application, format: FormatName, **wanted: object) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(exported(application, format, **wanted))
    return found


def faults(format: str, content: Any) -> list[str]:
    file = Path(__file__).parent / "oscal" / f"oscal_{SCHEMAS[format]}_schema.json"
    validator = jsonschema_rs.validator_for(json.loads(file.read_text(encoding="utf-8")), validate_formats=True)
    return [str(fault)[:400] for fault in validator.iter_errors(content)]


@pytest.mark.parametrize("format", list(SCHEMAS))
@pytest.mark.parametrize("accepted", [False, True])
def test_every_document_is_valid_and_says_what_it_is(
    application: Application, format: FormatName, accepted: bool
) -> None:
    content = document(application, format, accepted_only=accepted)
    assert faults(format, content) == []
    (body,) = content.values()
    assert body["metadata"]["oscal-version"] == "1.2.2"
    assert "非标准原文" in body["metadata"]["remarks"]


def test_the_schema_finds_a_fault(application: Application) -> None:
    content = document(application, "oscal-mapping")
    content["mapping-collection"]["mappings"][0]["maps"][0]["targets"] = []
    assert faults("oscal-mapping", content)


def test_the_catalog_holds_all_points_and_says_what_the_note_does_not_hold(application: Application) -> None:
    groups = document(application, "oscal-catalog")["catalog"]["groups"]
    controls = [control["id"] for group in groups for control in group["controls"]]
    assert len(controls) == len(set(controls)) == 64
    assert "说明未载" in json.dumps(groups[0], ensure_ascii=False)
    guidance = [part for group in groups for control in group["controls"] for part in control["parts"][1:]]
    assert guidance
    assert all("本系统推断" in part["title"] for part in guidance)


def test_all_that_a_mapping_refers_to_is_there(application: Application) -> None:
    mapping = document(application, "oscal-mapping")["mapping-collection"]
    points = {
        control["id"]
        for group in document(application, "oscal-catalog")["catalog"]["groups"]
        for control in group["controls"]
    }
    practices = {control["id"] for control in document(application, "oscal-practices")["catalog"]["controls"]}
    resources = {"#" + each["uuid"] for each in mapping["back-matter"]["resources"]}
    uuids = []
    for group in mapping["mappings"]:
        assert {group["source-resource"]["href"], group["target-resource"]["href"]} == resources
        for each in group["maps"]:
            uuids.append(each["uuid"])
            assert {one["id-ref"] for one in each["sources"]} <= practices
            assert {one["id-ref"] for one in each["targets"]} <= points
    assert len(uuids) == len(set(uuids))
    last = mapping["mappings"][-1]
    unmapped = set(last["target-gap-summary"]["unmapped-controls"][0]["with-ids"])
    mapped = {
        each["targets"][0]["id-ref"]
        for group in mapping["mappings"]
        for each in group["maps"]
        if each["relationship"] in ("intersects-with", "superset-of")
    }
    assert unmapped == points - mapped


def test_what_people_said_stands_apart_from_proposals(application: Application) -> None:
    groups = {
        group["method"]: group for group in document(application, "oscal-mapping")["mapping-collection"]["mappings"]
    }
    assert groups["automation"]["status"] == "draft"
    assert all("percentage" in each["confidence-score"] for each in groups["automation"]["maps"])
    decided = {each["relationship"]: each for each in groups["human"]["maps"]}
    assert set(decided) == {"superset-of", "intersects-with", "no-relationship", "not-applicable"}
    assert "confidence-score" not in decided["superset-of"]
    assert "ns" in decided["not-applicable"]  # a word of ours, and marked as one


def test_a_component_implements_what_was_accepted_alone(application: Application) -> None:
    components = document(application, "oscal-component")["component-definition"]["components"]
    accepted, *_ = pairs(application)
    implemented = {
        (each["description"][:4], one["control-id"])
        for each in components
        for control in each.get("control-implementations", ())
        for one in control["implemented-requirements"]
    }
    assert {control for _, control in implemented} == {accepted[1], "code-of-conduct-3"}
    proposed = [one for each in components for one in each.get("props", ()) if one["name"] == "proposed-requirement"]
    assert proposed
    assert all("系统建议（待核）" in one["remarks"] for one in proposed)


def test_equal_content_has_equal_identifiers(application: Application) -> None:
    def uuids(value: Any) -> list[str]:
        if isinstance(value, dict):
            own = [value["uuid"]] if "uuid" in value else []
            return own + [each for member in value.values() for each in uuids(member)]
        return [each for item in value for each in uuids(item)] if isinstance(value, list) else []

    for format in SCHEMAS:
        first, second = (document(application, format) for _ in range(2))  # type: ignore[arg-type]
        assert uuids(first) == uuids(second) != []


def test_an_empty_base_is_said_so_and_no_broken_document(tmp_path: Path) -> None:
    with closing(site(tmp_path / "home")) as application:
        for format in ("oscal-mapping", "oscal-component", "oscal-practices"):
            with pytest.raises(BadQuestion, match="没有可导出的内容"):
                exported(application, format, accepted_only=True)
        proposals = document(application, "oscal-mapping")["mapping-collection"]["mappings"]
        assert [group["method"] for group in proposals] == ["automation"]


def test_only_accepted_pairs_make_a_mapping_of_their_own(application: Application) -> None:
    (group,) = document(application, "oscal-mapping", accepted_only=True)["mapping-collection"]["mappings"]
    assert group["method"] == "human"
    assert all({"name": "status", "value": "accepted"}.items() <= each["props"][0].items() for each in group["maps"])
