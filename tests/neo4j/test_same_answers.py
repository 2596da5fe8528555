"""Every `.cypher` file gives the same rows in the same order on both engines, and a backup carries everything from one to the other."""

from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engines.embedded.store import open_embedded
from engines.neo4j.store import Neo4jStore
from engines.store import ChangeSet, Record, Row, Scope, Store, StoreError
from ontology.graph import RELATIONS
from queries.catalogue import CypherFile, catalogue
from tests.contract.content import everything
from tests.neo4j.content import large_document, ontology
from tests.neo4j.servers import Server, fill

STAFF = Scope(access=frozenset({"staff"}))
IDS = ["r1", "c2", "t0", "org-top", "org-3", "practice-00003-05", "doc-00002", "doc-00001-p03"]
VALUES: dict[str, list[Any]] = {
    "ids": [IDS, ["none"]],
    "id": IDS,
    "kinds": [[*RELATIONS, "coreOf", "cooperatesWith"], ["SATISFIES"]],
    "collection": ["批次1"],
    "name": ["集团"],
    "named": [["r1", "r2", "r3", "c2", "c3"]],
    "labels": [["staff"], ["default", "x"]],
    "statuses": [["proposed", "accepted"]],
    "limit": [7],
    "every": [True, False],
    "open": [True, False],
    "label": ["Clause", "Requirement", "Practice", "Organization"],
    "property": ["industry", "ownership"],
}


def _bindings(file: CypherFile) -> Iterator[Mapping[str, Any]]:
    names = [*file.parameters, *file.slots]
    for values in product(*(VALUES[name] for name in names)):
        yield dict(zip(names, values, strict=True))


@pytest.fixture
def both(store: Neo4jStore, tmp_path: Path) -> Iterator[tuple[Store, Store]]:
    """Both engines after the same life: written, replaced, partly removed."""
    other = open_embedded(tmp_path / "zhiwen.db")
    replaced = large_document(2, 12)
    decided = ChangeSet(records=tuple(Record("decision", f"k{n}", {"n": n, "über": [None, 1.5]}) for n in range(30)))
    changes = [
        ontology(),
        *map(large_document, range(8)),
        replaced,
        ChangeSet(removes=("doc-00006", "doc-00007")),
        ontology(),
        decided,
    ]
    for change in changes:
        assert store.apply(change) == other.apply(change)
    yield store, other
    other.close()


def test_all_queries_give_the_same_rows(both: tuple[Store, Store]) -> None:
    asked, empty = 0, set()
    for file in catalogue.files.values():
        unknown = {*file.parameters, *file.slots} - VALUES.keys()
        assert not unknown, f"{file.name}: give values for {unknown}"
        found: list[Row] = []
        for values in _bindings(file):
            mine, theirs = (_rows(store, file, values) for store in both)
            assert _but_access(mine) == _but_access(theirs), f"{file.name} {values}"
            assert sorted(mine, key=repr) == sorted(theirs, key=repr), f"{file.name} {values}"
            found += mine
            asked += 1
        if not found:
            empty.add(file.name)
    assert asked > 100
    assert empty == set()


def _but_access(rows: list[Row]) -> list[Row]:
    """Rows in their order, without the one column that Ladybug cannot order by; what counts by it only adds up."""
    return [{name: value for name, value in row.items() if name != "access"} for row in rows]


def _rows(store: Store, file: CypherFile, values: Mapping[str, Any]) -> list[Row]:
    with store.reading() as reader:
        return reader.read(file.bind(values))


def test_both_give_what_they_hold_alike(both: tuple[Store, Store]) -> None:
    mine, theirs = both
    assert everything(mine) == everything(theirs)
    for owner in ("ontology", "doc-00002", "doc-00006"):
        with mine.reading() as one, theirs.reading() as two:
            assert list(one.owners()) == list(two.owners())
            assert list(one.records()) == list(two.records())
            vectors = [{id: v.tolist() for id, v in view.vectors("made-up", owner=owner)} for view in (one, two)]
            assert vectors[0] == vectors[1]
            assert list(one.nodes(owner=owner)) == list(two.nodes(owner=owner))
            assert list(one.relations(owner=owner)) == list(two.relations(owner=owner))
            assert list(one.records("decision")) == list(two.records("decision"))
    first, second = mine.status(), theirs.status()
    assert (first.nodes, first.relations, first.texts, first.vector_sets) == (
        second.nodes,
        second.relations,
        second.texts,
        second.vector_sets,
    )


def test_backup_restores_into_either_engine(both: tuple[Store, Store], spare: Server, tmp_path: Path) -> None:
    source, _ = both
    file = tmp_path / "backup.db"
    source.backup(str(file))
    with pytest.raises(StoreError, match="已存在"):
        source.backup(str(file))
    embedded, server = open_embedded(tmp_path / "restored.db"), spare.open()
    try:
        for copy in (embedded, server):
            fill(copy, file)
            assert everything(copy) == everything(source)
            assert copy.status().vector_sets == source.status().vector_sets
            query = np.ones(32, dtype=np.float32)
            with copy.reading() as reader, source.reading() as original:
                assert list(reader.records("decision")) == list(original.records("decision"))
                for owner in ("doc-00001", "doc-00002"):
                    assert list(reader.relations(owner=owner)) == list(original.relations(owner=owner))
                hits = [view.match_vector(query, "made-up", STAFF, 10) for view in (reader, original)]
                assert [hit.id for hit in hits[0]] == [hit.id for hit in hits[1]]
            copy.apply(ChangeSet(removes=("doc-00001",)))
    finally:
        embedded.close()
