"""Deleting documents with everything that was made of them, and the originals that nobody needs any more."""

from collections.abc import Callable
from dataclasses import replace

from engines.store import Reader, Store
from ingest.decisions import without_titles
from ingest.document_changes import removal
from ingest.originals import Originals
from ingest.pipeline import stored_document
from ingest.source import Source
from ontology.graph import Node


def delete_document(store: Store, originals: Originals, document: str) -> bool:
    """Delete one document by its id; False when there is none. Reviewers' decisions are kept,
    without the titles that they took from it."""

    def one(reader: Reader) -> list[Node]:
        node = stored_document(reader, document)
        return [node] if node else []

    return bool(_delete(store, originals, one))


def delete_collection(store: Store, originals: Originals, collection: str) -> list[Source]:
    """Delete all documents of a collection at once; which they were."""
    return _delete(
        store, originals, lambda reader: [n for n in documents(reader) if n.properties["collection"] == collection]
    )


def documents(reader: Reader) -> list[Node]:
    """The nodes of all ingested documents, by id."""
    return [node for node in reader.nodes(label="Document") if node.properties.get("content_hash")]


def _delete(store: Store, originals: Originals, choose: Callable[[Reader], list[Node]]) -> list[Source]:
    with originals.locked():
        with store.reading() as reader:
            chosen = choose(reader)
        if chosen:
            sources = [(str(node.properties["collection"]), str(node.properties["name"])) for node in chosen]
            with store.reading() as reader:
                forgotten = without_titles(reader, sources)
            gone = removal(node.id for node in chosen)
            store.apply(replace(gone, records=(*gone.records, *forgotten)))
            with store.reading() as reader:
                originals.collect(reader, [str(node.properties["content_hash"]) for node in chosen])
    return [Source(str(node.properties["collection"]), str(node.properties["name"])) for node in chosen]
