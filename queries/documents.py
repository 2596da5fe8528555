"""The documents: ingested cases, and the standard, its note and what they cite."""

from typing import Any

from engines.store import Reader
from ontology.graph import Node
from queries.answers import DocumentRecord
from queries.catalogue import catalogue
from queries.errors import UnknownId
from queries.visibility import Access, shares, visible


def documents(reader: Reader, *, access: Access, collection: str | None = None) -> tuple[DocumentRecord, ...]:
    """All visible documents, or those of a collection: the ontology's first, then by collection and name.

    Raises `UnknownId` for a collection that holds no document the reader may see.
    """
    nodes = visible(reader, list(reader.nodes(label="Document")), access)
    if collection is not None:
        nodes = [node for node in nodes if node.properties.get("collection") == collection]
        if not nodes:
            raise UnknownId("collection", collection)
    counts: dict[str, int] = {}
    rows = (
        catalogue.query("documents_of_practices")
        if collection is None
        else catalogue.query("documents_of_collection", collection=collection)
    )
    for row in reader.read(rows):
        if shares(row["access"], access):
            counts[row["document"]] = counts.get(row["document"], 0) + row["practices"]
    records = [_record(node, counts.get(node.id, 0)) for node in nodes]
    return tuple(sorted(records, key=lambda each: (each.collection or "", each.name or "", each.id)))


def document(reader: Reader, id: str, *, access: Access) -> DocumentRecord:
    """One document. Raises `UnknownId`."""
    nodes = [node for node in visible(reader, list(reader.nodes(ids=(id,))), access) if node.label == "Document"]
    if not nodes:
        raise UnknownId("document", id)
    practices = sum(
        row["practices"]
        for row in reader.read(catalogue.query("practices_in_document", id=id))
        if shares(row["access"], access)
    )
    return _record(nodes[0], practices)


def _record(node: Node, practices: int) -> DocumentRecord:
    said: dict[str, Any] = dict(node.properties)
    return DocumentRecord(
        id=node.id,
        title=said.get("title") or said.get("name") or node.id,
        kind=said.get("kind") or "",
        kind_zh=said.get("kind_zh"),
        identifier=said.get("identifier"),
        cited_as=said.get("cited_as"),
        collection=said.get("collection"),
        name=said.get("name"),
        in_note=said.get("in_note"),
        sample=bool(said.get("sample")),
        practices=practices,
        stored_at=said.get("stored_at"),
        warnings=tuple(said.get("warnings") or ()),
        certainty=said.get("certainty"),
    )
