"""Measures an embedder on public retrieval sets and on the field's own labels.

    python -m engines.embedding.evaluate --data DIR [--labelled FILE.jsonl …] [--turtle FILE.ttl …] --model MODEL …

MODEL: the folder of a static model, `onnx:FOLDER`, `transformer:FOLDER`, `fitted`, or `bm25`. The public sets
(CMRC 2018, DRCD, XQuAD, held-out laws, STS-B) are for evaluation only. Figures: R@1, R@10, nDCG@10 in percent,
alone and in an even min-max mixture with BM25 over character bigrams; Spearman's correlation for STS.
"""

import argparse
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from engines.embedder import Embedder, Matrix
from engines.embedding.training.corpus import read_text

SETS: Final = ("cmrc", "drcd", "xquad", "law", "lawict")
STS: Final = ("sts_test", "sts_valid")
MOST_QUERIES: Final = 2000
REQUIREMENT: Final = re.compile(r'^id:(\S+) a zw:Requirement ;\s+skos:prefLabel "(.+?)"@zh, "(.+?)"@en', re.MULTILINE)
LABELS: Final = re.compile(r'skos:prefLabel "([^"]+)"@zh, "([^"]+)"@en')


@dataclass(frozen=True)
class RetrievalSet:
    """Queries, passages, and for each query the numbers of the relevant passages."""

    name: str
    queries: list[str]
    passages: list[str]
    relevant: list[list[int]]


class Bm25:
    """BM25 (k1 1.2, b 0.75) over character bigrams of Han runs and Latin words."""

    def __init__(self, passages: Sequence[str]) -> None:
        self._known: dict[str, int] = {}
        counts = self._matrix(passages, grow=True)
        lengths = np.asarray(counts.sum(axis=1)).ravel()
        entries = counts.tocoo()
        occurrences = np.bincount(entries.col, minlength=counts.shape[1])
        idf = np.log1p((len(passages) - occurrences + 0.5) / (occurrences + 0.5))
        damped = entries.data + 1.2 * (0.25 + 0.75 * lengths[entries.row] / max(lengths.mean(), 1e-9))
        values = idf[entries.col] * entries.data * 2.2 / damped
        self._weights = sp.csr_matrix((values, (entries.row, entries.col)), shape=counts.shape)

    def scores(self, queries: Sequence[str]) -> Matrix:
        """(queries, passages)."""
        asked = self._matrix(queries, grow=False)
        return np.asarray((asked @ self._weights.T).toarray(), dtype=np.float32)

    def _matrix(self, texts: Sequence[str], *, grow: bool) -> sp.csr_matrix:
        rows: list[int] = []
        columns: list[int] = []
        for row, text in enumerate(texts):
            for run in re.findall(r"[一-鿿]+|[a-z0-9]+", text.lower()):
                words = [run] if run.isascii() else [run[at : at + 2] for at in range(max(len(run) - 1, 1))]
                for word in words:
                    at = self._known.setdefault(word, len(self._known)) if grow else self._known.get(word, -1)
                    if at >= 0:
                        rows.append(row)
                        columns.append(at)
        ones = np.ones(len(rows), dtype=np.float32)
        matrix = sp.csr_matrix((ones, (rows, columns)), shape=(len(texts), len(self._known)))
        matrix.sum_duplicates()
        return matrix


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--labelled", type=Path, nargs="*", default=[])
    parser.add_argument("--turtle", type=Path, nargs="*", default=[])
    parser.add_argument("--model", nargs="+", required=True)
    parser.add_argument("--sets", nargs="*", default=[*SETS, *STS])
    given = parser.parse_args()
    sets = [read_set(given.data, name) for name in given.sets if name in SETS]
    sets += own_sets(given.labelled, given.turtle)
    pairs = {name: json.loads(read_text(given.data, f"{name}.json")) for name in given.sets if name in STS}
    words = {each.name: Bm25(each.passages).scores(each.queries) for each in sets}
    for name in given.model:
        embedder = None if name == "bm25" else open_embedder(name)
        for each in sets:
            if embedder is None:
                print(f"{name}\t{each.name}\t{_shown(figures(words[each.name], each.relevant))}", flush=True)
                continue
            dense = embedder.embed_queries(each.queries) @ embedder.embed_passages(each.passages).T
            even = spread(words[each.name]) + spread(dense)
            print(f"{name}\t{each.name}\t{_shown(figures(dense, each.relevant))}", end="\t", flush=True)
            print(f"with bm25\t{_shown(figures(even, each.relevant))}", flush=True)
        if embedder is not None:
            for test, rows in pairs.items():
                print(f"{name}\t{test}\t{similarity(embedder, rows):.1f}", flush=True)


