"""`/v1/export` and `/v1/import`: files that go out in every format, and decisions that come back."""

import json
import shutil
import tempfile
from http import HTTPStatus
from pathlib import Path, PurePosixPath
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, File, Form, Query, Request, Response, UploadFile
from fastapi.responses import StreamingResponse

from queries.records import Answer
from service.access import OPEN
from service.exchange.decisions_in import Terms
from service.exchange.operations import ExportRequest, FormatName, Given
from service.exchange.spool import Put, Spool
from service.exchange.tables import ImportUnusable
from service.operations import Operations
from service.rest.dependencies import READ, Ask
from service.rest.problems import Problem
from service.rest.review import Who
from service.review_sheet import RowReport

router = APIRouter(prefix="/v1", tags=["交换"])
LINES = "application/x-ndjson"


class ImportAnswer(Answer):
    """`kind`: sssom, matrix (对照表) or review (核定表). `failed`: rows that were refused or in conflict; `empty`: rows
    that say no decision; `notes`: why, and what else is to be known."""

    kind: str
    outcomes: dict[str, int]
    failed: int
    empty: int
    notes: tuple[str, ...] = ()
    rows: tuple[RowReport, ...]
    dry_run: bool = False


@router.get("/export/{format}", summary="导出为文件", response_class=StreamingResponse, dependencies=[READ])
def export(ask: Ask, format: FormatName, given: Annotated[ExportRequest, Query()]) -> StreamingResponse:
    named: list[Given] = []

    def work(put: Put) -> None:
        with ask.exchange.export(format, given) as file:
            named.append(file)
            for piece in file.pieces:
                put(piece)

    spool = Spool(work)
    spool.started()
    (file,) = named
    return StreamingResponse(
        spool.pieces(),
        media_type=file.media_type,
        headers={"Content-Disposition": disposition(file.name, file.ascii), "Cache-Control": "no-store"},
    )


@router.post(
    "/import/decisions", summary="导入核定结论（SSSOM 对应表、改过的对照表或核定表）", response_model=ImportAnswer
)
def take_in(
    request: Request,
    ask: Ask,
    who: Who,
    file: Annotated[UploadFile, File(description="SSSOM/TSV，或对照表、核定表（.xlsx、.csv）")],
    reviewer: Annotated[str | None, Form(max_length=100, description="没有写核定人的行，记这个人")] = None,
    replace: Annotated[bool, Form(description="SSSOM：本库已有不同结论时以文件为准")] = False,
    dry_run: Annotated[bool, Form(description="只检查，什么也不改变")] = False,
) -> Response:
    alone = who.scope not in (None, "admin")
    named = None if who.name == OPEN else who.name
    terms = Terms(
        # A key that may not speak for others speaks for its holder.
        reviewer=who.name if alone else reviewer or named,
        only_as=who.name if alone else None,
        entered_by=named,
        replace=replace,
        dry_run=dry_run,
    )
    name = PurePosixPath((file.filename or "").replace("\\", "/")).name
    folder = Path(tempfile.mkdtemp(prefix="zhiwen-import-"))
    target = folder / "upload"

    def work(put: Put) -> None:
        try:
            _take_in(ask, target, name, terms, put)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    try:
        with target.open("wb") as out:
            shutil.copyfileobj(file.file, out)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    spool = Spool(work, goes_on=True)  # what was begun is finished: half an import helps nobody
    spool.started()
    if LINES in request.headers.get("accept", ""):
        return StreamingResponse(spool.pieces(), media_type=LINES)
    last = b"".join(spool.pieces()).splitlines()[-1]
    return Response(last, media_type="application/json")


def _take_in(ask: Operations, file: Path, name: str, terms: Terms, put: Put) -> None:
    """Lines of JSON: how far it is, again and again, then the answer."""

    def progress(done: int, total: int) -> None:
        put(json.dumps({"done": done, "total": total}).encode() + b"\n")

    try:
        kind, report = ask.exchange.import_decisions(file, name, terms, progress)
    except ImportUnusable as error:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "unusable_file", str(error)) from error
    answer = ImportAnswer(kind=kind, failed=report.failed, **report.model_dump())
    put(answer.model_dump_json().encode() + b"\n")


def disposition(name: str, ascii: str) -> str:
    """Content-Disposition with the Chinese name for clients that know RFC 6266, a plain one for others."""
    return f"attachment; filename=\"{ascii}\"; filename*=UTF-8''{quote(name, safe='')}"
