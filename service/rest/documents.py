"""`/v1/documents` and `/v1/jobs`: uploads, their progress, and removal."""

import shutil
from http import HTTPStatus
from pathlib import PurePosixPath
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Query, Response, UploadFile
from fastapi.responses import JSONResponse
from pydantic import Field

from ingest.source import Source
from queries.answers import DocumentRecord
from service.rest.dependencies import INGEST, READ, App, Ask
from service.rest.problems import Problem
from service.rest.questions import NoParameters, Page, Parameters

router = APIRouter(prefix="/v1", tags=["材料"])
DEFAULT_COLLECTION = "默认"


class DocumentsParameters(Parameters):
    collection: str | None = Field(None, max_length=200, description="只列这个材料集")


@router.get("/documents", summary="材料与被引用的文件", dependencies=[READ])
def documents(ask: Ask, given: Annotated[DocumentsParameters, Query()]) -> Page[DocumentRecord]:
    return Page[DocumentRecord](results=ask.documents(collection=given.collection))


@router.post("/documents", summary="上传一份材料", status_code=202, dependencies=[INGEST])
def upload(
    app: App,
    file: Annotated[UploadFile, File(description="txt、md、docx、csv、xlsx 或 jsonl")],
    collection: Annotated[str, Form(min_length=1, max_length=200)] = DEFAULT_COLLECTION,
    name: Annotated[str | None, Form(max_length=300, description="来源名称；不给则用文件名")] = None,
    replace: Annotated[bool, Form(description="同名来源已有不同内容时是否替换")] = False,
) -> Response:
    source = PurePosixPath((name or file.filename or "").replace("\\", "/")).name
    if not source or source in {".", ".."}:
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_parameters", "缺少文件名；请用 name 给出来源名称，例如 案例.docx"
        )
    try:
        Source(collection, source)
    except ValueError as error:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_parameters", str(error)) from error
    folder = app.jobs.folder()
    try:
        target = folder / ("upload" + PurePosixPath(source).suffix.lower()[:16])
        with target.open("wb") as out:
            shutil.copyfileobj(file.file, out)
        if not replace and app.operations.holds_other(collection, source, target):
            detail = f"材料集“{collection}”中已有内容不同的“{source}”；要替换请加 replace=true"
            raise Problem(HTTPStatus.CONFLICT, "already_stored", detail)
        job = app.jobs.submit(folder, target, collection=collection, name=source, replace=replace)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)  # nothing that was not screened stays behind
        raise
    return JSONResponse(job, HTTPStatus.ACCEPTED, {"Location": f"/v1/jobs/{job['id']}"})


@router.get("/jobs/{id}", summary="上传处理到哪一步", dependencies=[READ])
def job(app: App, id: str, _: Annotated[NoParameters, Query()]) -> dict[str, Any]:
    found = app.jobs.get(id)
    if found is None:
        raise Problem(HTTPStatus.NOT_FOUND, "unknown_id", f"没有任务 {id}")
    return found


@router.delete("/documents/{id}", summary="删除一份材料及由它得出的一切", status_code=204, dependencies=[INGEST])
def remove(app: App, id: str, _: Annotated[NoParameters, Query()]) -> Response:
    app.operations.delete_document(id)
    return Response(status_code=HTTPStatus.NO_CONTENT)
