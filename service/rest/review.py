"""`/v1/review`: the queue, decisions one or many, their history, and the workbook that goes out and comes back."""

import shutil
import tempfile
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, File, Form, Query, Response, UploadFile
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from analysis.same_text import person
from queries.review import ReviewQueue
from queries.review_records import HistoryAnswer, OrphansAnswer
from service.access import OPEN, Caller
from service.operations import Operations
from service.rest.dependencies import READ, Ask, caller
from service.rest.problems import Problem, in_chinese
from service.rest.questions import PageParameters
from service.review import (
    MOST_AT_ONCE,
    DecisionRequest,
    DecisionResult,
    HistoryRequest,
    QueueRequest,
    WorkbookRequest,
)
from service.review_sheet import ImportReport, SheetUnusable

router = APIRouter(prefix="/v1/review", tags=["核定"])
Who = Annotated[Caller, Depends(caller("review"))]
_PROBLEMS: Final = {
    "unknown_practice": (HTTPStatus.NOT_FOUND, "unknown_id"),
    "unknown_requirement": (HTTPStatus.NOT_FOUND, "unknown_id"),
    "not_yourself": (HTTPStatus.FORBIDDEN, "forbidden"),
}
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class DecisionsRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")
    # What is no decision request is refused alone, not with the others.
    decisions: tuple[DecisionRequest | dict[str, Any], ...] = Field(min_length=1, max_length=MOST_AT_ONCE)
    dry_run: bool = Field(False, description="只检查，什么也不改变")


class DecisionsResult(BaseModel):
    """One result for each verdict, in the order given; `failed`: how many of them were not recorded."""

    results: tuple[DecisionResult, ...]
    failed: int


@router.get("", summary="待核的做法与要求要点，最有用的在前", dependencies=[READ])
def queue(ask: Ask, request: Annotated[QueueRequest, Query()]) -> ReviewQueue:
    return ask.review.queue(request)


@router.post("/decisions", summary="核定一条")
def decide(ask: Ask, who: Who, body: DecisionRequest) -> DecisionResult:
    (result,) = _decide(ask, who, (body,), dry_run=False)
    if result.outcome not in ("refused", "conflict"):
        return result
    status, code = _PROBLEMS.get(result.code or "", (HTTPStatus.UNPROCESSABLE_ENTITY, "review_refused"))
    if result.outcome == "conflict":
        status, code = HTTPStatus.CONFLICT, "review_conflict"
    raise Problem(status, code, result.message or "", reason=result.code)


@router.post("/decisions/batch", summary="核定多条，逐条给出结果")
def decide_many(ask: Ask, who: Who, body: DecisionsRequest) -> DecisionsResult:
    results = _decide(ask, who, body.decisions, dry_run=body.dry_run)
    failed = sum(result.outcome in ("refused", "conflict") for result in results)
    return DecisionsResult(results=tuple(results), failed=failed)


@router.get("/history", summary="核定的历史：谁、何时、说了什么、为什么", dependencies=[READ])
def history(ask: Ask, request: Annotated[HistoryRequest, Query()]) -> HistoryAnswer:
    return ask.review.history(request)


@router.get("/orphans", summary="失去对象的结论（做法或要求要点已不在）", dependencies=[READ])
def orphans(ask: Ask, given: Annotated[PageParameters, Query()]) -> OrphansAnswer:
    return ask.review.orphans(limit=given.limit, cursor=given.cursor)


@router.get("/workbook", summary="导出核定表（XLSX）", response_class=Response, dependencies=[READ])
def export(ask: Ask, request: Annotated[WorkbookRequest, Query()]) -> Response:
    name = "attachment; filename=\"review.xlsx\"; filename*=UTF-8''%E5%BE%85%E6%A0%B8.xlsx"
    return Response(ask.review.workbook(request), media_type=XLSX, headers={"Content-Disposition": name})


@router.post("/workbook", summary="导入填好的核定表（.xlsx，或 .csv、.jsonl）")
def take_in(
    ask: Ask,
    who: Who,
    file: Annotated[UploadFile, File(description="填好的核定表")],
    reviewer: Annotated[str | None, Form(max_length=100, description="没有写核定人的行，记这个人")] = None,
    dry_run: Annotated[bool, Form(description="只检查，什么也不改变")] = False,
) -> ImportReport:
    if reviewer and not _may_name_others(who) and person(reviewer) != person(who.name):
        detail = f"密钥 {who.name} 只能以自己的名义导入；代他人录入须用 admin 权限的密钥"
        raise Problem(HTTPStatus.FORBIDDEN, "forbidden", detail)
    name = PurePosixPath((file.filename or "").replace("\\", "/")).name
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "upload"
        with target.open("wb") as out:
            shutil.copyfileobj(file.file, out)
        try:
            return ask.review.import_file(
                target,
                name,
                reviewer=reviewer if _may_name_others(who) else who.name,
                only_as=None if _may_name_others(who) else who.name,
                entered_by=None if who.name == OPEN else who.name,
                dry_run=dry_run,
            )
        except SheetUnusable as error:
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "unusable_sheet", str(error)) from error


def _decide(
    ask: Operations, who: Caller, given: Sequence[DecisionRequest | dict[str, Any]], *, dry_run: bool
) -> list[DecisionResult]:
    refused = {at: result for at, each in enumerate(given) if (result := _unfit(who, each))}
    fit = [each for at, each in enumerate(given) if at not in refused and isinstance(each, DecisionRequest)]
    hand = None if who.name == OPEN else who.name
    results = iter(ask.review.decide(fit, reviewer=who.name, via="api", entered_by=hand, dry_run=dry_run))
    return [refused.get(at) or next(results) for at in range(len(given))]


def _unfit(who: Caller, given: DecisionRequest | dict[str, Any]) -> DecisionResult | None:
    """The refusal of what is no decision request, or speaks for somebody else."""
    if isinstance(given, dict):
        try:
            DecisionRequest.model_validate(given)
        except ValidationError as error:
            message = "；".join(
                f"{'.'.join(map(str, item['loc']))}：{in_chinese(dict(item))}" for item in error.errors()
            )
            return _refused(str(given.get("practice")), str(given.get("requirement")), "invalid", message)
    elif given.reviewer and not _may_name_others(who) and person(given.reviewer) != person(who.name):
        message = f"密钥 {who.name} 只能以自己的名义核定，不能写 {given.reviewer}；代他人录入须用 admin 权限的密钥。"
        return _refused(given.practice, given.requirement, "not_yourself", message)
    return None


def _refused(practice: str, requirement: str, code: str, message: str) -> DecisionResult:
    return DecisionResult(practice=practice, requirement=requirement, outcome="refused", code=code, message=message)


def _may_name_others(who: Caller) -> bool:
    return who.scope in (None, "admin")
