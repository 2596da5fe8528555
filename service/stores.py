"""Opens the store that an address names: the path of an embedded one, or the URL of a Neo4j server."""

from pathlib import Path

from engines.store import Store
from service.settings import Neo4jLogin


def open_store(address: str, login: Neo4jLogin, *, create: bool = True, read_only: bool = False) -> Store:
    """The store at `address`. Raises `StoreUnavailable`, in Chinese.

    `read_only`: it is neither made nor migrated, and refuses every change (`StoreReadOnly`).
    """
    if read_only:
        from service.read_only import ReadOnlyStore

        return ReadOnlyStore(_open(address, login, create=False, read_only=True))
    return _open(address, login, create=create, read_only=False)


def _open(address: str, login: Neo4jLogin, *, create: bool, read_only: bool) -> Store:
    if "://" in address:
        from engines.neo4j import open_neo4j

        return open_neo4j(
            address,
            user=login.user,
            password=login.password,
            database=login.database,
            ca_file=login.ca_file,
            create=create,
            read_only=read_only,
        )
    from engines.embedded.store import open_embedded

    path = Path(address)
    if create:
        path.parent.mkdir(parents=True, exist_ok=True)
    return open_embedded(path, create=create)
