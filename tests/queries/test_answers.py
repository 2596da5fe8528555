"""Practices, requirements, clauses, terms, documents, coverage and nodes, over real content."""

from collections.abc import Sequence
from typing import Any, cast

import pytest

from engines.store import ChangeSet, Reader
from ontology.graph import NODES, Node, Relation, check_node, check_relation
from ontology.model import Ontology
from queries.answers import ClauseRecord, CoverageAnswer
from queries.clauses import clause_tree
from queries.coverage import coverage
from queries.documents import document, documents
from queries.errors import BadCursor, BadQuestion, UnknownId
from queries.nodes import node, node_content
from queries.practices import best_evidence, cards, practice
from queries.requirements import practices_for, requirement, requirements
from queries.terms import terms
from tests.queries.content import (
    CASES,
    CHARITY,
    CIRCLES,
    CUSTOMERS,
    GROUP,
    PLANT,
    POSTS,
    SECRET,
    SHOP,
    SUPPLIERS,
    SURVEY,
    ZONES,
    id_of,
    organization_id,
)

ALL = None
STAFF = frozenset({"default"})
INNER = frozenset({"inner"})


def test_one_practice_comes_with_all_it_has(reader: Reader) -> None:
    answer = practice(reader, id_of(ZONES), ALL)
    assert answer.practice.text == ZONES.text
    assert answer.practice.external_id == "A-001"
    assert answer.practice.sample
    assert answer.practice.source.name == "plant.txt"
    assert answer.practice.organization is not None
    assert answer.practice.organization.path == SHOP
    assert answer.practice.organization.level == "党支部"
    assert [(link.id, link.status, link.confidence) for link in answer.requirements] == [
        ("execution-6", "accepted", 0.93),
        ("execution-8", "proposed", 0.61),
    ]
    assert answer.requirements[0].statement == "开展质量党建责任区"
    assert [link.id for link in answer.clauses] == ["execution"]
    assert [ref.id for ref in answer.mechanisms] == ["m-quality-responsibility-zone"]
    assert [ref.id for ref in answer.roles] == ["r-party-members"]
    assert [ref.id for ref in answer.terms] == ["t-party-building"]
    assert [ref.id for ref in answer.citations] == ["gbt-32230"]
    (outcome,) = answer.outcomes
    assert (outcome.value, outcome.unit, outcome.direction) == (35.0, "%", "down")
    (evidence,) = answer.evidence
    assert evidence.quote == ZONES.text
    assert (evidence.page, evidence.end - evidence.start) == (1, len(ZONES.text))


def test_a_requirement_is_evidenced_by_its_sentence_within_its_passage(reader: Reader) -> None:
    card = cards(reader, (id_of(ZONES),), ALL)[id_of(ZONES)]
    first, second = card.requirements
    assert (first.id, second.id) == ("execution-6", "execution-8")
    assert first.evidence is not None
    assert first.evidence.quote == "锅炉党支部把四台机组划成七个质量党建责任区，每名党员包一台设备，缺陷当班处理。"
    assert ZONES.text[first.evidence.start : first.evidence.end] == first.evidence.quote
    assert (first.evidence.passage, first.evidence.page) == (card.evidence[0].passage, 1)
    assert second.evidence is not None
    assert second.evidence.quote == "半年来设备缺陷下降35%。"
    # The one asked for; else the surest first; a practice that meets nothing is quoted whole.
    assert best_evidence(card, ("execution-8",)) == (second.evidence,)
    assert best_evidence(card) == best_evidence(card, ("diagnosis-1",)) == (first.evidence, second.evidence)
    assert best_evidence(card, limit=1) == (first.evidence,)
    # What the question's words stand in comes before what it meets best, unless a requirement was asked for.
    fallen = ZONES.text.index("设备缺陷下降")
    marked = [(fallen, fallen + 6)]
    assert best_evidence(card, marked=marked) == (second.evidence, first.evidence)
    assert best_evidence(card, ("execution-6",), marked) == (first.evidence,)
    charity = cards(reader, (id_of(CHARITY),), ALL)[id_of(CHARITY)]
    assert [each.quote for each in best_evidence(charity)] == [CHARITY.text]


