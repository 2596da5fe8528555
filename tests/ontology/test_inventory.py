"""Every id, label and relation of the inventory arrived, and nothing else did."""

from typing import Any

import pytest

from ontology.model import Formulation, Mechanism, Ontology, Term, Thing

Inventory = dict[str, Any]


@pytest.mark.parametrize(
    ("group", "count"),
    [
        ("note_sections", 6),
        ("clauses", 20),
        ("requirements", 64),
        ("terms", 34),
        ("roles", 12),
        ("principles", 4),
        ("formulations", 6),
        ("organizations", 8),
        ("persons", 2),
        ("events", 6),
        ("documents", 16),
        ("citations", 12),
    ],
)
def test_the_groups_are_those_of_the_inventory(
    ontology: Ontology, inventory: Inventory, group: str, count: int
) -> None:
    ids = [thing.id for thing in getattr(ontology, group)]
    assert ids == list(inventory[group])
    assert len(ids) == count


def test_mechanisms_of_the_note_and_general_vehicles(ontology: Ontology, inventory: Inventory) -> None:
    own = [one for one in ontology.mechanisms if not one.general]
    general = [one for one in ontology.mechanisms if one.general]
    assert [one.id for one in own] == list(inventory["mechanisms"])
    assert [one.id for one in general] == list(inventory["general_vehicles"])
    assert (len(own), len(general)) == (23, 4)
    assert {one.certainty for one in general} == {"unverified"}
    related: dict[str, set[str]] = {}
    for one in own:
        expected = inventory["mechanisms"][one.id]
        assert (one.zh, one.en, one.kind) == (expected["zh"], expected["en"], expected["kind"])
        assert list(one.clauses) == expected["clauses"]
        assert list(one.related) == expected["related"]
        assert one.kind_zh
        for other in one.related:
            related.setdefault(other, set()).add(one.id)
    for vehicle in general:
        assert [vehicle.zh, vehicle.en, list(vehicle.alt)] == inventory["general_vehicles"][vehicle.id]
        assert set(vehicle.related) == related[vehicle.id]
        assert not vehicle.same_as


def test_the_standard_and_its_note(ontology: Ontology, inventory: Inventory) -> None:
    expected = inventory["standard"]
    standard = ontology.standard
    assert (standard.id, standard.zh, standard.en) == (expected["id"], expected["zh"], expected["en"])
    assert (standard.kind, standard.kind_zh, standard.identifier) == ("group-standard", "团体标准", None)
    said = {(one.subject, one.kind): one.object for one in ontology.statements}
    assert said[standard.id, "proposedBy"] == expected["proposed_by"]
    assert said[standard.id, "leadDraftedBy"] == expected["lead_drafter"]
    assert said[standard.id, "basedOnMethod"] == expected["method"]
    assert said[ontology.note.id, "explains"] == standard.id
    for section in ontology.note_sections:
        found = [section.zh, section.en, section.items, list(section.list_numbers)]
        assert found == inventory["note_sections"][section.id]


def test_clauses(ontology: Ontology, inventory: Inventory) -> None:
    for clause in ontology.clauses:
        expected = inventory["clauses"][clause.id]
        assert (clause.zh, clause.en, clause.level, clause.parent) == tuple(
            expected[k] for k in ("zh", "en", "level", "parent")
        )
        assert clause.numbers == {s: expected[s.lower()] for s in ("H1", "H2") if expected[s.lower()]}
        assert clause.number_certainty == expected["number_certainty"]
        unknown = clause.id == "chapter-4-unknown"
        assert clause.title_certainty == ("unknown" if unknown else expected["title_certainty"] or "stated")
        assert list(clause.alt) == expected["alt"]
        assert (clause.declared_items, clause.element) == (expected["declared_items"], expected["element"])
        assert (clause.note_label, clause.phase) == (expected["note_label"], expected["phase"])
        assert clause.phase_certainty == "inferred"


def test_the_number_in_force_is_the_first_reading_marked_as_inferred(ontology: Ontology, inventory: Inventory) -> None:
    readings = {one.id: [one.zh, one.probability] for one in ontology.numbering}
    assert readings == inventory["numbering"]
    assert not any(one.decided for one in ontology.numbering)
    for clause in ontology.clauses:
        assert clause.number == inventory["clauses"][clause.id]["h1"]
        assert clause.number_scheme == ("H1" if clause.number else None)
    assert ontology.clause("execution").number_certainty == "inferred"


def test_requirements(ontology: Ontology, inventory: Inventory) -> None:
    for one in ontology.requirements:
        expected = inventory["requirements"][one.id]
        for name in ("clause", "zh", "en", "modality", "modality_certainty", "phase", "basis", "action", "purpose"):
            assert getattr(one, name) == expected[name], (one.id, name)
        for name in ("actors", "methods", "audiences", "beneficiaries", "also", "criteria", "inputs"):
            assert list(getattr(one, name)) == expected[name], (one.id, name)
        assert list(one.expected_evidence) == expected["evidence"]
        assert one.object == expected["object"] or one.object_id == expected["object"]
        if one.object_id:
            assert one.object == ontology.things[one.object_id].zh
        assert one.phase_certainty == "inferred"
        assert one.order == int(one.id.rpartition("-")[2])
    assert len(ontology.matchable_clauses) == 14


def test_terms(ontology: Ontology, inventory: Inventory) -> None:
    for term in ontology.terms:
        expected = inventory["terms"][term.id]
        assert (term.zh, term.en, term.defined) == (expected["zh"], expected["en"], expected["defined"])
        assert list(term.used_in) == expected["used_in"]
        assert (term.broader, term.gloss_source) == (expected["broader"], expected["gloss_source"])
        assert term.definition is None
        assert bool(term.gloss) == bool(expected["gloss_source"])
    assert sum(term.defined for term in ontology.terms) == 5


