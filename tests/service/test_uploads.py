"""Uploads by HTTP: accepted, followed, replaced, refused, removed."""

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from service.bootstrap import Application
from service.jobs import STALE_AFTER
from service.rest.app import create_app

CASE = (
    "# 澜川泵业“把脉”质量\n\n企业：澜川泵业有限公司\n行业：机械\n\n"
    "公司党总支牵头，在装配车间划出五个质量责任区，每区由一名党员包保，班后公布返工单，季度末返工率下降28%。\n"
)


def upload(client: TestClient, name: str, content: str | bytes, **form: str) -> Any:
    raw = content.encode() if isinstance(content, str) else content
    return client.post("/v1/documents", files={"file": (name, raw)}, data=form)


def finished(client: TestClient, answer: Any) -> dict[str, Any]:
    assert answer.status_code == 202, answer.text
    for _ in range(600):
        job: dict[str, Any] = client.get(answer.headers["location"]).json()
        if job["state"] in {"done", "failed"}:
            return job
        time.sleep(0.05)
    raise AssertionError(f"the job does not end: {job}")


def test_an_upload_becomes_practices_and_can_be_removed(fresh_client: TestClient) -> None:
    before = fresh_client.get("/v1/status").json()
    job = finished(fresh_client, upload(fresh_client, "案例.md", CASE, collection="一厂"))
    assert job["state"] == "done"
    assert job["sources"][0]["status"] == "stored"
    assert job["sources"][0]["practices"] >= 1
    found = fresh_client.get("/v1/search", params={"q": "质量责任区 返工"}).json()["results"]
    assert found[0]["practice"]["organization"]["name"] == "澜川泵业有限公司"
    documents = fresh_client.get("/v1/documents", params={"collection": "一厂"}).json()["results"]
    assert [document["name"] for document in documents] == ["案例.md"]
    assert fresh_client.delete(f"/v1/documents/{documents[0]['id']}").status_code == 204
    assert fresh_client.get("/v1/search", params={"q": "质量责任区 返工"}).json()["results"] == []
    after = fresh_client.get("/v1/status").json()
    assert (after["nodes"], after["relations"], after["texts"]) == (
        before["nodes"],
        before["relations"],
        before["texts"],
    )


def test_other_content_under_the_same_name_must_be_meant(fresh_client: TestClient) -> None:
    finished(fresh_client, upload(fresh_client, "案例.md", CASE))
    same = finished(fresh_client, upload(fresh_client, "案例.md", CASE))
    assert same["sources"][0]["status"] == "unchanged"
    refused = upload(fresh_client, "案例.md", CASE + "\n补充：下半年推广到三个车间，党员带头攻关。\n")
    assert refused.status_code == 409
    assert refused.json()["code"] == "already_stored"
    assert "replace=true" in refused.json()["detail"]
    replaced = finished(
        fresh_client, upload(fresh_client, "案例.md", CASE + "\n补充：推广到三个车间。\n", replace="true")
    )
    assert replaced["sources"][0]["status"] == "replaced"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("空.txt", b"", "empty_file"),
        ("坏.docx", b"PK\x03\x04 not really", "damaged_file"),
        ("图.png", b"\x89PNG\r\n\x1a\n0000", "unsupported_format"),
        ("密.txt", "机密★10年\n\n某项目质量情况汇报，内容如下，共三部分。".encode(), "classified_marking"),
    ],
)
def test_a_bad_file_fails_with_a_code_and_leaves_nothing(
    fresh: Application, fresh_client: TestClient, name: str, content: bytes, code: str
) -> None:
    before = fresh_client.get("/v1/status").json()
    job = finished(fresh_client, upload(fresh_client, name, content))
    assert job["state"] == "failed"
    report = job["sources"][0]
    assert (report["status"], report["code"]) == ("failed", code)
    after = fresh_client.get("/v1/status").json()
    assert (after["nodes"], after["texts"]) == (before["nodes"], before["texts"])
    left = [path for path in fresh.settings.home.rglob("*") if path.is_file() and not path.name.startswith("zhiwen.db")]
    assert left == []


def test_a_file_beyond_the_limit_is_refused_at_once(fresh_client: TestClient) -> None:
    answer = upload(fresh_client, "大.txt", b"x" * (51 * 1024 * 1024))
    assert answer.status_code == 413
    assert answer.json()["code"] == "too_large"


def test_names_with_folders_in_them_stay_names(fresh: Application, fresh_client: TestClient) -> None:
    finished(fresh_client, upload(fresh_client, "../../etc/案例.md", CASE))
    documents = fresh_client.get("/v1/documents", params={"collection": "默认"}).json()["results"]
    assert [document["name"] for document in documents] == ["案例.md"]
    assert not (Path(fresh.settings.home).parent / "etc").exists()


