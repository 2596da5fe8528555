"""The learned scorers under the alignment: a linear one on n-grams, and kernel ones on two short forms of the text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from engines.embedder import Embedder
from engines.embedding.ngrams import Encoded, Floats, NgramTable, fold, pack, unpack
from engines.embedding.static import StaticEmbedder

Doubles = npt.NDArray[np.float64]
Precision = type[np.float32] | type[np.float64]
_BATCH = 256
# The kinds of margins, in the order of `BaseScores.parts`.
PARTS: Final = ("n-grams", "n-gram kernel", "meaning kernel")


@dataclass(frozen=True, slots=True)
class BaseScores:
    """Uncalibrated margins, a part for each of `PARTS`, float64 of shape (texts, outputs).

    Column 0 = on topic, then clauses, then requirements.
    """

    parts: tuple[Doubles, ...]

    @property
    def total(self) -> Doubles:
        return np.asarray(sum(self.parts[1:], self.parts[0]))

    def take(self, rows: Any) -> "BaseScores":
        return BaseScores(tuple(part[rows] for part in self.parts))


@dataclass(frozen=True, slots=True)
class Kernel:
    """Sum over training texts of alpha · exp(−gamma · squared distance), on unit rows about a mean.

    mean: (dimensions,). centres: (training texts, dimensions), unit rows. alphas: (training texts, outputs).
    Both in double precision, or in single: half the memory to pass over, but a row then depends on its batch in
    the sixth digit.
    """

    mean: Floats
    centres: npt.NDArray[Any]
    alphas: npt.NDArray[Any]
    gamma: float

    def centred(self, vectors: Floats) -> Doubles:
        """Unit rows of the vectors less the mean; a zero row stays zero."""
        return centred(vectors, self.mean)

    def scores(self, rows: Doubles) -> Doubles:
        """Margins (texts, outputs) of rows that `centred` gave."""
        parts = [self._scores(rows[at : at + _BATCH]) for at in range(0, len(rows), _BATCH)]
        return np.concatenate(parts) if parts else np.empty((0, self.alphas.shape[1]))

    def _scores(self, rows: npt.NDArray[Any]) -> Doubles:
        # Of unit rows the squared distance is 2 − 2·cosine; a zero row is at distance 1 from all.
        rows = rows.astype(self.centres.dtype, copy=False)
        squares = (rows * rows).sum(axis=1, keepdims=True)
        near = rows @ self.centres.T
        near *= 2.0
        near -= 1.0 + squares
        near *= self.gamma
        return np.asarray(np.exp(near, out=near) @ self.alphas, dtype=np.float64)

    def arrays(self, name: str) -> dict[str, npt.NDArray[Any]]:
        """Half precision where that loses nothing that matters."""
        return {
            f"{name}_mean": self.mean,
            f"{name}_centres": self.centres.astype(np.float16),
            f"{name}_alphas": self.alphas.astype(np.float16),
            f"{name}_gamma": np.array([self.gamma]),
        }

    @classmethod
    def from_arrays(cls, name: str, arrays: Mapping[str, npt.NDArray[Any]], precision: Precision) -> "Kernel":
        return cls(
            arrays[f"{name}_mean"].astype(np.float32),
            arrays[f"{name}_centres"].astype(precision),
            arrays[f"{name}_alphas"].astype(precision),
            float(arrays[f"{name}_gamma"][0]),
        )


def centred(vectors: Floats, mean: Floats) -> Doubles:
    """Rows less the mean at unit length; zero rows stay zero."""
    rows = np.where(vectors.any(axis=1, keepdims=True), vectors - mean, 0.0).astype(np.float64)
    lengths = np.sqrt((rows * rows).sum(axis=1, keepdims=True))
    return np.asarray(rows / np.where(lengths == 0.0, 1.0, lengths))


class BaseModel:
    """Inference with numpy alone.

    vocabulary: n-grams; the first `len(projection)` of them also make the compressed form.
    linear, bias: (n-grams, outputs) and (outputs,).
    projection: (n-grams of the compressed form, dimensions).
    compressed, meaning: the kernels on the compressed form and on the vectors of the embedder.
    """

    def __init__(
        self,
        vocabulary: Sequence[str],
        arrays: Mapping[str, npt.NDArray[Any]],
        compressed: Kernel,
        meaning: Kernel,
        embedder: Embedder,
    ) -> None:
        self.vocabulary = tuple(vocabulary)
        self.table = NgramTable(self.vocabulary, arrays["idf"].astype(np.float32), low=1, high=4)
        self.linear: Floats = arrays["linear"].astype(np.float32)
        self.bias: Doubles = arrays["bias"].astype(np.float64)
        self.projection: Floats = arrays["projection"].astype(np.float32)
        self.compressed, self.meaning, self.embedder = compressed, meaning, embedder
        self._rarest = float(self.table.weights.max(initial=1.0))
        self._weight_of = dict[str, float](zip(self.vocabulary, self.table.weights.tolist(), strict=True))

    @property
    def outputs(self) -> int:
        return len(self.bias)

    def weight(self, gram: str) -> float:
        """Inverse document frequency of an n-gram; the highest one for a gram never seen."""
        found = self._weight_of.get(gram)
        return self._rarest if found is None else found

    def encode(self, text: str) -> Encoded:
        return self.table.encode(fold(text))

    def compress(self, encoded: Encoded, values: Floats) -> Floats:
        """The compressed form of a text whose `values` are the table's; zero when it has none of the n-grams."""
        known = int(np.searchsorted(encoded.rows, len(self.projection)))
        part = values[:known]
        norm = float(np.sqrt(part @ part))
        if norm == 0.0:
            return np.zeros(self.projection.shape[1], dtype=np.float32)
        return np.asarray(part @ self.projection[encoded.rows[:known]] / np.float32(norm))

    def scores(self, texts: Sequence[str]) -> BaseScores:
        """Margins of every text. A text's row does not depend on its neighbours in the batch (to about 1e-12)."""
        linear = np.empty((len(texts), self.outputs), dtype=np.float64)
        short = np.empty((len(texts), self.projection.shape[1]), dtype=np.float32)
        for at, text in enumerate(texts):
            encoded = self.encode(text)
            values = self.table.values(encoded)
            linear[at] = values @ self.linear[encoded.rows]
            short[at] = self.compress(encoded, values)
        vectors = self.embedder.embed_passages(texts)
        return BaseScores(
            (
                linear + self.bias,
                self.compressed.scores(self.compressed.centred(short)),
                self.meaning.scores(self.meaning.centred(vectors)),
            )
        )

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """What `from_arrays` needs, in half precision where that loses nothing that matters."""
        return {
            "vocabulary": pack(self.vocabulary),
            "idf": self.table.weights,
            "linear": self.linear.astype(np.float16),
            "bias": self.bias,
            "projection": self.projection.astype(np.float16),
            **self.compressed.arrays("compressed"),
            **self.meaning.arrays("meaning"),
            "embedder": np.frombuffer(self.embedder.fingerprint.encode("utf-8"), dtype=np.uint8),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]], precision: Precision) -> "BaseModel":
        """`precision`: the kernels'. Raises `ValueError` when the shipped static model is not the one it was trained with."""
        embedder = StaticEmbedder.load()
        wanted = arrays["embedder"].tobytes().decode("utf-8")
        if wanted != embedder.fingerprint:
            raise ValueError(f"trained with the embedder {wanted}, but {embedder.fingerprint} is installed: train anew")
        return cls(
            unpack(arrays["vocabulary"]),
            arrays,
            Kernel.from_arrays("compressed", arrays, precision),
            Kernel.from_arrays("meaning", arrays, precision),
            embedder,
        )
