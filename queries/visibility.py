"""What a reader may see: access labels of documents, carried over to what lies in them."""

from collections.abc import Iterable, Sequence
from typing import Final

from engines.store import Reader
from ontology.graph import Node
from queries.catalogue import catalogue

Access = frozenset[str] | None  # the reader's labels; None sees everything

_IN_DOCUMENT: Final = ("Passage", "Outcome")
_DEEPEST: Final = 6


def shares(labels: object, access: Access) -> bool:
    """Whether something with these access labels is visible: it shares one, or the reader sees everything."""
    if access is None:
        return True
    return isinstance(labels, list | tuple) and not access.isdisjoint(labels)


def visible(reader: Reader, nodes: Sequence[Node], access: Access) -> list[Node]:
    """Those of `nodes` that the reader may see, in their order.

    Practices and ingested documents show their labels; passages and outcomes follow their document; an
    organisation that the ontology does not name is seen through a practice of it or of one below it.
    """
    if access is None:
        return list(nodes)
    seen = {node.id for node in nodes if _shows(node, access)}
    inside = {str(node.properties.get("document")) for node in nodes if node.label in _IN_DOCUMENT}
    open_documents = {node.id for node in reader.nodes(ids=sorted(inside)) if _shows(node, access)} if inside else set()
    seen |= {
        node.id for node in nodes if node.label in _IN_DOCUMENT and node.properties.get("document") in open_documents
    }
    organizations = [node.id for node in nodes if node.label == "Organization"]
    if organizations:
        seen |= _seen_organizations(reader, organizations, access)
    return [node for node in nodes if node.id in seen]


def _shows(node: Node, access: Access) -> bool:
    if node.label == "Practice" or (node.label == "Document" and node.properties.get("collection") is not None):
        return shares(node.properties.get("access"), access)
    return node.label not in (*_IN_DOCUMENT, "Organization")


def _seen_organizations(reader: Reader, ids: Sequence[str], access: Access) -> set[str]:
    seen = {node.id for node in reader.nodes(ids=ids, owner="ontology")}
    for id in ids:
        if id not in seen and organization_has_visible_practice(reader, below(reader, id), access):
            seen.add(id)
    return seen


def organization_has_visible_practice(reader: Reader, ids: Iterable[str], access: Access) -> bool:
    """Whether any practice of these organisations is visible."""
    rows = reader.read(catalogue.query("organizations_access", ids=sorted(ids)))
    return any(row["practices"] and shares(row["access"], access) for row in rows)


def below(reader: Reader, organization: str) -> set[str]:
    """The organisation and all below it."""
    found, level = {organization}, [organization]
    for _ in range(_DEEPEST):
        rows = reader.read(catalogue.query("organization_children", ids=level))
        level = [row["id"] for row in rows if row["id"] is not None and row["id"] not in found]
        if not level:
            break
        found.update(level)
    return found
