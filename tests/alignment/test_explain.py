"""Explanations point at the right characters, and what they call decisive is."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.alignment.explain import Meeting
from analysis.alignment.model import Aligner, Alignment
from ontology.model import Ontology
from tests.alignment.conftest import Trained

ZONE = "机加车间把产线划成六个质量党建责任区。每区挂牌公示责任人，问题三日内整改销号。食堂新增两个窗口。"


def confidence(answer: Alignment, id: str) -> float:
    return next(score.confidence for score in answer.requirements if score.id == id)


def check(text: str, meetings: tuple[Meeting, ...]) -> None:
    end = 0
    for meeting in meetings:
        assert end <= meeting.start < meeting.end <= len(text)
        assert text[meeting.start : meeting.end] == meeting.words
        assert meeting.basis in {"statement", "label", "evidence", "cue", "learned"}
        assert meeting.meets
        end = meeting.end


def test_label_is_met_by_its_words(aligner: Aligner) -> None:
    meetings = aligner.explain(ZONE, "execution-6")
    check(ZONE, meetings)
    assert ("质量党建责任区", "质量党建责任区", "label") in [(m.words, m.meets, m.basis) for m in meetings]


def test_general_vehicle_is_shown_as_itself(aligner: Aligner) -> None:
    meetings = aligner.explain("车间设党员责任区三个，逐台设备落实到人。", "execution-6")
    assert ("党员责任区", "党员责任区", "label") in [(m.words, m.meets, m.basis) for m in meetings]


def test_expected_evidence_is_met(aligner: Aligner) -> None:
    meetings = aligner.explain("总部印发诊断报告，列出八类短板。", "diagnosis-4")
    assert ("诊断报告", "label") in [(m.words, m.basis) for m in meetings] or ("诊断报告", "evidence") in [
        (m.words, m.basis) for m in meetings
    ]


def test_learned_spans_are_words_not_punctuation(aligner: Aligner, ontology: Ontology, trained: Trained) -> None:
    seen = 0
    for text in trained.unseen[:150]:
        for id in text.requirements[:1]:
            meetings = aligner.explain(text.text, id)
            check(text.text, meetings)
            for meeting in meetings:
                if meeting.basis == "learned":
                    seen += 1
                    assert meeting.words.isalnum()
                    assert len(meeting.words) >= 2
                    assert meeting.meets == ontology.requirement(id).zh
    assert seen > 100


def test_learned_spans_are_whole_words_that_say_something(aligner: Aligner, trained: Trained) -> None:
    import rjieba

    seen = 0
    for text in trained.unseen[:150]:
        bounds = {0}
        content: set[int] = set()
        for word, tag in rjieba.tag(text.text):
            start = max(bounds)
            bounds.add(start + len(word))
            if tag[:1] not in ("m", "q", "r", "p", "c", "u", "d"):
                content.update(range(start, start + len(word)))
        for id in text.requirements[:1]:
            learned = [meeting for meeting in aligner.explain(text.text, id) if meeting.basis == "learned"]
            assert len({meeting.words for meeting in learned}) == len(learned) <= 4
            for meeting in learned:
                assert {meeting.start, meeting.end} <= bounds
                assert content >= set(range(meeting.start, meeting.end))
                seen += 1
    assert seen > 150


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("作业区党支部设立先锋岗，公示姓名、职责和承诺，由党员担任区长。", ("作业区党", "担任区", "姓")),
        (
            "机加车间把产线划成六个质量党建责任区。每区挂牌公示责任人，问题三日内整改销号。",
            ("把产", "区挂", "责任人，"),
        ),
    ],
)
def test_no_word_is_cut_through(aligner: Aligner, ontology: Ontology, text: str, cut: tuple[str, ...]) -> None:
    for requirement in ontology.requirements:
        assert not {meeting.words for meeting in aligner.explain(text, requirement.id)} & set(cut)


@settings(max_examples=60, deadline=None)
@given(
    st.text(alphabet=st.sampled_from("党员责任区质量培训报告，。！“”（）\n aB1🙂"), max_size=80),
    st.sampled_from(range(64)),
)
def test_any_text_is_explained_within_its_bounds(aligner: Aligner, ontology: Ontology, text: str, at: int) -> None:
    id = ontology.requirements[at].id
    check(text, aligner.explain(text, id))
    start, end = aligner.best_span(text, id)
    assert 0 <= start <= end <= len(text)


def test_unknown_requirement_is_an_error(aligner: Aligner) -> None:
    with pytest.raises(KeyError):
        aligner.explain(ZONE, "execution-999")
    with pytest.raises(KeyError):
        aligner.best_span(ZONE, "execution-999")


def test_best_sentence_is_the_one_that_says_it(aligner: Aligner) -> None:
    start, end = aligner.best_span(ZONE, "execution-6")
    assert ZONE[start:end].startswith("机加车间把产线划成六个质量党建责任区")
    text = "公司去年营业收入增长一成。各厂组织质量知识竞赛和微课比武，把课堂搬到产线旁。"
    start, end = aligner.best_span(text, "education-training-3")
    assert text[start:end].startswith("各厂组织")
    assert aligner.best_span("", "execution-6") == (0, 0)


def test_deleting_learned_words_costs_more_than_deleting_others(trained: Trained, ontology: Ontology) -> None:
    """Averaged over texts that the model has not seen; as many characters at random, three draws a text."""
    small = Aligner(ontology, trained.shipped)
    draw = random.Random(5)
    learned_drop = random_drop = 0.0
    count = 0
    for text in trained.unseen[:400]:
        best = small.align(text.text).requirements[0]
        spans = [m for m in small.explain(text.text, best.id) if m.basis == "learned"]
        if not best.proposed or not spans:
            continue
        gone = {at for m in spans for at in range(m.start, m.end)}
        variants = [gone, *(set(draw.sample(range(len(text.text)), len(gone))) for _ in range(3))]
        cut = ["".join(char for at, char in enumerate(text.text) if at not in those) for those in variants]
        after = [confidence(answer, best.id) for answer in small.align_many(cut)]
        learned_drop += best.confidence - after[0]
        random_drop += best.confidence - sum(after[1:]) / 3
        count += 1
    assert count > 150
    assert learned_drop / count > 1.2 * random_drop / count
    assert learned_drop / count > 0.05


def test_a_very_long_text_is_explained(aligner: Aligner) -> None:
    """It took minutes when each literal meeting looked through all words of the text."""
    text = "车间把产线划成六个质量责任区，每区由一名党员包保，班后公布返工单，季度末返工率下降。" * 1000
    start, end = aligner.best_span(text, "execution-6")
    assert 0 <= start < end <= len(text)
