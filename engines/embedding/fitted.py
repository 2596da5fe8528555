"""The smallest embedder: TF-IDF of character n-grams, compressed by SVD, fitted on the project's own texts.

It stands behind the seam until the static model of its own issue takes over. It knows which
characters occur together in this domain and nothing else: no general Chinese, no other language.
"""

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from engines.embedder import Matrix
from engines.embedding.ngrams import NgramTable, fold, unpack

FILE: Final = Path(__file__).parent / "model" / "fitted.npz"
LOW: Final = 2
HIGH: Final = 3


class FittedEmbedder:
    """Texts → unit rows, with numpy alone; queries and passages are treated alike. Safe to share between threads."""

    def __init__(self, arrays: Mapping[str, npt.NDArray[Any]], fingerprint: str) -> None:
        self._table = NgramTable(unpack(arrays["vocabulary"]), arrays["idf"].astype(np.float32), LOW, HIGH)
        self._projection: Matrix = arrays["projection"].astype(np.float32)
        self._fingerprint = fingerprint

    @classmethod
    def load(cls, file: Path = FILE) -> "FittedEmbedder":
        """The shipped model, or another of the same form. Raises `OSError` when it is missing."""
        return _load(file)

    @property
    def fingerprint(self) -> str:
        """Name and content hash: equal fingerprints mean comparable vectors."""
        return self._fingerprint

    @property
    def dimension(self) -> int:
        return int(self._projection.shape[1])

    def embed_passages(self, texts: Sequence[str]) -> Matrix:
        """float32 of shape (len(texts), dimension); unit rows, the zero row where no n-gram is known."""
        result = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for at, text in enumerate(texts):
            encoded = self._table.encode(fold(text))
            result[at] = self._table.values(encoded) @ self._projection[encoded.rows]
        norms = np.sqrt((result * result).sum(axis=1, keepdims=True))
        result /= np.where(norms > 0, norms, 1.0)
        return result

    def embed_queries(self, texts: Sequence[str]) -> Matrix:
        """As `embed_passages`."""
        return self.embed_passages(texts)


@lru_cache(maxsize=2)
def _load(file: Path) -> FittedEmbedder:
    fingerprint = "fitted-" + hashlib.sha256(file.read_bytes()).hexdigest()[:12]
    with np.load(file, allow_pickle=False) as arrays:
        return FittedEmbedder(dict(arrays), fingerprint)
