"""The search gold set is what its README promises, is unchanged since it was frozen, and shares no text with training."""

import hashlib
import json
import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import Final

import pytest
from pydantic import BaseModel, ConfigDict

from analysis.alignment.texts import FILES, FOLDER, TEST, near_duplicates, read_test_texts, read_texts
from ontology.load import load_ontology
from ontology.model import Ontology

HERE: Final = Path(__file__).parent
FROZEN_FILES: Final = {"practices.jsonl", "queries.jsonl", "judgements.tsv", "used_sources.sha256"}
# The styles and the fewest queries of each that the set promises.
STYLES: Final = {
    "keyword": 45,
    "question": 45,
    "colloquial": 40,
    "typo": 25,
    "english": 30,
    "requirement": 20,
    "no-answer": 25,
}
SHARED_AT_MOST: Final = 0.3


class Practice(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    title: str
    text: str
    enterprise: str
    industry: str
    ownership: str
    clauses: tuple[str, ...]
    requirements: tuple[str, ...]
    origin: str


class Query(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    q: str
    style: str


@pytest.fixture(scope="module")
def ontology() -> Ontology:
    return load_ontology()


@pytest.fixture(scope="module")
def practices() -> list[Practice]:
    return [Practice.model_validate_json(line) for line in _lines("practices.jsonl")]


@pytest.fixture(scope="module")
def queries() -> list[Query]:
    return [Query.model_validate_json(line) for line in _lines("queries.jsonl")]


@pytest.fixture(scope="module")
def judgements() -> dict[tuple[str, str], int]:
    head, *rows = _lines("judgements.tsv")
    assert head == "query\tpractice\tgrade"
    found = {(query, practice): int(grade) for query, practice, grade in (row.split("\t") for row in rows)}
    assert len(found) == len(rows), "a pair is judged twice"
    return found


def test_files_are_those_that_were_frozen() -> None:
    frozen = {name: digest for digest, name in (line.split("  ") for line in _lines("FROZEN.sha256"))}
    assert set(frozen) == FROZEN_FILES
    now = {name: hashlib.sha256((HERE / name).read_bytes()).hexdigest() for name in frozen}
    assert now == frozen


def test_practices_are_many_varied_and_of_the_promised_length(practices: list[Practice]) -> None:
    assert [practice.id for practice in practices] == [f"g{n:03}" for n in range(1, len(practices) + 1)]
    assert len(practices) >= 200
    assert [p.id for p in practices if not 60 <= len(p.text) <= 450] == []
    assert len({practice.industry for practice in practices}) >= 20
    assert {practice.ownership for practice in practices} == {"国企", "民企", "外企", "其他"}
    assert {practice.origin for practice in practices} == {"reported", "composed"}
    assert all(practice.title and practice.enterprise for practice in practices)


def test_labels_are_the_ontologys_and_cover_every_clause(practices: list[Practice], ontology: Ontology) -> None:
    clause_of = {requirement.id: requirement.clause for requirement in ontology.requirements}
    labelled = Counter(clause for practice in practices for clause in practice.clauses)
    assert set(labelled) == {clause.id for clause in ontology.clauses if clause.id in set(clause_of.values())}
    assert min(labelled.values()) >= 8
    for practice in practices:
        clauses = list(dict.fromkeys(clause_of[requirement] for requirement in practice.requirements))
        assert list(practice.clauses) == clauses, practice.id
    assert sum(not practice.clauses for practice in practices) >= 30
    assert {requirement for practice in practices for requirement in practice.requirements} == set(clause_of)


def test_no_text_says_where_it_comes_from(practices: list[Practice]) -> None:
    for practice in practices:
        text = f"{practice.title}{practice.text}{practice.enterprise}"
        assert not re.search(r"https?:|www\.|\.com|\.cn|1\d{10}|@", text), practice.id
    digests = _lines("used_sources.sha256")
    assert digests == sorted(set(digests))
    assert all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in digests)
    trained = set((FOLDER / "used_sources.sha256").read_text(encoding="utf-8").split())
    assert trained.isdisjoint(digests)


def test_queries_are_as_many_of_each_style_as_promised(queries: list[Query]) -> None:
    assert [query.id for query in queries] == [f"q{n:03}" for n in range(1, len(queries) + 1)]
    assert len({query.q for query in queries}) == len(queries) >= 220
    found = Counter(query.style for query in queries)
    assert set(found) == set(STYLES)
    assert {style: found[style] for style in STYLES if found[style] < STYLES[style]} == {}
    for query in queries:
        if query.style == "english":
            assert query.q.isascii(), query.id
        if query.style == "requirement":
            assert query.q.startswith("哪些做法可佐证"), query.id


def test_judgements_resolve_and_fit_their_query(
    practices: list[Practice], queries: list[Query], judgements: dict[tuple[str, str], int]
) -> None:
    style = {query.id: query.style for query in queries}
    assert {query for query, _ in judgements} <= set(style)
    assert {practice for _, practice in judgements} <= {practice.id for practice in practices}
    assert set(judgements.values()) == {1, 2}
    answered = {query for (query, _), grade in judgements.items() if grade == 2}
    assert answered == {query for query, kind in style.items() if kind != "no-answer"}
    assert answered == {query for query, _ in judgements}
    several = Counter(query for query, _ in judgements)
    assert sum(count >= 3 for count in several.values()) > 0.8 * len(several)
    wanted = {practice for _, practice in judgements}
    assert [practice.id for practice in practices if practice.clauses and practice.id not in wanted] == []


def test_no_practice_is_a_near_duplicate_of_a_labelled_text_or_of_another(practices: list[Practice]) -> None:
    trained = [json.loads(line)["text"] for name in (*FILES, TEST) for line in _read(FOLDER / name)]
    assert len(trained) == len(read_texts()) + len(read_test_texts())
    training = [_eight_grams(text) for text in trained]
    holders: defaultdict[str, set[int]] = defaultdict(set)
    for position, found in enumerate(training):
        for gram in found:
            holders[gram].add(position)
    for practice in practices:
        own = _eight_grams(practice.text)
        shared = Counter(position for gram in own for position in holders.get(gram, ()))
        worst = max((count / len(own | training[position]) for position, count in shared.items()), default=0.0)
        assert worst <= SHARED_AT_MOST, practice.id
    assert near_duplicates([practice.text for practice in practices]) == []


def _eight_grams(text: str) -> set[str]:
    packed = re.sub(r"\s", "", text)
    return {packed[at : at + 8] for at in range(len(packed) - 7)}


def _lines(name: str) -> list[str]:
    return _read(HERE / name)


def _read(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()
