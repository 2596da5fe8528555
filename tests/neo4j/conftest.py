"""Servers and stores for the tests of the Neo4j engine."""

from collections.abc import Iterator

import pytest

from engines.neo4j.store import Neo4jStore
from tests.neo4j.servers import Server, close_all, servers


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent.name == "neo4j":
            item.add_marker(pytest.mark.needs("neo4j"))


@pytest.fixture
def server() -> Server:
    """The main server, empty."""
    main = servers.get("main")
    main.wipe()
    return main


@pytest.fixture(autouse=True)
def _all_stores_are_closed() -> Iterator[None]:
    yield
    close_all()


@pytest.fixture
def store(server: Server) -> Neo4jStore:
    return server.open()


@pytest.fixture
def spare() -> Server:
    """A server of our own that may be killed, empty."""
    spare = servers.get("spare")
    spare.wipe()
    return spare
