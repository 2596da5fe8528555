"""What the aligner promises: ranked, consistent, abstaining, the same one by one and in bulk, open to a site's own."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.alignment.evidence import EvidenceReader
from analysis.alignment.model import Aligner, Alignment
from analysis.alignment.shipped import load_shipped
from analysis.alignment.texts import LabelledText
from analysis.alignment.windows import LONG, pieces_of
from ontology.model import Clause, Ontology, Requirement

ZONES = "机加车间党支部把三条产线划成六个党员责任区，每区挂牌公示责任人，质量问题三日内整改销号，季度评出优秀责任区。"
OFF_TOPIC = "某上市公司发布公告，拟发行不超过十亿元公司债券，用于偿还银行贷款和补充流动资金。"


def check(answer: Alignment, ontology: Ontology) -> None:
    assert {score.id for score in answer.clauses} == {clause.id for clause in ontology.matchable_clauses}
    assert {score.id for score in answer.requirements} == {requirement.id for requirement in ontology.requirements}
    for ranked in (answer.clauses, answer.requirements):
        values = [score.confidence for score in ranked]
        assert values == sorted(values, reverse=True)
        assert all(0.0 <= value <= 1.0 for value in values)
    clause = {score.id: score for score in answer.clauses}
    for score in answer.requirements:
        assert score.confidence <= clause[score.clause].confidence
        assert score.proposed <= clause[score.clause].proposed
    assert answer.abstained == (not any(score.proposed for score in answer.clauses))


def test_a_plain_practice_is_recognised(aligner: Aligner, ontology: Ontology) -> None:
    answer = aligner.align(ZONES)
    check(answer, ontology)
    assert answer.clauses[0].id == "execution"
    assert "execution-6" in [score.id for score in answer.requirements if score.proposed]
    assert not answer.abstained


@pytest.mark.parametrize("text", ["", " \n", "。。。", OFF_TOPIC, "zzzz qqqq", "🙂" * 30])
def test_abstains_where_nothing_is_shown(aligner: Aligner, ontology: Ontology, text: str) -> None:
    answer = aligner.align(text)
    check(answer, ontology)
    assert answer.abstained
    assert not any(score.proposed for score in answer.requirements)


def test_clauses_are_proposed_at_or_above_the_threshold_only(aligner: Aligner, texts: list[LabelledText]) -> None:
    limits = load_shipped().thresholds
    for answer in aligner.align_many([text.text for text in texts[::40]]):
        opened = answer.on_topic >= limits.on_topic
        for score in answer.clauses:
            assert score.proposed == (opened and score.confidence >= limits.clause)


def test_in_bulk_and_one_by_one_agree(aligner: Aligner, texts: list[LabelledText]) -> None:
    some = [text.text for text in texts[::25]]
    some[3:3] = ["", "".join(text.text for text in texts[:12]), "x"]
    for text, bulk in zip(some, aligner.align_many(some), strict=True):
        single = aligner.align(text)
        for ones, others in ((single.clauses, bulk.clauses), (single.requirements, bulk.requirements)):
            alone = {score.id: score.confidence for score in ones}
            for score in others:
                assert alone[score.id] == pytest.approx(score.confidence, abs=2e-6)
    assert aligner.align_many([]) == []


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(alphabet=st.characters(codec=None), max_size=60), max_size=5))
def test_any_text_gets_a_consistent_answer(aligner: Aligner, ontology: Ontology, texts: list[str]) -> None:
    answers = aligner.align_many(texts)
    assert len(answers) == len(texts)
    for answer in answers:
        check(answer, ontology)


def test_width_and_case_do_not_matter(aligner: Aligner) -> None:
    assert aligner.align("开展ＱＣ小组活动３０项") == aligner.align("开展qc小组活动30项")


def test_a_long_text_is_judged_whole_and_by_its_best_piece(ontology: Ontology, texts: list[LabelledText]) -> None:
    reader = EvidenceReader(ontology, load_shipped().base)
    short, long = texts[0].text, "".join(text.text for text in texts[1200:1208])
    assert len(short) <= LONG < len(long)
    pieces = pieces_of(long)
    assert "".join(pieces) == long
    assert not any(pieces_of(piece) for piece in pieces)
    seen, alone = reader.read([short, long]), reader.read([short, *pieces])
    whole = reader.base.scores([long])
    for found, each, own in zip(seen.scores.parts, alone.scores.parts, whole.parts, strict=True):
        np.testing.assert_allclose(found[0], each[0], atol=1e-9)
        np.testing.assert_allclose(found[1], (own[0] + each[1:].max(axis=0)) / 2, atol=1e-9)
    words = reader.lexicon.scores([long])[0]
    np.testing.assert_allclose(seen.words[1], (words + alone.words[1:].max(axis=0)) / 2)


def test_short_texts_are_not_cut() -> None:
    assert pieces_of(ZONES) == []


def added(ontology: Ontology) -> Ontology:
    """The ontology with a requirement added to a known clause, and with a clause of the site's own."""
    sample = ontology.requirement("execution-6")
    more = Requirement(
        **{
            **sample.model_dump(),
            "id": "execution-90",
            "zh": "设置党员安全哨",
            "object": None,
            "object_id": None,
            "order": 90,
        }
    )
    own = Clause(id="green", zh="绿色低碳", document=ontology.standard.id, level="clause", order=99)
    green = Requirement(
        **{
            **sample.model_dump(),
            "id": "green-1",
            "clause": "green",
            "zh": "开展节能降碳改造",
            "object": None,
            "object_id": None,
            "expected_evidence": ("能耗台账", "节能降碳改造方案"),
        }
    )
    return ontology.model_copy(
        update={"clauses": (*ontology.clauses, own), "requirements": (*ontology.requirements, more, green)}
    )


def test_requirements_and_clauses_of_a_site_are_scored_by_their_wording(ontology: Ontology) -> None:
    extended = added(Ontology.model_validate(ontology.model_dump()))
    aligner = Aligner.load(extended)
    hit = aligner.align("各班组设置党员安全哨，党员安全哨每班巡查质量隐患，发现问题当场纠正。")
    check(hit, extended)
    miss = aligner.align(ZONES)

    def of(answer: Alignment, id: str) -> tuple[float, str]:
        return next((score.confidence, score.method) for score in answer.requirements if score.id == id)

    assert of(hit, "execution-90")[1] == "zero-shot"
    assert of(miss, "execution-6")[1] == "trained"
    assert of(hit, "execution-90")[0] > 2 * of(miss, "execution-90")[0]
    energy = aligner.align("公司开展节能降碳改造，编制节能降碳改造方案，逐月填报能耗台账。")
    green = {score.id: score for score in energy.clauses}["green"]
    assert green.method == "zero-shot"
    assert green.confidence > {score.id: score for score in miss.clauses}["green"].confidence
    for id in ("execution-90", "green-1"):
        for meeting in aligner.explain(ZONES, id):
            assert ZONES[meeting.start : meeting.end] == meeting.words


def test_model_names_its_content(aligner: Aligner) -> None:
    assert aligner.model.startswith("zhiwen-alignment-2-")
    assert len(aligner.model) == len("zhiwen-alignment-2-") + 12
