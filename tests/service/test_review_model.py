"""The site's own alignment model: taken up while the service runs, left aside when it does not fit, given back."""

import dataclasses
import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from starlette.testclient import TestClient

from analysis.alignment import texts
from analysis.alignment.shipped import Shipped, load_shipped, save_shipped
from analysis.alignment.stack import Layout
from ingest.rebuild import rebuild
from ingest.review import Verdict
from ingest.source import Source
from service.bootstrap import Application
from service.review_model import discard, keep, site_model
from service.review_training import TrainingImpossible, lessons_of, state_of, train_site
from tests.service.conftest import settings_for

TEXT = "厂党委把车间划成责任区，每个责任区由一名党员负责，公示质量指标，每月由支部检查并通报结果"
REPORT = {"decisions": {"texts": 1, "accepted": 1, "rejected": 0}, "project_texts_sha256": "of another release"}


@pytest.fixture
def other(tmp_path: Path) -> Shipped:
    """A sound model that is not the shipped one: the same, a little less sure."""
    folder = tmp_path / "other"
    save_shipped(load_shipped(), folder)
    with np.load(folder / "weights.npz", allow_pickle=False) as file:
        arrays = dict(file)
    arrays["bias"] = arrays["bias"] - 0.01
    np.savez_compressed(folder / "weights.npz", allow_pickle=False, **arrays)
    page = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    page["weights_sha256"] = hashlib.sha256((folder / "weights.npz").read_bytes()).hexdigest()
    (folder / "model.json").write_text(json.dumps(page), encoding="utf-8")
    return load_shipped(folder)


def test_a_running_service_takes_it_up_and_gives_it_back(
    fresh: Application, fresh_client: TestClient, other: Shipped, tmp_path: Path
) -> None:
    path = tmp_path / "cases.csv"
    path.write_text(f"编号,企业,主要做法\nA-1,甲公司,{TEXT}\n", encoding="utf-8")
    fresh.ingester.ingest_file(path, Source("默认", "cases.csv"))
    item = fresh_client.get("/v1/review").json()["results"][0]
    pair = {"practice": item["practice"]["id"], "requirement": item["requirement"]["id"]}
    fresh_client.post("/v1/review/decisions", json={**pair, "status": "rejected", "reviewer": "王工"})
    shipped = fresh_client.get("/v1/status").json()["alignment_model"]
    home = fresh.settings.home
    made = keep(home, other, REPORT)
    status = fresh_client.get("/v1/status").json()
    assert status["alignment_model"] == made.name != shipped
    assert status["stale_documents"] == 1
    assert fresh_client.post("/v1/match", json={"text": TEXT}).json()["model"] == made.name
    state = state_of(fresh)
    assert (state["own"], state["outdated"], state["report"]["decisions"]["texts"]) == (True, True, 1)
    assert [report.status for report in rebuild(fresh.ingester)] == ["rebuilt"]
    assert fresh_client.get("/v1/status").json()["stale_documents"] == 0
    links = fresh_client.get(f"/v1/practices/{pair['practice']}").json()["requirements"]
    assert {link["model"] for link in links} == {made.name}
    assert next(link["status"] for link in links if link["id"] == pair["requirement"]) == "rejected"
    gone = discard(home)
    assert gone == made
    assert made.folder.is_dir()
    assert fresh_client.get("/v1/status").json()["alignment_model"] == shipped
    assert discard(home) is None


def test_it_lies_in_the_home_and_holds_no_pickle(tmp_path: Path, other: Shipped) -> None:
    made = keep(tmp_path / "home", other, REPORT)
    assert made.folder.is_relative_to(tmp_path / "home")
    assert {file.name for file in made.folder.iterdir()} == {"weights.npz", "model.json", "report.json"}
    with np.load(made.folder / "weights.npz", allow_pickle=False) as arrays:
        assert all(arrays[name].dtype != object for name in arrays.files)
    assert made.report()["model"] == made.name
    assert made.report()["made_at"]
    assert keep(tmp_path / "home", other, REPORT) == made
    assert site_model(tmp_path / "home") == made


