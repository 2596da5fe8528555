"""`/id/{id}`: one address a node, as a page, JSON, Turtle or JSON-LD; and the ontology as Turtle."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from queries.answers import NodeAnswer
from service.pages import nodes
from service.rest.dependencies import READ, App
from service.rest.problems import Problem
from service.rest.questions import NoParameters, Parameters

router = APIRouter(dependencies=[READ], tags=["标识符"])

JSON, TURTLE, JSON_LD, HTML = "application/json", "text/turtle", "application/ld+json", "text/html"
_OFFERED = (JSON, TURTLE, JSON_LD, HTML)


class NodeParameters(Parameters):
    cursor: str | None = Field(None, max_length=500, description="做法列表的下一页")


@router.get("/id/{id}", summary="一个节点（按 Accept 给出网页、JSON、Turtle 或 JSON-LD）", response_model=NodeAnswer)
def identified(request: Request, app: App, id: str, given: Annotated[NodeParameters, Query()]) -> Response:
    kind = negotiated(request.headers.get("accept", "*/*"))
    headers = {"Vary": "Accept"}
    if kind == HTML:
        page = nodes.page(app.operations, id, given.cursor)
        page.headers.update(headers)
        return page
    if kind == JSON:
        return JSONResponse(app.operations.describe(id).model_dump(mode="json", by_alias=True), headers=headers)
    return Response(
        app.operations.rdf(id, "turtle" if kind == TURTLE else "json-ld"),
        media_type=f"{kind}; charset=utf-8",
        headers=headers,
    )


@router.get("/v1/ontology.ttl", summary="全部本体（含本单位的补充）", response_class=Response)
def ontology(app: App, _: Annotated[NoParameters, Query()]) -> Response:
    return Response(app.operations.ontology_turtle(), media_type=f"{TURTLE}; charset=utf-8")


def negotiated(accept: str) -> str:
    """The best of what we offer for an Accept header (RFC 9110 §12.5.1); JSON when all are alike."""
    wanted: list[tuple[float, int, str]] = []
    for part in accept.split(","):
        pattern, *parameters = (piece.strip().lower() for piece in part.split(";"))
        quality = next((parameter[2:] for parameter in parameters if parameter.startswith("q=")), "1")
        try:
            weight = float(quality)
        except ValueError:
            weight = 0.0
        exactness = 2 - pattern.count("*")
        wanted.append((weight, exactness, pattern))

    def weight_of(offered: str) -> float:
        matching = [
            (exactness, weight)
            for weight, exactness, pattern in wanted
            if pattern in {offered, "*/*", offered.split("/")[0] + "/*"}
        ]
        return max(matching)[1] if matching else 0.0

    best = max(_OFFERED, key=weight_of)
    if weight_of(best) <= 0:
        raise Problem(HTTPStatus.NOT_ACCEPTABLE, "not_acceptable", f"可用的格式：{'、'.join(_OFFERED)}")
    return best
