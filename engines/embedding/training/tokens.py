"""Texts as rows of a sparse matrix over the vocabulary, and the word vectors that their neighbourhoods give."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from engines.embedder import Matrix

if TYPE_CHECKING:
    from tokenizers import Tokenizer

BATCH: Final = 4000
WINDOW: Final = 5
SMOOTHING: Final = 0.75
LEAST_TOGETHER: Final = 0.4
SIF: Final = 1e-3


@dataclass(frozen=True)
class Tokens:
    """The token numbers of many texts, one after the other; text i is `ids[bounds[i]:bounds[i + 1]]`."""

    ids: npt.NDArray[np.int32]
    bounds: npt.NDArray[np.int64]

    def means(self, rows: npt.NDArray[np.intp], vocabulary: int) -> sp.csr_matrix:
        """(len(rows), vocabulary): how often each token stands in a text, divided by the text's length."""
        lengths = self.bounds[rows + 1] - self.bounds[rows]
        starts = np.repeat(self.bounds[rows] - np.concatenate([[0], lengths[:-1].cumsum()]), lengths)
        places = np.arange(int(lengths.sum())) + starts
        values = np.repeat(1.0 / np.maximum(lengths, 1), lengths).astype(np.float32)
        pointers = np.concatenate([[0], lengths.cumsum()])
        matrix = sp.csr_matrix((values, self.ids[places], pointers), shape=(len(rows), vocabulary))
        matrix.sum_duplicates()
        return matrix


def tokenise(tokenizer: "Tokenizer", texts: Sequence[str], most: int | None = None) -> Tokens:
    """The first `most` tokens of each text; unknown tokens are left out."""
    parts: list[npt.NDArray[np.int32]] = []
    for start in range(0, len(texts), BATCH):
        for encoded in tokenizer.encode_batch_fast(list(texts[start : start + BATCH]), add_special_tokens=False):
            ids = np.asarray(encoded.ids[:most], dtype=np.int32)
            parts.append(ids[ids > 0])
    bounds = np.concatenate([[0], np.cumsum([len(part) for part in parts])]).astype(np.int64)
    return Tokens(np.concatenate(parts), bounds)


def neighbourhood_vectors(tokens: Tokens, vocabulary: int, dimension: int, seed: int) -> Matrix:
    """(vocabulary, dimension): PPMI over a window of five tokens, compressed by SVD, rows weighted by rarity.

    Unit rows times a / (a + p) (smooth inverse frequency, Arora et al. 2017), so that a plain mean of the rows of a
    text is a weighted one.
    """
    from sklearn.utils.extmath import randomized_svd

    together = _together(tokens, vocabulary)
    left, strengths, _ = randomized_svd(_ppmi(together), n_components=dimension, n_iter=3, random_state=seed)
    table = left * np.sqrt(strengths)
    table /= np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1e-9)
    return np.asarray(table * rarity(tokens, vocabulary)[:, None], dtype=np.float32)


def rarity(tokens: Tokens, vocabulary: int) -> Matrix:
    """(vocabulary,): near 1 for rare tokens, near 0 for those that stand everywhere."""
    share = np.bincount(tokens.ids, minlength=vocabulary) / max(len(tokens.ids), 1)
    return np.asarray(SIF / (SIF + share), dtype=np.float32)


def _together(tokens: Tokens, vocabulary: int) -> sp.csr_matrix:
    """How often two tokens stand near each other, counted by one over their distance."""
    texts = np.repeat(np.arange(len(tokens.bounds) - 1), np.diff(tokens.bounds))
    total = sp.csr_matrix((vocabulary, vocabulary), dtype=np.float32)
    for distance in range(1, WINDOW + 1):
        same = texts[:-distance] == texts[distance:]
        first, second = tokens.ids[:-distance][same], tokens.ids[distance:][same]
        values = np.full(len(first), 1.0 / distance, dtype=np.float32)
        total = total + sp.coo_matrix((values, (first, second)), shape=total.shape).tocsr()
    return (total + total.T).tocsr()


def _ppmi(together: sp.csr_matrix) -> sp.csr_matrix:
    together.data[together.data < LEAST_TOGETHER] = 0
    together.eliminate_zeros()
    occurrences = np.asarray(together.sum(axis=1)).ravel()
    smoothed = occurrences**SMOOTHING
    smoothed /= max(smoothed.sum(), 1e-9)
    entries = together.tocoo()
    information = np.log(entries.data / occurrences[entries.row] / smoothed[entries.col])
    keep = information > 0
    values = information[keep].astype(np.float32)
    return sp.csr_matrix((values, (entries.row[keep], entries.col[keep])), shape=together.shape)
