"""One embedder's vectors as a matrix: exact cosine inside a scope."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt

from engines.embedded.codes import Codes
from engines.embedded.encoding import decode_vectors, scope_groups, scope_keys
from engines.embedded.truth import EVERYTHING, changed_vectors, gone_since, vector_sets
from engines.store import Hit, Scope, StoreError, Vector

_FEWEST_STALE = 1_000
_BATCH = 10_000
_SPARSE = 0.05  # below this share of rows, gathering them beats passing over all
_BLOCKS = 4  # for each row wanted: passing over their greatest spares sorting out all rows
_SLACK = 1e-5  # float32 products of one row may differ this much with its place in the matrix

_Rows = npt.NDArray[np.int32]
_LoadedVector = tuple[str, bytes, str | None, str | None]


class VectorProjection:
    """Unit rows with the scope keys of their texts. A changed vector gets a new row; the old one is dead."""

    def __init__(self, embedder: str, key: int, dimension: int) -> None:
        self._embedder, self._key, self._dimension = embedder, key, dimension
        self._ids: list[str] = []
        self._row_of: dict[str, int] = {}
        self._matrix: Vector = np.zeros((0, dimension), dtype=np.float32)
        self._codes = Codes(dimension)
        self._alive: npt.NDArray[np.bool_] = np.zeros(0, dtype=np.bool_)
        self._rows_with: dict[str, _Rows] = {}
        self._unfiltered: tuple[Scope, npt.NDArray[np.intp]] | None = None  # most questions ask inside the same scope

    def advance(self, truth: sqlite3.Connection, since: int) -> bool:
        """Take over what changed after `since`; False when more rows are dead than alive."""
        self._unfiltered = None
        if since != EVERYTHING:
            self._bury(id for embedder, id in gone_since(truth, since, "vectors") if embedder == self._embedder)
        else:
            self._make_room(vector_sets(truth).get(self._embedder, 0))
        altered = iter(changed_vectors(truth, self._key, since))
        while batch := list(islice(altered, _BATCH)):
            self._bury(id for id, *_ in batch)
            self._append(batch)
        living = len(self._row_of)
        return len(self._ids) - living <= max(_FEWEST_STALE, living)

    def _bury(self, ids: Iterable[str]) -> None:
        rows = [row for id in ids if (row := self._row_of.pop(id, None)) is not None]
        self._alive[rows] = False

    def _append(self, vectors: list[_LoadedVector]) -> None:
        first = len(self._ids)
        block = decode_vectors((vector for _, vector, _, _ in vectors), self._dimension)
        lengths = np.linalg.norm(block, axis=1, keepdims=True)
        unit = np.divide(block, lengths, out=np.zeros_like(block), where=lengths > 0)
        self._make_room(first + len(vectors))
        self._matrix[first : first + len(vectors)] = unit
        self._codes.put(self._matrix, first, first + len(vectors))
        self._alive[first : first + len(vectors)] = lengths[:, 0] > 0
        rows_with: dict[str, list[int]] = defaultdict(list)
        for row, (id, _, kind, scope) in enumerate(vectors, first):
            self._ids.append(id)
            self._row_of[id] = row
            for key in scope_keys(kind, scope or "") if kind is not None else ():
                rows_with[key].append(row)
        for key, rows in rows_with.items():
            new = np.array(rows, dtype=np.int32)
            old = self._rows_with.get(key)
            self._rows_with[key] = new if old is None else np.concatenate((old, new))

    def _make_room(self, needed: int) -> None:
        room = len(self._matrix)
        if needed <= room:
            return
        grown = max(needed, room + room // 4)
        matrix = np.zeros((grown, self._dimension), dtype=np.float32)
        matrix[:room] = self._matrix
        alive = np.zeros(grown, dtype=np.bool_)
        alive[:room] = self._alive
        self._matrix, self._alive = matrix, alive

    def match(self, vector: Vector, scope: Scope, limit: int) -> list[Hit]:
        """The `limit` vectors of highest cosine, ties by id; nothing for a zero vector."""
        if vector.shape != (self._dimension,) or not np.isfinite(vector).all():
            raise StoreError(f"查询向量应为 {self._dimension} 维的有限数，送来的是 {vector.shape}。")
        length = float(np.linalg.norm(vector))
        if limit < 1 or not length:
            return []
        query = (vector / length).astype(np.float32)
        rows = self._inside(scope)
        if len(rows) > max(limit, _SPARSE * len(self._matrix)):
            rough, error, _ = self._codes.products(query)
            rows = _highest(rows, rough[rows], limit, error)
        rows = _highest(rows, self._matrix[rows] @ query, limit, _SLACK)
        # Row by row in double precision, so that equal vectors have equal scores wherever they stand.
        exact = (self._matrix[rows].astype(np.float64) * query.astype(np.float64)).sum(axis=1)
        exact.clip(-1.0, 1.0, out=exact)
        hits = [Hit(self._ids[row], score) for row, score in zip(rows, exact.tolist(), strict=True)]
        return sorted(hits, key=lambda hit: (-hit.score, hit.id))[:limit]

    def _inside(self, scope: Scope) -> npt.NDArray[np.intp]:
        known = self._unfiltered
        if known is not None and known[0] == scope:
            return known[1]
        inside = self._alive.copy()
        for keys in scope_groups(scope):
            group = np.zeros_like(inside)
            for key in keys:
                if key in self._rows_with:
                    group[self._rows_with[key]] = True
            inside &= group
        rows = np.flatnonzero(inside)
        if not scope.facets:
            self._unfiltered = (scope, rows)
        return rows

    def close(self) -> None:
        """Nothing is held outside this process's memory."""


def _highest(rows: npt.NDArray[np.intp], scores: npt.NDArray[Any], limit: int, error: float) -> npt.NDArray[np.intp]:
    """The rows that may be among the `limit` highest, when each score is off by at most `error`."""
    if limit >= len(rows):
        return rows
    # Each of the blocks' greatest is a score, so the lowest of the `limit` highest of them is too low, if at all.
    blocks = _BLOCKS * limit
    heads = scores[: len(scores) // blocks * blocks].reshape(blocks, -1).max(axis=1, initial=-np.inf)
    high = scores[scores >= _nth_highest(heads, limit)]
    return np.asarray(rows[scores >= _nth_highest(high, limit) - 2 * error])


def _nth_highest(scores: npt.NDArray[Any], n: int) -> float:
    return float(np.partition(scores, len(scores) - n)[len(scores) - n])
