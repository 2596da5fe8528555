"""What the HTTP API promises: shapes, content negotiation, and one error shape everywhere."""

import re
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from service.bootstrap import Application
from service.rest.app import create_app
from tests.service.conftest import settings_for

ZONE = "execution-6"


def search(client: TestClient, q: str, **more: str | int) -> dict[str, Any]:
    answer = client.get("/v1/search", params={"q": q, **more})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_a_search_answers_with_quoted_evidence_and_reasons(client: TestClient) -> None:
    body = search(client, "供应商质量会议", limit=5)
    assert body["results"]
    assert not body["abstained"]
    assert len(body["results"]) <= 5
    scores = [result["score"] for result in body["results"]]
    assert all(0 <= score <= 1 for score in scores)
    for result in body["results"]:
        practice = result["practice"]
        assert practice["sample"] is True
        assert practice["source"]["collection"] == "虚构样例"
        assert result["score_parts"]
        assert result["why"]
        for highlight in result["highlights"]:
            assert 0 <= highlight["start"] < highlight["end"] <= len(practice["text"])
        for evidence in result["evidence"]:
            assert len(evidence["quote"]) == evidence["end"] - evidence["start"]
        for link in result["requirements"]:
            assert link["status"] == "proposed"
            assert 0 < link["confidence"] < 1


@pytest.mark.parametrize("q", ["", "  ", "？！……", "😀", "今天天气怎么样", "asdkjqwe zxcv"])
def test_nothing_relevant_is_said_so(client: TestClient, q: str) -> None:
    body = search(client, q)
    assert body["results"] == []
    assert body["abstained"] is True


def test_pages_do_not_overlap_and_end(client: TestClient) -> None:
    seen: list[str] = []
    cursor = None
    for _ in range(50):
        body = search(client, "质量", limit=7, **({"cursor": cursor} if cursor else {}))
        seen += [result["practice"]["id"] for result in body["results"]]
        cursor = body["next"]
        if cursor is None:
            break
    assert cursor is None
    assert len(seen) == len(set(seen)) > 7


@pytest.mark.parametrize(
    ("name", "value"),
    [("clause", "execution"), ("requirement", ZONE), ("ownership", "民营企业"), ("status", "proposed")],
)
def test_filters_hold_for_every_result(client: TestClient, name: str, value: str) -> None:
    body = search(client, "党员 质量 责任", limit=50, **{name: value})
    assert body["results"]
    for result in body["results"]:
        holds = {
            "clause": value in {link["id"] for link in result["clauses"]},
            "requirement": value in {link["id"] for link in result["requirements"]},
            "ownership": result["practice"]["ownership"] == value,
            "status": any(link["status"] == value for link in result["requirements"]),
        }
        assert holds[name], result["practice"]["id"]


def test_a_gap_is_an_answer(client: TestClient) -> None:
    body = search(client, "效能的定义")
    assert any("效能" in gap["title"] for gap in body["gaps"])


def test_match_ranks_all_clauses(client: TestClient) -> None:
    text = "炼钢厂把连铸到轧钢划成七个质量党建责任区，每区由一名党员牵头，每周公布废品率。"
    body = client.post("/v1/match", json={"text": text, "limit": 14}).json()
    assert len(body["clauses"]) == 14
    confidences = [clause["confidence"] for clause in body["clauses"]]
    assert confidences == sorted(confidences, reverse=True)
    assert body["clauses"][0]["id"] == "execution"
    assert body["clauses"][0]["proposed"]
    assert body["requirements"][0]["id"] == ZONE
    assert body["model"]
    for meeting in body["requirements"][0]["explanation"]:
        assert text[meeting["start"] : meeting["end"]] == meeting["words"]


def test_match_abstains_on_what_is_off_topic(client: TestClient) -> None:
    body = client.post("/v1/match", json={"text": "公司股票今日上涨百分之三，成交额创下新高。"}).json()
    assert body["abstained"] is True
    assert not any(clause["proposed"] for clause in body["clauses"])


