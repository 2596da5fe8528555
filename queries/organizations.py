"""Organisations in their levels: by id or by name, and all that lie below one."""

from engines.store import Reader
from queries.answers import OrganizationRef
from queries.catalogue import catalogue
from queries.errors import UnknownId
from queries.practices import organization_refs
from queries.visibility import Access, visible


def organization(reader: Reader, id_or_name: str, *, access: Access) -> OrganizationRef:
    """The organisation with this id, title or short name; of several of one name the first by id. Raises `UnknownId`."""
    found = [node.id for node in reader.nodes(ids=(id_or_name,)) if node.label == "Organization"]
    found = found or [row["id"] for row in reader.read(catalogue.query("organization_named", name=id_or_name))]
    for node in visible(reader, list(reader.nodes(ids=found)) if found else [], access):
        return organization_refs(reader, (node.id,))[node.id]
    raise UnknownId("organization", id_or_name)
