"""The parts of the product over one home: each built once, when it is first needed."""

import logging
from functools import cached_property
from importlib.metadata import version
from typing import TYPE_CHECKING

from engines.embedder import Embedder
from engines.store import Store, StoreUnavailable
from ontology.load import ontology_fingerprint
from ontology.model import Ontology
from service.embedders import load_embedder
from service.settings import Settings
from service.stores import open_store

if TYPE_CHECKING:
    from analysis.alignment.model import Aligner
    from ingest.pipeline import Ingester
    from ingest.review import Reviewer
    from service.review_model import SiteModel


log = logging.getLogger("zhiwen")


class Parts:
    """Store, ontology, models, ingester and reviewer of one `ZHIWEN_HOME`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.version = version("zhiwen")
        self._site_model: SiteModel | None = None

    @cached_property
    def store(self) -> Store:
        try:
            self.settings.home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            message = f"不能建立数据目录 {self.settings.home}（{error.strerror}）；请改正权限，或把 ZHIWEN_HOME 设为可写的文件夹"
            raise StoreUnavailable(message) from error
        return open_store(self.settings.store, self.settings.neo4j)

    @cached_property
    def ontology(self) -> Ontology:
        """The standard's content with the site's overlay; written to the store when either has changed.

        An overlay with faults changes nothing: the last valid ontology goes on serving, with a warning.
        """
        from ingest.ontology_content import load_stored_ontology, refresh_ontology

        with self.store.reading() as reader:
            stored = load_stored_ontology(reader)
        if stored is not None and stored.fingerprint == ontology_fingerprint(self.settings.overlay):
            return stored
        from ontology.load import OntologyInvalid, load_ontology

        try:
            ontology = load_ontology(self.settings.overlay)
        except OntologyInvalid as error:
            if stored is None:
                raise
            log.warning("%s\n继续使用上一次有效的本体。", error)
            return stored
        if stored is not None:
            from ingest.originals import Originals
            from ingest.review_suspects import follow_wording, reworded

            # Before the ontology itself: an interruption between the two repeats both.
            follow_wording(self.store, Originals(self.settings.files), ontology, reworded(stored, ontology))
        refresh_ontology(self.store, ontology)
        return ontology

    def follow_ontology(self) -> None:
        """Take up the ontology, or the site's model, that another process has written meanwhile, and let go of
        whatever was built on the former."""
        from ingest.ontology_content import stored_fingerprint
        from service.review_model import site_model

        if "ontology" not in self.__dict__:
            return
        if "aligner" in self.__dict__ and site_model(self.settings.home) != self._site_model:
            self._forget("aligner", "ingester", "reviewer")
        with self.store.reading() as reader:
            stored = stored_fingerprint(reader)
        if stored is not None and stored != self.ontology.fingerprint:
            self._forget("ontology", "aligner", "ingester", "reviewer")

    def _forget(self, *names: str) -> None:
        for name in names:
            self.__dict__.pop(name, None)

    @cached_property
    def aligner(self) -> "Aligner":
        from analysis.alignment.model import Aligner
        from service.review_model import fitting_aligner, site_model

        model = self._site_model = site_model(self.settings.home)
        own = fitting_aligner(model, self.ontology) if model else None
        return own or Aligner.load(self.ontology)

    @cached_property
    def embedder(self) -> Embedder:
        return load_embedder(self.settings.embedder)

    @cached_property
    def ingester(self) -> "Ingester":
        from analysis.annotate import Annotator
        from analysis.citations import CitationFinder
        from ingest.pipeline import Ingester

        return Ingester(
            store=self.store,
            ontology=self.ontology,
            aligner=self.aligner,
            annotator=Annotator(self.ontology),
            citation_finder=CitationFinder(self.ontology),
            embedder=self.embedder,
            files=self.settings.files,
        )

    @cached_property
    def reviewer(self) -> "Reviewer":
        from ingest.review import Reviewer

        return Reviewer(
            self.store,
            self.ontology,
            self.ingester.analyst.judge,
            self.ingester.originals,
            by_two=self.settings.review_by_two,
        )
