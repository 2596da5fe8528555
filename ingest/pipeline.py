"""Ingest: from files to committed documents, one change set each; the way in for everything that is written."""

import errno
import gc
import hashlib
import logging
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from analysis.alignment.model import Aligner
from analysis.annotate import Annotator
from analysis.citations import CitationFinder
from engines.embedder import Embedder
from engines.store import Reader, Store, StoreError
from ingest.analyst import Analyst, Given
from ingest.content import DocumentContent
from ingest.decisions import DecisionCache
from ingest.document_changes import change_set, read_analysis
from ingest.originals import Originals
from ingest.readers.errors import ReadFailed
from ingest.readers.limits import DEFAULT_LIMITS, Limits
from ingest.readers.sandbox import ReaderWorker
from ingest.report import Report
from ingest.screening import screen
from ingest.source import DEFAULT_COLLECTION, Source
from ingest.sources import Found, expand
from ontology.graph import Node, SchemaViolation
from ontology.model import Ontology

log = logging.getLogger("zhiwen.ingest")

DEFAULT_ACCESS: Final = ("default",)
Progress = Callable[[int, int, Source | None], None]

_STORED_ALREADY: Final = "该来源已有内容不同的文档。如要替换，请明确指定替换；如要并存，请换一个名称或集合。"
_CHANGING: Final = "读取时文件正在被改动。请等写入完成后再试。"
_INTERNAL: Final = "处理时出现内部错误（{}），该文件未导入，其余不受影响。请把文件和日志交给维护人员。"
_FULL: Final = "磁盘已满或超出配额，该文件未导入。请清理或扩容后再试；已报告存入的内容都已保存。"
_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT)
_NOTHING: Final = "已入库，但没有找到可以作为做法的段落。"


@dataclass(frozen=True, slots=True)
class Options:
    """How sources are taken in.

    replace: other bytes under a source that is stored replace it. sample: mark as 虚构样例 whatever the
    document says. access: who may see it. allow_restricted: take in what is marked as internal or as a
    trade secret; only sensible with access labels of its own.
    """

    replace: bool = False
    sample: bool = False
    access: tuple[str, ...] = DEFAULT_ACCESS
    allow_restricted: bool = False


