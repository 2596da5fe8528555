"""Unit rows in eight bits: a fourth of the memory to pass over, with a bound on what that costs in precision."""

import numpy as np
import numpy.typing as npt

from engines.store import Vector

_STEPS = 127
_ROUNDING = 1.0001  # what the arithmetic of the bound itself may be off by
_Codes = npt.NDArray[np.int8]
_Scores = npt.NDArray[np.float64]


class Codes:
    """Rough products of a query with every row, each within a known distance of the true one.

    A number x is kept as round(x / step), so that |x − step·code| ≤ step / 2. The product of a query q and a row r
    is then off by at most step/2 · ‖q‖₁ + step_q/2 · ‖step·code(r)‖₁ (triangle inequality).
    """

    def __init__(self, dimension: int) -> None:
        self._codes: _Codes = np.zeros((0, dimension), dtype=np.int8)
        self._largest = 0.0  # of all numbers coded so far
        self._longest = 0.0  # greatest sum of a row's codes without signs

    def put(self, matrix: Vector, first: int, end: int) -> None:
        """Code rows `first` to `end` of the matrix that this stands for; its rows before that are coded already."""
        largest = float(np.abs(matrix[first:end]).max(initial=0.0))
        if largest > self._largest:
            self._largest, self._longest, first = largest, 0.0, 0
        if len(self._codes) < len(matrix):
            grown = np.zeros(matrix.shape, dtype=np.int8)
            grown[: len(self._codes)] = self._codes
            self._codes = grown
        block = _coded(matrix[first:end], self._step)
        self._codes[first:end] = block
        self._longest = max(self._longest, float(np.abs(block).sum(axis=1, dtype=np.int64).max(initial=0)))

    def products(self, query: Vector) -> tuple[_Scores, float, float]:
        """Of a unit query with every row of the matrix; how far from the true product one may be at most; the unit
        that both are in (to tell the highest it need not be multiplied with)."""
        import simsimd  # half a megabyte that an ingest does not need

        step = float(np.abs(query).max()) / _STEPS
        found = simsimd.cdist(_coded(query[None, :], step), self._codes, metric="dot")
        error = (self._step * float(np.abs(query).sum()) + step * self._step * self._longest) / 2
        unit = step * self._step
        return np.asarray(found, dtype=np.float64)[0], error / unit * _ROUNDING, unit

    @property
    def _step(self) -> float:
        return self._largest / _STEPS or 1.0


def _coded(rows: Vector, step: float) -> _Codes:
    return np.asarray(np.rint(rows / np.float32(step)).clip(-_STEPS, _STEPS), dtype=np.int8)
