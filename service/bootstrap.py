"""The composition root: puts the parts, the registry of operations and the jobs together, and closes them."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from engines.store import Store, StoreUnavailable
from ontology.load import ontology_fingerprint
from ontology.model import Ontology
from service.jobs import Jobs
from service.operations import Operations
from service.parts import Parts, log
from service.read_only import NoJobs
from service.settings import Settings, read_settings
from service.stores import open_store


class Application(Parts):
    """The whole product over one `ZHIWEN_HOME`. Safe to share between threads once it has answered."""

    @cached_property
    def store(self) -> Store:
        if self.settings.store_read_only:
            return open_store(self.settings.store, self.settings.neo4j, read_only=True)
        return super().store

    @cached_property
    def ontology(self) -> Ontology:
        return self._ontology_as_stored() if self.settings.store_read_only else super().ontology

    def _ontology_as_stored(self) -> Ontology:
        """Where nothing may be written, the base's own content is served, whatever the overlay beside it says."""
        from ingest.ontology_content import load_stored_ontology

        with self.store.reading() as reader:
            stored = load_stored_ontology(reader)
        if stored is None:
            raise StoreUnavailable(
                "知识库里还没有本体，而本服务只读。请先在可写的一端打开一次（例如运行 zhiwen doctor）。"
            )
        if stored.fingerprint != ontology_fingerprint(self.settings.overlay):
            log.warning(
                "本体补充或程序自带的本体与库中的不同；本服务只读，继续使用库中的。请在可写的一端运行 zhiwen rebuild。"
            )
        return stored

    @cached_property
    def operations(self) -> Operations:
        return Operations(self)

    @cached_property
    def jobs(self) -> Jobs:
        kind = NoJobs if self.settings.store_read_only else Jobs
        return kind(self.store, self.settings.uploads, self._ingest_upload)

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