class Deleting:
    """Stands for a view of Neo4j beside which somebody deletes: nodes read by id are gone, but for practices."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reader, name)

    def nodes(self, *, ids: Sequence[str]) -> list[Node]:
        return [each for each in self._reader.nodes(ids=ids) if each.label == "Practice"]


def test_what_is_deleted_between_two_reads_is_not_shown(reader: Reader) -> None:
    card = cards(cast(Reader, Deleting(reader)), (id_of(ZONES),), ALL)[id_of(ZONES)]
    assert card.practice.text == ZONES.text
    assert card.practice.organization is not None
    assert (card.requirements, card.clauses, card.evidence) == ((), (), ())


def test_a_rejected_requirement_is_not_what_is_quoted(reader: Reader) -> None:
    card = cards(reader, (id_of(SUPPLIERS),), ALL)[id_of(SUPPLIERS)]
    rejected = next(link for link in card.requirements if link.status == "rejected")
    assert best_evidence(card, (rejected.id,)) == (card.requirements[0].evidence,)


def test_practices_for_a_requirement_quote_its_sentence(reader: Reader) -> None:
    (found,) = practices_for(reader, "execution-8", access=ALL).results
    assert [each.quote for each in found.evidence] == ["半年来设备缺陷下降35%。"]


def test_roles_say_how_the_relation_is_known(reader: Reader, ontology: Ontology) -> None:
    known = {point.id: point for point in ontology.requirements}
    seen = set()
    for record in requirements(reader, access=ALL):
        point = known[record.id]
        for role in record.roles:
            wanted = point.actors_certainty if role.kind == "actor" else point.certainty
            assert role.certainty == wanted.value, (record.id, role)
            seen.add((role.kind, role.certainty))
        assert {role.id for role in record.roles if role.kind == "actor"} == set(point.actors)
    assert {("actor", "inferred"), ("actor", "stated"), ("beneficiary", "stated")} <= seen


def test_what_a_practice_names_is_stated_by_it(reader: Reader) -> None:
    # The general vehicle is ours; that the practice has it, its text says.
    answer = practice(reader, id_of(POSTS), ALL)
    assert [(each.id, each.certainty) for each in answer.mechanisms] == [("v-party-vanguard-post", "stated")]


def test_an_explanation_names_words_that_stand_in_the_text(reader: Reader) -> None:
    (meeting,) = practice(reader, id_of(ZONES), ALL).requirements[0].explanation
    assert ZONES.text[meeting.start : meeting.end] == meeting.words == "质量党建责任区"


def test_what_a_reader_may_not_see_does_not_exist(reader: Reader) -> None:
    hidden = id_of(SECRET)
    assert practice(reader, hidden, INNER).practice.id == hidden
    for access in (STAFF, frozenset[str]()):
        with pytest.raises(UnknownId):
            practice(reader, hidden, access)
        assert cards(reader, [hidden], access) == {}
        with pytest.raises(UnknownId):
            document(reader, CASES[2].id, access=access)
        with pytest.raises(UnknownId):
            node(reader, f"{CASES[2].id}-p0", access=access)
        with pytest.raises(UnknownId):
            node(reader, organization_id(("西岗研究院",)), access=access)
        with pytest.raises(UnknownId):
            coverage(reader, access=access, organization_id="西岗研究院")
        with pytest.raises(UnknownId):
            coverage(reader, access=access, collection="inner")


def test_an_id_of_another_kind_is_no_practice(reader: Reader) -> None:
    with pytest.raises(UnknownId, match="没有这个做法：execution"):
        practice(reader, "execution", ALL)


def test_every_requirement_comes_in_order_with_its_counts(reader: Reader, ontology: Ontology) -> None:
    records = requirements(reader, access=ALL)
    assert [record.id for record in records] == [each.id for each in ontology.requirements]
    by_id = {record.id: record for record in records}
    assert by_id["execution-6"].practices == {"accepted": 1, "proposed": 1}
    assert by_id["communication-2"].practices == {"accepted": 1, "not-applicable": 1}
    assert by_id["execution-6"].clause.title == "执行落地"
    assert by_id["execution-6"].expected_evidence
    assert [ref.id for ref in by_id["execution-6"].mechanisms] == ["m-quality-responsibility-zone"]
    assert by_id["execution-6"] == requirement(reader, "execution-6", access=ALL)
    assert requirement(reader, "execution-6", access=STAFF).practices == {"accepted": 1}


def test_requirements_of_a_clause(reader: Reader) -> None:
    assert {record.clause.id for record in requirements(reader, access=ALL, clause="diagnosis")} == {"diagnosis"}
    assert requirements(reader, access=ALL, clause="scope") == ()
    with pytest.raises(UnknownId):
        requirements(reader, access=ALL, clause="no-such-clause")


def test_practices_for_a_requirement_show_accepted_ones_first(reader: Reader) -> None:
    answer = practices_for(reader, "execution-6", access=ALL)
    assert [(each.practice.id, each.status) for each in answer.results] == [
        (id_of(ZONES), "accepted"),
        (id_of(SECRET), "proposed"),
    ]
    assert answer.results[0].evidence
    assert answer.results[0].outcomes
    assert [each.practice.id for each in practices_for(reader, "execution-6", access=STAFF).results] == [id_of(ZONES)]
    proposed = practices_for(reader, "execution-6", access=ALL, statuses=("proposed",))
    assert [each.practice.id for each in proposed.results] == [id_of(SECRET)]


def test_rejected_practices_are_kept_and_shown_only_when_asked_for(reader: Reader) -> None:
    assert practices_for(reader, "code-of-conduct-2", access=ALL).results == ()
    (kept,) = practices_for(reader, "code-of-conduct-2", access=ALL, statuses=("rejected",)).results
    assert (kept.practice.id, kept.status) == (id_of(SUPPLIERS), "rejected")


def test_practices_for_a_requirement_come_in_pages(reader: Reader) -> None:
    first = practices_for(reader, "execution-6", access=ALL, limit=1)
    second = practices_for(reader, "execution-6", access=ALL, limit=1, cursor=first.next)
    assert [each.practice.id for each in (*first.results, *second.results)] == [id_of(ZONES), id_of(SECRET)]
    assert second.next is None
    with pytest.raises(BadCursor):
        practices_for(reader, "execution-8", access=ALL, limit=1, cursor=first.next)
    with pytest.raises(UnknownId):
        practices_for(reader, "execution-99", access=ALL)


def every_clause(tree: tuple[ClauseRecord, ...]) -> list[ClauseRecord]:
    return [each for record in tree for each in (record, *every_clause(record.children))]


def test_the_clause_tree_holds_the_standard_and_nothing_else(reader: Reader, ontology: Ontology) -> None:
    tree = clause_tree(reader, access=ALL)
    records = every_clause(tree)
    assert [record.id for record in records] == [clause.id for clause in ontology.clauses]
    by_id = {record.id: record for record in records}
    assert [child.id for child in by_id["implementation"].children][-1] == "execution"
    assert by_id["execution"].numbers == {"H1": "5.9", "H2": "6.9"}
    assert by_id["execution"].phase == "do"
    assert by_id["execution"].practices == 3
    assert len(by_id["execution"].requirements) == len(ontology.requirements_of("execution"))
    assert (by_id["basic-requirements"].declared_items, by_id["basic-requirements"].known_items) == (3, 1)
    assert [gap.what for gap in by_id["normative-references"].gaps] == ["reference-list"]
    assert {record.id: record.practices for record in every_clause(clause_tree(reader, access=STAFF))}["execution"] == 2


def test_defined_terms_say_that_their_definition_is_missing(reader: Reader, ontology: Ontology) -> None:
    records = terms(reader)
    defined = [record for record in records if record.defined]
    assert len(defined) == 5
    assert all(record.definition is None and record.gaps[0].what == "definition" for record in defined)
    assert {record.label for record in records} == {"Term", "Role", "Mechanism", "Principle", "Formulation"}
    vocabulary = (*ontology.terms, *ontology.roles, *ontology.mechanisms, *ontology.principles, *ontology.formulations)
    assert {thing.id for thing in vocabulary} <= {record.id for record in records}


def test_documents_with_their_practices(reader: Reader) -> None:
    by_id = {record.id: record for record in documents(reader, access=ALL)}
    assert {case.id: len(case.practices) for case in CASES} == {case.id: by_id[case.id].practices for case in CASES}
    assert by_id["gbt-32230"].identifier == "GB/T 32230—2015"
    assert [record.name for record in documents(reader, access=ALL, collection="samples")] == [
        "machines.csv",
        "plant.txt",
    ]
    assert documents(reader, access=ALL, collection="samples")[0].warnings == ("有一行没有日期",)
    assert CASES[2].id not in {record.id for record in documents(reader, access=STAFF)}
    with pytest.raises(UnknownId):
        documents(reader, access=STAFF, collection="inner")


def states(answer: CoverageAnswer) -> dict[str, str]:
    return {row.id: row.state for clause in answer.clauses for row in clause.requirements}


def test_coverage_of_a_group_rolls_up_its_units(reader: Reader, ontology: Ontology) -> None:
    answer = coverage(reader, access=ALL, organization_id=GROUP)
    assert answer.organization is not None
    assert answer.organization.id == organization_id((GROUP,))
    assert (answer.documents, answer.practices) == (1, 3)
    found = states(answer)
    assert {id for id, state in found.items() if state == "covered"} == {"execution-6", "diagnosis-4"}
    likely = {"execution-7", "execution-8", "institution-building-6", "diagnosis-1", "diagnosis-2"}
    assert {id for id, state in found.items() if state == "likely"} == likely
    assert len(found) == len(ontology.requirements)
    assert (answer.covered, answer.likely, answer.none_seen) == (2, 5, len(found) - 7)
    # The unit below the plant covers less, and the plant itself as much as the group.
    assert coverage(reader, access=ALL, organization_id=organization_id(SHOP)).covered == 1
    assert states(coverage(reader, access=ALL, organization_id=organization_id(PLANT))) == found


def not_applicable(answer: CoverageAnswer) -> dict[str, int]:
    """Requirement → practices on which 不适用 was said."""
    rows = [row for clause in answer.clauses for row in clause.requirements]
    return {row.id: row.not_applicable for row in rows if row.not_applicable}


def test_not_applicable_leaves_the_denominator_of_who_said_it(reader: Reader, ontology: Ontology) -> None:
    answer = coverage(reader, access=ALL, organization_id="西岗研究院")
    assert states(answer)["communication-2"] == "not-applicable"
    assert answer.not_applicable == 1
    assert answer.total == len(ontology.requirements) - 1 == answer.covered + answer.likely + answer.none_seen


def test_not_applicable_is_only_told_of_a_collection_and_of_everything(reader: Reader, ontology: Ontology) -> None:
    held = coverage(reader, access=ALL, collection="inner")
    everything = coverage(reader, access=ALL)
    assert states(held)["communication-2"] == "none-seen"
    # Another enterprise's accepted practice covers it.
    assert states(everything)["communication-2"] == "covered"
    for answer in (held, everything):
        assert answer.not_applicable == 0
        assert answer.total == len(ontology.requirements)
        assert not_applicable(answer) == {"communication-2": 1}
    assert not_applicable(coverage(reader, access=STAFF)) == {}


def test_phases_add_up_and_a_rejection_covers_nothing(reader: Reader) -> None:
    answer = coverage(reader, access=ALL)
    assert states(answer)["code-of-conduct-2"] == "none-seen"
    assert sum(phase["covered"] for phase in answer.by_phase.values()) == answer.covered == 3
    assert set(answer.by_phase) == {"plan", "do", "check", "act"}
    assert coverage(reader, access=STAFF).practices == answer.practices - 2


def test_basic_requirements_are_never_wholly_covered(reader: Reader) -> None:
    clause = next(each for each in coverage(reader, access=ALL).clauses if each.id == "basic-requirements")
    assert (clause.known_items, clause.declared_items) == (1, 3)
    assert clause.note is not None
    assert "3 项" in clause.note
    assert clause.share == 0.0


def test_coverage_of_two_things_at_once_is_refused(reader: Reader) -> None:
    with pytest.raises(BadQuestion, match="只能给一个"):
        coverage(reader, access=ALL, organization_id=GROUP, collection="samples")


def test_any_node_shows_its_relations_both_ways(reader: Reader) -> None:
    answer = node(reader, "execution-6", access=ALL)
    assert answer.node.label == "Requirement"
    assert ("execution", "SETS") in {(edge.source, edge.type) for edge in answer.edges}
    assert ("r-party-members", "ASSIGNED_TO", "actor") in {(edge.target, edge.type, edge.kind) for edge in answer.edges}
    arriving = {edge.source for edge in answer.edges if edge.type == "SATISFIES"}
    assert arriving == {id_of(ZONES), id_of(SECRET)}
    assert all(edge.certainty == "inferred" for edge in answer.edges if edge.type == "SATISFIES")
    ends = {end for edge in answer.edges for end in (edge.source, edge.target)}
    assert ends - {"execution-6"} == set(answer.others)
    seen = node(reader, "execution-6", access=STAFF)
    assert {edge.source for edge in seen.edges if edge.type == "SATISFIES"} == {id_of(ZONES)}


def test_a_node_that_lacks_something_says_so(reader: Reader) -> None:
    assert [gap.id for gap in node(reader, "t-efficacy", access=ALL).gaps] == ["gap-definition-t-efficacy"]


@pytest.mark.parametrize(
    "id", ["execution-6", "gbt-32230", "m-mass-line", "std-party-led-quality-culture", id_of(SURVEY)]
)
def test_node_content_is_what_the_schema_allows_and_the_truth_holds(reader: Reader, id: str) -> None:
    found, relations = node_content(reader, id, access=ALL, fan_out=500)
    check_node(found)
    for relation in relations:
        check_relation(relation)
    assert found.label in NODES
    stored = {
        (each.source, each.type, each.kind, each.target)
        for each in reader.relations()
        if id in (each.source, each.target)
    }
    assert {(each.source, each.type, each.kind, each.target) for each in relations} == stored


def test_access_labels_and_hashes_are_not_shown(reader: Reader) -> None:
    shown = node(reader, CASES[0].id, access=ALL).node.properties
    assert shown["name"] == "plant.txt"
    assert not shown.keys() & {"access", "content_hash"}


def test_a_definition_brought_by_a_site_replaces_the_gap(tmp_path: object, ontology: Ontology) -> None:
    from pathlib import Path

    from engines.embedded.store import open_embedded

    assert isinstance(tmp_path, Path)
    with open_embedded(tmp_path / "own.db").reading() as reader:
        assert terms(reader) == ()
    store = open_embedded(tmp_path / "own.db")
    term = Node(
        "t-efficacy", "Term", {"title": "效能", "defined": True, "definition": "达成目标的程度", "certainty": "stated"}
    )
    clause = Node("execution", "Clause", {"title": "执行落地", "certainty": "stated", "document": "std"})
    store.apply(
        ChangeSet(owner="ontology", nodes=(term, clause), relations=(Relation("execution", "USES", "t-efficacy"),))
    )
    with store.reading() as reader:
        (record,) = terms(reader)
        assert (record.definition, record.gaps) == ("达成目标的程度", ())
    store.close()


def test_a_practice_of_nothing_known_is_still_a_practice(reader: Reader) -> None:
    answer = practice(reader, id_of(CUSTOMERS), ALL)
    assert [link.status for link in answer.requirements] == ["not-applicable"]
    assert practice(reader, id_of(CIRCLES), ALL).practice.ownership == "民营企业"
