"""Whether the service lives, can answer, and what it holds."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from service.rest.dependencies import READ, App
from service.rest.questions import NoParameters

router = APIRouter(tags=["运行"])


@router.get("/healthz", summary="进程在运行")
def healthz() -> dict[str, str]:
    return {"status": "ok"}


@router.get("/readyz", summary="知识库可以回答")
def readyz(app: App) -> dict[str, str]:
    # A real read: a store can be up and yet unable to answer.
    app.operations.clauses()
    return {"status": "ok"}


@router.get("/v1/status", summary="知识库里有什么", dependencies=[READ])
def status(app: App, _: Annotated[NoParameters, Query()]) -> dict[str, Any]:
    return app.operations.status()
