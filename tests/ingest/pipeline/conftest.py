"""A fresh site for every test, and documents read from text."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ingest.readers.document import SourceDocument
from ingest.readers.limits import DEFAULT_LIMITS
from ingest.readers.read import read_file
from ingest.screening import screen
from tests.ingest.pipeline.parts import Site

Read = Callable[[str, str], SourceDocument]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path / "home")
    yield made
    made.close()


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads a text under a name, as ingest would."""

    def reading(text: str, name: str) -> SourceDocument:
        path = tmp_path / "read" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return screen(read_file(path, name, DEFAULT_LIMITS))

    return reading
