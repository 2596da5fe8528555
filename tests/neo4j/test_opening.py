"""Opening: what is refused and why, what is made, what is mended."""

import socket
from pathlib import Path

import pytest

from engines.neo4j.connection import Connection
from engines.neo4j.schema import _check_version
from engines.neo4j.store import Neo4jStore
from engines.store import StoreUnavailable
from tests.contract.content import ANY, STANDARD, document, everything
from tests.neo4j.servers import Server


def test_wrong_password_says_so(server: Server) -> None:
    with pytest.raises(StoreUnavailable, match="用户名或密码"):
        server.open(password="certainly-not-it")


def test_unreachable_server_is_told_at_once(server: Server) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        uri = f"bolt://127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(StoreUnavailable, match="连接不上 Neo4j"):
            server.open(uri=uri)
    with pytest.raises(StoreUnavailable, match="连接不上 Neo4j"):
        server.open(uri=server.uri.replace("bolt:", "bolt+s:"), connect_s=2)


def test_unknown_database_says_so(server: Server) -> None:
    with pytest.raises(StoreUnavailable, match="没有这个数据库"):
        server.open(database="elsewhere")


@pytest.mark.parametrize("uri", ["http://127.0.0.1:7474", "bolt://", "bolt+x://a", "bolt://user:secret@127.0.0.1:1"])
def test_bad_address_is_refused_without_showing_the_password(server: Server, uri: str) -> None:
    with pytest.raises(StoreUnavailable) as caught:
        server.open(uri=uri)
    assert "secret" not in str(caught.value)


def test_certificate_needs_an_encrypted_address(server: Server) -> None:
    with pytest.raises(StoreUnavailable, match="不是加密的"):
        server.open(ca_file=Path(__file__))


def test_routing_address_works(server: Server) -> None:
    store = server.open(uri=server.uri.replace("bolt:", "neo4j:"))
    store.apply(STANDARD)
    assert store.status().nodes["Requirement"] == 2


@pytest.mark.parametrize(
    ("version", "fits"), [("5.26.1", False), ("2025.11.0", False), ("2026.01.2", True), ("2026.05-aura", True)]
)
def test_version_must_know_filters_in_vector_indexes(version: str, fits: bool) -> None:
    if fits:
        _check_version(version, "bolt://x")
    else:
        with pytest.raises(StoreUnavailable, match=r"太旧.*2026\.01"):
            _check_version(version, "bolt://x")


def test_database_of_others_is_left_alone(server: Server) -> None:
    server.run("CREATE (:Customer {name: 'x'})")
    with pytest.raises(StoreUnavailable, match="已有其他数据"):
        server.open()
    assert server.run("MATCH (n) RETURN labels(n) AS labels") == [{"labels": ["Customer"]}]


def test_nothing_is_made_unasked(server: Server) -> None:
    with pytest.raises(StoreUnavailable, match="还没有图谱"):
        server.open(create=False)
    assert server.run("MATCH (n) RETURN n") == []


@pytest.mark.parametrize(("version", "says"), [(99, "更新版本"), (0, "不受支持")])
def test_other_schema_version_is_refused(server: Server, store: Neo4jStore, version: int, says: str) -> None:
    server.run(f"MATCH (g:_State) SET g._schema = {version}")
    with pytest.raises(StoreUnavailable, match=says):
        server.open()
    with pytest.raises(StoreUnavailable, match="另一版本"):
        store.apply(STANDARD)


def test_missing_and_wrong_indexes_are_made_anew(server: Server, store: Neo4jStore) -> None:
    store.apply(STANDARD)
    store.apply(document("a"))
    names = "SHOW INDEXES YIELD name, properties, state WHERE name STARTS WITH 'zhiwen_' RETURN name, properties, state ORDER BY name"
    before = server.run(names)
    server.run(
        "DROP INDEX zhiwen_words",
        "CREATE FULLTEXT INDEX zhiwen_words FOR (n:_Text) ON EACH [n._tokens]",
        "DROP INDEX zhiwen_vectors_1",
        "CREATE VECTOR INDEX zhiwen_vectors_1 FOR (n:_Vec1) ON n._v1 OPTIONS {indexConfig: {`vector.dimensions`: 7}}",
        "DROP CONSTRAINT zhiwen_key_practice",
        "DROP INDEX zhiwen_owner_satisfies",
    )
    again = server.open()
    assert server.run(names) == before
    with again.reading() as reader:
        assert [hit.id for hit in reader.match_words(["质量"], ANY, 5)] == ["practice-a"]


def test_same_index_under_another_name_is_told(server: Server) -> None:
    server.open().close()
    server.run("DROP INDEX zhiwen_words", "CREATE FULLTEXT INDEX other FOR (n:_Text) ON EACH [n._tokens, n._scope]")
    try:
        with pytest.raises(StoreUnavailable, match="zhiwen_words"):
            server.open()
    finally:
        server.run("DROP INDEX other")
    server.open().close()


def test_opening_an_existing_store_writes_nothing(
    server: Server, store: Neo4jStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.apply(STANDARD)
    before = everything(store)
    for writing in ("write", "schema"):
        monkeypatch.delattr(Connection, writing)
    again = server.open(create=False)
    assert everything(again) == before
    assert again.status() == store.status()
