"""The pages' addresses: search, the clause tree, and what the API offers (nodes are at /id/…)."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from service.operations import Operations, SearchRequest
from service.pages.rendering import render
from service.rest.dependencies import READ, Ask
from service.rest.questions import NoParameters

router = APIRouter(dependencies=[READ], include_in_schema=False)

EXAMPLES: Final = (
    "哪些做法可佐证“开展质量党建责任区”",
    "怎么让老师傅愿意提改进意见",
    "供应商大会上讲质量价值观",
    "QC小组攻关 废品率下降",
    "效能的定义",
)


@router.get("/", response_class=HTMLResponse)
def home(ask: Ask, _: Annotated[NoParameters, Query()]) -> HTMLResponse:
    return _home(ask)


def _home(ask: Operations) -> HTMLResponse:
    values = {"q": "", "answer": None, "examples": EXAMPLES, "counts": ask.counts(), "clauses": ask.matchable_clauses()}
    return render("search.html", values)


@router.get("/search", response_class=HTMLResponse)
def search(ask: Ask, given: Annotated[SearchRequest, Query()]) -> HTMLResponse:
    if not given.q.strip():
        return _home(ask)
    answer = ask.search(given)
    return render("search.html", {"q": given.q, "answer": answer, "asked": ask.named(answer)})


@router.get("/clauses", response_class=HTMLResponse)
def clauses(ask: Ask, _: Annotated[NoParameters, Query()]) -> HTMLResponse:
    return render("clauses.html", {"clauses": ask.clauses(), "scheme": ask.numbering()})


@router.get("/docs", response_class=HTMLResponse)
def api(request: Request, _: Annotated[NoParameters, Query()]) -> HTMLResponse:
    """What the API offers, from its own OpenAPI document: no script, nothing from elsewhere."""
    document = request.app.openapi()
    operations = [
        {"method": method.upper(), "path": path, **operation}
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    return render("api.html", {"operations": operations, "version": document["info"]["version"]})
