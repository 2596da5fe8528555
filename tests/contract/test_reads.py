"""Read queries: the Cypher forms that queries may use, parameters, refusals, values that come back as they went in."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engines.store import ChangeSet, QueryFailed, ReadQuery, Row, Store
from ontology.graph import Node, Relation
from tests.contract.content import STANDARD, document, rows


@pytest.fixture
def filled(store: Store) -> Store:
    store.apply(STANDARD)
    store.apply(
        ChangeSet(
            owner="ontology", relations=(Relation("plan-1", "USES", "quality"), Relation("plan", "USES", "quality"))
        )
    )
    store.apply(document("a", confidence=0.9))
    store.apply(document("b", confidence=0.4, organization="org-b"))
    return store


# The common subset: each form with its parameters and its rows on this content.
FORMS: dict[str, tuple[str, dict[str, Any], list[Row]]] = {
    "key": ("MATCH (p:Practice {id: $id}) RETURN p.title AS title", {"id": "practice-a"}, [{"title": "做法a"}]),
    "no row": ("MATCH (p:Practice {id: $id}) RETURN p.title AS title", {"id": "none"}, []),
    "types": (
        "MATCH (p:Practice {id: $id})-[e:EVIDENCED_BY]->(s:Passage) "
        "RETURN p.`order` AS place, p.party_link AS link, e.start AS start, e.`end` AS stop, e.quote AS quote, p.date AS date",
        {"id": "practice-a"},
        [{"place": 0, "link": True, "start": 0, "stop": 2, "quote": "设立", "date": None}],
    ),
    "list": (
        "MATCH (r:Requirement {id: $id}) RETURN r.expected_evidence AS e",
        {"id": "plan-1"},
        [{"e": ["方案", "台账"]}],
    ),
    "no list": ("MATCH (r:Requirement {id: $id}) RETURN r.criteria AS e", {"id": "plan-1"}, [{"e": None}]),
    "in parameter": (
        "MATCH (p:Practice) WHERE p.id IN $ids RETURN p.id AS id ORDER BY id",
        {"ids": ["practice-a", "practice-b", "none"]},
        [{"id": "practice-a"}, {"id": "practice-b"}],
    ),
    "in empty": ("MATCH (p:Practice) WHERE p.id IN $ids RETURN p.id AS id", {"ids": []}, []),
    "in property": (
        "MATCH (d:Document) WHERE $label IN d.access RETURN count(*) AS n",
        {"label": "default"},
        [{"n": 2}],
    ),
    "order, skip, limit": (
        "MATCH (p:Practice)-[s:SATISFIES]->(:Requirement) RETURN p.id AS id, s.confidence AS c ORDER BY c DESC, id SKIP $skip LIMIT $limit",
        {"skip": 1, "limit": 5},
        [{"id": "practice-b", "c": 0.4}],
    ),
    "optional": (
        "MATCH (r:Requirement) OPTIONAL MATCH (r)<-[s:SATISFIES]-(p:Practice) RETURN r.id AS rid, p.id AS pid ORDER BY rid, pid",
        {},
        [
            {"rid": "plan-1", "pid": "practice-a"},
            {"rid": "plan-1", "pid": "practice-b"},
            {"rid": "plan-2", "pid": None},
        ],
    ),
    "aggregation": (
        "MATCH (r:Requirement) OPTIONAL MATCH (p:Practice)-[s:SATISFIES]->(r) "
        "RETURN r.id AS rid, count(p) AS n, max(s.confidence) AS best ORDER BY rid",
        {},
        [{"rid": "plan-1", "n": 2, "best": 0.9}, {"rid": "plan-2", "n": 0, "best": None}],
    ),
    "with": (
        "MATCH (r:Requirement)<-[:SATISFIES]-(p:Practice) WITH r, count(DISTINCT p) AS n WHERE n > $least RETURN r.id AS rid, n AS n",
        {"least": 1},
        [{"rid": "plan-1", "n": 2}],
    ),
    "sum": ("MATCH (p:Practice) RETURN sum(p.`order`) AS s, avg(p.`order`) AS a", {}, [{"s": 0, "a": 0}]),
    "distinct": ("MATCH (:Practice)-[:SATISFIES]->(r:Requirement) RETURN DISTINCT r.id AS id", {}, [{"id": "plan-1"}]),
    "collect": (
        "MATCH (c:Clause)-[:SETS]->(r:Requirement) RETURN c.id AS cid, collect(r.id) AS rids",
        {},
        [{"cid": "plan", "rids": ["plan-1", "plan-2"]}],
    ),
    "hops": (
        "MATCH (p:Practice {id: $id})-[:SATISFIES]->(r:Requirement)<-[:SETS]-(c:Clause) RETURN c.title AS title",
        {"id": "practice-a"},
        [{"title": "策划"}],
    ),
    "any label": (
        "MATCH (n {id: $id})-[r]->(m) RETURN label(n) AS l, r.kind AS kind, m.id AS mid ORDER BY kind, mid",
        {"id": "plan"},
        [
            {"l": "Clause", "kind": k, "mid": m}
            for k, m in (("SETS", "plan-1"), ("SETS", "plan-2"), ("USES", "quality"))
        ],
    ),
    "alternatives": (
        "MATCH (c:Clause)-[r:SETS|USES]->(m) RETURN r.kind AS kind, m.id AS mid ORDER BY kind, mid",
        {},
        [{"kind": k, "mid": m} for k, m in (("SETS", "plan-1"), ("SETS", "plan-2"), ("USES", "quality"))],
    ),
    "bounded walk": (
        "MATCH q = (c:Clause {id: $id})-[:SETS|USES*1..2]->(t:Term) RETURN DISTINCT t.id AS tid, min(length(q)) AS depth",
        {"id": "plan"},
        [{"tid": "quality", "depth": 1}],
    ),
    "exists": (
        "MATCH (r:Requirement) WHERE EXISTS { MATCH (:Practice)-[:SATISFIES]->(r) } RETURN r.id AS id",
        {},
        [{"id": "plan-1"}],
    ),
    "not exists": (
        "MATCH (r:Requirement) WHERE NOT (r)<-[:SATISFIES]-(:Practice) RETURN r.id AS id",
        {},
        [{"id": "plan-2"}],
    ),
    "count subquery": (
        "MATCH (r:Requirement) RETURN r.id AS id, COUNT { MATCH (:Practice)-[:SATISFIES]->(r) } AS n ORDER BY id",
        {},
        [{"id": "plan-1", "n": 2}, {"id": "plan-2", "n": 0}],
    ),
    "union": (
        "MATCH (r:Requirement) RETURN r.id AS id UNION ALL MATCH (c:Clause) RETURN c.id AS id",
        {},
        [{"id": "plan-1"}, {"id": "plan-2"}, {"id": "plan"}],
    ),
    "unwind": (
        "UNWIND $ids AS i MATCH (p:Practice {id: i}) OPTIONAL MATCH (p)-[s:SATISFIES]->(r:Requirement) RETURN p.id AS pid, r.id AS rid ORDER BY pid",
        {"ids": ["practice-b", "practice-a"]},
        [{"pid": "practice-a", "rid": "plan-1"}, {"pid": "practice-b", "rid": "plan-1"}],
    ),
    "case and coalesce": (
        "MATCH (r:Requirement) RETURN r.id AS id, CASE WHEN r.`order` = 1 THEN '一' ELSE '二' END AS c, coalesce(r.phase, '无') AS phase ORDER BY id",
        {},
        [{"id": "plan-1", "c": "一", "phase": "无"}, {"id": "plan-2", "c": "二", "phase": "无"}],
    ),
    "text": (
        "MATCH (r:Requirement) WHERE r.title CONTAINS $part AND r.title STARTS WITH $start AND r.title =~ '.*岗' RETURN r.id AS id",
        {"part": "示范", "start": "设立"},
        [{"id": "plan-2"}],
    ),
    "map": (
        "MATCH (c:Clause) RETURN {id: c.id, title: c.title} AS item",
        {},
        [{"item": {"id": "plan", "title": "策划"}}],
    ),
    "comment": ("// $no parameter\nMATCH (c:Clause) /* $nor this; DELETE */ RETURN c.id AS id", {}, [{"id": "plan"}]),
    "parameter name in text": ("MATCH (c:Clause) RETURN '$x CREATE' AS s", {}, [{"s": "$x CREATE"}]),
    "code point order": (
        "UNWIND $l AS x RETURN x AS y ORDER BY y",
        {"l": ["中", "a", "Z", "一"]},
        [{"y": x} for x in ("Z", "a", "一", "中")],
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_common_subset(filled: Store, form: str) -> None:
    text, parameters, expected = FORMS[form]
    found = rows(filled, text, **parameters)
    if form in ("collect", "union"):  # no order of their own
        assert sorted(map(str, (sorted(row.get("rids", row.values())) for row in found))) == sorted(
            map(str, (sorted(row.get("rids", row.values())) for row in expected))
        )
        assert len(found) == len(expected)
    else:
        assert found == expected
        assert [{name: type(value) for name, value in row.items() if name != "a"} for row in found] == [
            {name: type(value) for name, value in row.items() if name != "a"} for row in expected
        ]


@pytest.mark.parametrize(
    ("text", "parameters", "says"),
    [
        ("MATCH (p:Practice {id: $id}) RETURN p.id AS id", {}, "id"),
        ("MATCH (p:Practice) RETURN p.id AS id", {"needless": 1}, "needless"),
        ("MATCH (p:Practice {id: $id}) RETURN p.id AS id", {"id": None}, "id"),
        ("MATCH (p:Practice) WHERE p.id IN $ids RETURN p.id AS id", {"ids": ["a", None]}, "ids"),
        ("MATCH (p:Practice {id: $id}) RETURN p.id AS id", {"id": "a\x00"}, "id"),
        ("MATCH (p:Practice RETURN p", {}, ""),
        ("MATCH (p:Practice) DETACH DELETE p", {}, "DETACH"),
        ("MATCH (p:Practice) SET p.title = 'x' RETURN p.id AS id", {}, "SET"),
        ("create (:Term {id: 'x'})", {}, "create"),
        ("MERGE (t:Term {id: 'x'}) RETURN t.id AS id", {}, "MERGE"),
        ("MATCH (c:Clause) RETURN c.id AS id; MATCH (c:Clause) RETURN c.id AS id", {}, ";"),
    ],
)
def test_refusals_name_the_query(filled: Store, text: str, parameters: dict[str, Any], says: str) -> None:
    with filled.reading() as reader:
        with pytest.raises(QueryFailed, match="practices_of") as caught:
            reader.read(ReadQuery("practices_of", text, parameters))
        assert says in str(caught.value)
        assert reader.read(ReadQuery("count", "MATCH (p:Practice) RETURN count(*) AS n")) == [{"n": 2}]


_TEXTS = st.text(st.one_of(st.sampled_from(list("'\"\\,;[]{}()\n\r\t$`| \u3000\ufeff\u2028\x01\x7f😀质é%&/#")), st.characters(exclude_categories=["Cs"], exclude_characters="\x00")), max_size=30)  # fmt: skip
_ELEMENTS = _TEXTS.filter(lambda text: text != "" and not set(text) & {"\x1e", "\x1f"})
_PROPERTIES = st.fixed_dictionaries(
    {},
    optional={
        "title": _TEXTS,
        "text": _TEXTS,
        "access": st.lists(_ELEMENTS, max_size=4).map(tuple),
        "order": st.integers(-(2**63), 2**63 - 1),
        "sample": st.booleans(),
    },
)
_STATED = st.fixed_dictionaries(
    {},
    optional={
        "quote": _TEXTS,
        "sources": st.lists(_ELEMENTS, max_size=3).map(tuple),
        "confidence": st.floats(allow_nan=False, allow_infinity=False),
    },
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(things=st.lists(st.tuples(_PROPERTIES, _STATED), min_size=1, max_size=3), many=st.booleans())
def test_whatever_goes_in_comes_back(
    store: Store, things: list[tuple[dict[str, Any], dict[str, Any]]], many: bool
) -> None:
    # Engines may bring few and many rows in on different ways.
    things = things * 30 if many else things
    ids = [f"practice-{number:03}" for number in range(len(things))]
    nodes = tuple(Node(id, "Practice", properties) for id, (properties, _) in zip(ids, things, strict=True))
    relations = tuple(
        Relation(id, "SATISFIES", "plan-1", properties=stated) for id, (_, stated) in zip(ids, things, strict=True)
    )
    store.apply(replace(STANDARD, removes=("ontology", "doc-x")))
    store.apply(ChangeSet(owner="doc-x", nodes=nodes, relations=relations))
    found = rows(
        store,
        "MATCH (p:Practice)-[s:SATISFIES]->(:Requirement) RETURN p.id AS id, p.title AS title, p.text AS text, p.access AS access, "
        "p.`order` AS place, p.sample AS sample, s.quote AS quote, s.sources AS sources, s.confidence AS confidence ORDER BY id",
    )
    assert found == [
        {
            "id": id,
            **{name: properties.get(name) for name in ("title", "text")},
            "access": _list(properties.get("access")),
            "place": properties.get("order"),
            "sample": properties.get("sample"),
            "quote": stated.get("quote"),
            "sources": _list(stated.get("sources")),
            "confidence": stated.get("confidence"),
        }
        for id, (properties, stated) in zip(ids, things, strict=True)
    ]
    with store.reading() as reader:
        assert list(reader.nodes(owner="doc-x")) == list(nodes)
        assert list(reader.relations(owner="doc-x")) == list(relations)
        some = [ids[0], ids[-1], "nobody"]
        expected = [each for each in relations if each.source in some]
        assert list(reader.relations(sources=some)) == expected
        assert list(reader.relations(sources=some, owner="doc-x", type="SATISFIES")) == expected
        assert list(reader.relations(sources=some, type="EVIDENCES")) == []
        assert list(reader.relations(sources=["nobody"])) == []


def _list(value: tuple[str, ...] | None) -> list[str] | None:
    return None if value is None else list(value)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=_TEXTS, texts=st.lists(_TEXTS, min_size=1, max_size=3))
def test_parameters_are_values(filled: Store, text: str, texts: list[str]) -> None:
    assert rows(filled, "MATCH (c:Clause) RETURN $t AS t, $l AS l", t=text, l=texts) == [{"t": text, "l": texts}]
    assert rows(filled, "MATCH (c:Clause) WHERE c.title = $t RETURN c.id AS id", t="策划" + text) == (
        [] if text else [{"id": "plan"}]
    )
