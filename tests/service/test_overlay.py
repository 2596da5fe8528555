"""A site's own text: every face follows it, at once, and a faulty one changes nothing."""

from pathlib import Path

from starlette.testclient import TestClient

from service.bootstrap import Application
from service.rest.app import create_app

PREFIXES = """@prefix zw: <https://zhiwen.example/vocabulary#> .
@prefix id: <https://zhiwen.example/id/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
"""
DEFINITION = 'id:t-efficacy skos:definition "达到预期目的的程度"@zh .\n'


def overlay(application: Application, text: str) -> None:
    application.settings.overlay.mkdir(parents=True, exist_ok=True)
    example = (Path(__file__).parents[2] / "ontology" / "overlay-example.ttl").read_text(encoding="utf-8")
    prefixes = "".join(line + "\n" for line in example.splitlines() if line.startswith("@prefix"))
    (application.settings.overlay / "site.ttl").write_text(prefixes + text, encoding="utf-8")


def test_a_running_server_follows_what_another_process_takes_up(fresh: Application) -> None:
    with TestClient(create_app(fresh), base_url="http://127.0.0.1") as client:
        before = client.get("/v1/search", params={"q": "效能的定义"}).json()
        assert any("效能" in gap["title"] for gap in before["gaps"])
        overlay(fresh, DEFINITION)
        other = Application(fresh.settings)
        assert other.ontology.overlay_files
        other.close()
        after = client.get("/v1/search", params={"q": "效能的定义"}).json()
        assert not after["gaps"]
        assert any("达到预期目的的程度" in fact["text"] for fact in after["facts"])
        assert not after["abstained"]
        terms = client.get("/v1/terms").json()["results"]
        assert next(term for term in terms if term["id"] == "t-efficacy")["definition"] == "达到预期目的的程度"
        assert "达到预期目的的程度" in client.get("/id/t-efficacy", headers={"Accept": "text/html"}).text


def test_a_faulty_overlay_leaves_the_last_valid_ontology_in_force(fresh: Application) -> None:
    assert fresh.ontology.requirements
    overlay(fresh, "id:execution-6 zw:certainty zw:plan .")
    again = Application(fresh.settings)
    assert again.ontology.fingerprint == fresh.ontology.fingerprint
    again.close()
