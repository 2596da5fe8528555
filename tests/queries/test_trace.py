"""Trace: what is connected, by which paths, and never an explosion."""

from collections.abc import Iterator

import pytest

from engines.embedded.store import open_embedded
from engines.store import ChangeSet, Reader
from ontology.graph import Node, Relation, Value
from ontology.model import Ontology
from queries.errors import BadQuestion, UnknownId
from queries.hops import ref_of
from queries.nodes import node
from queries.trace import MOST_NODES, trace
from tests.queries.content import SECRET, ZONES, id_of

ALL = None
STAFF = frozenset({"default"})


def test_what_rests_on_a_cited_document(reader: Reader) -> None:
    answer = trace(
        reader, "gbt-32230", access=ALL, direction="in", relations=("CORRESPONDS_TO", "PART_OF", "CITES"), depth=3
    )
    reached = {each.id for each in answer.nodes}
    assert {"organization-planning", "continual-improvement", "ev-2022-06-07-research"} <= reached
    assert answer.start.id == answer.nodes[0].id == "gbt-32230"
    # The standard's clauses correspond by our inference only; the citation by the drafting event is stated.
    path = next(each for each in answer.paths if each.nodes[-1] == "organization-planning")
    assert path.certainty == "inferred"
    assert next(each for each in answer.paths if each.nodes[-1] == "ev-2022-06-07-research").certainty == "stated"
    assert answer.counts["inferred"] == sum(edge.certainty == "inferred" for edge in answer.edges) > 0
    assert answer.counts["stated"] > 0
    assert sum(answer.counts.values()) == len(answer.edges)


def test_every_statement_says_whose_it_is(reader: Reader, ontology: Ontology) -> None:
    stated = [each for each in reader.relations(owner="ontology") if each.properties.get("certainty") == "stated"]
    citable = {ontology.note.id, ontology.standard.id, *(section.id for section in ontology.note_sections)}
    assert all(each.properties.get("sources") for each in stated)
    in_note = trace(reader, "execution", access=ALL, direction="out", relations=("SETS",), depth=1)
    assert in_note.edges
    assert all(set(each.sources) <= citable for each in in_note.edges)


def test_a_passage_is_shown_by_its_beginning_on_one_line(reader: Reader) -> None:
    answer = trace(reader, id_of(ZONES), access=ALL, relations=("EVIDENCED_BY",), depth=1)
    practice, passage = answer.nodes
    assert (practice.label, practice.title) == ("Practice", ZONES.title)
    assert (passage.label, passage.title) == ("Passage", ZONES.text[:39] + "…")
    assert ref_of("p", "Passage", {"text": "一\n二  三"}).title == "一 二 三"


def test_direction_and_depth_bound_the_walk(reader: Reader) -> None:
    out = trace(reader, "execution", access=ALL, direction="out", relations=("SETS",), depth=1)
    assert {each.target for each in out.edges} == {each.id for each in out.nodes} - {"execution"}
    assert all(each.depth <= 1 for each in out.nodes)
    assert trace(reader, "execution", access=ALL, direction="in", relations=("SETS",), depth=3).edges == ()
    deeper = trace(reader, "execution", access=ALL, direction="out", depth=3)
    assert max(each.depth for each in deeper.nodes) > 1
    for depth in (0, 7):
        with pytest.raises(BadQuestion, match="depth"):
            trace(reader, "execution", access=ALL, depth=depth)


def test_every_path_is_simple_and_made_of_edges(reader: Reader) -> None:
    answer = trace(reader, id_of(ZONES), access=ALL, depth=3)
    joined = {(edge.source, edge.target) for edge in answer.edges} | {
        (edge.target, edge.source) for edge in answer.edges
    }
    for path in answer.paths:
        assert len(set(path.nodes)) == len(path.nodes) <= 4
        assert all(step in joined for step in zip(path.nodes, path.nodes[1:], strict=False))
    assert {path.nodes[-1] for path in answer.paths} == {each.id for each in answer.nodes} - {id_of(ZONES)}
    assert [len(path.nodes) for path in answer.paths] == sorted(len(path.nodes) for path in answer.paths)


