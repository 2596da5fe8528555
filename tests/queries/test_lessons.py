"""What the table of words is taught from: as the data says, and nothing that anything is measured on."""

import json
from itertools import islice
from pathlib import Path

from analysis.alignment.texts import read_test_texts, read_texts
from engines.embedding import taught
from queries.judgements import common_needs, judged_practices, judged_queries, needs
from queries.lessons import lessons

GOLD = Path(__file__).parent.parent / "gold"


def _gold(name: str, key: str) -> set[str]:
    return {json.loads(line)[key] for line in (GOLD / name).read_text(encoding="utf-8").splitlines()}


def test_the_questions_are_those_of_the_data() -> None:
    judged = {row["text"] for row in judged_practices()}
    texts = [text for text in read_texts() if text.text not in judged]
    written, made = taught.read_questions(), list(islice(lessons(texts), 1_500))
    assert list(written[: len(made)]) == made
    assert len(written) > len(common_needs()) + sum(bool(row["practice"]) for row in needs())


def test_nothing_is_taught_that_is_measured_on() -> None:
    answers = {answer for question in taught.read_questions() for answer in question.answers}
    kept_apart = {text.text for text in read_test_texts()} | _gold("practices.jsonl", "text")
    kept_apart |= {row["text"] for row in judged_practices()}
    assert not answers & {taught.digest(text) for text in kept_apart}
    asked = {row["q"] for row in (*needs(), *common_needs())}
    assert not asked & _gold("queries.jsonl", "q")
    assert not asked & {judged.query for judged in judged_queries()}


def test_every_need_belongs_to_a_text_or_to_none() -> None:
    known = {taught.digest(text.text) for text in read_texts()}
    for row in needs():
        assert row["practice"] in known or (row["style"] == "no-answer" and not row["practice"])
    for row in common_needs():
        assert row["practices"]
        assert known.issuperset(row["practices"])