@pytest.mark.parametrize("fault", ["damaged", "missing", "pointer", "elsewhere", "layout", "release"])
def test_a_model_that_cannot_serve_is_left_aside_with_a_warning(
    tmp_path: Path, other: Shipped, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    home = tmp_path / "home"
    if fault == "layout":
        layout = other.layout
        fewer = Layout(layout.clauses, layout.requirements[:-1], layout.clause_of[:-1])
        other = dataclasses.replace(other, layout=fewer)
    made = keep(home, other, REPORT)
    if fault == "damaged":
        (made.folder / "weights.npz").write_bytes(b"no model")
    elif fault == "missing":
        (made.folder / "model.json").unlink()
    elif fault == "release":
        page = json.loads((made.folder / "model.json").read_text(encoding="utf-8"))
        page["stack"]["on_topic"]["coef"].append(0.5)
        (made.folder / "model.json").write_text(json.dumps(page), encoding="utf-8")
    elif fault == "pointer":
        (made.folder.parent / "current.json").write_text("{", encoding="utf-8")
    elif fault == "elsewhere":
        (made.folder.parent / "current.json").write_text('{"model": "../../etc"}', encoding="utf-8")
    application = Application(settings_for(home))
    assert application.aligner.model == load_shipped().name
    assert "使用软件自带的" in caplog.text
    application.close()


def _decided(application: Application, tmp_path: Path, practices: int) -> None:
    path = tmp_path / "many.csv"
    rows = "".join(f"A-{at},甲公司,第{at}车间：{TEXT}\n" for at in range(practices))
    path.write_text(f"编号,企业,主要做法\n{rows}", encoding="utf-8")
    application.ingester.ingest_file(path, Source("默认", "many.csv"), replace=True)
    with application.store.reading() as reader:
        ids = [text.id for text in reader.texts(owner=Source("默认", "many.csv").document)]
    verdicts = [
        Verdict(id, f"execution-{number}", "accepted" if number == 6 else "rejected", reviewer="王工")
        for id in ids
        for number in (6, 7, 8)
    ]
    assert all(outcome.well for outcome in application.reviewer.decide_many(verdicts))


def test_only_decisions_that_hold_are_learned_from(fresh: Application, tmp_path: Path) -> None:
    _decided(fresh, tmp_path, 4)
    found = lessons_of(fresh)
    assert [(len(text.accepted), len(text.rejected)) for text in found.texts] == [(1, 2)] * 4
    fresh.reviewer.decide_many(
        [Verdict(found_id, "basic-requirements-1", "not-applicable", comment="无此业务") for found_id in _ids(fresh)]
    )
    path = tmp_path / "many.csv"
    path.write_text(
        path.read_text(encoding="utf-8").replace("第1车间", "第一车间").replace("A-2,", "B-2,"), encoding="utf-8"
    )
    fresh.ingester.ingest_file(path, Source("默认", "many.csv"), replace=True)
    found = lessons_of(fresh)
    assert (len(found.texts), found.suspect, found.orphaned, found.not_applicable) == (2, 3, 4, 3)
    with pytest.raises(TrainingImpossible, match=r"采信 2 条，不采信 4 条.*至少要 30 条.*存疑的 3 条、失去对象的 4 条"):
        train_site(fresh, lambda *_: None)


def _ids(application: Application) -> list[str]:
    with application.store.reading() as reader:
        return [node.id for node in reader.nodes(label="Practice")]


@pytest.mark.parametrize("missing", ["scikit-learn", "texts"])
def test_what_training_lacks_is_said(
    fresh: Application, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    _decided(fresh, tmp_path, 12)
    if missing == "scikit-learn":
        monkeypatch.setitem(sys.modules, "sklearn", None)
    else:
        monkeypatch.setattr(texts, "FOLDER", tmp_path / "none")
        monkeypatch.setattr(texts.read_texts, "__defaults__", (tmp_path / "none",))
    with pytest.raises(TrainingImpossible, match="scikit-learn" if missing == "scikit-learn" else "缺少训练文本"):
        train_site(fresh, lambda *_: None)
    assert site_model(fresh.settings.home) is None
