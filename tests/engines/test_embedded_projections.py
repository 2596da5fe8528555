"""The embedded store's projections: built when asked for, and following commits without being loaded again."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from engines.embedded import graph_projection, word_projection, writing
from engines.embedded.graph_projection import GraphProjection
from engines.embedded.store import EmbeddedStore, open_embedded
from engines.store import ChangeSet, QueryFailed, ReadQuery, Record
from ontology.graph import Node, Relation
from tests.contract.content import STANDARD, document, everything, nearest, rows, words

ALL_PRACTICES = """
MATCH (p:Practice)-[s:SATISFIES]->(r:Requirement), (p)-[:CARRIED_OUT_BY]->(o:Organization), (p)-[e:EVIDENCED_BY]->(x:Passage)
RETURN p.id AS practice, p.text AS text, r.id AS requirement, s.confidence AS confidence, o.title AS organization, e.quote AS quote
ORDER BY practice"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "zhiwen.db"
    with_content = open_embedded(path)
    with_content.apply(STANDARD)
    for name in "abc":
        with_content.apply(document(name))
    with_content.close()
    return path


def _answers(store: EmbeddedStore) -> tuple[object, ...]:
    return rows(store, ALL_PRACTICES), words(store, "质量", "党建"), nearest(store, 1, 0.2, 0), everything(store)


def _same_as_fresh(store: EmbeddedStore, path: Path) -> None:
    fresh = open_embedded(path)
    assert _answers(store) == _answers(fresh)
    fresh.close()


def test_nothing_is_built_that_nobody_asked_for(path: Path) -> None:
    store = open_embedded(path)
    everything(store)
    store.status()
    store.apply(document("d"))
    assert store.projection_loads == {}
    words(store, "质量")
    assert store.projection_loads == {"words": 1}
    rows(store, ALL_PRACTICES)
    nearest(store, 1, 0, 0)
    assert store.projection_loads == {"words": 1, "graph": 1, "vectors": 1}


def test_foreign_commits_are_followed_without_loading_again(path: Path) -> None:
    store, other = open_embedded(path), open_embedded(path)
    _answers(store)
    renamed = (*STANDARD.nodes[1:], Node("plan", "Clause", {"title": "总体策划"}))
    many = [document(f"m{number:03}") for number in range(60)]
    steps = [
        document("d"),
        document("a", text="改过的文字", organization="org-z", replaces=True),
        ChangeSet(removes=("doc-b",)),
        ChangeSet(records=(Record("job", "1", {}),)),
        ChangeSet(
            owner="doc-c", relations=(Relation("practice-c", "SATISFIES", "plan-1", properties={"confidence": 0.1}),)
        ),
        replace(STANDARD, removes=("ontology",), nodes=renamed),
        document("b", organization="org-z"),
        replace(document("c", replaces=True), vectors={}),
        replace(STANDARD, removes=("ontology", "doc-a"), nodes=STANDARD.nodes[:2], relations=STANDARD.relations[:1]),
    ]
    for step in steps:
        other.apply(step)
        _same_as_fresh(store, path)
    for step in many:
        other.apply(step)
    _same_as_fresh(store, path)
    other.apply(ChangeSet(removes=tuple(step.owner for step in many)))
    _same_as_fresh(store, path)
    assert store.projection_loads == {"graph": 1, "words": 1, "vectors": 1}


def test_one_who_lags_behind_the_log_loads_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "LOG_KEPT", 2)
    store, other = open_embedded(path), open_embedded(path)
    _answers(store)
    other.apply(ChangeSet(removes=("doc-a",)))
    _answers(store)
    assert store.projection_loads == {"graph": 1, "words": 1, "vectors": 1}
    other.apply(ChangeSet(removes=("doc-b",)))
    for name in "xyz":
        other.apply(document(name))
    _same_as_fresh(store, path)
    assert store.projection_loads == {"graph": 2, "words": 2, "vectors": 2}


def test_too_many_changes_are_loaded_anew(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph_projection, "MOST_CHANGES", 3)
    store = open_embedded(path)
    _answers(store)
    store.apply(ChangeSet(removes=("doc-a", "doc-b")))
    _same_as_fresh(store, path)
    assert store.projection_loads == {"graph": 2, "words": 1, "vectors": 1}


def test_graph_is_loaded_anew_when_too_much_in_it_is_stale(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph_projection, "MOST_STALE", 8)
    store = open_embedded(path)
    for number in range(12):
        store.apply(document("a", text=f"第{number}版", replaces=True))
        assert {row["text"] for row in rows(store, ALL_PRACTICES)} == {f"第{number}版", "设立质量责任区"}
    assert 1 < store.projection_loads["graph"] < 12


def test_words_are_loaded_anew_when_most_of_the_index_is_stale(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(word_projection, "_FEWEST_STALE", 0)
    store = open_embedded(path)
    for number in range(8):
        store.apply(document("a", tokens=("质量", f"第{number}"), replaces=True))
        assert words(store, f"第{number}") == ["practice-a"]
    assert 1 < store.projection_loads["words"] < 8


def test_a_projection_that_fails_to_follow_is_loaded_anew(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    store = open_embedded(path)
    _answers(store)

    def broken(*_: object) -> None:
        raise RuntimeError("half done")

    with monkeypatch.context() as patch:
        patch.setattr(GraphProjection, "_delete", broken)
        store.apply(ChangeSet(removes=("doc-a",)))
        assert words(store, "质量") == ["practice-b", "practice-c"]
    assert "half done" in caplog.text
    _same_as_fresh(store, path)
    assert store.projection_loads["graph"] == 2


def test_unchanged_content_is_no_change(path: Path) -> None:
    store = open_embedded(path)
    store.apply(document("a", replaces=True))
    store.apply(replace(STANDARD, removes=("ontology",)))
    store.close()
    connection = sqlite3.connect(path)
    newest = [
        connection.execute(f"SELECT max(generation) FROM {table}").fetchone()[0]
        for table in ("nodes", "relations", "texts", "vectors")
    ]
    # doc-c, the last new one, came with the fourth change set; doc-a shares its organisation.
    assert newest == [4, 4, 4, 4]
    assert connection.execute("SELECT count(*) FROM gone").fetchone() == (0,)
    connection.close()


def test_slow_query_is_stopped_and_named(path: Path) -> None:
    store = open_embedded(path, query_timeout_s=0.2)
    store.apply(
        ChangeSet(
            owner="doc-t", nodes=tuple(Node(f"t{number}", "Term", {"title": str(number)}) for number in range(3000))
        )
    )
    slow = ReadQuery(
        "everything_with_everything",
        "MATCH (a:Term), (b:Term), (c:Term) WHERE a.title < b.title AND b.title < c.title RETURN count(*) AS n",
    )
    with store.reading() as reader:
        with pytest.raises(QueryFailed, match=r"everything_with_everything.*0\.2 秒"):
            reader.read(slow)
        assert reader.read(ReadQuery("count", "MATCH (t:Term) RETURN count(*) AS n")) == [{"n": 3001}]


def test_no_file_of_a_projection_is_left(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    store = open_embedded(path)
    for number in range(3):
        store.apply(document(f"n{number}"))
        _answers(store)
    store.close()
    assert list(temporary.iterdir()) == []
    assert [file.name for file in tmp_path.iterdir() if file != temporary] == ["zhiwen.db"]
