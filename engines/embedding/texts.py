"""What the encoders share: which texts say something, how a long text is cut, how its parts become one vector."""

import hashlib
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from engines.embedder import Matrix


def says_something(text: str) -> bool:
    """Whether there is a letter, a Han character or a digit to embed."""
    return any(character.isalnum() for character in text)


def encodable(text: str) -> str:
    """The text with a question mark for each lone surrogate, which tokenizers refuse."""
    return text.encode("utf-8", "replace").decode("utf-8")


def pieces(text: str, offsets: Sequence[tuple[int, int]], most: int) -> list[str]:
    """Cut `text` at token boundaries into parts of about equal size, none longer than `most` tokens.

    `offsets` are the tokens' places in the text, in characters.
    """
    count = -(-len(offsets) // most)
    if count <= 1:
        return [text]
    bounds = [round(part * len(offsets) / count) for part in range(count + 1)]
    return [text[offsets[low][0] : offsets[high - 1][1]] for low, high in pairwise(bounds)]


def joined(vectors: Matrix, owners: Sequence[int], weights: Sequence[float], count: int) -> Matrix:
    """The weighted mean of the unit rows of each owner, at unit length; zero rows for owners without any.

    `vectors` has shape (len(owners), dimension), the result (count, dimension).
    """
    result = np.zeros((count, vectors.shape[1]), dtype=np.float32)
    np.add.at(result, np.asarray(owners, dtype=np.intp), vectors * np.asarray(weights, dtype=np.float32)[:, None])
    return unit(result)


def unit(vectors: Matrix) -> Matrix:
    """The rows at length one; zero rows stay zero."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(norms > 0, norms, 1.0), dtype=np.float32)


def content_hash(files: Iterable[Path], *more: str, more_bytes: Iterable[bytes] = ()) -> str:
    """Twelve hex digits over the files' bytes, in the order given, the texts and the bytes."""
    digest = hashlib.sha256()
    for file in files:
        with file.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    for text in more:
        digest.update(text.encode())
    for part in more_bytes:
        digest.update(part)
    return digest.hexdigest()[:12]
