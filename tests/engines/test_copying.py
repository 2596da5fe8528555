"""Copying a base: everything arrives, an interrupted copy goes on, and nothing else is written over."""

from dataclasses import replace
from pathlib import Path

import pytest

from engines.copying import CopyFailed, copy
from engines.embedded.store import open_embedded
from engines.store import ChangeSet, Record, Store, StoreError
from tests.contract.content import STANDARD, document, everything, vector


@pytest.fixture
def full(tmp_path: Path) -> Store:
    store = open_embedded(tmp_path / "full.db")
    store.apply(STANDARD)
    for name in ("a", "b", "c"):
        store.apply(replace(document(name), vectors={"m": {f"practice-{name}": vector(1, 2)}}))
    store.apply(ChangeSet(records=(Record("decision", "practice-a|plan-1", {"status": "accepted"}),)))
    return store


def test_everything_arrives(full: Store, tmp_path: Path) -> None:
    target = open_embedded(tmp_path / "target.db")
    steps: list[tuple[int, int]] = []
    copied = copy(full, target, progress=lambda done, total: steps.append((done, total)))
    assert (copied.owners, copied.already, copied.records) == (4, 0, 1)
    assert steps[-1] == (4, 4)
    assert everything(target) == everything(full)
    with full.reading() as one, target.reading() as other:
        assert list(one.records()) == list(other.records())


class _Breaking:
    """A target that fails after some change sets, as a lost connection would."""

    def __init__(self, store: Store, after: int) -> None:
        self._store, self._left = store, after

    def apply(self, changes: ChangeSet) -> int:
        self._left -= 1
        if self._left < 0:
            raise StoreError("断了")
        return self._store.apply(changes)

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)


@pytest.mark.parametrize("after", [0, 1, 3, 4])
def test_an_interrupted_copy_goes_on(full: Store, tmp_path: Path, after: int) -> None:
    target = open_embedded(tmp_path / "target.db")
    with pytest.raises(StoreError):
        copy(full, _Breaking(target, after))  # type: ignore[arg-type]
    assert copy(full, target).already == min(after, 4)
    assert everything(target) == everything(full)


def test_a_target_with_other_content_is_left_alone(full: Store, tmp_path: Path) -> None:
    target = open_embedded(tmp_path / "target.db")
    target.apply(STANDARD)
    before = everything(target)
    with pytest.raises(CopyFailed, match="空库"):
        copy(full, target)
    assert everything(target) == before


def test_an_organisation_that_nobody_states_any_more_arrives(tmp_path: Path) -> None:
    source = open_embedded(tmp_path / "source.db")
    source.apply(STANDARD)
    source.apply(document("a"))
    touching = document("b")
    nodes = tuple(node for node in touching.nodes if node.label != "Organization")
    source.apply(replace(touching, nodes=nodes))
    source.apply(ChangeSet(removes=("doc-a",)))
    assert [node.id for node in everything(source)[0] if node.label == "Organization"] == ["org-a"]
    target = open_embedded(tmp_path / "target.db")
    copy(source, target)
    assert everything(target) == everything(source)
    target.apply(ChangeSet(removes=("doc-b",)))
    assert not [node for node in everything(target)[0] if node.label == "Organization"]