def test_the_same_question_has_the_same_answer(reader: Reader) -> None:
    assert trace(reader, "gbt-32230", access=ALL, depth=3) == trace(reader, "gbt-32230", access=ALL, depth=3)


def test_a_kind_narrows_more_than_its_type(reader: Reader) -> None:
    actors = trace(reader, "execution-6", access=ALL, relations=("actor",), depth=1)
    assert {edge.kind for edge in actors.edges} == {"actor"}
    assert {edge.type for edge in actors.edges} == {"ASSIGNED_TO"}
    assigned = trace(reader, "r-all-employees", access=ALL, relations=("ASSIGNED_TO",), depth=1)
    assert len({edge.kind for edge in assigned.edges}) > 1
    related = trace(reader, "m-quality-responsibility-zone", access=ALL, relations=("RELATED",), depth=1)
    assert {edge.type for edge in related.edges} == {"RELATED"}
    with pytest.raises(UnknownId, match="没有这个关系：FRIEND_OF"):
        trace(reader, "execution", access=ALL, relations=("SETS", "FRIEND_OF"))


def test_what_may_not_be_seen_is_neither_start_nor_on_the_way(reader: Reader) -> None:
    hidden = id_of(SECRET)
    assert hidden in {each.id for each in trace(reader, "execution-6", access=ALL, depth=1).nodes}
    seen = trace(reader, "execution-6", access=STAFF, depth=3)
    assert hidden not in {each.id for each in seen.nodes}
    assert not any(hidden in (edge.source, edge.target) for edge in seen.edges)
    assert not any(hidden in path.nodes for path in seen.paths)
    with pytest.raises(UnknownId):
        trace(reader, hidden, access=STAFF)
    with pytest.raises(UnknownId):
        trace(reader, "no-such-node", access=ALL)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """A requirement with three thousand practices, two thirds of which few may see."""
    store = open_embedded(tmp_path_factory.mktemp("hub") / "hub.db")
    clause, point = Node("c", "Clause", {"title": "条"}), Node("q", "Requirement", {"title": "要点", "clause": "c"})
    practices = [
        Node(f"p{n:04d}", "Practice", {"title": f"做法{n}", "access": ("default",) if n % 3 == 2 else ("inner",)})
        for n in range(3000)
    ]
    said: dict[str, Value] = {"confidence": 0.9, "status": "proposed"}
    relations = [Relation(each.id, "SATISFIES", "q", properties=said) for each in practices]
    store.apply(
        ChangeSet(owner="doc", nodes=(clause, point, *practices), relations=(Relation("c", "SETS", "q"), *relations))
    )
    with store.reading() as reader:
        yield reader
    store.close()


def test_a_hub_is_listed_in_part_and_says_so(hub: Reader) -> None:
    answer = trace(hub, "c", access=ALL, depth=6)
    assert answer.truncated
    assert len(answer.nodes) <= MOST_NODES
    assert len(answer.paths) <= 2 * MOST_NODES
    assert len(node(hub, "q", access=ALL, fan_out=10).edges) == 10
    assert node(hub, "q", access=ALL, fan_out=10).truncated


def test_what_is_hidden_takes_no_room_at_a_hub(hub: Reader) -> None:
    answer = trace(hub, "q", access=STAFF, direction="in", relations=("SATISFIES",), depth=1, fan_out=20)
    assert [each.id for each in answer.nodes[1:]] == [f"p{n:04d}" for n in range(2, 62, 3)]
    assert trace(hub, "q", access=frozenset(), direction="in", relations=("SATISFIES",), depth=1).edges == ()


def test_the_bound_on_nodes_holds(reader: Reader, ontology: Ontology) -> None:
    answer = trace(reader, ontology.standard.id, access=ALL, depth=6, most_nodes=30)
    assert len(answer.nodes) == 30
    assert answer.truncated
