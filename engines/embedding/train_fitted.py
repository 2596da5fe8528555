"""Fits the interim embedder: `python -m engines.embedding.train_fitted --texts FILE…` (.jsonl with `text`, or a text a line)."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from engines.embedding.fitted import FILE, HIGH, LOW
from engines.embedding.ngrams import NgramTable, fold, grams, pack
from ontology.load import load_ontology
from ontology.model import Ontology, Requirement

N_GRAMS: Final = 13_000
DIMENSIONS: Final = 128


def read_texts(file: Path) -> Iterator[str]:
    """The texts of a file. Raises `OSError`, `ValueError`, `KeyError`."""
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.strip():
            yield str(json.loads(line)["text"]) if file.suffix == ".jsonl" else line


def ontology_texts(ontology: Ontology) -> Iterator[str]:
    """Labels and statements: the words that questions are asked in."""
    for thing in ontology.things.values():
        yield "，".join((thing.zh, *thing.alt))
        if isinstance(thing, Requirement):
            yield "，".join((thing.zh, *thing.expected_evidence))


def fit(
    texts: Sequence[str], n_grams: int = N_GRAMS, dimensions: int = DIMENSIONS, seed: int = 0
) -> dict[str, npt.NDArray[Any]]:
    """The arrays of a `FittedEmbedder`; equal texts and numbers give an equal model."""
    import scipy.sparse
    from sklearn.decomposition import TruncatedSVD

    folded = [fold(text) for text in texts]
    frequency: Counter[str] = Counter()
    for text in folded:
        frequency.update({gram for gram in grams(text, LOW, HIGH) if gram.isalnum()})
    ranked = sorted((gram for gram, count in frequency.items() if count > 1), key=lambda gram: (-frequency[gram], gram))
    vocabulary = ranked[:n_grams]
    idf = np.array([np.log((1 + len(texts)) / (1 + frequency[gram])) + 1 for gram in vocabulary], dtype=np.float32)
    table = NgramTable(vocabulary, idf, LOW, HIGH)
    encoded = [table.encode(text) for text in folded]
    values = np.concatenate([table.values(text) for text in encoded])
    rows = np.concatenate([text.rows for text in encoded])
    ends = np.cumsum([0, *(len(text.rows) for text in encoded)])
    matrix = scipy.sparse.csr_matrix((values, rows, ends), shape=(len(texts), len(vocabulary)))
    svd = TruncatedSVD(dimensions, n_iter=5, random_state=seed).fit(matrix)
    return {"vocabulary": pack(vocabulary), "idf": idf, "projection": svd.components_.T.astype(np.float16)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--texts", type=Path, nargs="+", required=True, help="files to learn from, besides the ontology"
    )
    parser.add_argument("--out", type=Path, default=FILE)
    options = parser.parse_args(arguments)
    texts = [text for file in options.texts for text in read_texts(file)]
    texts += ontology_texts(load_ontology())
    arrays = fit(texts)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(options.out, allow_pickle=False, **arrays)
    print(
        f"{len(texts)} texts, {len(arrays['idf'])} n-grams, {options.out.stat().st_size / 1e6:.1f} MB in {options.out}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