def test_the_clause_tree_and_the_points(client: TestClient) -> None:
    tree = client.get("/v1/clauses").json()["results"]
    implementation = next(clause for clause in tree if clause["id"] == "implementation")
    assert len(implementation["children"]) == 9
    points = client.get("/v1/requirements").json()["results"]
    assert len(points) == 64
    one = client.get(f"/v1/requirements/{ZONE}").json()
    assert one["statement"] == "开展质量党建责任区"
    assert one["modality_certainty"] == "inferred"


def test_practices_for_a_requirement_and_back(client: TestClient) -> None:
    answer = client.get(f"/v1/requirements/{ZONE}/practices").json()
    assert answer["results"]
    first = answer["results"][0]
    back = client.get(f"/v1/practices/{first['practice']['id']}").json()
    assert ZONE in {link["id"] for link in back["requirements"]}


def test_trace_from_a_cited_document(client: TestClient) -> None:
    answer = client.get("/v1/trace/gbt-32230", params={"depth": 3, "relations": "PART_OF,CORRESPONDS_TO"}).json()
    assert {"diagnosis", "execution"} <= {node["id"] for node in answer["nodes"]}
    edge = answer["edges"][0]
    assert {"from", "to", "kind", "certainty"} <= edge.keys()
    assert answer["counts"]["inferred"] > 0


def test_coverage_of_a_group_rolls_up(client: TestClient) -> None:
    whole = client.get("/v1/coverage", params={"collection": "虚构样例"}).json()
    assert whole["covered"] == 0
    assert whole["likely"] > 10
    assert whole["total"] == whole["covered"] + whole["likely"] + whole["none_seen"]
    basic = next(clause for clause in whole["clauses"] if clause["id"] == "basic-requirements")
    assert (basic["known_items"], basic["declared_items"]) == (1, 3)


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
        ("application/json", "application/json"),
        ("*/*", "application/json"),
        ("text/turtle", "text/turtle"),
        ("application/ld+json", "application/ld+json"),
        ("text/turtle;q=0.4, application/ld+json;q=0.6", "application/ld+json"),
        ("text/*", "text/html"),
    ],
)
@pytest.mark.parametrize("id", ["execution-6", "execution", "gbt-32230", "t-efficacy"])
def test_one_address_many_forms(client: TestClient, id: str, accept: str, kind: str) -> None:
    answer = client.get(f"/id/{id}", headers={"Accept": accept})
    assert answer.status_code == 200
    if kind != "text/html" or accept != "text/*":
        assert answer.headers["content-type"].startswith(kind)
    assert "Accept" in answer.headers["vary"]


def test_turtle_can_be_parsed_and_says_its_certainty(client: TestClient) -> None:
    import rdflib

    graph = rdflib.Graph().parse(
        data=client.get("/id/execution-6", headers={"Accept": "text/turtle"}).text, format="turtle"
    )
    assert len(graph) > 5
    assert "certainty" in graph.serialize()
    whole = rdflib.Graph().parse(data=client.get("/v1/ontology.ttl").text, format="turtle")
    assert len(whole) > 1000


def test_what_cannot_be_had_is_said(client: TestClient) -> None:
    answer = client.get("/id/execution", headers={"Accept": "image/png"})
    assert answer.status_code == 406
    assert answer.json()["code"] == "not_acceptable"