def test_a_job_left_by_a_killed_process_is_taken_up(fresh: Application) -> None:
    folder = fresh.jobs.folder()
    (folder / "upload.md").write_text(CASE, encoding="utf-8")
    job = fresh.jobs.submit(folder, folder / "upload.md", collection="一厂", name="案例.md", replace=False)
    # As the record of a process that no longer runs:
    from engines.store import ChangeSet, Record

    dead = {
        "state": "running",
        "collection": "一厂",
        "name": "案例.md",
        "file": "upload.md",
        "replace": False,
        "process": 2**22 + 1,
    }
    for _ in range(600):
        if fresh.jobs.get(job["id"])["state"] == "done":  # type: ignore[index]
            break
        time.sleep(0.05)
    folder.mkdir(exist_ok=True)
    (folder / "upload.md").write_text(CASE, encoding="utf-8")
    fresh.store.apply(
        ChangeSet(records=(Record("job", job["id"], {**dead, "created_at": "", "total": 1, "done": 0, "sources": []}),))
    )
    again = Application(fresh.settings)
    with TestClient(create_app(again), base_url="http://127.0.0.1") as client:
        for _ in range(600):
            if client.get(f"/v1/jobs/{job['id']}").json()["state"] == "done":
                break
            time.sleep(0.05)
        assert client.get(f"/v1/jobs/{job['id']}").json()["sources"][0]["status"] == "unchanged"
    again.close()


def test_a_job_whose_upload_is_gone_is_not_left_running(fresh: Application) -> None:
    from engines.store import ChangeSet, Record

    dead = {
        "state": "running",
        "collection": "一厂",
        "name": "案例.md",
        "file": "upload.md",
        "replace": False,
        "process": 2**22 + 1,
    }
    value = {**dead, "created_at": "", "total": 1, "done": 0, "sources": []}
    fresh.store.apply(ChangeSet(records=(Record("job", "job-lost", value),)))
    with TestClient(create_app(fresh), base_url="http://127.0.0.1") as client:
        job = client.get("/v1/jobs/job-lost").json()
    assert job["state"] == "failed"
    assert job["sources"][0]["code"] == "interrupted"


def put_job(application: Application, job: str, **more: Any) -> None:
    """A record of a job that some process has left running, with its upload beside it."""
    from engines.store import ChangeSet, Record

    folder = application.settings.uploads / job
    folder.mkdir(parents=True)
    (folder / "upload.md").write_text(CASE, encoding="utf-8")
    value = {"state": "running", "collection": "一厂", "name": f"{job}.md", "file": "upload.md", "replace": False}
    value |= {"created_at": "", "total": 1, "done": 0, "sources": [], "process": 1, **more}
    application.store.apply(ChangeSet(records=(Record("job", job, value),)))


def ago(time_before_now: timedelta) -> str:
    return (datetime.now(UTC) - time_before_now).isoformat(timespec="seconds")


def test_a_process_of_another_machine_is_judged_by_its_progress(fresh: Application) -> None:
    """Process 1 runs on every machine, and so does one with our own number."""
    for host, last in (("busy", timedelta(minutes=5)), ("gone", STALE_AFTER + timedelta(minutes=5))):
        for number in (1, os.getpid()):
            before = ago(STALE_AFTER * 2)
            put_job(fresh, f"job-{host}-{number}", host=host, process=number, updated_at=before)
        put_job(fresh, f"job-{host}-last", host=host, state="done", updated_at=ago(last))
    with TestClient(create_app(fresh), base_url="http://127.0.0.1") as client:

        def states(host: str) -> list[str]:
            return [client.get(f"/v1/jobs/job-{host}-{number}").json()["state"] for number in (1, os.getpid())]

        for _ in range(600):
            if states("gone") == ["done", "done"]:
                break
            time.sleep(0.05)
        assert states("gone") == ["done", "done"]
        assert states("busy") == ["running", "running"]
        taken = client.get("/v1/jobs/job-gone-1").json()
        assert not {"host", "process", "updated_at"} & taken.keys()


def test_a_job_left_behind_later_is_found_without_a_restart(
    fresh: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.jobs._LOOK_AGAIN_S", 0.05)
    with TestClient(create_app(fresh), base_url="http://127.0.0.1") as client:
        put_job(fresh, "job-late", host="gone", updated_at=ago(STALE_AFTER * 2))
        for _ in range(600):
            if client.get("/v1/jobs/job-late").json()["state"] == "done":
                break
            time.sleep(0.05)
        assert client.get("/v1/jobs/job-late").json()["sources"][0]["status"] == "stored"


def test_a_service_started_again_in_one_process_still_works_on_uploads(fresh: Application) -> None:
    for turn in range(2):
        with TestClient(create_app(fresh), base_url="http://127.0.0.1") as client:
            assert finished(client, upload(client, f"{turn}.md", CASE))["state"] == "done"


@pytest.mark.parametrize(("name", "collection"), [("a.md", "  "), ("a.md", "\x01"), ("a." + "字" * 100, "一")])
def test_a_refused_upload_leaves_no_file(
    fresh: Application, fresh_client: TestClient, name: str, collection: str
) -> None:
    answer = upload(fresh_client, name, CASE, collection=collection)
    assert answer.status_code in {202, 422}
    if answer.status_code == 202:
        finished(fresh_client, answer)
    assert not [path for path in fresh.settings.uploads.rglob("*") if path.is_file()]


def test_a_refusal_does_not_quote_personal_numbers(fresh_client: TestClient) -> None:
    job = finished(
        fresh_client, upload(fresh_client, "人员.csv", "张三,13812345678,110101199003074477\n李四,13912345678,x\n")
    )
    assert "13812345678" not in str(job)
    assert "110101199003074477" not in str(job)
