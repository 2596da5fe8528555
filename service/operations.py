"""Everything that can be asked or done, once: pages, REST and the command line are thin faces of this registry."""

import hashlib
from contextlib import AbstractContextManager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from engines.store import Reader
from ontology.model import Ontology
from queries.answers import (
    ClauseRecord,
    CoverageAnswer,
    DocumentRecord,
    MatchAnswer,
    NodeAnswer,
    PracticeAnswer,
    PracticesAnswer,
    Ref,
    RequirementRecord,
    SearchAnswer,
    Status,
    TermRecord,
    TraceAnswer,
)
from queries.errors import UnknownId

if TYPE_CHECKING:
    from queries.search import Searcher
    from service.exchange.operations import ExchangeOperations
    from service.parts import Parts
    from service.review import ReviewOperations

# Every reader sees everything: access labels are kept with the documents, but no face tells readers apart yet.
ALL = None


class SearchRequest(BaseModel):
    """A search as all faces take it; the field names are the query parameters."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    q: str = Field(max_length=2000, description="要查的内容")
    limit: int = Field(10, ge=1, le=100, description="最多几条")
    cursor: str | None = Field(None, max_length=500, description="上一页给出的 next")
    clause: str | None = Field(None, max_length=100, description="只要佐证这一条款的")
    requirement: str | None = Field(None, max_length=100, description="只要佐证这一要求要点的")
    industry: str | None = Field(None, max_length=100, description="只要这个行业的")
    ownership: str | None = Field(None, max_length=100, description="只要这种性质的")
    organization: str | None = Field(None, max_length=200, description="只要这家单位（含下级）的")
    collection: str | None = Field(None, max_length=200, description="只要这个材料集的")
    status: Status | None = Field(None, description="核定状态")
    phase: Literal["plan", "do", "check", "act"] | None = Field(None, description="只要这一阶段的条款")
    role: str | None = Field(None, max_length=100, description="只要提到这一角色的")
    mechanism: str | None = Field(None, max_length=100, description="只要提到这一载体或方法的")
    has_outcome: bool | None = Field(None, description="是：只要写明成效数据的；否：只要没有写明的")


class Operations:
    """The registry over the parts of one home. Raises `queries.errors.QuestionError` and `StoreError`."""

    def __init__(self, parts: "Parts") -> None:
        self._parts = parts
        self._built: tuple[Ontology, Searcher] | None = None

    @cached_property
    def review(self) -> "ReviewOperations":
        """The queue, decisions, their history, and lists that go out and come back."""
        from service.review import ReviewOperations

        return ReviewOperations(self._parts)

    @cached_property
    def exchange(self) -> "ExchangeOperations":
        """Files that go out in every format, and decisions that come back in files."""
        from service.exchange.operations import ExchangeOperations

        return ExchangeOperations(self._parts)

    def _searcher(self) -> "Searcher":
        from queries.search import Searcher

        parts = self._current()
        if self._built is None or self._built[0] is not parts.ontology:
            self._built = (parts.ontology, Searcher(parts.ontology, parts.embedder))
        return self._built[1]

    def _current(self) -> "Parts":
        """The parts, built on the ontology that the store holds now."""
        self._parts.follow_ontology()
        return self._parts

    def warm_up(self) -> None:
        """Build what the first question would otherwise wait for."""
        self.search(SearchRequest(q="质量文化", limit=1))
        self.match("党员带头攻关", 1)

    # — questions —

    def search(self, request: SearchRequest) -> SearchAnswer:
        from queries.search import SearchRequest as Question

        searcher = self._searcher()
        with self._parts.store.reading() as reader:
            return searcher.search(reader, Question(**request.model_dump()), access=ALL)

    def named(self, answer: SearchAnswer) -> tuple[Ref, ...]:
        """What a search was taken to name: requirement points, clauses, documents, concepts."""
        labels = {"requirements": "Requirement", "clauses": "Clause", "documents": "Document", "concepts": "Concept"}
        return tuple(
            Ref(id=item["id"], label=label, title=item["title"])
            for part, label in labels.items()
            for item in answer.understood.get(part, ())
        )

    def match(self, text: str, limit: int) -> MatchAnswer:
        from queries.match import match

        parts = self._current()
        return match(parts.aligner, parts.ontology, text, limit)

    def clauses(self) -> tuple[ClauseRecord, ...]:
        from queries.clauses import clause_tree

        with self._asking() as reader:
            return clause_tree(reader, access=ALL)

    def requirements(self) -> tuple[RequirementRecord, ...]:
        from queries.requirements import requirements

        with self._asking() as reader:
            return requirements(reader, access=ALL)

    def requirement(self, id: str) -> RequirementRecord:
        from queries.requirements import requirement

        with self._asking() as reader:
            return requirement(reader, id, access=ALL)

    def practices_for(
        self, id: str, *, status: Status | None = None, limit: int = 20, cursor: str | None = None
    ) -> PracticesAnswer:
        from queries.requirements import practices_for

        chosen: dict[str, Any] = {"statuses": (status,)} if status else {}
        with self._asking() as reader:
            return practices_for(reader, id, access=ALL, limit=limit, cursor=cursor, **chosen)

    def practice(self, id: str) -> PracticeAnswer:
        from queries.practices import practice

        with self._asking() as reader:
            return practice(reader, id, ALL)

    def terms(self) -> tuple[TermRecord, ...]:
        from queries.terms import terms

        with self._asking() as reader:
            return terms(reader)

    def documents(self, *, collection: str | None = None) -> tuple[DocumentRecord, ...]:
        from queries.documents import documents

        with self._asking() as reader:
            return documents(reader, access=ALL, collection=collection)

    def trace(
        self, id: str, *, depth: int, direction: Literal["in", "out", "both"], relations: tuple[str, ...]
    ) -> TraceAnswer:
        from queries.trace import trace

        with self._asking() as reader:
            return trace(reader, id, access=ALL, depth=depth, direction=direction, relations=relations)

    def coverage(self, *, organization: str | None = None, collection: str | None = None) -> CoverageAnswer:
        from queries.coverage import coverage

        with self._asking() as reader:
            return coverage(reader, access=ALL, organization_id=organization, collection=collection)

    def describe(self, id: str) -> NodeAnswer:
        from queries.nodes import node

        with self._asking() as reader:
            return node(reader, id, access=ALL)

    def label_of(self, id: str) -> str:
        """The label of a node. Raises `UnknownId`."""
        with self._asking() as reader:
            for found in reader.nodes(ids=(id,)):
                return found.label
        raise UnknownId("node", id)

    def rdf(self, id: str, form: Literal["turtle", "json-ld"]) -> str:
        """A node and its relations as RDF under the site's base IRI."""
        from ontology.rdf import node_to_rdf, to_json_ld, to_turtle
        from queries.nodes import node_content

        with self._asking() as reader:
            node, relations = node_content(reader, id, access=ALL)
        graph = node_to_rdf(node, relations, self._parts.settings.base_iri)
        return to_turtle(graph) if form == "turtle" else to_json_ld(graph)

    def ontology_turtle(self) -> str:
        from ontology.rdf import ontology_turtle

        return ontology_turtle(self._parts.settings.overlay, self._parts.settings.base_iri)

    def matchable_clauses(self) -> tuple[Ref, ...]:
        """The clauses that set requirements, in order."""
        return tuple(
            Ref(id=clause.id, label="Clause", title=clause.zh) for clause in self._parts.ontology.matchable_clauses
        )

    def numbering(self) -> str:
        """Which reading of the clause numbers is in force, in words."""
        for hypothesis in self._current().ontology.numbering:
            if hypothesis.decided:
                return f"由本单位核定（{hypothesis.zh}）"
        return f"暂按一种读法（{self._parts.ontology.numbering[0].zh}）"

    def counts(self) -> dict[str, int]:
        """How much material there is, and how many documents of it are samples."""
        stored = [document for document in self.documents() if document.kind == "case"]
        return {
            "practices": sum(document.practices for document in stored),
            "documents": len(stored),
            "samples": sum(document.sample for document in stored),
        }

    def status(self) -> dict[str, Any]:
        ontology = self._current().ontology  # first: it fills a base that was never opened before
        store = self._parts.store.status()
        return {
            "version": self._parts.version,
            "engine": store.engine,
            "schema_version": store.schema_version,
            "generation": store.generation,
            "nodes": dict(store.nodes),
            "relations": dict(store.relations),
            "texts": store.texts,
            "vector_sets": dict(store.vector_sets),
            "ontology": ontology.fingerprint,
            "embedder": self._parts.embedder.fingerprint,
            "alignment_model": self._parts.aligner.model,
            "stale_documents": self.stale_documents(),
        }

    # — changes —

    def holds_other(self, collection: str, name: str, file: Path) -> bool:
        """Whether this source is stored with other content than the file's."""
        from ingest.source import Source

        with file.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        with self._asking() as reader:
            stored = next(iter(reader.nodes(ids=(Source(collection, name).document,))), None)
        return stored is not None and stored.properties.get("content_hash") != digest

    def delete_document(self, id: str) -> None:
        """Remove a document and all that was derived from it. Raises `UnknownId`."""
        from ingest.originals import Originals
        from ingest.removal import delete_document

        if not delete_document(self._parts.store, Originals(self._parts.settings.files), id):
            raise UnknownId("document", id)

    def delete_collection(self, collection: str) -> int:
        """Remove all material of a collection at once; how many documents. Raises `UnknownId`."""
        from ingest.originals import Originals
        from ingest.removal import delete_collection

        gone = delete_collection(self._parts.store, Originals(self._parts.settings.files), collection)
        if not gone:
            raise UnknownId("collection", collection)
        return len(gone)

    def stale_documents(self) -> int:
        """How many documents were derived with another ontology or model than now."""
        from ingest.rebuild import stale_documents

        with self._asking() as reader:
            return len(stale_documents(reader, self._parts.ingester.analyst.version))

    def _asking(self) -> AbstractContextManager[Reader]:
        # The ontology first: a base that was never opened before gets its content now.
        _ = self._current().ontology
        return self._parts.store.reading()
