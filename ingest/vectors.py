"""Makes the vectors of another embedder beside those that are in use, so that the switch costs no pause."""

from collections.abc import Callable, Iterator
from typing import Final

from engines.embedder import Embedder
from engines.store import ChangeSet, Reader, Store, Vector
from ingest.practice_nodes import titled
from ontology.graph import Node

Progress = Callable[[int, int], None]
_BATCH: Final = 256


def embed_beside(store: Store, embedder: Embedder, *, progress: Progress | None = None) -> int:
    """Give every practice a vector of `embedder`; those that have one are passed over. How many were made.

    Documents are committed one by one, so that an interrupted run goes on where it stopped. The vectors of other
    embedders stay until their documents are derived anew. Raises `StoreError`.
    """
    with store.reading() as reader:
        owners = list(reader.owners())
    made = 0
    for done, owner in enumerate(owners):
        if progress:
            progress(done, len(owners))
        with store.reading() as reader:
            missing = list(_missing(reader, owner, embedder.fingerprint))
        if missing:
            store.apply(ChangeSet(owner=owner, vectors={embedder.fingerprint: _vectors(missing, embedder)}))
            made += len(missing)
    if progress:
        progress(len(owners), len(owners))
    return made


def _missing(reader: Reader, owner: str, fingerprint: str) -> Iterator[Node]:
    present = {id for id, _ in reader.vectors(fingerprint, owner=owner)}
    return (node for node in list(reader.nodes(owner=owner, label="Practice")) if node.id not in present)


def _vectors(practices: list[Node], embedder: Embedder) -> dict[str, Vector]:
    texts = [titled(str(node.properties["title"]), str(node.properties["text"])) for node in practices]
    vectors: dict[str, Vector] = {}
    for first in range(0, len(texts), _BATCH):
        rows = embedder.embed_passages(texts[first : first + _BATCH])
        vectors.update({node.id: row for node, row in zip(practices[first : first + _BATCH], rows, strict=True)})
    return vectors