def test_health(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").status_code == 200
    status = client.get("/v1/status").json()
    assert status["nodes"]["Requirement"] == 64
    assert status["generation"] > 0


WRONG = [
    ("GET", "/nowhere", {}, 404, "not_found"),
    ("GET", "/v1/nowhere", {}, 404, "not_found"),
    ("PUT", "/v1/search", {}, 405, "method_not_allowed"),
    ("GET", "/v1/search?q=a&colour=red", {}, 422, "invalid_parameters"),
    ("GET", "/v1/search", {}, 422, "invalid_parameters"),
    ("GET", "/v1/search?q=a&limit=0", {}, 422, "invalid_parameters"),
    ("GET", "/v1/search?q=a&limit=many", {}, 422, "invalid_parameters"),
    ("GET", "/v1/search?q=质量&cursor=nonsense", {}, 422, "invalid_parameters"),
    ("GET", "/v1/search?q=a&clause=nowhere", {}, 404, "unknown_id"),
    ("GET", "/v1/search?q=a&status=maybe", {}, 422, "invalid_parameters"),
    ("GET", "/v1/search?q=" + "长" * 3000, {}, 422, "invalid_parameters"),
    ("GET", "/v1/requirements/none", {}, 404, "unknown_id"),
    ("GET", "/v1/requirements/none/practices", {}, 404, "unknown_id"),
    ("GET", "/v1/practices/execution", {}, 404, "unknown_id"),
    ("GET", "/v1/trace/none", {}, 404, "unknown_id"),
    ("GET", "/v1/trace/execution?depth=99", {}, 422, "invalid_parameters"),
    ("GET", "/v1/trace/execution?direction=up", {}, 422, "invalid_parameters"),
    ("GET", "/v1/trace/execution?relations=LIKES", {}, 404, "unknown_id"),
    ("GET", "/v1/coverage?organization=none", {}, 404, "unknown_id"),
    ("GET", "/v1/coverage?collection=none", {}, 404, "unknown_id"),
    ("GET", "/v1/jobs/none", {}, 404, "unknown_id"),
    ("GET", "/id/none", {}, 404, "unknown_id"),
    ("DELETE", "/v1/documents/none", {}, 404, "unknown_id"),
    ("POST", "/v1/match", {"json": {"text": ""}}, 422, "invalid_parameters"),
    ("POST", "/v1/match", {"json": {"words": "x"}}, 422, "invalid_parameters"),
    ("POST", "/v1/match", {"content": "{", "headers": {"Content-Type": "application/json"}}, 422, "invalid_parameters"),
    ("POST", "/v1/documents", {}, 422, "invalid_parameters"),
]


@pytest.mark.parametrize(("method", "url", "more", "status", "code"), WRONG, ids=lambda part: str(part)[:40])
def test_every_error_has_one_shape(
    client: TestClient, method: str, url: str, more: dict[str, Any], status: int, code: str
) -> None:
    answer = client.request(method, url, **more)
    assert (answer.status_code, answer.json().get("code")) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert {"type", "title", "status", "detail", "code"} <= body.keys()
    assert re.search("[一-鿿]", body["title"])
    assert re.search("[一-鿿]", body["detail"])


def test_every_reading_route_refuses_unknown_parameters(client: TestClient) -> None:
    ids = {"id": ZONE}
    for route in client.app.routes:  # type: ignore[attr-defined]
        if isinstance(route, APIRoute) and route.methods == {"GET"} and route.path.startswith("/v1"):
            answer = client.get(route.path.format(**ids), params={"nobody_knows": "1", "q": "质量"})
            assert answer.status_code == 422, route.path
            assert "nobody_knows" in answer.json()["detail"]


def test_the_openapi_document_names_every_route(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    for path, methods in document["paths"].items():
        for operation in methods.values():
            assert re.search("[一-鿿]", operation["summary"]), path


def test_rdf_bears_the_sites_own_addresses(tmp_path: Path) -> None:
    application = Application(settings_for(tmp_path, ZHIWEN_BASE_IRI="https://quality.example/id/"))
    with TestClient(create_app(application), base_url="http://127.0.0.1") as client:
        node = client.get("/id/execution-6", headers={"Accept": "text/turtle"}).text
        assert "https://quality.example/id/" in node
        assert "https://quality.example/id/" in client.get("/v1/ontology.ttl").text
        linked = client.get("/id/execution-6", headers={"Accept": "application/ld+json"}).json()
        assert "@context" in linked
    application.close()
