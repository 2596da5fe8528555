"""What people and programs see of the cues: said to be ours wherever they stand."""

import re

import pytest
from starlette.testclient import TestClient

from ontology.model import Ontology
from service import glossary
from service.bootstrap import Application
from tests.ontology.conftest import PREFIXES
from tests.service.conftest import settings_for

HTML = {"accept": "text/html"}
OURS = "常见说法（本系统整理）"


def _page(client: TestClient, id: str) -> dict[str, str]:
    """The facts of a node's page: heading → text."""
    page = client.get(f"/id/{id}", headers=HTML).text
    facts = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page, re.DOTALL)
    return {heading: " ".join(re.sub(r"<[^>]+>", " ", text).split()) for heading, text in facts}


def test_a_requirement_answers_with_the_first_of_its_cues(client: TestClient, sampled: Application) -> None:
    requirement = sampled.ontology.requirement("execution-7")
    answer = client.get("/v1/requirements/execution-7").json()
    assert answer["cues"] == list(requirement.cues[:12])
    assert answer["cue_certainty"] == "inferred"
    assert "质量党员示范岗" in answer["cues"]


def test_the_clause_tree_answers_with_them(client: TestClient, sampled: Application) -> None:
    tree = client.get("/v1/clauses").json()
    clauses = {child["id"]: child for top in tree["results"] for child in (top, *top["children"])}
    ontology: Ontology = sampled.ontology
    for clause in ontology.matchable_clauses:
        assert clauses[clause.id]["cues"] == list(clause.cues[:12])
        assert clauses[clause.id]["cue_certainty"] == "inferred"
    assert (clauses["scope"]["cues"], clauses["scope"]["cue_certainty"]) == ([], None)


@pytest.mark.parametrize("id", ["execution-7", "execution"])
def test_the_page_says_whose_they_are(id: str, client: TestClient) -> None:
    facts = _page(client, id)
    assert OURS == glossary.CUES
    assert glossary.CERTAINTY["inferred"] in facts[OURS]
    assert "党员" in facts[OURS]


def test_the_page_of_a_clause_tells_weak_ones_and_false_friends_apart(client: TestClient, sampled: Application) -> None:
    clause = sampled.ontology.clause("communication")
    facts = _page(client, "communication")
    assert f"等 {len(clause.cues)} 条（本系统推断）" in facts[OURS]
    assert clause.weak_cues[0] in facts["旁证说法（单独出现不足为据）"]
    assert clause.counter_cues[0] in facts["易混说法（不构成佐证）"]


def test_rdf_and_json_of_a_node_hold_all_of_them(client: TestClient, sampled: Application) -> None:
    requirement = sampled.ontology.requirement("execution-7")
    turtle = client.get("/id/execution-7", headers={"accept": "text/turtle"}).text
    assert "zw:cueCertainty zw:inferred" in turtle
    assert all(
        f'"{cue}"@zh' in turtle for cue in (*requirement.cues, *requirement.weak_cues, *requirement.counter_cues)
    )
    json = client.get("/id/execution-7", headers={"accept": "application/json"}).json()
    assert json["node"]["properties"]["cues"] == list(requirement.cues)


def test_a_sites_own_are_not_said_to_be_ours(tmp_path_factory: pytest.TempPathFactory) -> None:
    from service.rest.app import create_app

    home = tmp_path_factory.mktemp("site")
    (home / "ontology").mkdir()
    text = (
        'id:x-1 a zw:Requirement ; skos:prefLabel "本单位的一项要求"@zh ; zw:clause id:execution ; zw:modality "应" ; '
        'zw:cue "质量先锋机台"@zh .'
    )
    (home / "ontology" / "site.ttl").write_text(PREFIXES + text, encoding="utf-8")
    application = Application(settings_for(home))
    with TestClient(create_app(application), base_url="http://127.0.0.1") as client:
        assert client.get("/v1/requirements/x-1").json()["cues"] == ["质量先锋机台"]
        facts = _page(client, "x-1")
        assert facts[glossary.SITE_CUES] == "质量先锋机台"
        assert OURS not in facts
    application.close()
