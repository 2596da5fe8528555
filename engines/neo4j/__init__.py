"""The store on a Neo4j server. The driver is loaded when a store is opened, not before."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engines.neo4j.store import Neo4jStore


def open_neo4j(uri: str, *, user: str, password: str, database: str = "neo4j", **options: Any) -> "Neo4jStore":
    """Open the store in a Neo4j database; `options` as in `engines.neo4j.connection.Options`.

    `uri`: neo4j:// (routing: clusters, Aura) or bolt:// (one server), with +s (TLS) or +ssc (TLS, any certificate).
    Raises `StoreUnavailable`, in Chinese: unreachable, wrong password, too old, not ours, another schema version.
    """
    from engines.neo4j.store import open_store

    return open_store(uri, user, password, database, **options)
