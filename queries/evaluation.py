"""How good search is on the gold set: the ranker against words alone and vectors alone, by style and language."""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from analysis.alignment.metrics import Judged, first_right, interval, micro_f1, right_within, wrongly_silent
from analysis.alignment.metrics import false_alarms as alignment_alarms
from analysis.alignment.model import Aligner
from analysis.tokens import query_tokens
from engines.embedder import Embedder
from engines.store import Reader, Scope
from ontology.model import Ontology
from queries.gold import GoldQuery, GoldSet, gold_stored
from queries.measures import DEPTH, Figure, calibration_error, mean, ndcg, recall, reciprocal_rank
from queries.search import PRACTICES, Searcher, SearchRequest

RANKERS: Final = ("search", "words", "dense")
_DEEP: Final = 50
_HAN: Final = re.compile("[一-鿿]")
_DRAWS: Final = 300
_SEED: Final = 20


@dataclass(frozen=True, slots=True)
class Ranked:
    """What one ranker returned for a query: ids best first, and their probabilities where it gives any."""

    query: GoldQuery
    order: tuple[str, ...]
    scores: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """Figures of one ranker on one group of queries (`all`, a style, a language).

    answered: share of the queries without an answer that got one; silent: share of those with one that got none.
    """

    ranker: str
    group: str
    ndcg: Figure
    mrr: Figure
    recall: Figure
    silent: Figure
    answered: Figure
    ece: Figure | None


def evaluate_search(gold: GoldSet, ontology: Ontology, embedder: Embedder, aligner: Aligner) -> list[Row]:
    """Run every query through every ranker, over a temporary store that holds the gold practices."""
    with gold_stored(gold, ontology, embedder, aligner) as reader:
        searcher = Searcher(ontology, embedder)
        answers = {
            "search": [_searched(searcher, reader, query) for query in gold.queries],
            "words": [_by_words(reader, query) for query in gold.queries],
            "dense": [_by_vector(reader, embedder, query) for query in gold.queries],
        }
    return [
        _row(ranker, group, some)
        for ranker in RANKERS
        for group, some in _groups(answers[ranker])
        if any(each.query.grades for each in some) or ranker == "search"
    ]


def _searched(searcher: Searcher, reader: Reader, query: GoldQuery) -> Ranked:
    found = searcher.search(reader, SearchRequest(query.text, limit=_DEEP), access=None).results
    # Grouped by document for the reader; here one document holds one practice.
    return Ranked(query, tuple(each.practice.id for each in found), tuple(each.score for each in found))


def _by_words(reader: Reader, query: GoldQuery) -> Ranked:
    hits = reader.match_words(query_tokens(query.text), Scope(PRACTICES), _DEEP)
    return Ranked(query, tuple(hit.id for hit in hits))


def _by_vector(reader: Reader, embedder: Embedder, query: GoldQuery) -> Ranked:
    vector = embedder.embed_queries([query.text])[0]
    hits = reader.match_vector(vector, embedder.fingerprint, Scope(PRACTICES), _DEEP)
    return Ranked(query, tuple(hit.id for hit in hits))


def _groups(answers: Sequence[Ranked]) -> list[tuple[str, list[Ranked]]]:
    styles = list(dict.fromkeys(each.query.style for each in answers))
    languages = ("zh", "en")
    return [
        ("all", list(answers)),
        *((style, [each for each in answers if each.query.style == style]) for style in styles),
        *((language, [each for each in answers if _language(each.query) == language]) for language in languages),
    ]


def _language(query: GoldQuery) -> str:
    return "zh" if _HAN.search(query.text) else "en"


def _row(ranker: str, group: str, answers: Sequence[Ranked]) -> Row:
    asked = [each for each in answers if each.query.grades]
    vain = [each for each in answers if not each.query.grades]
    pairs = [
        [(score, each.query.grades.get(id, 0) > 0) for id, score in zip(each.order, each.scores, strict=True)][:DEPTH]
        for each in answers
        if each.scores
    ]
    return Row(
        ranker=ranker,
        group=group,
        ndcg=mean([ndcg(each.order, each.query.grades) for each in asked]),
        mrr=mean([reciprocal_rank(each.order, each.query.grades) for each in asked]),
        recall=mean([recall(each.order, each.query.grades) for each in asked]),
        silent=mean([float(not each.order) for each in asked]),
        answered=mean([float(bool(each.order)) for each in vain]),
        ece=calibration_error(pairs) if ranker == "search" else None,
    )


def as_json(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The rows for programs."""
    return [asdict(row) for row in rows]


def evaluate_alignment(gold: GoldSet, ontology: Ontology, aligner: Aligner) -> dict[str, dict[str, Figure]]:
    """How good the alignment is on the gold practices, by level (`clauses`, `requirements`) and figure."""
    import numpy as np

    found = aligner.align_many([row["text"] for row in gold.practices])
    figures: dict[str, dict[str, Figure]] = {}
    ids = {
        "clauses": [clause.id for clause in ontology.matchable_clauses],
        "requirements": [requirement.id for requirement in ontology.requirements],
    }
    for level, labels in ids.items():
        ranked = [{each.id: each for each in getattr(alignment, level)} for alignment in found]
        judged = Judged(
            scores=np.array([[scores[id].confidence for id in labels] for scores in ranked]),
            truth=np.array([[id in row[level] for id in labels] for row in gold.practices]),
            proposed=np.array([[scores[id].proposed for id in labels] for scores in ranked]),
            groups=np.arange(len(ranked)),
            primary=np.array([labels.index(row[level][0]) if row[level] else -1 for row in gold.practices]),
        )
        figures[level] = {}
        for name, figure in (
            ("first_right", first_right),
            ("right_in_top_3", right_within(3)),
            ("micro_f1", micro_f1),
            ("false_alarms", alignment_alarms),
            ("wrongly_silent", wrongly_silent),
        ):
            low, high = interval(judged, figure, _DRAWS, _SEED)
            figures[level][name] = Figure(figure(judged), low, high, len(ranked))
    return figures
