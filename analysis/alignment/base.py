"""The two learned scorers under the alignment: a linear one on n-grams and a kernel one on their compressed form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from engines.embedding.ngrams import Encoded, Floats, NgramTable, fold, pack, unpack

Doubles = npt.NDArray[np.float64]
_BATCH = 256


@dataclass(frozen=True, slots=True)
class BaseScores:
    """Uncalibrated margins, float64 of shape (texts, outputs): column 0 = on topic, then clauses, then requirements."""

    linear: Doubles
    kernel: Doubles


class BaseModel:
    """Inference with numpy alone.

    vocabulary: n-grams; the first `len(projection)` of them also make the compressed form.
    linear, bias: (n-grams, outputs) and (outputs,).
    projection, mean: (n-grams of the compressed form, dimensions) and (dimensions,).
    centres, alphas: (training texts, dimensions), unit rows, and (training texts, outputs).
    gamma: of the kernel exp(−gamma · squared distance).
    """

    def __init__(self, vocabulary: Sequence[str], arrays: Mapping[str, npt.NDArray[Any]], gamma: float) -> None:
        self.vocabulary = tuple(vocabulary)
        self.table = NgramTable(self.vocabulary, arrays["idf"].astype(np.float32), low=1, high=4)
        self.linear: Floats = arrays["linear"].astype(np.float32)
        self.bias: Doubles = arrays["bias"].astype(np.float64)
        self.projection: Floats = arrays["projection"].astype(np.float32)
        self.mean: Floats = arrays["mean"].astype(np.float32)
        self.centres: Doubles = arrays["centres"].astype(np.float64)
        self.alphas: Doubles = arrays["alphas"].astype(np.float64)
        self.gamma = gamma
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
        """The unit vector of a text whose `values` are the table's; zero when it has none of the n-grams."""
        known = int(np.searchsorted(encoded.rows, len(self.projection)))
        part = values[:known]
        norm = float(np.sqrt(part @ part))
        if norm == 0.0:
            return np.zeros(len(self.mean), dtype=np.float32)
        vector = part @ self.projection[encoded.rows[:known]] / np.float32(norm) - self.mean
        length = float(np.sqrt(vector @ vector))
        return np.zeros_like(vector) if length == 0.0 else vector / np.float32(length)

    def scores(self, texts: Sequence[str]) -> BaseScores:
        """Margins of every text. A text's row does not depend on its neighbours in the batch (to about 1e-12)."""
        linear = np.empty((len(texts), self.outputs), dtype=np.float64)
        vectors = np.empty((len(texts), len(self.mean)), dtype=np.float64)
        for at, text in enumerate(texts):
            encoded = self.encode(text)
            values = self.table.values(encoded)
            linear[at] = values @ self.linear[encoded.rows]
            vectors[at] = self.compress(encoded, values)
        kernel = [self._kernel(vectors[at : at + _BATCH]) for at in range(0, len(texts), _BATCH)]
        return BaseScores(linear + self.bias, np.concatenate(kernel) if kernel else np.empty((0, self.outputs)))

    def _kernel(self, vectors: Doubles) -> Doubles:
        # Of unit rows the squared distance is 2 − 2·cosine; a zero row is at distance 1 from all.
        squares = (vectors * vectors).sum(axis=1, keepdims=True)
        near = vectors @ self.centres.T
        near *= 2.0
        near -= 1.0 + squares
        near *= self.gamma
        return np.asarray(np.exp(near, out=near) @ self.alphas, dtype=np.float64)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """What `from_arrays` needs, in half precision where that loses nothing that matters."""
        return {
            "vocabulary": pack(self.vocabulary),
            "idf": self.table.weights,
            "linear": self.linear.astype(np.float16),
            "bias": self.bias,
            "projection": self.projection.astype(np.float16),
            "mean": self.mean,
            "centres": self.centres.astype(np.float16),
            "alphas": self.alphas.astype(np.float16),
            "gamma": np.array([self.gamma]),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> "BaseModel":
        return cls(unpack(arrays["vocabulary"]), arrays, float(arrays["gamma"][0]))
