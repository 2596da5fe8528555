"""The embedding seam: texts in, unit vectors out; a query is told apart from a passage."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float32]


class Embedder(Protocol):
    """Turns texts into unit rows; a text of which it knows nothing gives the zero row."""

    @property
    def fingerprint(self) -> str:
        """Name and content hash: equal fingerprints mean comparable vectors."""
        ...

    @property
    def dimension(self) -> int: ...

    def embed_passages(self, texts: Sequence[str]) -> Matrix:
        """float32 of shape (len(texts), dimension)."""
        ...

    def embed_queries(self, texts: Sequence[str]) -> Matrix:
        """float32 of shape (len(texts), dimension)."""
        ...
