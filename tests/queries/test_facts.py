"""Questions about what the ontology holds are answered by it, also once a site has filled a gap."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engines.embedder import Embedder
from engines.store import Reader
from ontology.load import load_ontology
from ontology.model import Ontology
from ontology.names import STANDARD
from queries.answers import FactRecord
from queries.facts import facts_asked_for
from queries.gaps import gaps_asked_for
from queries.search import Searcher, SearchRequest
from queries.understanding import QueryReader

_OVERLAY = Path(__file__).parent.parent.parent / "ontology" / "overlay-example.ttl"


class Asked:
    """A query put to one ontology."""

    def __init__(self, ontology: Ontology) -> None:
        self.ontology = ontology
        self._queries = QueryReader(ontology)

    def facts(self, query: str) -> tuple[FactRecord, ...]:
        return facts_asked_for(self.ontology, self._queries.understand(query))

    def gaps(self, query: str) -> set[str]:
        return {gap.id for gap in gaps_asked_for(self.ontology, self._queries.understand(query))}


@pytest.fixture(scope="module")
def shipped(ontology: Ontology) -> Asked:
    return Asked(ontology)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Asked:
    """A site with the standard at hand: the example overlay."""
    folder = tmp_path_factory.mktemp("overlay")
    (folder / "site.ttl").write_text(_OVERLAY.read_text(encoding="utf-8"), encoding="utf-8")
    return Asked(load_ontology(folder))


@pytest.mark.parametrize(
    ("query", "ids", "text"),
    [
        ("效能的定义", {"t-efficacy"}, "此处抄录标准第3章"),
        ("效能是什么", {"t-efficacy"}, "此处抄录标准第3章"),
        ("definition of efficacy", {"t-efficacy"}, "此处抄录标准第3章"),
        ("标准编号是多少", {STANDARD}, "T/示例 001—2099"),
        ("这个标准什么时候实施", {STANDARD}, "2099-03-01实施"),
        (
            "基本要求有哪三项",
            {"basic-requirements-2", "basic-requirements-3", "basic-requirements-4"},
            "第一项要求的内容",
        ),
        ("规范性引用文件有哪些", {"gbt-19001", "example-document"}, "GB/T 示例—2099《（示例）某项标准》"),
        ("参编单位有哪些", {"compilation-note"}, "参编单位名单见标准前言"),
        ("第5章是什么", {"basic-requirements"}, "基本要求"),
    ],
)
def test_what_a_site_has_filled_answers(filled: Asked, query: str, ids: set[str], text: str) -> None:
    found = [fact for fact in filled.facts(query) if fact.title != "“基本要求”的内容" or "要求" in query]
    assert {fact.id for fact in found} == ids
    assert any(text in fact.text for fact in found)
    assert all(fact.certainty == "stated" and fact.sources == (STANDARD,) for fact in found)
    assert filled.gaps(query) == set()


def test_a_site_that_names_its_source_is_quoted_with_it(tmp_path: Path) -> None:
    text = _OVERLAY.read_text(encoding="utf-8").replace(
        "id:t-efficacy skos:definition", "id:t-efficacy dcterms:source id:gbt-19001 ; skos:definition"
    )
    (tmp_path / "site.ttl").write_text(text, encoding="utf-8")
    (fact,) = Asked(load_ontology(tmp_path)).facts("效能的定义")
    assert fact.sources == ("gbt-19001",)


@pytest.mark.parametrize(
    ("query", "gap"),
    [
        ("效能是什么", "gap-definition-t-efficacy"),
        ("标准编号是多少", "gap-standard-number"),
        ("基本要求有哪三项", "gap-basic-requirements-items"),
        ("规范性引用文件有哪些", "gap-reference-list"),
        ("标杆企业是哪几家", "gap-benchmark-enterprises"),
        ("走访了哪些标杆企业", "gap-benchmark-enterprises"),
        ("起草单位有哪些", "gap-participating-units"),
    ],
)
def test_what_nobody_has_filled_stays_a_gap(shipped: Asked, query: str, gap: str) -> None:
    assert gap in shipped.gaps(query)
    assert gap.removeprefix("gap-definition-") not in {fact.id for fact in shipped.facts(query)}


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("起草单位有哪些", {"org-shenzhen-energy", "org-drafting-group"}),
        ("谁起草的", {"org-shenzhen-energy", "org-drafting-group"}),
        ("本标准由谁牵头起草", {"org-shenzhen-energy", "org-drafting-group"}),
        ("who drafted the standard", {"org-shenzhen-energy", "org-drafting-group"}),
        ("提出单位是谁", {"org-gd-quality-promotion"}),
        ("谁提出的", {"org-gd-quality-promotion"}),
        ("标准是谁发布的", {"org-gd-quality-promotion"}),
        ("标准适用于谁", {STANDARD}),
        ("适用于哪些企业", {STANDARD}),
        ("本标准规定了哪几方面要求", {STANDARD}),
        (
            "五个术语有哪些",
            {
                "t-party-building",
                "t-enterprise-party-building",
                "t-quality-culture",
                "t-enterprise-quality-culture",
                "t-efficacy",
            },
        ),
        ("质量文化是什么", {"t-quality-culture"}),
        (
            "评估与改进有哪四项",
            {"evaluation-system", "evaluation-implementation", "effectiveness-appraisal", "continual-improvement"},
        ),
    ],
)
def test_what_the_note_says_answers(shipped: Asked, query: str, ids: set[str]) -> None:
    found = shipped.facts(query)
    assert {fact.id for fact in found} == ids
    assert all(fact.sources and fact.text and fact.title for fact in found)


@pytest.mark.parametrize(
    "query",
    [
        "谁提出合理化建议",
        "建设实施有哪些做法",
        "标杆企业有哪些做法",
        "企业标准由谁起草更合适的做法",
        "质量党建责任区",
        "哪些做法统一了质量术语",
        "第4章",
        "归口单位是谁",
        "今天天气",
        "",
    ],
)
def test_other_questions_are_not_answered_by_facts(shipped: Asked, query: str) -> None:
    assert shipped.facts(query) == ()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from(
            [
                "标准",
                "谁",
                "起草",
                "提出",
                "发布",
                "单位",
                "第",
                "5",
                "4",
                "章",
                "术语",
                "有哪",
                "定义",
                "效能",
                "是什么",
                "(",
                "\n",
                "？",
                "a",
            ]
        ),
        max_size=8,
    )
)
def test_any_question_has_facts_of_known_nodes_or_none(filled: Asked, words: list[str]) -> None:
    for fact in filled.facts("".join(words)):
        assert fact.id in filled.ontology.things
        assert fact.text.strip()
        assert fact.title.strip()
        assert set(fact.sources) <= filled.ontology.things.keys()


@pytest.mark.parametrize("query", ["谁起草的", "标准编号是多少", "效能是什么", "第5章是什么", "五个术语有哪些"])
def test_a_search_that_facts_answer_is_not_abstained_from(
    filled: Asked, reader: Reader, embedder: Embedder, query: str
) -> None:
    searcher = Searcher(filled.ontology, embedder)
    answer = searcher.search(reader, SearchRequest(query), access=None)
    assert answer.facts == filled.facts(query) != ()
    assert not answer.abstained