def test_concepts_with_one_label_are_joined_both_ways(ontology: Ontology) -> None:
    concepts: list[Term | Mechanism | Formulation] = [*ontology.terms, *ontology.mechanisms, *ontology.formulations]
    by_label: dict[str, set[str]] = {}
    for one in concepts:
        by_label.setdefault(one.zh, set()).add(one.id)
    for one in concepts:
        assert set(one.same_as) == by_label[one.zh] - {one.id}
    assert by_label["群众路线"] == {"t-mass-line", "m-mass-line"}
    assert sum(len(ids) > 1 for ids in by_label.values()) == 5


def test_roles_people_and_organizations(ontology: Ontology, inventory: Inventory) -> None:
    for role in ontology.roles:
        assert [role.zh, role.en, list(role.alt)] == inventory["roles"][role.id]
    for person in ontology.persons:
        assert [person.zh, person.en, person.organization, person.event] == inventory["persons"][person.id]
    for one in ontology.organizations:
        expected = inventory["organizations"][one.id]
        assert (one.zh, one.en, one.kind, one.short) == tuple(expected[k] for k in ("zh", "en", "kind", "short"))
        assert one.ownership_certainty == expected["ownership_certainty"]
        assert len(one.parts) == expected["parts"]


def test_events_principles_formulations_transfers(ontology: Ontology, inventory: Inventory) -> None:
    for event in ontology.events:
        expected = inventory["events"][event.id]
        assert (event.zh, event.order, event.begins, event.ends, event.via) == tuple(
            expected[k] for k in ("zh", "item", "begins", "ends", "via")
        )
        for name in ("actors", "visited", "studied", "studied_organizations", "interlocutors", "topics"):
            assert list(getattr(event, name)) == expected[name]
    for principle in ontology.principles:
        expected = inventory["principles"][principle.id]
        assert (principle.zh, principle.en) == (expected["zh"], expected["en"])
        for name in ("rests_on", "uses", "aims"):
            assert list(getattr(principle, name)) == expected[name]
    for formulation in ontology.formulations:
        assert [formulation.zh, list(formulation.at)] == inventory["formulations"][formulation.id]
    assert [[list(one.advantages), list(one.into)] for one in ontology.transfers] == inventory["transfers"]


def test_documents_facts_and_clauses(ontology: Ontology, inventory: Inventory) -> None:
    for document in ontology.documents:
        expected = inventory["documents"][document.id]
        for name in ("zh", "identifier", "kind", "kind_zh", "in_note", "cited_as"):
            assert getattr(document, name) == expected[name], (document.id, name)
        assert [fact.certainty for fact in document.facts] == expected["facts"]
        clauses = [one for one in ontology.document_clauses if one.document == document.id]
        assert [[one.number, one.zh, one.certainty] for one in clauses] == expected["clauses"]
    assert sum(document.in_note for document in ontology.documents) == 9
    assert len(ontology.document_clauses) == 49


def test_citations(ontology: Ontology, inventory: Inventory) -> None:
    at: dict[str, list[str]] = {}
    for one in ontology.citations:
        found = {
            "doc": one.document,
            "at": one.at,
            "role": one.role,
            "verb": one.verb,
            "principle": one.principle,
            "event": one.event,
        }
        assert found == inventory["citations"][one.id]
        assert not one.dated
        at.setdefault(one.document, []).append(one.at)
    assert at == {id: one["cited_at"] for id, one in inventory["documents"].items() if one["cited_at"]}


def test_statements_and_correspondences(ontology: Ontology, inventory: Inventory) -> None:
    stated = {(one.subject, one.kind, one.object) for one in ontology.statements if one.certainty == "stated"}
    expected = {tuple(one) for one in inventory["statements"]} | {(ontology.note.id, "explains", ontology.standard.id)}
    assert stated == expected
    assert {one.kind for one in ontology.statements if one.certainty != "stated"} == {"closeMatch"}
    numbers = {clause.id: clause.number for clause in ontology.document_clauses}
    found = [
        [one.clause, one.document, numbers[one.target_clause] if one.target_clause else None, one.why]
        for one in ontology.correspondences
    ]
    assert found == inventory["correspondences"]
    assert len(found) == 15
    assert {one.certainty for one in ontology.correspondences} == {"inferred"}


def test_gaps_cover_what_the_sources_do_not_hold(ontology: Ontology) -> None:
    gaps = {(gap.subject, gap.what) for gap in ontology.gaps}
    standard = ontology.standard.id
    assert {subject for subject, what in gaps if what == "definition"} == {
        term.id for term in ontology.terms if term.defined
    }
    assert gaps >= {
        ("basic-requirements", "items"),
        ("normative-references", "reference-list"),
        ("chapter-4-unknown", "chapter"),
        (standard, "number"),
        (standard, "dates"),
        (standard, "text"),
        ("gd-branch-opinion", "text"),
    }
    assert {gap.certainty for gap in ontology.gaps} == {"unknown"}
    assert {subject for subject, _ in gaps} <= ontology.things.keys()


def test_stated_things_name_their_source(ontology: Ontology) -> None:
    for thing in ontology.things.values():
        assert isinstance(thing, Thing)
        assert set(thing.sources) <= ontology.things.keys()
        assert thing.sources or thing.certainty != "stated", thing.id


def test_no_two_things_share_an_id(ontology: Ontology) -> None:
    groups = [value for name in Ontology.model_fields if isinstance(value := getattr(ontology, name), tuple)]
    ids = [one.id for group in groups for one in group if hasattr(one, "id")]
    assert len(ids) == len(set(ids))
    assert all(id.isascii() for id in ids)
