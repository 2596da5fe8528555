"""Runs the contract for each engine: a second one is one more line in `ENGINES`."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engines.embedded.store import open_embedded
from engines.store import Store
from tests.neo4j.servers import servers

Opener = Callable[[], Store]


def _embedded(home: Path) -> Store:
    return open_embedded(home / "zhiwen.db")


def _neo4j(home: Path) -> Store:
    return servers.open_home(home)


# Each takes a fresh folder that stands for one database, and opens that database (again).
ENGINES: dict[str, Callable[[Path], Store]] = {"embedded": _embedded, "neo4j": _neo4j}
_MARKS = {"neo4j": [pytest.mark.needs("neo4j")]}

# What an engine does not promise: Neo4j shows every statement what is committed when it runs, so that a view tells
# when it has `moved` (tests/neo4j/test_faults.py), and it has no function label().
_NOT_PROMISED = {
    "neo4j": {
        "test_view_keeps_its_generation_while_others_commit",
        "test_all_parts_of_a_view_agree_while_many_write_and_read",
        "test_view_within_a_view_is_the_same",
        "test_common_subset[neo4j-any label]",
    }
}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = [item for item in items if _is_left_out(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def _is_left_out(item: pytest.Item) -> bool:
    if (
        not isinstance(item, pytest.Function)
        or item.path.parent != Path(__file__).parent
        or "engine" not in item.fixturenames
    ):
        return False
    return bool({item.name, item.originalname} & _NOT_PROMISED.get(str(item.callspec.params["engine"]), set()))


@pytest.fixture(params=[pytest.param(name, marks=_MARKS.get(name, [])) for name in sorted(ENGINES)])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def open_store(engine: str, tmp_path: Path) -> Iterator[Opener]:
    """Opens the test's database; whatever was opened is closed at the end."""
    opened: list[Store] = []

    def open_() -> Store:
        store = ENGINES[engine](tmp_path)
        opened.append(store)
        return store

    yield open_
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store: Opener) -> Store:
    return open_store()
