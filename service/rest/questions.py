"""`/v1`: the questions, each a thin route over the operation of the same name."""

from typing import Annotated, Generic, Literal, TypeVar

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from queries.answers import (
    ClauseRecord,
    CoverageAnswer,
    MatchAnswer,
    PracticeAnswer,
    PracticesAnswer,
    RequirementRecord,
    SearchAnswer,
    Status,
    TermRecord,
    TraceAnswer,
)
from service.operations import SearchRequest
from service.rest.dependencies import READ, Ask

router = APIRouter(prefix="/v1", dependencies=[READ], tags=["查询"])
Item = TypeVar("Item")


class Page(BaseModel, Generic[Item]):
    """A list; `next` is the cursor of the next page, null at the end."""

    results: tuple[Item, ...]
    next: str | None = None


class Parameters(BaseModel):
    """Query parameters of a route; any other is an error."""

    model_config = ConfigDict(extra="forbid")


class NoParameters(Parameters):
    pass


class PageParameters(Parameters):
    limit: int = Field(20, ge=1, le=100, description="最多几条")
    cursor: str | None = Field(None, max_length=500, description="上一页给出的 next")


class PracticesParameters(PageParameters):
    status: Status | None = Field(None, description="核定状态")


class MatchRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")
    text: str = Field(min_length=1, max_length=50_000, description="一段做法的文字")
    limit: int = Field(5, ge=1, le=64, description="最多几条；条款共 14 条")


class TraceParameters(Parameters):
    depth: int = Field(2, ge=1, le=6)
    direction: Literal["in", "out", "both"] = "both"
    relations: str | None = Field(None, max_length=500, description="关系类型或种类，逗号分隔")


class CoverageParameters(Parameters):
    organization: str | None = Field(None, max_length=200)
    collection: str | None = Field(None, max_length=200)


@router.get("/search", summary="查做法")
def search(ask: Ask, request: Annotated[SearchRequest, Query()]) -> SearchAnswer:
    return ask.search(request)


@router.post("/match", summary="一段做法可佐证哪些条款和要求要点")
def match(ask: Ask, body: MatchRequest) -> MatchAnswer:
    return ask.match(body.text, body.limit)


@router.get("/clauses", summary="条款树")
def clauses(ask: Ask, _: Annotated[NoParameters, Query()]) -> Page[ClauseRecord]:
    return Page[ClauseRecord](results=ask.clauses())


@router.get("/requirements", summary="全部要求要点（依据编制说明整理，非标准原文）")
def requirements(ask: Ask, _: Annotated[NoParameters, Query()]) -> Page[RequirementRecord]:
    return Page[RequirementRecord](results=ask.requirements())


@router.get("/requirements/{id}", summary="一条要求要点")
def requirement(ask: Ask, id: str, _: Annotated[NoParameters, Query()]) -> RequirementRecord:
    return ask.requirement(id)


@router.get("/requirements/{id}/practices", summary="哪些做法可佐证这条要求要点")
def practices(ask: Ask, id: str, page: Annotated[PracticesParameters, Query()]) -> PracticesAnswer:
    return ask.practices_for(id, status=page.status, limit=page.limit, cursor=page.cursor)


@router.get("/practices/{id}", summary="一条做法可佐证什么")
def practice(ask: Ask, id: str, _: Annotated[NoParameters, Query()]) -> PracticeAnswer:
    return ask.practice(id)


@router.get("/terms", summary="术语、角色、载体与方法、提法")
def terms(ask: Ask, _: Annotated[NoParameters, Query()]) -> Page[TermRecord]:
    return Page[TermRecord](results=ask.terms())


@router.get("/trace/{id}", summary="从一个节点追溯")
def trace(ask: Ask, id: str, given: Annotated[TraceParameters, Query()]) -> TraceAnswer:
    kinds = tuple(part.strip() for part in (given.relations or "").split(",") if part.strip())
    return ask.trace(id, depth=given.depth, direction=given.direction, relations=kinds)


@router.get("/coverage", summary="一家单位或一个材料集对要求要点的覆盖情况")
def coverage(ask: Ask, given: Annotated[CoverageParameters, Query()]) -> CoverageAnswer:
    return ask.coverage(organization=given.organization, collection=given.collection)
