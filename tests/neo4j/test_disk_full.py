"""A server whose disk fills up: nothing lost or half, a clear error, recovery without opening the store again."""

from pathlib import Path

import pytest

from engines.neo4j.store import Neo4jStore
from engines.store import StoreUnavailable
from tests.neo4j.content import large_document, ontology
from tests.neo4j.servers import Server, start
from tests.neo4j.small_disk import Disk, small_disk
from tests.neo4j.test_faults import _assert_whole

# Without these the server reserves 256 MB for its log before it begins.
SETTINGS = ("db.tx_log.preallocate=false", "db.tx_log.rotation.size=64m")


def test_full_disk_loses_nothing_and_is_explained(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        server = start(disk.folder / "home", *SETTINGS)
        try:
            _fill_and_recover(disk, server)
        finally:
            server.kill()


def _fill_and_recover(disk: Disk, server: Server) -> None:
    store = server.open(retry_s=1)
    store.apply(ontology())
    disk.fill(server)
    with pytest.raises(StoreUnavailable, match=r"磁盘已满.*重启 Neo4j") as caught:
        _store_on(store)
    stored = int(caught.value.__notes__[0])
    for does in (store.status, lambda: store.apply(large_document(stored))):
        with pytest.raises(StoreUnavailable, match=r"磁盘已满.*本服务不必重启"):
            does()
    disk.clear(server)
    server.kill()
    server.start_again()
    # The one that was not acknowledged may be there, but then whole; doing it again is harmless.
    store.apply(large_document(stored))
    _assert_whole(store, set(range(stored + 1)))
    assert store.status().generation in {stored + 2, stored + 3}


def _store_on(store: Neo4jStore) -> None:
    """Store documents until it fails; the failure notes how many were stored."""
    for number in range(400):
        try:
            store.apply(large_document(number))
        except StoreUnavailable as failure:
            failure.add_note(str(number))
            raise
