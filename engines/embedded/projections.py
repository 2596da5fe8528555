"""The projections of one process: each built when it is first asked for, then kept in step."""

import ctypes
import logging
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol, TypeVar

from engines.embedded.graph_projection import GraphProjection
from engines.embedded.truth import EVERYTHING, embedder_of, log_start_of, vector_sets
from engines.embedded.vector_projection import VectorProjection
from engines.embedded.word_projection import WordProjection
from engines.store import OtherEmbedder

_log = logging.getLogger(__name__)


class _Projection(Protocol):
    def advance(self, truth: sqlite3.Connection, since: int) -> bool: ...

    def close(self) -> None: ...


_P = TypeVar("_P", bound=_Projection)


class Projections:
    """`loads` counts how often each was loaded from the whole truth."""

    def __init__(self, query_timeout_s: float) -> None:
        self.loads: Counter[str] = Counter()
        self._query_timeout_s = query_timeout_s
        self._built: dict[str, _Projection] = {}
        self._locks = {name: threading.Lock() for name in ("graph", "words", "vectors")}

    def graph(self, truth: sqlite3.Connection) -> GraphProjection:
        """The graph as `truth` shows it."""
        return self._get("graph", "graph", truth, lambda: GraphProjection(self._query_timeout_s))

    def words(self, truth: sqlite3.Connection) -> WordProjection:
        """The words as `truth` shows them."""
        return self._get("words", "words", truth, WordProjection)

    def vectors(self, truth: sqlite3.Connection, embedder: str) -> VectorProjection | None:
        """The vectors of an embedder; None when there are none at all. Raises `OtherEmbedder`."""
        found = embedder_of(truth, embedder)
        if found is None:
            others = vector_sets(truth)
            if others:
                raise OtherEmbedder(
                    f"库中的向量由 {'、'.join(others)} 生成，没有 {embedder} 的向量；两者不能混用。请用 zhiwen rebuild 重新生成。"
                )
            return None
        key, dimension = found
        return self._get(f"vectors {key}", "vectors", truth, lambda: VectorProjection(embedder, key, dimension))

    def _get(self, key: str, what: str, truth: sqlite3.Connection, make: Callable[[], _P]) -> _P:
        with self._locks[what]:
            projection = self._built.get(key)
            if projection is None:
                projection = make()
                try:
                    projection.advance(truth, EVERYTHING)
                except BaseException:
                    projection.close()
                    raise
                self._built[key] = projection
                self.loads[what] += 1
                _give_memory_back()
            return projection  # type: ignore[return-value]

    def advance(self, truth: sqlite3.Connection, since: int) -> None:
        """Bring what is built from generation `since` to that of `truth`, while nobody reads.

        One that cannot follow is dropped, to be loaded when it is next asked for.
        """
        known = since >= log_start_of(truth)
        for key, projection in list(self._built.items()):
            try:
                followed = known and projection.advance(truth, since)
            except Exception:
                _log.exception("projection %s could not follow from generation %d", key, since)
                followed = False
            if not followed:
                del self._built[key]
                projection.close()

    def close(self) -> None:
        """Free everything."""
        for projection in self._built.values():
            projection.close()
        self._built.clear()


def _give_memory_back() -> None:
    """Return what loading freed to the system: glibc keeps it otherwise, a quarter of all at 100,000 practices."""
    with suppress(OSError, AttributeError, TypeError):  # not glibc
        ctypes.CDLL(None).malloc_trim(0)
