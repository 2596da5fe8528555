"""Fits the relevance model on the judged queries: `python -m queries.fitting` writes relevance.json and token_weights.json.

`judged/practices.jsonl` holds 260 practices, `judged/queries.jsonl` queries with the ids of the practices that
answer them (none for queries off the subject). Run it again when the embedder or the judgements change.
"""

import json
import math
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from analysis.tokens import index_tokens
from engines.embedder import Embedder
from engines.store import ChangeSet, IndexedText, Reader, Scope
from ontology.graph import Node
from ontology.model import Ontology
from queries import ranking
from queries.ranking import QuerySignals, Signals
from queries.search import PRACTICES, Searcher, query_signals

_HERE: Final = Path(__file__).parent
_JUDGED: Final = files("queries") / "judged"
_SEEN: Final = 40  # candidates of a query that the model learns from: those that could be shown
_FOLDS: Final = 8
_LEAST: Final = 0.1  # what is less likely than that is not shown
_PENALTY: Final = 0.5
_SURE: Final = 0.85  # probability given to a practice of which only its place in the graph speaks, with full confidence
_FEWEST_TEXTS: Final = 4  # a token in fewer texts weighs as much as one in none

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Judged:
    """A query and the practices that answer it."""

    query: str
    kind: str
    relevant: frozenset[str]


def judged_queries() -> list[Judged]:
    """The judged queries, in the order of the file."""
    return [Judged(row["q"], row["kind"], frozenset(row["relevant"])) for row in _rows("queries.jsonl")]


def judged_practices() -> list[dict[str, Any]]:
    """The practices that the judgements are about."""
    return _rows("practices.jsonl")


def _rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (_JUDGED / name).read_text(encoding="utf-8").splitlines()]


@contextmanager
def judged_store(embedder: Embedder) -> Iterator[Reader]:
    """A reader over a store that holds the judged practices and nothing else."""
    from engines.embedded.store import open_embedded

    practices = judged_practices()
    vectors = embedder.embed_passages([row["text"] for row in practices])
    with tempfile.TemporaryDirectory() as folder:
        store = open_embedded(Path(folder) / "judged.db")
        store.apply(
            ChangeSet(
                owner="judged",
                nodes=tuple(Node(row["id"], "Practice", {"title": "", "text": row["text"]}) for row in practices),
                texts=tuple(IndexedText(row["id"], "practice", index_tokens(row["text"])) for row in practices),
                vectors={
                    embedder.fingerprint: {row["id"]: vector for row, vector in zip(practices, vectors, strict=True)}
                },
            )
        )
        with store.reading() as reader:
            yield reader
        store.close()


def token_weights(texts: Sequence[str]) -> dict[str, float]:
    """Inverse document frequency of the tokens that are not rare; under the empty key that of the rare ones."""
    counts = Counter(token for text in texts for token in set(index_tokens(text)))

    def weight(count: int) -> float:
        return round(math.log(1 + len(texts) / count), 2)

    return {
        "": weight(_FEWEST_TEXTS),
        **{token: weight(count) for token, count in sorted(counts.items()) if count > _FEWEST_TEXTS},
    }


def ndcg(order: Sequence[str], relevant: frozenset[str], depth: int = 10) -> float:
    """Normalised discounted cumulative gain of the first `depth`, relevance being yes or no."""
    gained = sum(1 / math.log2(place + 2) for place, id in enumerate(order[:depth]) if id in relevant)
    return gained / sum(1 / math.log2(place + 2) for place in range(min(depth, len(relevant))))


def logistic(features: Floats, answers: Floats, penalty: float = _PENALTY) -> Floats:
    """Coefficients of a ridge logistic regression by Newton's method; the first, of a column of ones, is free."""
    inputs = np.hstack([np.ones((len(features), 1)), features])
    ridge = np.diag([0.0, *[penalty] * features.shape[1]])
    weights = np.zeros(inputs.shape[1])
    for _ in range(50):
        chance = 1 / (1 + np.exp(-inputs @ weights))
        slope = inputs.T @ (chance - answers) + ridge @ weights
        curve = (inputs * (chance * (1 - chance))[:, None]).T @ inputs + ridge
        step = np.linalg.solve(curve, slope)
        weights -= step
        if float(np.abs(step).max()) < 1e-9:
            break
    return weights


def main() -> None:
    """Fit, write, and print what the fit is worth."""
    from engines.embedding.fitted import FittedEmbedder
    from ontology.load import load_ontology

    texts = [
        json.loads(line)["text"]
        for file in sorted((files("analysis.alignment") / "training").iterdir(), key=lambda entry: entry.name)
        if file.name.endswith(".jsonl")
        for line in file.read_text(encoding="utf-8").splitlines()
    ]
    _write("token_weights.json", token_weights(texts))
    fit(load_ontology(), FittedEmbedder.load())


