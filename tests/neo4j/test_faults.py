"""Faults of a real server and of the way to it: nothing lost or half, clear errors, recovery without opening again."""

import random
import threading
import time
from collections import Counter

import pytest

from engines.neo4j.store import Neo4jStore
from engines.store import ChangeSet, QueryFailed, ReadQuery, Store, StoreUnavailable
from tests.contract.content import STANDARD, document, rows
from tests.neo4j.content import large_document, ontology
from tests.neo4j.proxy import bad_line
from tests.neo4j.servers import Server

KILLS = 5
COUNT = ReadQuery("count", "MATCH (p:Practice) RETURN count(*) AS n")


def _assert_whole(store: Store, numbers: set[int]) -> None:
    """Exactly these large documents are there, each with all it has."""
    with store.reading() as reader:
        found = {node.id for node in reader.nodes(label="Document")}
        assert found == {f"doc-{number:05}" for number in numbers}
        for number in numbers:
            change = large_document(number)
            owner = change.owner
            assert {node.id for node in reader.nodes(owner=owner)} == {node.id for node in change.nodes}
            assert len(list(reader.relations(owner=owner))) == len(change.relations)
            assert list(reader.texts(owner=owner)) == sorted(change.texts, key=lambda text: text.id)
    assert store.status().vector_sets.get("made-up", 0) == sum(
        len(large_document(n).vectors["made-up"]) for n in numbers
    )


class _Load:
    """One writer and two readers that go on until they are ended."""

    def __init__(self, patient: Store, hasty: Store) -> None:
        self._patient, self._hasty = patient, hasty
        self._stop = threading.Event()
        self.applied: list[int] = []
        self.outcomes: Counter[str] = Counter()
        self.failures: list[BaseException] = []
        self._threads = [threading.Thread(target=target) for target in (self._write, self._read, self._read)]
        for thread in self._threads:
            thread.start()

    def _write(self) -> None:
        try:
            while not self._stop.is_set():
                number = len(self.applied)
                assert self._patient.apply(large_document(number)) == number + 2
                self.applied.append(number)
        except BaseException as error:
            self.failures.append(error)

    def _read(self) -> None:
        while not self._stop.is_set():
            try:
                with self._hasty.reading() as reader:
                    assert reader.read(COUNT)[0]["n"] % 20 == 0
                self.outcomes["answered"] += 1
            except StoreUnavailable as error:
                self.outcomes["unavailable"] += "Neo4j" in str(error)
                time.sleep(0.1)
            except BaseException as error:
                self.failures.append(error)
                return

    def end(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()


def test_killed_in_mid_commit_again_and_again(spare: Server) -> None:
    patient, hasty = spare.open(retry_s=180), spare.open(retry_s=0.2)
    patient.apply(ontology())
    load = _Load(patient, hasty)
    try:
        for turn in range(KILLS):
            time.sleep(random.Random(turn).uniform(0.2, 0.9))
            spare.kill()
            for does in (lambda: hasty.apply(large_document(9_999)), hasty.status):
                with pytest.raises(StoreUnavailable, match="连接"):
                    does()
            spare.start_again()
        deadline = time.monotonic() + 120
        while len(load.applied) < KILLS and not load.failures and time.monotonic() < deadline:
            time.sleep(0.1)
    finally:
        load.end()
    assert load.failures == []
    # As many generations as change sets: none was committed twice, none that was acknowledged is lost.
    assert len(load.applied) >= KILLS
    assert patient.status().generation == len(load.applied) + 1
    _assert_whole(hasty, set(load.applied))
    assert load.outcomes["unavailable"] > 0
    assert load.outcomes["answered"] > 0


def test_two_writers_with_stores_of_their_own(server: Server) -> None:
    stores = [server.open() for _ in range(3)]
    stores[0].apply(ontology())
    failures: list[BaseException] = []

    def write(store: Store, seed: int) -> None:
        try:
            for number in random.Random(seed).sample(range(4), 4):
                store.apply(large_document(number))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(store, seed)) for seed, store in enumerate(stores)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert stores[1].status().generation == 1 + 3 * 4
    _assert_whole(stores[2], set(range(4)))


def test_view_tells_that_others_committed_meanwhile(server: Server, store: Neo4jStore) -> None:
    other = server.open()
    store.apply(STANDARD)
    with store.reading() as reader:
        assert not reader.moved
        generation = reader.generation
        other.apply(document("a"))
        assert reader.moved
        assert reader.generation == generation
        assert reader.read(COUNT) == [{"n": 1}]
    with store.reading() as reader:
        assert not reader.moved


def test_no_statement_shows_half_a_change_set(server: Server, store: Neo4jStore) -> None:
    store.apply(STANDARD)
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            store.apply(document("a", replaces=True) if number % 2 else ChangeSet(removes=("doc-a",)))
            number += 1

    query = "MATCH (r:Requirement {id: 'plan-1'}) RETURN COUNT { (r)<-[:SATISFIES]-() } AS s, COUNT { MATCH (:Practice) } AS p, COUNT { MATCH (:Document) } AS d"
    seen = set()
    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(150):
            seen.update({tuple(row.values()) for row in rows(store, query)})
    finally:
        stop.set()
        writer.join()
    assert seen <= {(0, 0, 0), (1, 1, 1)}


def test_slow_query_is_ended_and_named(server: Server) -> None:
    store = server.open(query_s=0.5)
    store.apply(STANDARD)
    endless = (
        "UNWIND $l AS a UNWIND $l AS b UNWIND $l AS c UNWIND $l AS d UNWIND $l AS e RETURN sum(a + b * c + d * e) AS n"
    )
    with store.reading() as reader, pytest.raises(QueryFailed, match=r"endless.*0\.5 秒"):
        reader.read(ReadQuery("endless", endless, {"l": list(range(200))}))
    assert rows(store, COUNT.text) == [{"n": 0}]


def test_slow_line_only_takes_longer(server: Server) -> None:
    with bad_line(server.uri, 0.01) as (_, uri):
        store = server.open(uri=uri)
        store.apply(ontology())
        store.apply(large_document(1))
        _assert_whole(store, {1})


def test_cut_line_is_mended(server: Server) -> None:
    with bad_line(server.uri, 0.001) as (line, uri):
        store = server.open(uri=uri, retry_s=60)
        store.apply(ontology())
        stop = threading.Event()

        def cut() -> None:
            while not stop.wait(0.7):
                line.cut()

        saboteur = threading.Thread(target=cut)
        saboteur.start()
        try:
            for number in range(6):
                store.apply(large_document(number, 2))
        finally:
            stop.set()
            saboteur.join()
        with store.reading() as reader:
            assert len(list(reader.nodes(label="Practice"))) == 12
        assert store.status().generation == 1 + 6
