"""Readers: one generation from beginning to end, records, what survives closing, copies."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from engines.store import ChangeSet, ReadQuery, Record, Store, StoreError
from ontology.graph import Node
from tests.contract.conftest import ENGINES, Opener
from tests.contract.content import ANY, STANDARD, document, everything, nearest, rows, vector, words

COUNT = ReadQuery("count", "MATCH (p:Practice) RETURN count(*) AS n")


def test_records_are_kept_by_kind_and_key(store: Store) -> None:
    value = {"status": "accepted", "reviewer": "甲", "n": 1, "list": [1, None, {"a": "b"}]}
    store.apply(
        ChangeSet(
            records=(Record("decision", "b|1", value), Record("decision", "a|1", {}), Record("job", "a|1", {"x": 1}))
        )
    )
    with store.reading() as reader:
        assert list(reader.records("decision")) == [Record("decision", "a|1", {}), Record("decision", "b|1", value)]
        assert list(reader.records("decision", key="b|1")) == [Record("decision", "b|1", value)]
        assert list(reader.records("unheard")) == []
    store.apply(
        ChangeSet(
            records=(
                Record("decision", "b|1", None),
                Record("decision", "a|1", {"new": True}),
                Record("job", "none", None),
            )
        )
    )
    with store.reading() as reader:
        assert list(reader.records("decision")) == [Record("decision", "a|1", {"new": True})]
        assert list(reader.records("job")) == [Record("job", "a|1", {"x": 1})]


def test_records_survive_the_removal_of_what_they_are_about(store: Store) -> None:
    store.apply(STANDARD)
    store.apply(replace(document("a"), records=(Record("decision", "practice-a|plan-1", {"status": "rejected"}),)))
    store.apply(ChangeSet(removes=("doc-a",)))
    with store.reading() as reader:
        assert [record.value for record in reader.records("decision")] == [{"status": "rejected"}]


def test_all_is_there_after_opening_again(open_store: Opener) -> None:
    store = open_store()
    store.apply(STANDARD)
    store.apply(document("a"))
    generation = store.apply(replace(document("b"), records=(Record("setting", "k", {"v": 1}),)))
    store.apply(ChangeSet(removes=("doc-a",)))
    before = everything(store)
    store.close()
    again = open_store()
    assert everything(again) == before
    assert again.status().generation == generation + 1
    assert words(again, "质量") == nearest(again, 1, 0, 0) == ["practice-b"]
    assert rows(again, COUNT.text) == [{"n": 1}]
    with again.reading() as reader:
        assert [record.key for record in reader.records("setting")] == ["k"]
    assert again.apply(document("c")) == generation + 2


def test_a_closed_store_refuses(store: Store) -> None:
    store.close()
    store.close()
    with pytest.raises(StoreError):
        store.apply(STANDARD)
    with pytest.raises(StoreError), store.reading():
        pass


def test_view_keeps_its_generation_while_others_commit(store: Store) -> None:
    store.apply(STANDARD)
    store.apply(document("a"))
    with store.reading() as reader:
        generation = reader.generation
        writer = threading.Thread(target=store.apply, args=(document("b"),))
        writer.start()
        writer.join()
        # Projections not yet asked for must not show what came in between either.
        assert reader.read(COUNT) == [{"n": 1}]
        assert [hit.id for hit in reader.match_words(["质量"], ANY, 9)] == ["practice-a"]
        assert [hit.id for hit in reader.match_vector(vector(1, 0, 0), "fitted-1", ANY, 9)] == ["practice-a"]
        assert [node.id for node in reader.nodes(label="Practice")] == ["practice-a"]
        assert [text.id for text in reader.texts()] == ["practice-a"]
        assert reader.generation == generation
    with store.reading() as reader:
        assert reader.generation == generation + 1
        assert reader.read(COUNT) == [{"n": 2}]
        assert len(reader.match_words(["质量"], ANY, 9)) == len(list(reader.nodes(label="Practice"))) == 2


def test_own_commit_is_seen_at_once(store: Store) -> None:
    store.apply(STANDARD)
    for name in "abcde":
        generation = store.apply(document(name))
        with store.reading() as reader:
            assert reader.generation >= generation
            assert f"practice-{name}" in {hit.id for hit in reader.match_words(["质量"], ANY, 9)}


def test_two_handles_see_each_other(open_store: Opener) -> None:
    one, two = open_store(), open_store()
    one.apply(STANDARD)
    for number, name in enumerate("abcdef", 1):
        (one if number % 2 else two).apply(document(name))
        for store in (one, two):
            assert rows(store, COUNT.text) == [{"n": number}]
            assert len(words(store, "质量")) == len(nearest(store, 1, 0, 0)) == number
    two.apply(ChangeSet(removes=("doc-a", "doc-b")))
    assert words(one, "质量") == ["practice-c", "practice-d", "practice-e", "practice-f"]
    assert rows(one, COUNT.text) == [{"n": 4}]


def test_all_parts_of_a_view_agree_while_many_write_and_read(store: Store) -> None:
    store.apply(STANDARD)
    problems: list[str] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            with store.reading() as reader:
                practices = {node.id for node in reader.nodes(label="Practice")}
                found = {hit.id for hit in reader.match_words(["质量"], ANY, 999)}
                near = (
                    {hit.id for hit in reader.match_vector(vector(1, 0, 0), "fitted-1", ANY, 999)}
                    if practices
                    else set()
                )
                held = reader.read(COUNT)[0]["n"]
                if not practices == found == near or held != len(practices):
                    problems.append(f"{reader.generation}: {practices} {found} {near} {held}")

    def write(name: str) -> None:
        for round_ in range(6):
            store.apply(document(name, confidence=0.5 + round_ / 20, replaces=True))
        store.apply(ChangeSet(removes=(f"doc-{name}",)))
        store.apply(document(name))

    readers = [threading.Thread(target=read) for _ in range(4)]
    writers = [threading.Thread(target=write, args=(f"w{number}",)) for number in range(3)]
    for thread in (*readers, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in readers:
        thread.join()
    assert problems == []
    assert words(store, "质量") == ["practice-w0", "practice-w1", "practice-w2"]
    assert store.status().generation == 1 + 3 * 8


def test_writers_at_once_get_generations_of_their_own(store: Store) -> None:
    store.apply(STANDARD)
    got: list[int] = []
    threads = [threading.Thread(target=lambda n=n: got.append(store.apply(document(f"t{n}")))) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(got)) == 8
    assert len(words(store, "质量")) == 8


def test_new_only_lets_one_of_many_through(store: Store) -> None:
    store.apply(STANDARD)
    outcomes: list[str] = []

    def put() -> None:
        try:
            store.apply(replace(document("a"), new_only=("doc-a",)))
            outcomes.append("stored")
        except StoreError as error:
            outcomes.append(type(error).__name__)

    threads = [threading.Thread(target=put) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["AlreadyStored"] * 4 + ["stored"]


def test_view_within_a_view_is_the_same(store: Store) -> None:
    store.apply(STANDARD)
    with store.reading() as outer:
        store.apply(document("a"))
        with store.reading() as inner:
            assert inner.generation == outer.generation
            assert list(inner.nodes(label="Practice")) == []
        assert outer.read(COUNT) == [{"n": 0}]
    assert rows(store, COUNT.text) == [{"n": 1}]


def test_view_ends(store: Store) -> None:
    store.apply(STANDARD)
    with store.reading() as reader:
        begun = reader.nodes()
        assert isinstance(next(begun), Node)
    with pytest.raises(StoreError):
        next(begun)
    with pytest.raises(StoreError):
        reader.read(COUNT)
    with pytest.raises(StoreError):
        reader.match_words(["质量"], ANY, 1)


def test_an_error_inside_a_view_leaves_the_store_usable(store: Store) -> None:
    store.apply(STANDARD)

    def fail() -> None:
        with store.reading() as reader:
            next(reader.nodes())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    store.apply(document("a"))
    assert rows(store, COUNT.text) == [{"n": 1}]


def test_status_counts(store: Store) -> None:
    store.apply(STANDARD)
    store.apply(document("a"))
    status = store.status()
    assert status.nodes == {
        "Clause": 1,
        "Document": 1,
        "Organization": 1,
        "Passage": 1,
        "Practice": 1,
        "Requirement": 2,
        "Term": 1,
    }
    assert status.relations == {"CARRIED_OUT_BY": 1, "EVIDENCED_BY": 1, "PART_OF": 2, "SATISFIES": 1, "SETS": 2}
    assert (status.texts, status.vector_sets) == (1, {"fitted-1": 1})


def test_backup_is_whole_while_others_write(engine: str, store: Store, tmp_path: Path) -> None:
    store.apply(STANDARD)
    store.apply(document("a"))
    home = tmp_path / "copy"
    home.mkdir()
    target = home / "zhiwen.db"
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            store.apply(document(f"w{number % 5}", replaces=True))
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        store.backup(str(target))
    finally:
        stop.set()
        writer.join()
    assert [path.name for path in home.iterdir()] == ["zhiwen.db"]
    with pytest.raises(StoreError, match="zhiwen"):
        store.backup(str(target))
    copy = ENGINES[engine](home)
    try:
        nodes, relations, texts = everything(copy)
        practices = {node.id for node in nodes if node.label == "Practice"}
        assert "practice-a" in practices
        assert (
            {relation.source for relation in relations if relation.type == "SATISFIES"}
            == practices
            == {text.id for text in texts}
        )
        copy.apply(document("z"))
        assert "practice-z" in words(copy, "质量")
    finally:
        copy.close()
    assert "practice-z" not in words(store, "质量")


def test_a_store_can_be_read_owner_by_owner(store: Store) -> None:
    store.apply(STANDARD)
    store.apply(replace(document("a"), vectors={"m": {"practice-a": vector(1, 0)}}))
    store.apply(ChangeSet(records=(Record("setting", "k", {"v": 1}), Record("job", "j", {"v": 2}))))
    with store.reading() as reader:
        assert list(reader.owners()) == ["doc-a", "ontology"]
        ((id, kept),) = reader.vectors("m", owner="doc-a")
        assert (id, kept.tolist()) == ("practice-a", [1.0, 0.0])
        assert list(reader.vectors("m", owner="ontology")) == []
        assert list(reader.vectors("unheard", owner="doc-a")) == []
        assert [(record.kind, record.key) for record in reader.records()] == [("job", "j"), ("setting", "k")]
    store.apply(ChangeSet(removes=("doc-a",)))
    with store.reading() as reader:
        assert list(reader.owners()) == ["ontology"]
