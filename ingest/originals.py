"""The originals of a site, `files/<sha256>`, and the lock under which writers change what refers to them."""

import fcntl
import hashlib
import os
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from engines.store import Reader

_HASH = re.compile(r"[0-9a-f]{64}")
_HALF_WRITTEN = re.compile(r"\.[0-9a-f]{64}\.[0-9a-f]{8}")


class Originals:
    """Content-addressed files. Each is written whole under a temporary name, made durable, then renamed.

    Committing a document, deciding on a practice and collecting garbage read before they write, so
    each holds `locked()` meanwhile: across threads, and across the processes that share the folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, content_hash: str) -> Path:
        """Where the original with this SHA-256 lies, whether or not it is there."""
        return self.folder / content_hash

    def keep(self, content: bytes) -> str:
        """Store the bytes durably unless they are there already; their SHA-256 in hex. Call it locked."""
        content_hash = hashlib.sha256(content).hexdigest()
        target = self.path(content_hash)
        if target.is_file() and target.stat().st_size == len(content):
            return content_hash
        temporary = self.folder / f".{content_hash}.{secrets.token_hex(4)}"
        try:
            with temporary.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
        _sync_folder(self.folder)
        return content_hash

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One writer at a time between reading the store and committing what follows from it."""
        with (self.folder / ".lock").open("a", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def collect(self, reader: Reader, candidates: Iterable[str] | None = None) -> int:
        """Delete originals that no document uses (of all, or of `candidates`); how many. Call it locked."""
        if candidates is None:
            self._sweep()
            candidates = [path.name for path in self.folder.iterdir()]
        found = {name for name in candidates if _HASH.fullmatch(name)}
        if not found:
            return 0
        used = {str(node.properties.get("content_hash")) for node in reader.nodes(label="Document")}
        unused = [path for path in map(self.path, sorted(found - used)) if path.is_file()]
        for path in unused:
            path.unlink()
        return len(unused)

    def _sweep(self) -> None:
        """Remove what a killed writer left half written: under the lock nobody else is writing."""
        for path in self.folder.iterdir():
            if _HALF_WRITTEN.fullmatch(path.name):
                path.unlink()


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
