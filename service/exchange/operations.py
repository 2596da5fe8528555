"""Exports and imports as all faces take them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from service.exchange.selection import About, Exporting, Options, Progress

if TYPE_CHECKING:
    from service.exchange.decisions_in import Terms
    from service.parts import Parts
    from service.review_sheet import ImportReport

FormatName = Literal[
    "csv",
    "xlsx",
    "jsonl",
    "ttl",
    "sssom",
    "oscal-catalog",
    "oscal-practices",
    "oscal-mapping",
    "oscal-component",
    "self-assessment",
]
_ONTOLOGY: Final = "本体.ttl"


class ExportRequest(BaseModel):
    """What of the material; the field names are the query parameters. A format takes no notice of what it has no use for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    organization: str | None = Field(None, max_length=200, description="只要这家单位（含下级）的：标识符或名称")
    collection: str | None = Field(None, max_length=200, description="只要这个材料集的")
    accepted_only: bool = Field(False, description="只要已采信的")
    clauses: bool = Field(False, description="sssom 另列做法与条款的对应")
    license: str | None = Field(None, max_length=300, pattern=r"^https?://\S+$", description="sssom 注明的许可（网址）")
    per_point: int = Field(10, ge=1, le=1000, description="自评表每条要求要点最多列几条做法（已采信的都列）")

    def options(self) -> Options:
        return Options(**self.model_dump())


@dataclass(frozen=True, slots=True)
class Given:
    """A file that is being given out."""

    name: str
    ascii: str
    media_type: str
    pieces: Iterator[bytes]


class ExchangeOperations:
    """The part of the registry that gives out and takes in. Raises `queries.errors.QuestionError` and `StoreError`."""

    def __init__(self, parts: "Parts") -> None:
        self._parts = parts

    @contextmanager
    def export(self, format: FormatName, request: ExportRequest, progress: Progress | None = None) -> Iterator[Given]:
        """The file as a whole from one generation of the store: read it fast, others may wait for its end.

        Stays in the thread that entered it.
        """
        from service.exchange.formats import FORMATS

        self._parts.follow_ontology()
        ontology, settings = self._parts.ontology, self._parts.settings
        if format == "ttl":
            from ontology.rdf import ontology_turtle

            turtle = ontology_turtle(settings.overlay, settings.base_iri).encode("utf-8")
            yield Given(_ONTOLOGY, "ontology.ttl", "text/turtle; charset=utf-8", iter((turtle,)))
            return
        chosen = FORMATS[format]
        about = About(self._parts.version, settings.base_iri, ontology.fingerprint, datetime.now().astimezone())
        more: dict[str, Any] = {"progress": progress} if progress else {}
        with Exporting(self._parts.store, about, request.options(), **more) as material:
            yield Given(chosen.file_name(material), chosen.ascii, chosen.media_type, chosen.write(material))

    def import_decisions(
        self, file: Path, name: str, terms: "Terms", progress: Progress | None = None
    ) -> "tuple[str, ImportReport]":
        """Take in decisions from an SSSOM table, a trace matrix or a review workbook called `name`; its kind and report.

        Raises `service.exchange.tables.ImportUnusable` when nothing of it can be read.
        """
        from service.exchange.importing import import_decisions

        self._parts.follow_ontology()
        return import_decisions(self._parts, file, name, terms, self._parts.reviewer.decide_many, progress)