def fit(ontology: Ontology, embedder: Embedder) -> None:
    """Fit the model for one embedder and write it beside the others."""
    searcher, queries = Searcher(ontology, embedder), judged_queries()
    with judged_store(embedder) as reader:
        for weight in (0.0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0):
            quality = _quality(searcher, reader, queries, weight)
            print(
                f"vector weight {weight:.1f}: nDCG@10 "
                + "  ".join(f"{kind} {value:.3f}" for kind, value in quality.items())
            )
        seen = [_Seen(judged, *_signals(searcher, reader, judged.query)) for judged in queries]
    model = fitted(seen)
    silent, false = mistakes(seen, lambda _: model)
    _report("fitted on all", seen, silent, false)
    # Every query judged by a model that has not seen it.
    folds = [seen[at::_FOLDS] for at in range(_FOLDS)]
    unseen = [fitted([each for other in folds if other is not fold for each in other]) for fold in folds]
    of = {each.judged.query: unseen[place] for place, fold in enumerate(folds) for each in fold}
    _report("held back", seen, *mistakes(seen, lambda each: of[each.judged.query]))
    relevant = [
        model.answerable(each.query) * model.relevant(signals)
        for each in seen
        for id, signals in each.candidates
        if id in each.judged.relevant
    ]
    others = [
        model.answerable(each.query) * model.relevant(signals)
        for each in seen
        for id, signals in each.candidates
        if id not in each.judged.relevant
    ]
    print(
        f"shown: {np.mean(np.array(relevant) >= _LEAST):.3f} of what answers, {np.mean(np.array(others) >= _LEAST):.3f} of what does not"
    )
    path = _HERE / "relevance.json"
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    _write("relevance.json", {**known, ranking.family(embedder.fingerprint): asdict(model)})


def fitted(seen: Sequence["_Seen"]) -> ranking.Relevance:
    """The model that these queries and their candidates amount to."""
    answerable = [each for each in seen if each.judged.relevant]
    query = _coefficients([asdict(each.query) for each in seen], [bool(each.judged.relevant) for each in seen])
    shown = [(signals, id in each.judged.relevant) for each in answerable for id, signals in each.candidates[:_SEEN]]
    practice = _coefficients(
        [{name: part for name, part in asdict(signals).items() if name != "graph"} for signals, _ in shown],
        [yes for _, yes in shown],
    )
    # The judged practices stand in no graph; what it says is put on a scale by `_SURE`.
    practice["graph"] = round(math.log(_SURE / (1 - _SURE)) - practice["intercept"], 3)
    model = ranking.Relevance(query, practice, 0.0, _LEAST)
    chances = [(model.answerable(each.query), bool(each.judged.relevant)) for each in seen]
    return replace(
        model,
        least_query=_threshold(
            [chance for chance, yes in chances if yes], [chance for chance, yes in chances if not yes]
        ),
    )


def _coefficients(rows: Sequence[dict[str, float]], answers: Sequence[bool]) -> dict[str, float]:
    weights = logistic(np.array([list(row.values()) for row in rows]), np.array(answers, dtype=np.float64))
    return dict(zip(("intercept", *rows[0]), (round(float(weight), 3) for weight in weights), strict=True))


@dataclass(frozen=True, slots=True)
class _Seen:
    judged: Judged
    query: QuerySignals
    candidates: list[tuple[str, Signals]]


def mistakes(seen: Sequence[_Seen], model_of: Callable[[_Seen], ranking.Relevance]) -> tuple[list[str], list[str]]:
    """Queries that are answerable and get no answer, and those off the subject that get one."""
    answered = {
        each.judged.query for each in seen if (model := model_of(each)).answerable(each.query) >= model.least_query
    }
    silent = [each.judged.query for each in seen if each.judged.relevant and each.judged.query not in answered]
    return silent, [each.judged.query for each in seen if not each.judged.relevant and each.judged.query in answered]


def _signals(searcher: Searcher, reader: Reader, query: str) -> tuple[QuerySignals, list[tuple[str, Signals]]]:
    understood = searcher.understand(query)
    candidates = searcher.candidates(reader, understood, Scope(PRACTICES)) if understood.tokens else []
    return query_signals(understood, candidates), [(each.id, each.signals) for each in candidates]


def _quality(searcher: Searcher, reader: Reader, queries: Sequence[Judged], weight: float) -> dict[str, float]:
    """nDCG@10 by kind of query with this weight of the vector."""
    by_kind: dict[str, list[float]] = {}
    for judged in queries:
        if judged.relevant:
            understood = searcher.understand(judged.query)
            fusion = ranking.fused(*searcher.retrieved(reader, understood, Scope(PRACTICES)), weight)
            order = sorted(fusion, key=lambda id: (-fusion[id], id))
            by_kind.setdefault(judged.kind, []).append(ndcg(order, judged.relevant))
    means = {kind: float(np.mean(values)) for kind, values in by_kind.items()}
    return {"all": float(np.mean([value for values in by_kind.values() for value in values])), **means}


def _threshold(answered: Sequence[float], unanswerable: Sequence[float]) -> float:
    """The least probability that counts as an answer: where the two kinds of mistakes, as shares, add up to the least."""
    steps = [round(0.01 * step, 2) for step in range(5, 90)]

    def mistakes(step: float) -> float:
        return float(np.mean([value < step for value in answered]) + np.mean([value >= step for value in unanswerable]))

    least = min(mistakes(step) for step in steps)
    good = [step for step in steps if mistakes(step) == least]
    return good[len(good) // 2]


def _report(what: str, seen: Sequence[_Seen], silent: Sequence[str], false: Sequence[str]) -> None:
    answerable = sum(bool(each.judged.relevant) for each in seen)
    print(f"{what}: silent on {len(silent)} of {answerable}: {silent}")
    print(f"{what}: answers {len(false)} of {len(seen) - answerable} queries off the subject: {false}")


def _write(name: str, content: dict[str, Any]) -> None:
    lines = ",\n".join(f"{json.dumps(key, ensure_ascii=False)}: {json.dumps(value)}" for key, value in content.items())
    (_HERE / name).write_text("{\n" + lines + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
