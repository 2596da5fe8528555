"""Retrieval alone, in one process: ours on each engine beside neo4j-graphrag's HybridCypherRetriever on the same server.

All get the same tokens and the same vector of the same embedder (embedding included in the time), take ten candidates
by words and ten by vector, join them by each list's own maximum, and fetch for the ten best what they evidence, rest on
and who carried them out. neo4j-graphrag is a library for benchmarks only (extra `[bench]`).
"""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import neo4j

from analysis.tokens import query_tokens
from bench.material import ENTERPRISE
from bench.serving import cpu_s, p, timed, together
from engines.embedded.store import open_embedded
from engines.embedder import Embedder
from engines.neo4j import open_neo4j
from engines.neo4j.matching import _quoted
from engines.neo4j.schema import WORDS, vector_index
from engines.store import Hit, Scope, Store
from queries.practices import cards
from service.embedders import load_embedder

TOP = 10
CLIENTS = 8
_GRAPH = """
OPTIONAL MATCH (p:Practice {id: node._id})
OPTIONAL MATCH (p)-[r:SATISFIES|EVIDENCES|EVIDENCED_BY|HAS_OUTCOME|CARRIED_OUT_BY|PART_OF]->(b)
WITH node, score, p, collect({kind: r.kind, id: b.id, title: b.title, confidence: r.confidence, quote: r.quote}) AS links
RETURN node._id AS id, score, p.external_id AS external_id, links
ORDER BY score DESC
"""

Retrieve = Callable[[str], list[str]]  # a question → external ids, best first


def compare(
    login: Mapping[str, str],
    server: int,
    embedded: Path | None,
    questions: Sequence[str],
    sought: Sequence[str],
    say: Callable[[str], None],
) -> dict[str, dict[str, float]]:
    """Figures by engine, times in ms. `server`: its process. `embedded`: a base with the same content, to be measured too."""
    embedder = load_embedder("static")
    found: dict[str, dict[str, float]] = {}
    if embedded is not None:
        base = open_embedded(embedded, create=False)
        try:
            found["embedded"] = _measured("embedded", _ours(base, embedder), questions, sought, say, server)
        finally:
            base.close()
    store = open_neo4j(login["uri"], user=login["user"], password=login["password"])
    try:
        found["neo4j"] = _measured("neo4j", _ours(store, embedder), questions, sought, say, server)
        found["neo4j"]["of 10 asked for in one enterprise"] = _in_scope(store, embedder, questions)
    finally:
        store.close()
    with neo4j.GraphDatabase.driver(login["uri"], auth=(login["user"], login["password"])) as driver:
        theirs = _graphrag(driver, embedder)
        found["graphrag"] = _measured("graphrag", theirs, questions, sought, say, server)
        found["graphrag"]["of 10 asked for in one enterprise"] = _filtered_after(driver, theirs, questions)
    return found


def _measured(
    name: str,
    retrieve: Retrieve,
    questions: Sequence[str],
    sought: Sequence[str],
    say: Callable[[str], None],
    server: int,
) -> dict[str, float]:
    say(f"  retrieval alone, {name} …")
    timed(lambda turn: retrieve(questions[turn]), min(10, len(questions)))
    before = cpu_s(os.getpid(), server)
    times = timed(lambda turn: retrieve(questions[turn]), len(questions))
    used = cpu_s(os.getpid(), server) - before
    rounds = max(10, len(questions) // 2)
    rate, _ = together([lambda turn: retrieve(questions[turn % len(questions)])], CLIENTS, rounds)
    hits = sum(wanted in retrieve(question) for question, wanted in zip(questions, sought, strict=True))
    return {
        "retrieval p50": p(times, 50),
        "retrieval p99": p(times, 99),
        "retrieval, CPU": used / len(times) * 1e3,
        f"retrieval, {CLIENTS} threads, questions/s": rate,
        "retrieval: own text in first 10": hits / len(questions),
    }


def _ours(store: Store, embedder: Embedder, scope: Scope | None = None) -> Retrieve:
    scope = scope or Scope(kinds=frozenset({"practice"}))

    def retrieve(question: str) -> list[str]:
        vector = embedder.embed_queries([question])[0]
        with store.reading() as reader:
            words = reader.match_words(query_tokens(question), scope, TOP)
            near = reader.match_vector(vector, embedder.fingerprint, scope, TOP)
            ids = _joined(words, near)
            found = cards(reader, ids, None)
        return [str(found[id].practice.external_id) for id in ids]

    return retrieve


def _joined(words: Sequence[Hit], near: Sequence[Hit]) -> list[str]:
    scores: dict[str, float] = {}
    # The same scale as Neo4j's: (1 + cosine) / 2.
    for hits in ([(hit.id, hit.score) for hit in words], [(hit.id, (1 + hit.score) / 2) for hit in near]):
        best = max((score for _, score in hits), default=1.0)
        for id, score in hits:
            scores[id] = max(scores.get(id, 0.0), score / best)
    return sorted(scores, key=lambda id: (-scores[id], id))[:TOP]


def _graphrag(driver: neo4j.Driver, embedder: Embedder) -> Retrieve:
    from neo4j_graphrag.retrievers import HybridCypherRetriever

    retriever = HybridCypherRetriever(driver, vector_index(1), WORDS, _GRAPH, neo4j_database="neo4j")

    def retrieve(question: str) -> list[str]:
        vector = embedder.embed_queries([question])[0].tolist()
        # It hands the text to Lucene as it stands: the escaping is ours.
        text = f"_tokens:({' '.join(map(_quoted, query_tokens(question)))})"
        found = retriever.get_search_results(query_text=text, query_vector=vector, top_k=TOP)
        return [str(record["external_id"]) for record in found.records]

    return retrieve


def _enterprises(store: Store) -> list[str]:
    """Those of the case lists: the ontology has organisations of its own."""
    with store.reading() as reader:
        found = list(reader.nodes(label="Organization"))
    return sorted(node.id for node in found if str(node.properties.get("title")).startswith(ENTERPRISE))


def _in_scope(store: Store, embedder: Embedder, questions: Sequence[str]) -> float:
    """Mean number of results within an enterprise when ten are asked for, the scope given to the engine."""
    enterprises = _enterprises(store)
    counts = []
    for turn, question in enumerate(questions):
        inside = frozenset({enterprises[turn % len(enterprises)]})
        scope = Scope(kinds=frozenset({"practice"}), facets={"organization": inside})
        counts.append(len(_ours(store, embedder, scope)(question)))
    return sum(counts) / len(counts)


def _filtered_after(driver: neo4j.Driver, retrieve: Retrieve, questions: Sequence[str]) -> float:
    """The same for a retriever without filters: what is left of its ten."""
    rows = driver.execute_query(
        "MATCH (p:Practice)-[:CARRIED_OUT_BY]->(o:Organization) RETURN p.external_id AS practice, o.id AS organization",
        routing_=neo4j.RoutingControl.READ,
        database_="neo4j",
    ).records
    carried_out = {(row["practice"], row["organization"]) for row in rows}
    enterprises = sorted({organization for _, organization in carried_out})
    left = [
        sum((id, enterprises[turn % len(enterprises)]) in carried_out for id in retrieve(question))
        for turn, question in enumerate(questions)
    ]
    return sum(left) / len(left)
