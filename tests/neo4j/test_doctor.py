"""`zhiwen doctor` on a real server: each fault is named, with what to do about it."""

import socket
from dataclasses import replace
from pathlib import Path

import pytest

from engines.store import SCHEMA_VERSION
from service.bootstrap import Application
from service.checkup import examine
from service.samples_loading import load_samples
from service.settings import Settings, read_settings
from tests.neo4j.servers import Server


@pytest.fixture
def settings(server: Server, tmp_path: Path) -> Settings:
    """Those of a site whose base holds the samples."""
    login = {"ZHIWEN_NEO4J_USER": server.user, "ZHIWEN_NEO4J_PASSWORD": server.password}
    settings = read_settings({"ZHIWEN_HOME": str(tmp_path), "ZHIWEN_STORE": server.uri, **login})
    application = Application(settings)
    load_samples(application)
    application.close()
    return settings


def _faults(settings: Settings) -> dict[str, str]:
    return {finding.subject: finding.message for finding in examine(settings) if not finding.well}


def test_each_fault_is_named(server: Server, settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    for read_only in (False, True):
        assert _faults(replace(settings, store_read_only=read_only)) == {}
    wrong = replace(settings, neo4j=replace(settings.neo4j, password="certainly-not-it"))
    assert "用户名或密码不对" in _faults(wrong)["知识库"]
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = replace(settings, store=f"bolt://127.0.0.1:{taken.getsockname()[1]}")
        assert "连接不上" in _faults(nobody)["知识库"]
    assert "没有这个数据库" in _faults(replace(settings, neo4j=replace(settings.neo4j, database="other")))["知识库"]
    assert "rebuild --embedder fitted" in _faults(replace(settings, embedder="fitted"))["向量"]
    assert "zhiwen_words" not in caplog.text
    server.run("DROP INDEX zhiwen_words")
    assert "zhiwen_words" in _faults(replace(settings, store_read_only=True))["知识库"]
    # Who may write mends it, and says so.
    assert _faults(settings) == {}
    assert "补建" in caplog.text
    assert "zhiwen_words" in caplog.text
    for version, says in ((SCHEMA_VERSION + 1, "请升级本程序"), (0, "不受支持")):
        server.run(f"MATCH (g:_State) SET g._schema = {version}")
        assert says in _faults(settings)["知识库"]
