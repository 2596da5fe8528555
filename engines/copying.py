"""Moves a whole base from one store to another, engine to engine, and proves that both hold the same."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final

from engines.store import ChangeSet, Reader, Record, Store
from ontology.content import OWNER
from ontology.graph import SHARED, Node

Progress = Callable[[int, int], None]

_MARK: Final = "copy"  # record of the target: which owners have arrived, so that a broken copy goes on
# Organisations that nobody states any more, kept because relations touch them: somebody must bring them, then let go.
_NOBODY: Final = ""
_BRINGER: Final = "copy-bringer"


class CopyFailed(Exception):
    """A copy that cannot begin or did not come out equal; the message is Chinese and says what to do."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What was moved: owners (the ontology and documents), how many of them were there already, records."""

    owners: int
    already: int
    records: int


def copy(source: Store, target: Store, *, progress: Progress | None = None) -> Copied:
    """Copy everything of `source` into `target` (empty, or left by an interrupted copy of the same source).

    Owner by owner, one change set each; nothing of the source is changed. Raises `CopyFailed`, `StoreError`.
    """
    with source.reading() as reader:
        # What others point to comes first.
        owners = sorted(reader.owners(), key=lambda owner: (owner not in {OWNER, _NOBODY}, owner))
        arrived = _arrived(target, owners)
        sets = tuple(source.status().vector_sets)
        for done, owner in enumerate(owners):
            if progress:
                progress(done, len(owners))
            content = _content(reader, owner, sets)
            digest = _digest(content)
            if arrived.get(owner or _BRINGER) != digest:
                target.apply(_arriving(content, owner or _BRINGER, digest))
        if _NOBODY in owners:
            target.apply(ChangeSet(removes=(_BRINGER,)))
        _verify(reader, target, owners, sets)
        records = tuple(record for record in reader.records() if record.kind != _MARK)
        marks = tuple(Record(_MARK, owner or _BRINGER, None) for owner in owners)
        target.apply(ChangeSet(records=(*records, *marks)))
    if progress:
        progress(len(owners), len(owners))
    return Copied(len(owners), len(arrived), len(records))


def _arrived(target: Store, owners: list[str]) -> dict[str, str]:
    """Owner → digest of what an earlier, interrupted copy brought. Raises when the target holds anything else."""
    with target.reading() as reader:
        arrived = {record.key: str(record.value["digest"]) for record in reader.records(_MARK) if record.value}
        strange = [owner for owner in reader.owners() if owner and owner not in arrived]
    if strange or arrived.keys() - {owner or _BRINGER for owner in owners}:
        raise CopyFailed("目标库已有其他内容。请指定一个空库；上次中断的复制可对同一目标重新运行，会接着做。")
    return arrived


def _content(reader: Reader, owner: str, sets: tuple[str, ...]) -> ChangeSet:
    vectors = {embedder: dict(reader.vectors(embedder, owner=owner)) for embedder in sets}
    if owner == _NOBODY:
        return ChangeSet(nodes=_unstated(reader))
    return ChangeSet(
        owner=owner,
        nodes=tuple(reader.nodes(owner=owner)),
        relations=tuple(reader.relations(owner=owner)),
        texts=tuple(reader.texts(owner=owner)),
        vectors={embedder: found for embedder, found in vectors.items() if found},
    )


def _unstated(reader: Reader) -> tuple[Node, ...]:
    """The organisations that no owner states."""
    stated = {node.id for owner in reader.owners() if owner for node in reader.nodes(owner=owner, label=SHARED)}
    return tuple(node for node in reader.nodes(label=SHARED) if node.id not in stated)


def _arriving(content: ChangeSet, owner: str, digest: str) -> ChangeSet:
    return ChangeSet(
        owner=owner,
        removes=(owner,),
        nodes=content.nodes,
        relations=content.relations,
        texts=content.texts,
        vectors=content.vectors,
        records=(Record(_MARK, owner, {"digest": digest}),),
    )


def _verify(reader: Reader, target: Store, owners: list[str], sets: tuple[str, ...]) -> None:
    """Read everything back and compare, owner by owner."""
    with target.reading() as copied:
        for owner in owners:
            if _digest(_content(reader, owner, sets)) != _digest(_content(copied, owner, sets)):
                raise CopyFailed(
                    f"核对不一致：{owner} 在两库中不同，复制未完成。请确认期间没有其他程序写入目标库，再运行一次。"
                )


def _digest(content: ChangeSet) -> str:
    """SHA-256 over all that an owner states, in a form that is the same for every engine."""
    digest = hashlib.sha256()
    for part in _lines(content):
        digest.update(json.dumps(part, ensure_ascii=False, sort_keys=True, default=list).encode())
        digest.update(b"\n")
    return digest.hexdigest()


def _lines(content: ChangeSet) -> Iterator[Any]:
    for node in content.nodes:
        yield ["node", node.id, node.label, _present(node.properties)]
    for relation in content.relations:
        yield [
            "relation",
            relation.source,
            relation.type,
            relation.kind,
            relation.target,
            _present(relation.properties),
        ]
    for text in content.texts:
        yield ["text", {**asdict(text), "access": sorted(text.access), "facets": _present(text.facets)}]
    for embedder, vectors in sorted(content.vectors.items()):
        for id, vector in vectors.items():
            yield ["vector", embedder, id, hashlib.sha256(vector.tobytes()).hexdigest()]


def _present(properties: Any) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if value is not None and value != ()}