def open_embedder(name: str) -> Embedder:
    """The embedder a name stands for."""
    kind, _, place = name.rpartition(":")
    if name == "fitted":
        from engines.embedding.fitted import FittedEmbedder

        return FittedEmbedder.load()
    if kind == "onnx":
        from engines.embedding.onnx import OnnxEmbedder

        return OnnxEmbedder.load(Path(place))
    if kind == "transformer":
        from engines.embedding.transformer import TransformerEmbedder

        return TransformerEmbedder.load(place)
    from engines.embedding.static import StaticEmbedder

    return StaticEmbedder.load(Path(place))


def read_set(folder: Path, name: str) -> RetrievalSet:
    """A public set; its first 2,000 queries."""
    content: dict[str, Any] = json.loads(read_text(folder, f"eval_{name}.json"))
    return RetrievalSet(name, content["q"][:MOST_QUERIES], content["d"], content["rel"][:MOST_QUERIES])


def own_sets(labelled: Sequence[Path], turtle: Sequence[Path]) -> list[RetrievalSet]:
    """Requirement → labelled practices (Chinese, English), and English label → Chinese label of the ontology."""
    texts = [file.read_text(encoding="utf-8") for file in turtle]
    labels = dict(pair[::-1] for text in texts for pair in LABELS.findall(text))
    requirements = [match for text in texts for match in REQUIREMENT.findall(text)]
    practices = [json.loads(line) for file in labelled for line in file.read_text(encoding="utf-8").splitlines()]
    found: list[RetrievalSet] = []
    if labels:
        chinese = list(dict.fromkeys(labels.values()))
        relevant = [[chinese.index(label)] for label in labels.values()]
        found.append(RetrievalSet("labels-en", list(labels), chinese, relevant))
    if requirements and practices:
        bearing = [
            [at for at, practice in enumerate(practices) if key in practice["full"]] for key, _, _ in requirements
        ]
        passages = [practice["text"] for practice in practices]
        found.append(RetrievalSet("practice-zh", [zh for _, zh, _ in requirements], passages, bearing))
        found.append(RetrievalSet("practice-en", [en for _, _, en in requirements], passages, bearing))
    return found


def spread(scores: Matrix) -> Matrix:
    """Each query's scores from 0 to 1."""
    low, high = scores.min(axis=1, keepdims=True), scores.max(axis=1, keepdims=True)
    return np.asarray((scores - low) / np.maximum(high - low, 1e-9), dtype=np.float32)


def figures(scores: Matrix, relevant: Sequence[Sequence[int]]) -> tuple[float, float, float]:
    """R@1 (the first is relevant), R@10 (one of ten is), nDCG@10, in percent over the queries that have an answer."""
    asked = [at for at, each in enumerate(relevant) if len(each)]
    best = np.argsort(-scores[asked], axis=1, kind="stable")[:, :10]
    gains = np.array([np.isin(row, relevant[at]) for row, at in zip(best, asked, strict=True)])
    discounts = 1 / np.log2(np.arange(2, 12))
    ideal = np.array([discounts[: len(relevant[at])].sum() for at in asked])
    per_cent = 100 / max(len(asked), 1)
    first, any_of_ten = float(gains[:, 0].sum()), float(gains.any(axis=1).sum())
    return (
        first * per_cent,
        any_of_ten * per_cent,
        float((gains @ discounts[: gains.shape[1]] / ideal).sum()) * per_cent,
    )


def similarity(embedder: Embedder, rows: Sequence[tuple[str, str, float]]) -> float:
    """Spearman's correlation of the cosines with the judgements, times 100."""
    from scipy.stats import spearmanr

    first = embedder.embed_passages([row[0] for row in rows])
    second = embedder.embed_passages([row[1] for row in rows])
    cosines: npt.NDArray[np.float32] = (first * second).sum(axis=1)
    return 100 * float(spearmanr(cosines, [float(row[2]) for row in rows]).statistic)


def _shown(values: tuple[float, float, float]) -> str:
    return "/".join(f"{value:.1f}" for value in values)


if __name__ == "__main__":
    main()
