"""A thousand generated practices and the gold set: the same answers by page, HTTP and command line on both engines."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from analysis.alignment.model import Aligner
from bench.material import sentences, write_case_lists
from bench.same_answers import Ask, compare_commands, compare_http, questions_of
from engines.copying import copy
from engines.neo4j import matching
from ontology.load import load_ontology
from queries.evaluation import evaluate_search
from queries.gold import read_gold
from service.bootstrap import Application
from service.embedders import load_embedder
from service.rest.app import create_app
from service.settings import Settings, read_settings
from tests.neo4j.servers import Server

COUNT = 1_000
GOLD = Path(__file__).parent.parent / "gold"


@pytest.fixture
def both(server: Server, tmp_path: Path) -> Iterator[tuple[Application, Application]]:
    """The same practices in an embedded base and, copied from it, on the server; most are found by the vector index."""
    texts = write_case_lists(tmp_path / "cases", COUNT, sentences(None))
    (tmp_path / "texts").write_text("\n".join(texts), encoding="utf-8")
    login = {"ZHIWEN_NEO4J_USER": server.user, "ZHIWEN_NEO4J_PASSWORD": server.password}
    one = Application(read_settings({"ZHIWEN_HOME": str(tmp_path / "one")}))
    two = Application(read_settings({"ZHIWEN_HOME": str(tmp_path / "two"), "ZHIWEN_STORE": server.uri, **login}))
    reports = list(one.ingester.ingest_paths([tmp_path / "cases"]))
    assert sum(report.practices for report in reports) == COUNT
    copy(one.store, two.store)
    yield one, two
    one.close()
    two.close()


def _asking(client: TestClient) -> Ask:
    def ask(path: str, page: bool) -> str:
        answer = client.get(path, headers={"Accept": "text/html" if page else "application/json"})
        assert answer.status_code == 200, f"{path}: {answer.text[:300]}"
        return answer.text

    return ask


def _environment(settings: Settings) -> dict[str, str]:
    login = {"ZHIWEN_NEO4J_USER": settings.neo4j.user, "ZHIWEN_NEO4J_PASSWORD": settings.neo4j.password}
    return {"ZHIWEN_HOME": str(settings.home), "ZHIWEN_STORE": settings.store, "PATH": os.environ["PATH"], **login}


def test_pages_programs_and_commands_get_the_same_answers(
    both: tuple[Application, Application], tmp_path: Path
) -> None:
    questions = questions_of((tmp_path / "texts").read_text(encoding="utf-8").splitlines(), 25)
    with (
        TestClient(create_app(both[0]), base_url="http://127.0.0.1") as one,
        TestClient(create_app(both[1]), base_url="http://127.0.0.1") as two,
    ):
        compared = compare_http(_asking(one), _asking(two), questions)
    assert compared.problems == []
    assert compared.equal > 200
    assert len(compared.overlaps) > 30
    one_by_command, two_by_command = (_environment(application.settings) for application in both)
    commands = compare_commands(one_by_command, two_by_command, questions[:1])
    assert commands.problems == []
    assert commands.equal == 3


def test_search_is_as_good_on_the_gold_set(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    ontology = load_ontology()
    parts = ontology, load_embedder("static"), Aligner.load(ontology)
    gold = read_gold(GOLD)
    theirs = evaluate_search(gold, *parts)
    # By the index, which is approximate, although so few would be compared one by one.
    monkeypatch.setattr(matching, "EXACT_BELOW", 50)
    monkeypatch.setattr("engines.embedded.store.open_embedded", lambda path: server.open())
    mine = evaluate_search(gold, *parts)
    assert [(row.ranker, row.group) for row in mine] == [(row.ranker, row.group) for row in theirs]
    for one, two in zip(mine, theirs, strict=True):
        if one.group == "all":
            assert abs(one.ndcg.value - two.ndcg.value) < 0.01, one.ranker