class Ingester:
    """Turns files into documents of a store. Safe to share between threads and to run in several processes.

    files: folder of the originals (`files/<sha256>`), shared by the processes of a site.
    """

    def __init__(
        self,
        store: Store,
        ontology: Ontology,
        aligner: Aligner,
        annotator: Annotator,
        citation_finder: CitationFinder,
        embedder: Embedder,
        files: Path,
        *,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        self.store = store
        self.originals = Originals(files)
        self.analyst = Analyst(ontology, aligner, annotator, citation_finder, embedder)
        self._decisions = DecisionCache()
        self._limits = limits

    def worker(self) -> ReaderWorker:
        """A reading process, to be shared by the files of a batch; a context manager."""
        return ReaderWorker(self._limits)

    def ingest_paths(
        self,
        paths: Iterable[Path],
        collection: str = DEFAULT_COLLECTION,
        *,
        replace: bool = False,
        sample: bool = False,
        access: tuple[str, ...] = DEFAULT_ACCESS,
        allow_restricted: bool = False,
        progress: Progress | None = None,
    ) -> Iterator[Report]:
        """Ingest files and folders; a report for each source, in order, the moment it is committed.

        A file that cannot be taken in is reported and the next one follows. `progress` is called with how
        many are done, of how many, and which comes next. Stopping the iteration (or Ctrl-C) loses nothing
        that was reported. `ValueError` when `collection` cannot be one.
        """
        options = Options(replace, sample, access, allow_restricted)
        found = expand(paths, collection)
        with self.worker() as worker:
            for done, item in enumerate(found):
                if progress:
                    progress(done, len(found), item.source)
                yield self._ingest_found(item, worker, options)
        if progress:
            progress(len(found), len(found), None)

    def ingest_file(
        self,
        path: Path,
        source: Source,
        *,
        replace: bool = False,
        sample: bool = False,
        access: tuple[str, ...] = DEFAULT_ACCESS,
        allow_restricted: bool = False,
    ) -> Report:
        """Ingest one file under the source given; never raises for what is wrong with the file."""
        with self.worker() as worker:
            options = Options(replace, sample, access, allow_restricted)
            return self._ingest_found(Found(path, source), worker, options)

    def _ingest_found(self, item: Found, worker: ReaderWorker, options: Options) -> Report:
        source = item.source
        if item.code:
            return Report(source, "failed", item.code, item.message)
        try:
            return self._ingest(item.path, source, worker, options)
        except ReadFailed as failure:
            return Report(source, "failed", failure.code, failure.message)
        except (StoreError, SchemaViolation) as error:
            log.info("storing %s: %s", source.name, error)  # who asked is told by the report
            return Report(source, "failed", "store_failed", str(error))
        except Exception as error:
            if isinstance(error, OSError) and error.errno in _NO_ROOM:
                return Report(source, "failed", "disk_full", _FULL)
            log.exception("ingesting %s", source.name)
            return Report(source, "failed", "internal_error", _INTERNAL.format(type(error).__name__))

    def _ingest(self, path: Path, source: Source, worker: ReaderWorker, options: Options) -> Report:
        content, before = self._read_bytes(path)
        content_hash = hashlib.sha256(content).hexdigest()
        with self.store.reading() as reader:
            early = self._settled(reader, source, content_hash, options.replace)
        if early and (early.status == "failed" or self.originals.path(content_hash).is_file()):
            return early
        document = worker.read(path, source.name)
        if _identity(path) != before:
            return Report(source, "failed", "changed_while_reading", _CHANGING)
        screened = screen(document, allow_restricted=options.allow_restricted)
        given = Given(source, content_hash, _now(), options.access, options.sample)
        with _no_cycle_search():
            return self._commit(source, content, self.analyst.derive(screened, given), options.replace)

    def _read_bytes(self, path: Path) -> tuple[bytes, tuple[int, int, int]]:
        try:
            before = _identity(path)
            if before[1] > self._limits.file:
                raise ReadFailed("too_large", f"超过 {self._limits.file // 1_000_000} MB")
            return path.read_bytes(), before
        except FileNotFoundError:
            raise ReadFailed("not_found") from None
        except IsADirectoryError:
            raise ReadFailed("is_directory") from None
        except OSError as error:
            raise ReadFailed("not_readable", os.strerror(error.errno or 0)) from error

    def _settled(self, reader: Reader, source: Source, content_hash: str, replace: bool) -> Report | None:
        """The report when there is nothing to do: the same bytes are stored, or others that may not be replaced."""
        present = stored_document(reader, source.document)
        if present is None:
            return None
        if present.properties["content_hash"] == content_hash:
            return Report(source, "unchanged", practices=read_analysis(reader, source.document).practices)
        return None if replace else Report(source, "failed", "already_stored", _STORED_ALREADY)

    def _commit(self, source: Source, content: bytes, derived: DocumentContent, replace: bool) -> Report:
        """Look again under the lock, keep the original, commit, and drop the one that is replaced."""
        content_hash = str(derived.document.properties["content_hash"])
        with self.originals.locked():
            with self.store.reading() as reader:
                if settled := self._settled(reader, source, content_hash, replace):
                    if settled.status == "unchanged":
                        self.originals.keep(content)
                    return settled
                before = stored_document(reader, source.document)
                changes = change_set(derived, self._decisions.read(reader))
            self.originals.keep(content)
            try:
                self.store.apply(changes)
            finally:
                # Whichever of the two is not needed now: the replaced one, or after a failure the new one.
                replaced = str(before.properties["content_hash"]) if before else content_hash
                with self.store.reading() as reader:
                    self.originals.collect(reader, {replaced, content_hash})
        warnings = derived.document.properties["warnings"]
        assert isinstance(warnings, tuple)
        return Report(
            source,
            "stored" if before is None else "replaced",
            message="" if derived.practices else _NOTHING,
            practices=len(derived.practices),
            warnings=warnings,
        )

    def rederive(self, node: Node, worker: ReaderWorker) -> Report:
        """Derive a stored document anew from its original, keeping what ingest was told and all decisions.

        Raises `ReadFailed` when the original cannot be read, `StoreError`.
        """
        source = source_of(node)
        content_hash = str(node.properties["content_hash"])
        original = self.originals.path(content_hash)
        access, stored_at = node.properties["access"], str(node.properties["stored_at"])
        assert isinstance(access, tuple)
        given = Given(source, content_hash, stored_at, access, bool(node.properties["sample"]))
        derived = self.analyst.derive(screen(worker.read(original, source.name), allow_restricted=True), given)
        with self.originals.locked():
            with self.store.reading() as reader:
                present = stored_document(reader, source.document)
                if present is None or present.properties["content_hash"] != content_hash:
                    return Report(source, "unchanged")  # replaced or deleted meanwhile: nothing left to derive
                changes = change_set(derived, self._decisions.read(reader))
            self.store.apply(changes)
        return Report(source, "rebuilt", practices=len(derived.practices))


def stored_document(reader: Reader, document: str) -> Node | None:
    """The node of an ingested document; `None` when there is none with this id (the ontology's are not meant)."""
    node = next(iter(reader.nodes(ids=[document], label="Document")), None)
    return node if node is not None and node.properties.get("content_hash") else None


def source_of(node: Node) -> Source:
    """The source of an ingested document's node."""
    return Source(str(node.properties["collection"]), str(node.properties["name"]))


@contextmanager
def _no_cycle_search() -> Iterator[None]:
    """A large document makes a million objects and no cycles; looking for some takes a fifth of the time."""
    searching = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searching:
            gc.enable()


def _identity(path: Path) -> tuple[int, int, int]:
    status = path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
