"""Deriving all documents anew from their originals, after the ontology, a model or the code has changed."""

import logging
from collections.abc import Iterator

from engines.store import Reader, StoreError
from ingest.document_changes import read_analysis
from ingest.pipeline import Ingester, Progress, source_of
from ingest.readers.errors import ReadFailed
from ingest.readers.sandbox import ReaderWorker
from ingest.removal import documents
from ingest.report import Report
from ontology.graph import Node, SchemaViolation

log = logging.getLogger("zhiwen.ingest")

_ORIGINAL_MISSING = "原始文件不在 files/ 中，无法重建；现有内容未改动。请重新导入该文件，或从备份恢复。"
_INTERNAL = "重建时出现内部错误（{}），现有内容未改动。请把日志交给维护人员。"


def stale_documents(reader: Reader, version: str) -> list[Node]:
    """The documents derived with another `Analyst.version` than this."""
    return [node for node in documents(reader) if read_analysis(reader, node.id).version != version]


def rebuild(ingester: Ingester, *, only_stale: bool = False, progress: Progress | None = None) -> Iterator[Report]:
    """Derive every document anew (or only the stale ones), one commit each, while others read.

    Inputs, decisions and other records stay. A document that cannot be derived keeps what it has and is
    reported. Afterwards originals that nobody uses are gone.
    """
    with ingester.store.reading() as reader:
        nodes = stale_documents(reader, ingester.analyst.version) if only_stale else documents(reader)
    with ingester.worker() as worker:
        for done, node in enumerate(nodes):
            if progress:
                progress(done, len(nodes), source_of(node))
            yield _rebuilt(ingester, node, worker)
    if progress:
        progress(len(nodes), len(nodes), None)
    with ingester.originals.locked(), ingester.store.reading() as reader:
        ingester.originals.collect(reader)


def _rebuilt(ingester: Ingester, node: Node, worker: ReaderWorker) -> Report:
    source = source_of(node)
    if not ingester.originals.path(str(node.properties["content_hash"])).is_file():
        return Report(source, "failed", "original_missing", _ORIGINAL_MISSING)
    try:
        return ingester.rederive(node, worker)
    except ReadFailed as failure:
        return Report(source, "failed", failure.code, failure.message)
    except (StoreError, SchemaViolation) as error:
        log.exception("rebuilding %s", source.name)
        return Report(source, "failed", "store_failed", str(error))
    except Exception as error:
        log.exception("rebuilding %s", source.name)
        return Report(source, "failed", "internal_error", _INTERNAL.format(type(error).__name__))
