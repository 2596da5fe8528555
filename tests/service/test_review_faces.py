"""Review by HTTP and command line: the queue, one and many verdicts, who may speak for whom, and what is kept."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from ingest.source import Source
from service.access import create_key
from service.bootstrap import Application
from service.cli.app import run
from service.rest.app import create_app
from tests.service.conftest import settings_for

TEXTS = (
    "厂党委把车间划成责任区，每个责任区由一名党员负责，公示质量指标，每月由支部检查并通报结果",
    "在一线班组设立质量党员示范岗，挂牌上岗，亮身份、亮承诺，每月评比并公布质量指标",
    "每季度组织全员质量培训，请老师傅讲授质量故事，考试合格后才能上岗，成绩记入党员积分",
)


def _store(application: Application, tmp_path: Path, texts: tuple[str, ...] = TEXTS) -> None:
    path = tmp_path / "cases.csv"
    units = ("甲公司", "乙公司", "甲公司")
    rows = "".join(f"A-{at},{units[at % 3]},{text}\n" for at, text in enumerate(texts))
    path.write_text(f"编号,企业,主要做法\n{rows}", encoding="utf-8")
    assert application.ingester.ingest_file(path, Source("默认", "cases.csv"), replace=True).practices == len(texts)


@pytest.fixture
def desk(fresh: Application, fresh_client: TestClient, tmp_path: Path) -> TestClient:
    _store(fresh, tmp_path)
    return fresh_client


def _queue(client: TestClient, **asked: Any) -> dict[str, Any]:
    answer = client.get("/v1/review", params=asked)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def _all(client: TestClient, **asked: Any) -> list[dict[str, Any]]:
    """All pages."""
    body = _queue(client, limit=100, **asked)
    found: list[dict[str, Any]] = body["results"]
    while body["next"]:
        body = _queue(client, limit=100, cursor=body["next"], **asked)
        found += body["results"]
    assert len(found) == body["total"]
    return found


def _pairs(body: dict[str, Any]) -> list[tuple[str, str]]:
    return [(item["practice"]["id"], item["requirement"]["id"]) for item in body["results"]]


def _decide(client: TestClient, item: dict[str, Any], status: str, **more: Any) -> Any:
    body = {"practice": item["practice"]["id"], "requirement": item["requirement"]["id"], "status": status, **more}
    return client.post("/v1/review/decisions", json=body)


def test_the_queue_is_in_the_order_that_it_promises(desk: TestClient) -> None:
    body = _queue(desk, limit=100)
    assert body["total"] == len(body["results"])
    assert body["stages"] == {"proposed": body["total"]}
    ranks: dict[tuple[str, str], int] = {}
    places = []
    for item in sorted(body["results"], key=lambda item: -item["confidence"]):
        unit = item["practice"]["organization"]["id"], item["requirement"]["id"]
        ranks[unit] = ranks.get(unit, 0) + 1
        places.append((ranks[unit], -item["confidence"]))
        assert item["first_evidence"]
        assert item["mark"]
    found = [
        (sorted(places)[at][0], item["practice"]["id"], item["requirement"]["id"])
        for at, item in enumerate(body["results"])
    ]
    assert [-item["confidence"] for item in body["results"]] == [confidence for _, confidence in sorted(places)]
    assert len(found) == body["total"]
    first = body["results"][0]
    assert _decide(desk, first, "accepted").status_code == 200
    rest = _queue(desk, limit=100)
    same = [
        item
        for item in rest["results"]
        if (item["practice"]["organization"]["id"], item["requirement"]["id"])
        == (first["practice"]["organization"]["id"], first["requirement"]["id"])
    ]
    assert not any(item["first_evidence"] for item in same)


def test_pages_skip_nothing_while_it_is_worked_off(desk: TestClient) -> None:
    everything = set(_pairs(_queue(desk, limit=100)))
    seen: list[tuple[str, str]] = []
    cursor = None
    statuses = ("accepted", "rejected")
    while True:
        body = _queue(desk, limit=2, **({"cursor": cursor} if cursor else {}))
        for at, item in enumerate(body["results"]):
            seen.append((item["practice"]["id"], item["requirement"]["id"]))
            assert _decide(desk, item, statuses[(len(seen) + at) % 2], mark=item["mark"]).status_code == 200
        cursor = body["next"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen))
    assert set(seen) == everything
    assert _queue(desk)["total"] == 0


@pytest.mark.parametrize(
    ("asked", "holds"),
    [
        ({"organization": "砚峰建工集团"}, lambda item: "砚峰建工集团" in item["practice"]["organization"]["path"]),
        ({"clause": "execution"}, lambda item: item["clause"]["id"] == "execution"),
        ({"requirement": "execution-6"}, lambda item: item["requirement"]["id"] == "execution-6"),
        ({"min_confidence": 0.7}, lambda item: item["confidence"] >= 0.7),
        ({"max_confidence": 0.7}, lambda item: item["confidence"] <= 0.7),
        ({"collection": "虚构样例", "status": "proposed"}, lambda item: item["status"] == "proposed"),
    ],
)
def test_filters_keep_what_they_name(client: TestClient, asked: dict[str, Any], holds: Any) -> None:
    every, some = _all(client), _all(client, **asked)
    assert 0 < len(some) <= len(every)
    assert [_pair(item) for item in some] == [_pair(item) for item in every if holds(item)]


def _pair(item: dict[str, Any]) -> tuple[str, str]:
    return item["practice"]["id"], item["requirement"]["id"]


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({"clause": "none"}, 404, "unknown_id"),
        ({"requirement": "none"}, 404, "unknown_id"),
        ({"practice": "none"}, 404, "unknown_id"),
        ({"organization": "none"}, 404, "unknown_id"),
        ({"collection": "none"}, 404, "unknown_id"),
        ({"min_confidence": 2}, 422, "invalid_parameters"),
        ({"min_confidence": 0.9, "max_confidence": 0.1}, 422, "invalid_parameters"),
        ({"cursor": "x"}, 422, "invalid_parameters"),
        ({"stage": "late"}, 422, "invalid_parameters"),
    ],
)
def test_a_wrong_question_is_refused(client: TestClient, asked: dict[str, Any], status: int, code: str) -> None:
    answer = client.get("/v1/review", params=asked)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_one_verdict_and_what_is_kept_of_it(desk: TestClient) -> None:
    item = _queue(desk)["results"][0]
    done = _decide(desk, item, "accepted", relation="full", comment="现场看过", reviewer="王工", mark=item["mark"])
    assert done.json() | {"practice": "", "requirement": ""} == {
        "practice": "", "requirement": "", "outcome": "recorded", "code": None, "message": None,
        "status": "accepted", "relation": "full", "reviewer": "王工", "suspect": False,
    }  # fmt: skip
    late = _decide(desk, item, "rejected", reviewer="李工", mark=item["mark"])
    assert (late.status_code, late.json()["code"], late.json()["reason"]) == (
        409,
        "review_conflict",
        "decided_meanwhile",
    )
    assert "王工" in late.json()["detail"]
    _decide(desk, item, "rejected", reviewer="李工", comment="只是标语")
    _decide(desk, item, "proposed", reviewer="李工")
    practice, requirement = _pair(item)
    (pair,) = desk.get("/v1/review/history", params={"practice": practice}).json()["results"]
    assert [(step["status"], step["reviewer"], step["comment"], step["outcome"]) for step in pair["steps"]] == [
        ("accepted", "王工", "现场看过", "recorded"),
        ("rejected", "李工", "只是标语", "recorded"),
        ("proposed", "李工", None, "withdrawn"),
    ]
    assert pair["decision"] is None
    assert (pair["practice"], pair["requirement"]) == (practice, requirement)
    by = desk.get("/v1/review/history", params={"reviewer": "李 工"}).json()["results"]
    assert len(by) == 1
    assert desk.get("/v1/review/history", params={"reviewer": "赵工"}).json()["results"] == []


def test_a_correction_is_one_step(desk: TestClient) -> None:
    item = _queue(desk)["results"][0]
    other = next(
        point["id"] for point in desk.get("/v1/requirements").json()["results"] if point["id"] not in str(item)
    )
    before = desk.get("/v1/status").json()["generation"]
    assert _decide(desk, item, "rejected", corrected_to=other, relation="partial").status_code == 200
    assert desk.get("/v1/status").json()["generation"] == before + 1
    links = {link["id"]: link for link in desk.get(f"/v1/practices/{_pair(item)[0]}").json()["requirements"]}
    assert links[item["requirement"]["id"]]["status"] == "rejected"
    assert (links[other]["status"], links[other]["relation"]) == ("accepted", "partial")
    rejected = _queue(desk, status="rejected")["results"]
    assert [_pair(one) for one in rejected] == [_pair(item)]


def test_many_verdicts_are_answered_one_by_one(desk: TestClient) -> None:
    first, second = _queue(desk)["results"][:2]
    practice, requirement = _pair(first)
    body: dict[str, Any] = {
        "decisions": [
            {"practice": practice, "requirement": requirement, "status": "accepted"},
            {"practice": practice, "requirement": requirement, "status": "maybe"},
            {"practice": practice},
            {"practice": "practice-none", "requirement": requirement, "status": "accepted"},
            dict(zip(("practice", "requirement"), _pair(second), strict=True), status="not-applicable"),
            dict(zip(("practice", "requirement"), _pair(second), strict=True), status="rejected"),
        ]
    }
    dry = desk.post("/v1/review/decisions/batch", json={**body, "dry_run": True}).json()
    assert _queue(desk, status="accepted")["total"] == 0
    answer = desk.post("/v1/review/decisions/batch", json=body).json()
    assert [result["outcome"] for result in dry["results"]] == [result["outcome"] for result in answer["results"]]
    assert [(result["outcome"], result["code"]) for result in answer["results"]] == [
        ("recorded", None),
        ("refused", "invalid"),
        ("refused", "invalid"),
        ("refused", "unknown_practice"),
        ("refused", "reason_needed"),
        ("recorded", None),
    ]
    assert answer["failed"] == 4
    assert all(result["message"] for result in answer["results"] if result["code"])


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"practice": "practice-none"}, 404, "unknown_id"),
        ({"requirement": "execution-999"}, 404, "unknown_id"),
        ({"status": "maybe"}, 422, "invalid_parameters"),
        ({"status": "not-applicable"}, 422, "review_refused"),
        ({"relation": "none"}, 422, "review_refused"),
        ({"mark": "x"}, 409, "review_conflict"),
        ({"colour": "red"}, 422, "invalid_parameters"),
    ],
)
def test_what_cannot_be_recorded_is_a_problem(
    client: TestClient, change: dict[str, Any], status: int, code: str
) -> None:
    practice, requirement = _pair(_queue(client)["results"][0])
    body = {"practice": practice, "requirement": requirement, "status": "accepted", **change}
    answer = client.post("/v1/review/decisions", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert _queue(client, status="accepted")["total"] == 0


def test_keys_speak_for_their_holders(fresh: Application, desk: TestClient) -> None:
    secrets = {scope: create_key(fresh.store, f"{scope}的人", scope) for scope in ("read", "review", "admin")}

    def decide(scope: str, **more: Any) -> Any:
        desk.headers["Authorization"] = f"Bearer {secrets[scope]}"
        item = _queue(desk)["results"][0]
        return _decide(desk, item, "accepted", **more)

    assert decide("read").status_code == 403
    assert decide("review", reviewer="别人").json()["code"] == "forbidden"
    own = decide("review", reviewer=" review的 人")
    assert (own.status_code, own.json()["reviewer"]) == (200, "review的 人")
    assert decide("review").json()["reviewer"] == "review的人"
    other = decide("admin", reviewer="王工")
    assert (other.status_code, other.json()["reviewer"]) == (200, "王工")
    (pair,) = desk.get("/v1/review/history", params={"reviewer": "王工"}).json()["results"]
    assert pair["steps"][0]["entered_by"] == "admin的人"


def test_orphans_are_listed(fresh: Application, desk: TestClient, tmp_path: Path) -> None:
    item = _queue(desk)["results"][0]
    _decide(desk, item, "accepted", reviewer="王工")
    assert desk.get("/v1/review/orphans").json() == {"results": [], "next": None}
    fresh.operations.delete_collection("默认")
    (orphan,) = desk.get("/v1/review/orphans").json()["results"]
    assert (orphan["missing"], orphan["document"], orphan["decision"]["reviewer"]) == ("practice", None, "王工")
    _store(fresh, tmp_path)
    assert desk.get("/v1/review/orphans").json()["results"] == []
    assert _queue(desk, status="accepted")["total"] == 1


@pytest.fixture
def by_two(tmp_path: Path) -> Iterator[TestClient]:
    application = Application(settings_for(tmp_path / "two", ZHIWEN_REVIEW_BY_TWO="true"))
    _store(application, tmp_path)
    with TestClient(create_app(application), base_url="http://127.0.0.1") as made:
        yield made
    application.close()


def test_two_persons_by_http(by_two: TestClient) -> None:
    item = _queue(by_two)["results"][0]
    first = _decide(by_two, item, "accepted", reviewer="王工")
    assert (first.json()["outcome"], first.json()["status"]) == ("first", "proposed")
    again = _decide(by_two, item, "accepted", reviewer=" 王 工 ")
    assert (again.status_code, again.json()["reason"]) == (422, "same_person")
    waiting = _queue(by_two)
    assert waiting["stages"]["first"] == 1
    assert (waiting["results"][0]["stage"], waiting["results"][0]["votes"][0]["reviewer"]) == ("first", "王工")
    assert _pair(item) not in _pairs(_queue(by_two, awaited_from="王工", limit=100))
    differs = _decide(by_two, item, "rejected", reviewer="李工")
    assert differs.json()["outcome"] == "differs"
    assert _queue(by_two)["results"][0]["stage"] == "differs"
    assert _decide(by_two, item, "accepted", reviewer="赵工").json()["status"] == "accepted"


def _command(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = run(words)
    said = capsys.readouterr()
    return code, said.out, said.err


def test_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("ZHIWEN_HOME", str(tmp_path / "home"))
    application = Application(settings_for(tmp_path / "home"))
    _store(application, tmp_path)
    application.close()
    code, out, _ = _command(capsys, "review", "queue", "--json", "--limit", "3")
    items = json.loads(out)["results"]
    practice, requirement = _pair(items[0])
    assert code == 0
    assert "系统建议（待核）" in _command(capsys, "review", "queue")[1]
    assert _command(capsys, "review", practice, requirement, "--accept", "--by", "王工")[0] == 0
    code, _, err = _command(capsys, "review", "decide", practice, requirement, "--accept", "--reject", "--by", "王工")
    assert code == 2
    code, _, err = _command(capsys, "review", practice, requirement, "--not-applicable", "--by", "王工")
    assert (code, "--comment" in err) == (2, True)
    other = "execution-1" if requirement != "execution-1" else "execution-2"
    code, out, _ = _command(
        capsys, "review", practice, requirement, "--correct", other, "--by", "李工", "--comment", "更贴近"
    )
    assert (code, "不采信" in out) == (0, True)
    code, out, _ = _command(capsys, "review", "history", practice)
    assert (code, out.count("李工"), "更贴近" in out) == (0, 4, True)
    assert _command(capsys, "review", "history", "--by", "赵工")[1].strip() == "没有赵工的核定记录。"
    table = tmp_path / "待核.xlsx"
    assert _command(capsys, "review", "export", "--output", str(table))[0] == 0
    assert table.read_bytes()[:2] == b"PK"
    code, _, err = _command(capsys, "review", "export", "--output", str(table))
    assert (code, "--force" in err) == (2, True)
    code, out, err = _command(capsys, "review", "import", str(table), "--by", "王工")
    assert (code, "没有一行填了结论" in err) == (0, True)
    many = tmp_path / "many.jsonl"
    lines = [
        {"practice": _pair(items[1])[0], "requirement": _pair(items[1])[1], "status": "accepted"},
        {"practice": "practice-none", "requirement": "execution-6", "status": "accepted"},
    ]
    many.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    code, out, err = _command(capsys, "review", "import", str(many), "--by", "王工")
    assert (code, "已记录 1" in out, "第 2 行" in err) == (1, True, True)
    assert _command(capsys, "review", "import", str(tmp_path / "none.xlsx"))[0] == 2
    code, out, _ = _command(capsys, "review", "orphans")
    assert (code, "没有失去对象的结论" in out) == (0, True)
    code, out, _ = _command(capsys, "train", "--json")
    assert json.loads(out)["accepted"] == 2
    code, _, err = _command(capsys, "train", "--with-decisions")
    assert (code, "至少要 30 条" in err) == (2, True)


def test_an_overlay_that_words_a_point_anew_asks_for_confirmation(fresh: Application, desk: TestClient) -> None:
    item = _queue(desk, requirement="execution-6")["results"][0]
    _decide(desk, item, "accepted", reviewer="王工")

    def state() -> str:
        answer = desk.get("/v1/coverage").json()
        points = [point for clause in answer["clauses"] for point in clause["requirements"]]
        return str(next(point["state"] for point in points if point["id"] == "execution-6"))

    assert state() == "covered"
    fresh.settings.overlay.mkdir()
    overlay = fresh.settings.overlay / "site.ttl"
    overlay.write_text(
        """@prefix id: <https://zhiwen.example/id/> .
        @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
        id:execution-6 skos:prefLabel "按本单位章程开展质量党建责任区"@zh .""",
        encoding="utf-8",
    )
    other = Application(fresh.settings)  # any command that opens the base
    assert other.ontology.requirement("execution-6").zh.startswith("按本单位章程")
    other.close()
    assert state() == "likely"
    body = _queue(desk)
    assert body["stages"]["suspect"] == 1
    assert (body["results"][0]["stage"], body["results"][0]["changed"]) == ("suspect", ["requirement"])
    links = desk.get(f"/v1/practices/{_pair(item)[0]}").json()["requirements"]
    assert {link["id"] for link in links if link["suspect"]} == {"execution-6"}
    late = _decide(desk, item, "accepted", reviewer="李工", mark=item["mark"])
    assert late.json()["reason"] == "changed_requirement"
    assert _decide(desk, body["results"][0], "accepted", reviewer="李工").status_code == 200
    assert state() == "covered"
