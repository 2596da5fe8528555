"""The composition root: puts the parts, the registry of operations and the jobs together, and closes them."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from service.jobs import Jobs
from service.operations import Operations
from service.parts import Parts
from service.settings import Settings, read_settings


class Application(Parts):
    """The whole product over one `ZHIWEN_HOME`. Safe to share between threads once it has answered."""

    @cached_property
    def operations(self) -> Operations:
        return Operations(self)

    @cached_property
    def jobs(self) -> Jobs:
        return Jobs(self.store, self.settings.uploads, self._ingest_upload)

    def _ingest_upload(self, path: Path, collection: str, name: str, replace: bool) -> dict[str, Any]:
        from ingest.source import Source

        return self.ingester.ingest_file(path, Source(collection, name), replace=replace).as_json()

    def close(self) -> None:
        if "store" in self.__dict__:
            self.store.close()


@contextmanager
def opened(settings: Settings | None = None) -> Iterator[Application]:
    """An application over the settings in force, closed at the end."""
    application = Application(settings or read_settings())
    try:
        yield application
    finally:
        application.close()
