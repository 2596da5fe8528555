"""Concepts in text: nested ones count, shared labels count once, offsets are exact."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.annotate import Annotator
from analysis.concepts import LabelIndex, concepts_of
from analysis.folding import fold
from ontology.model import Ontology


def test_every_label_is_found_as_its_concept(annotator: Annotator, ontology: Ontology) -> None:
    for thing in concepts_of(ontology):
        if thing.zh == "企业":
            continue
        sharing = {other.id for other in concepts_of(ontology) if thing.zh in (other.zh, *other.alt)}
        whole = [m for m in annotator.annotate(f"本厂的{thing.zh}工作") if m.text == thing.zh]
        assert len(whole) == 1, thing.zh
        assert whole[0].node in sharing


def test_nested_concepts_count(annotator: Annotator) -> None:
    found = [(m.node, m.text) for m in annotator.annotate("企业党建与质量党员示范岗")]
    assert found == [
        ("t-enterprise-party-building", "企业党建"),
        ("t-party-building", "党建"),
        ("m-quality-model-post", "质量党员示范岗"),
        ("v-party-model-post", "党员示范岗"),
        ("r-party-members", "党员"),
    ]


@pytest.mark.parametrize(
    ("text", "node"),
    [("群众路线", "m-mass-line"), ("民主集中制", "m-democratic-centralism"), ("创先争优", "m-strive-for-excellence")],
)
def test_a_shared_label_is_one_mention_of_the_mechanism(
    annotator: Annotator, labels: LabelIndex, text: str, node: str
) -> None:
    assert [m.node for m in annotator.annotate(text)] == [m.node for m in labels.find(text)] == [node]


@pytest.mark.parametrize("text", ["PDCA循环", "ＰＤＣＡ循环", "pdca循环", "PDCA 循环"])
def test_width_case_and_a_space_do_not_matter(annotator: Annotator, text: str) -> None:
    assert [(m.node, m.text) for m in annotator.annotate(f"用{text}管理")] == [("t-pdca", text)]


def test_a_general_vehicle_is_never_the_standards_own(annotator: Annotator) -> None:
    assert [m.node for m in annotator.annotate("红旗责任区")] == ["v-party-responsibility-zone"]


@pytest.mark.parametrize("text", ["企业经营良好", "原则性强、科学性高", "", "\n", "interviewers"])
def test_ordinary_words_are_no_concepts(annotator: Annotator, text: str) -> None:
    assert annotator.annotate(text) == []


def test_a_full_name_is_not_counted_again_by_its_short_one(annotator: Annotator) -> None:
    assert [m.text for m in annotator.annotate("质量文化建设推广办公室") if m.node == "r-promotion-office"] == [
        "质量文化建设推广办公室"
    ]


def test_mentions_across_the_windows_of_a_long_text(annotator: Annotator) -> None:
    for shift in range(990, 1012):
        text = "安" * shift + "质量党建责任区" + "全" * 1500 + "群众路线"
        assert [m.node for m in annotator.annotate(text) if m.node[0] == "m"] == [
            "m-quality-responsibility-zone",
            "m-mass-line",
        ]


@given(st.text(alphabet=st.sampled_from("企业党建质量文化员示范岗ＰＤＣＡ循环ＴqmTQM \n\t　😀\0İ"), max_size=60))
def test_offsets_are_exact(annotator: Annotator, labels: LabelIndex, text: str) -> None:
    for mention in (*annotator.annotate(text), *labels.find(text)):
        assert text[mention.start : mention.end] == mention.text != ""
        assert mention.end <= len(text)


def test_a_label_at_the_end_of_a_query_ends_with_it(labels: LabelIndex) -> None:
    query = "开展质量党建责任区"
    assert {(m.start, m.end) for m in labels.find(query) if m.node == "m-quality-responsibility-zone"} == {
        (2, len(query))
    }


@given(st.lists(st.text(max_size=40), max_size=5))
def test_many_is_each(annotator: Annotator, texts: list[str]) -> None:
    assert list(annotator.annotate_many(texts)) == [annotator.annotate(text) for text in texts]


@given(st.text(max_size=60))
def test_folding_keeps_the_length(text: str) -> None:
    assert len(fold(text)) == len(text)


@pytest.mark.parametrize(
    ("query", "node"),
    [
        ("哪些做法可佐证『开展质量党建责任区』", "execution-6"),
        ("执行落地怎么做", "execution"),
        ("quality culture training for suppliers", "r-suppliers"),
        ("科学性", "pr-science"),
        ("深圳能源的做法", "org-shenzhen-energy"),
    ],
)
def test_queries_name_clauses_requirements_and_the_rest(labels: LabelIndex, query: str, node: str) -> None:
    assert node in [mention.node for mention in labels.find(query)]
