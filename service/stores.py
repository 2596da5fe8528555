"""Opens the store that an address names: the path of an embedded one, or the URL of a Neo4j server."""

from pathlib import Path

from engines.store import Store
from service.settings import Neo4jLogin


def open_store(address: str, login: Neo4jLogin, *, create: bool = True) -> Store:
    """The store at `address`. Raises `StoreUnavailable`, in Chinese."""
    if "://" in address:
        from engines.neo4j import open_neo4j

        return open_neo4j(
            address,
            user=login.user,
            password=login.password,
            database=login.database,
            ca_file=login.ca_file,
            create=create,
        )
    from engines.embedded.store import open_embedded

    path = Path(address)
    if create:
        path.parent.mkdir(parents=True, exist_ok=True)
    return open_embedded(path, create=create)
