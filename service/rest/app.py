"""The HTTP application: guard, problems, API, pages, and the life of the jobs' worker."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from service import glossary
from service.bootstrap import Application
from service.pages import rendering
from service.pages import routes as pages
from service.rest import documents, export, health, identifiers, problems, questions, review
from service.rest.guard import Guard, allowed_hosts


def create_app(application: Application) -> FastAPI:
    """The service over an opened `application`, which stays the caller's to close."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        with application.jobs.running():
            yield

    app = FastAPI(
        title="质文图谱 Zhiwen",
        version=application.version,
        description=f"哪些企业做法可佐证《{glossary.STANDARD_TITLE}》的哪条要求要点。{glossary.UNOFFICIAL}",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.state.application = application
    problems.install(app)
    for router in (
        questions.router,
        review.router,
        documents.router,
        export.router,
        identifiers.router,
        health.router,
        pages.router,
    ):
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=rendering.FOLDER / "static"))
    settings = application.settings
    app.add_middleware(
        Guard,
        hosts=allowed_hosts(settings),
        max_upload_bytes=settings.max_upload_bytes,
        any_address=settings.host in {"0.0.0.0", "::"},
    )
    return app
