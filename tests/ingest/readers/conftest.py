"""One reading process for all tests of the readers, as a batch has."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ingest.readers.document import SourceDocument
from ingest.readers.errors import ReadFailed
from ingest.readers.sandbox import ReaderWorker


@pytest.fixture(scope="session")
def worker() -> Iterator[ReaderWorker]:
    with ReaderWorker() as worker:
        yield worker


@pytest.fixture
def read(worker: ReaderWorker) -> Callable[[Path], SourceDocument]:
    """Read a file under its own name; every block and field must be where its offsets say."""

    def reading(path: Path) -> SourceDocument:
        document = worker.read(path, path.name)
        for block in document.blocks:
            assert document.text[block.start : block.end] == block.text
            assert {name: document.text[slice(*span)] for name, span in block.field_spans.items()} == block.fields
        return document

    return reading


@pytest.fixture
def failure(worker: ReaderWorker) -> Callable[[Path], ReadFailed]:
    """The failure that reading a file ends with."""

    def failing(path: Path) -> ReadFailed:
        with pytest.raises(ReadFailed) as caught:
            worker.read(path, path.name)
        return caught.value

    return failing
