"""Character n-grams of a text as rows of a fixed table: the features of every model that is fitted here."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


class _Folding(dict[int, str]):
    """Character → its folded form, worked out when first met; always one character, so offsets stay."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        folded = unicodedata.normalize("NFKC", char).lower()
        if len(folded) != 1:
            folded = char
        if folded.isspace():
            folded = " "
        elif folded.isdigit():
            folded = "0"
        self[code] = folded
        return folded


_FOLDING = _Folding()


def fold(text: str) -> str:
    """Width, case and white space levelled, every digit a 0; of the same length as `text`."""
    return text.translate(_FOLDING)


def grams(folded: str, low: int, high: int) -> list[str]:
    """All n-grams of `low`…`high` characters: the shortest first, each length in order of position."""
    count = len(folded)
    return [folded[at : at + size] for size in range(low, high + 1) for at in range(count - size + 1)]


@dataclass(frozen=True, slots=True)
class Encoded:
    """A text in terms of a table: distinct rows in rising order, how often each occurs, and the row at
    every position (−1 = not in the table), laid out as `grams` orders them."""

    rows: Ints
    counts: Ints
    places: Ints
    length: int


class NgramTable:
    """n-gram → row, with each row's weight (inverse document frequency)."""

    def __init__(self, vocabulary: Sequence[str], weights: Floats, low: int, high: int) -> None:
        if len(vocabulary) != len(weights):
            raise ValueError(f"{len(vocabulary)} n-grams but {len(weights)} weights")
        self.low, self.high = low, high
        self.weights = weights
        self._row = {gram: row for row, gram in enumerate(vocabulary)}

    def __len__(self) -> int:
        return len(self._row)

    def encode(self, folded: str) -> Encoded:
        """Rows of a text that `fold` has been applied to."""
        count, row = len(folded), self._row.get
        found: list[int] = []
        for size in range(self.low, self.high + 1):
            found += [row(folded[at : at + size], -1) for at in range(count - size + 1)]
        places = np.array(found, dtype=np.int64)
        rows, counts = np.unique(places, return_counts=True)
        if len(rows) and rows[0] < 0:
            rows, counts = rows[1:], counts[1:]
        return Encoded(rows, counts, places, count)

    def values(self, encoded: Encoded) -> Floats:
        """(1 + ln count) · weight of the distinct rows, scaled to unit length."""
        values = (np.log(encoded.counts, dtype=np.float32) + np.float32(1)) * self.weights[encoded.rows]
        norm = float(np.sqrt(values @ values))
        return values if norm == 0.0 else values / np.float32(norm)


def pack(vocabulary: Sequence[str]) -> npt.NDArray[np.uint8]:
    """A vocabulary as plain bytes, so that a model file needs no pickling."""
    return np.frombuffer("\n".join(vocabulary).encode("utf-8"), dtype=np.uint8)


def unpack(packed: npt.NDArray[np.uint8]) -> list[str]:
    """What `pack` was given. (`fold` turns every line break into a blank, so none is in a gram.)"""
    return packed.tobytes().decode("utf-8").split("\n")
