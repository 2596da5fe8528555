"""The two-person rule: nothing takes effect on one person's word, and every word is kept."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.same_text import person
from ingest.review import Reviewer, ReviewRefused, Verdict
from ingest.source import Source
from ontology.graph import Relation
from queries.review import QueueQuestion, review_queue
from queries.review_records import PairHistory, history
from tests.ingest.pipeline.parts import Site, case_text

SOURCE = Source("默认", "a.txt")


@pytest.fixture
def reviewer(site: Site, tmp_path: Path) -> Reviewer:
    made = tmp_path / "a.txt"
    made.write_text(case_text(5), encoding="utf-8")
    assert site.ingester.ingest_file(made, SOURCE).status == "stored"
    return Reviewer(site.store, site.ontology, site.ingester.analyst.judge, site.originals, by_two=True)


def _first(site: Site) -> Relation:
    with site.store.reading() as reader:
        return next(iter(reader.relations(owner=SOURCE.document, type="SATISFIES")))


def _history(site: Site, pair: Relation) -> PairHistory:
    with site.store.reading() as reader:
        (found,) = history(reader, access=None, practice=pair.source, requirement=pair.target).results
    return found


def _say(reviewer: Reviewer, pair: Relation, status: str, by: str | None, **more: str) -> object:
    relation = reviewer.decide(pair.source, pair.target, status, reviewer=by, **more)
    return relation.properties["status"] if relation else None


def _stage(site: Site, pair: Relation, **more: Any) -> str | None:
    with site.store.reading() as reader:
        found = review_queue(reader, QueueQuestion(practice=pair.source, **more), access=None, limit=100)
    return next((item.stage for item in found.results if item.requirement.id == pair.target), None)


def test_it_takes_effect_when_another_person_agrees(site: Site, reviewer: Reviewer) -> None:
    pair = _first(site)
    assert _say(reviewer, pair, "accepted", "王工", relation="full", comment="现场看过") == "proposed"
    assert _stage(site, pair) == "first"
    assert _stage(site, pair, awaited_from="王 工") is None
    assert _say(reviewer, pair, "accepted", "李工", comment="查过记录") == "accepted"
    assert _stage(site, pair) is None
    found = _history(site, pair)
    assert [(step.reviewer, step.outcome) for step in found.steps] == [("王工", "first"), ("李工", "recorded")]
    assert found.decision is not None
    assert (found.decision.reviewer, found.decision.relation) == ("王工、李工", "full")
    assert found.decision.comment == "现场看过；查过记录"


@pytest.mark.parametrize("same", ["Wang Gong", " wang　gong", "ＷＡＮＧ GONG", "WangGong\u200b"])
def test_the_same_person_does_not_count_twice(site: Site, reviewer: Reviewer, same: str) -> None:
    pair = _first(site)
    _say(reviewer, pair, "accepted", "Wang Gong")
    for status in ("accepted", "rejected"):
        with pytest.raises(ReviewRefused) as refused:
            _say(reviewer, pair, status, same)
        assert refused.value.code == "same_person"
    assert [step.outcome for step in _history(site, pair).steps] == ["first"]


def test_nobody_in_particular_cannot_review(site: Site, reviewer: Reviewer) -> None:
    for nobody in (None, "  ", "\u200b"):
        with pytest.raises(ReviewRefused) as refused:
            _say(reviewer, _first(site), "accepted", nobody)
        assert refused.value.code == "reviewer_needed"


def test_a_disagreement_is_shown_until_two_agree(site: Site, reviewer: Reviewer) -> None:
    pair = _first(site)
    _say(reviewer, pair, "accepted", "王工")
    assert _say(reviewer, pair, "rejected", "李工", comment="只是标语") == "proposed"
    assert _stage(site, pair) == "differs"
    assert [vote.reviewer for vote in _history(site, pair).votes] == ["王工", "李工"]
    assert _say(reviewer, pair, "rejected", "赵工") == "rejected"
    assert _stage(site, pair) is None
    found = _history(site, pair)
    assert [step.outcome for step in found.steps] == ["first", "differs", "recorded"]
    assert found.decision is not None
    assert found.decision.reviewer == "李工、赵工"


def test_other_degrees_disagree_and_one_may_change_his_mind(site: Site, reviewer: Reviewer) -> None:
    pair = _first(site)
    _say(reviewer, pair, "accepted", "王工", relation="full")
    _say(reviewer, pair, "accepted", "李工", relation="partial")
    assert _stage(site, pair) == "differs"
    _say(reviewer, pair, "proposed", "李工")
    assert _say(reviewer, pair, "accepted", "李工", relation="full") == "accepted"
    assert [step.outcome for step in _history(site, pair).steps] == ["first", "differs", "withdrawn", "recorded"]


def test_what_is_in_effect_takes_two_to_change(site: Site, reviewer: Reviewer) -> None:
    pair = _first(site)
    for by in ("王工", "李工"):
        _say(reviewer, pair, "accepted", by)
    assert _say(reviewer, pair, "proposed", "王工") == "accepted"
    assert _say(reviewer, pair, "proposed", "李工") == "proposed"
    assert _history(site, pair).decision is None


def test_a_first_word_can_only_be_taken_back_by_who_gave_it(site: Site, reviewer: Reviewer) -> None:
    pair = _first(site)
    _say(reviewer, pair, "accepted", "王工")
    with pytest.raises(ReviewRefused) as refused:
        _say(reviewer, pair, "proposed", "李工")
    assert refused.value.code == "nothing_to_withdraw"
    _say(reviewer, pair, "proposed", "王工")
    assert _stage(site, pair) == "proposed"


def test_a_first_word_on_another_text_does_not_count(site: Site, reviewer: Reviewer, tmp_path: Path) -> None:
    table, source = tmp_path / "b.csv", Source("默认", "b.csv")
    words = "厂党委把车间划成责任区，每个责任区由一名党员负责，公示质量指标，每月由支部检查并通报结果"
    for text in (words, words + "，结果记入党员积分"):
        table.write_text(f"编号,企业,主要做法\nA-1,甲公司,{text}\n", encoding="utf-8")
        site.ingester.ingest_file(table, source, replace=True)
        with site.store.reading() as reader:
            practice = next(iter(reader.texts(owner=source.document))).id
        outcomes = reviewer.decide_many([Verdict(practice, "execution-6", "accepted", reviewer="王工")])
        assert [outcome.outcome for outcome in outcomes] == ["first"]


def test_a_correction_takes_two_for_both_halves(site: Site, reviewer: Reviewer) -> None:
    pair = _first(site)
    other = next(one.id for one in site.ontology.requirements if one.id != pair.target)
    for by, outcome in (("王工", "first"), ("李工", "recorded")):
        (told,) = reviewer.decide_many(
            [Verdict(pair.source, pair.target, "rejected", reviewer=by, corrected_to=other, relation="full")]
        )
        assert told.outcome == outcome
    with site.store.reading() as reader:
        statuses = {
            one.target: one.properties["status"]
            for one in reader.relations(type="SATISFIES")
            if one.source == pair.source
        }
    assert (statuses[pair.target], statuses[other]) == ("rejected", "accepted")


def test_two_files_filled_apart_are_two_persons_words(site: Site, reviewer: Reviewer) -> None:
    pair = _first(site)
    with site.store.reading() as reader:
        found = review_queue(reader, QueueQuestion(practice=pair.source), access=None, limit=100)
    mark = next(item.mark for item in found.results if item.requirement.id == pair.target)

    def file(by: str) -> str:
        verdict = Verdict(
            pair.source, pair.target, "accepted", reviewer=by, comment=f"{by}看过", mark=mark, repeatable=True
        )
        return reviewer.decide_many([verdict])[0].outcome

    assert [file("王工"), file("王工"), file("李工"), file("王工"), file("李工")] == [
        "first",
        "unchanged",
        "recorded",
        "unchanged",
        "unchanged",
    ]


@given(st.text(max_size=30))
def test_a_name_is_the_same_however_it_is_spaced_or_cased(name: str) -> None:
    assert person(person(name)) == person(name)
    assert person(f" {name.swapcase()}　") == person(name.swapcase())
