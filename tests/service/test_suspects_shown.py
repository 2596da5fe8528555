"""Decisions on texts that have changed since are marked 存疑 wherever they are shown or given out."""

import csv
import html
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from starlette.testclient import TestClient

from ingest.source import Source
from service import glossary
from service.bootstrap import Application
from service.exchange.decisions_in import Terms
from service.rest.app import create_app
from service.review import HistoryRequest
from service.review_words import moment
from tests.service.exchange_site import CASES, GROUP, closing, exported, judged, statuses
from tests.service.test_exchange_oscal import faults
from tests.service.test_exchange_sssom import by_pair

MARK = f"{glossary.SUSPECT}：{glossary.REWORDED}"


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    with closing(judged(tmp_path_factory.mktemp("before") / "home")) as made:
        yield made


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """Every practice that was judged has another text now."""
    with closing(judged(tmp_path_factory.mktemp("after") / "home")) as made:
        file = made.settings.home.parent / "清单.csv"
        file.write_text(CASES.replace("。,", "，并在全年持续改进。,"), encoding="utf-8")
        assert made.ingester.ingest_file(file, Source("一厂", "清单.csv"), replace=True).status == "replaced"
        yield made


def suspects(application: Application) -> dict[tuple[str, str], str]:
    """(practice, requirement) → status."""
    with application.store.reading() as reader:
        return {
            (one.source, one.target): str(one.properties["status"])
            for one in reader.relations(type="SATISFIES")
            if one.properties.get("suspect")
        }


def test_pages_and_api_show_them(application: Application, before: Application) -> None:
    accepted = next(pair for pair, said in statuses(before).items() if said[0] == "accepted")
    for made, shown in ((application, True), (before, False)):
        with TestClient(create_app(made), base_url="http://127.0.0.1") as client:
            for id in accepted:
                assert (MARK in client.get(f"/id/{id}", headers={"Accept": "text/html"}).text) == shown
            found = client.get(f"/v1/requirements/{accepted[1]}/practices").json()["results"]
            assert {one["practice"]["id"]: one["suspect"] for one in found}[accepted[0]] == shown


def test_the_matrix_has_a_column_for_them(application: Application) -> None:
    rows = list(csv.DictReader(io.StringIO(exported(application, "csv").decode("utf-8-sig"), newline="")))
    marked = {(row["做法标识"], row["要求要点标识"]) for row in rows if row["存疑"]}
    assert marked == set(suspects(application)) != set()
    assert {row["存疑"] for row in rows} == {"", "文字已变"}
    book = openpyxl.load_workbook(io.BytesIO(exported(application, "xlsx")))
    head, *body = book["对照表"].iter_rows(min_row=3, values_only=True)
    assert sum(row[head.index("存疑")] == "文字已变" for row in body) == len(marked)
    assert any(row[0] == "存疑" and f"{len(marked)} 行" in row[1] for row in book["说明"].iter_rows(values_only=True))


def test_sssom_marks_them_and_passes_them_over_when_it_comes_back(
    application: Application, before: Application
) -> None:
    rows = by_pair(application)
    assert {pair for pair, row in rows.items() if row["ext_suspect"] == "true"} == set(suspects(application))
    file = application.settings.home.parent / "有存疑的.sssom.tsv"
    file.write_bytes(exported(application, "sssom"))
    standing = statuses(before)
    _, report = before.operations.exchange.import_decisions(file, file.name, Terms(replace=True))
    assert statuses(before) == standing
    assert report.outcomes == {}


def test_oscal_stays_valid_and_marks_them(application: Application) -> None:
    content: dict[str, Any] = json.loads(exported(application, "oscal-mapping"))
    assert faults("oscal-mapping", content) == []
    maps = [one for group in content["mapping-collection"]["mappings"] for one in group["maps"]]
    marked = [one for one in maps if any(each["name"] == "suspect" for each in one["props"])]
    assert len(marked) == len(suspects(application))
    assert all(glossary.SUSPECT in one["remarks"] for one in marked)


def test_the_self_assessment_says_so(application: Application, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(io.BytesIO(exported(application, "self-assessment", organization=GROUP)))
    told = [str(cell) for row in book["对标自评表"].iter_rows(values_only=True) for cell in row if cell]
    shown = [status for status in suspects(application).values() if status != "rejected"]
    assert sum(glossary.REWORDED in cell for cell in told) == len(shown) > 0


def test_pages_tell_who_had_said_what_of_a_text_that_has_changed(application: Application) -> None:
    waiting = next(pair for pair, status in suspects(application).items() if status == "proposed")
    steps = application.operations.review.history(HistoryRequest(practice=waiting[0], requirement=waiting[1])).results
    (former,) = [each.decision for each in steps]
    assert former is not None
    assert former.reviewer
    assert former.at
    with TestClient(create_app(application), base_url="http://127.0.0.1") as client:
        for id in waiting:
            page = html.unescape(client.get(f"/id/{id}", headers={"Accept": "text/html"}).text)
            assert f"原结论：{glossary.STATUS[former.status]}" in page
            assert f"核定人 {former.reviewer}（{moment(former.at)}）" in page
            assert f"理由：{former.comment}" in page if former.comment else "理由：None" not in page
            assert former.at not in page  # the wall clock's time, not the record's


def test_what_was_turned_down_stands_apart(before: Application) -> None:
    said = statuses(before)
    turned_down = {pair for pair, what in said.items() if what[0] in ("rejected", "not-applicable")}
    assert turned_down
    with TestClient(create_app(before), base_url="http://127.0.0.1") as client:
        for practice, requirement in turned_down:
            answer = client.get(f"/v1/practices/{practice}").json()
            page = client.get(f"/id/{practice}", headers={"Accept": "text/html"}).text
            above, below = page.split(f"<h2>{glossary.TURNED_DOWN}</h2>")
            assert f'href="/id/{requirement}"' in below
            assert f'href="/id/{requirement}"' not in above
            clauses = re.findall(r'href="/id/([^"]+)"', below.partition("<h2>涉及的条款</h2>")[2].partition("<h2>")[0])
            judged: dict[str, set[bool]] = {one["id"]: set() for one in answer["clauses"]}
            for link in answer["requirements"]:
                judged.setdefault(link["clause"], set()).add((practice, link["id"]) in turned_down)
            assert set(clauses) == {one["id"] for one in answer["clauses"] if judged[one["id"]] != {True}}
