"""Citations by number, title and short name, with their clauses, and nothing that only looks like one."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.citations import CitationFinder


def _brief(finder: CitationFinder, text: str) -> list[tuple[str | None, str | None]]:
    return [(mention.document, mention.clause) for mention in finder.find(text)]


@pytest.mark.parametrize(
    ("text", "document", "identifier", "dated", "form"),
    [
        ("GB/T 32230", "gbt-32230", "GB/T 32230", False, "number"),
        ("GB/T32230-2015", "gbt-32230", "GB/T 32230—2015", True, "number"),
        ("GB／T 32230—2015", "gbt-32230", "GB/T 32230—2015", True, "number"),
        ("GB 32230", "gbt-32230", "GB 32230", False, "number"),
        ("GB/T 1.1—2009", "gbt-1-1", "GB/T 1.1—2009", True, "number"),
        ("ISO 9001:2015", None, "ISO 9001:2015", True, "number"),
        ("ISO/IEC 17025", None, "ISO/IEC 17025", False, "number"),
        ("T/CAQ 10101—2020", None, "T/CAQ 10101—2020", True, "number"),
        ("DB44/T 2100—2018", None, "DB44/T 2100—2018", True, "number"),
        ("DL/T 800—2018", None, "DL/T 800—2018", True, "number"),
        ("粤组通〔2018〕44号", "gd-branch-opinion", "粤组通〔2018〕44号", False, "number"),
        ("国发[2021]5号", None, "国发〔2021〕5号", False, "number"),
        ("《中国共产党支部工作条例(试行)》", "branch-regulations", None, False, "title"),
        ("《企业质量文化手册》", None, None, False, "title"),
        ("《党建引领企业质量文化建设规范》", "std-party-led-quality-culture", None, False, "title"),
        ("《质量管理体系 要求》（GB/T 19001—2016）", "gbt-19001", "GB/T 19001—2016", True, "title"),
        ("企业质量文化建设指南（GB/T 32230）", "gbt-32230", "GB/T 32230", False, "short"),
        ("《广东省党支部规范化建设指导意见》（粤组通〔2018〕44号）", "gd-branch-opinion", "粤组通〔2018〕44号", False, "title"),
        ("《关于印发〈质量强国建设纲要〉的通知》", "quality-power-outline", None, False, "title"),
        ("党章", "party-constitution", None, False, "short"),
        ("支部工作条例", "branch-regulations", None, False, "short"),
        ("质量强国纲要", "quality-power-outline", None, False, "short"),
    ],
)  # fmt: skip
def test_one_citation(
    finder: CitationFinder, text: str, document: str | None, identifier: str | None, dated: bool, form: str
) -> None:
    (mention,) = finder.find(f"我们对照{text}开展工作")
    assert (mention.document, mention.identifier, mention.dated, mention.form, mention.text) == (
        document,
        identifier,
        dated,
        form,
        text,
    )


def test_a_document_number_stands_without_its_lead_in(finder: CitationFinder) -> None:
    texts = ["根据省人民政府粤府〔2020〕1号", "按照国办发〔2021〕5号", "贯彻中共广东省委组织部粤组通〔2018〕44号精神"]
    assert [finder.find(text)[0].text for text in texts] == [
        "粤府〔2020〕1号",
        "国办发〔2021〕5号",
        "粤组通〔2018〕44号",
    ]


def test_short_forms_of_parts(finder: CitationFinder) -> None:
    found = [mention.document for mention in finder.find("GB/T 20001.1、20001.2、.3和GB/T 20001.10")]
    assert found == ["gbt-20001-1", "gbt-20001-2", "gbt-20001-3", "gbt-20001-10"]
    assert [mention.identifier for mention in finder.find("ISO9001、14001体系")] == ["ISO 9001", "ISO 14001"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("GB/T 32230—2015 中 5.3", [("gbt-32230", "gbt-32230-5-3")]),
        ("GB/T 32230的5.2、5.3和附录A", [("gbt-32230", "gbt-32230-5-2"), ("gbt-32230", "gbt-32230-5-3"), ("gbt-32230", "gbt-32230-annex-a")]),
        ("依据企业质量文化建设指南第5.3条", [("gbt-32230", "gbt-32230-5-3")]),
        ("党章第五章", [("party-constitution", "party-constitution-chapter-5")]),
        ("《支部工作条例》第2章", [("branch-regulations", "branch-regulations-chapter-2")]),
        ("党章第三十条", [("party-constitution", None)]),
        ("GB/T 1.1附录C", [("gbt-1-1", "gbt-1-1-annex-c")]),
        ("《员工手册》第三条", [(None, None)]),
    ],
)  # fmt: skip
def test_clauses_belong_to_the_document_before_them(
    finder: CitationFinder, text: str, found: list[tuple[str | None, str | None]]
) -> None:
    assert _brief(finder, text) == found


def test_a_clause_the_ontology_does_not_hold_keeps_its_name(finder: CitationFinder) -> None:
    (mention,) = finder.find("党章第三十条规定")
    assert (mention.clause, mention.clause_text, mention.text) == (None, "第三十条", "党章第三十条")


@pytest.mark.parametrize(
    "text",
    [
        "第三十条 企业、农村等基层单位", "合格率99.1%，5.3条件成熟", "取得《食品生产许可证》", "颁发《质量管理体系认证证书》", "唱《我和我的祖国》",
        "递交入党章程材料", "QC 小组2018年成果", "联系电话13800138000", "第3章没写", "2023年6月", "", "《", "》《", "有2〔2018〕人",
    ],
)  # fmt: skip
def test_no_citation(finder: CitationFinder, text: str) -> None:
    assert finder.find(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "GB/T 1.1",
        "GB/T 32230，9.3%",
        "GB/T 19001、2.5倍",
        "学习党章，本办法第五条",
        "党章\n第三十条",
        "党章和《劳动合同》第三条",
    ],
)
def test_no_false_clause(finder: CitationFinder, text: str) -> None:
    assert all(mention.clause_text is None for mention in finder.find(text))


_PARTS = [
    "GB/T 32230",
    "—2015",
    "、.2",
    "《",
    "》",
    "〈",
    "（",
    "）",
    "党章",
    "第三十条",
    "5.3",
    "附录A",
    "粤组通〔2018〕44号",
    "的",
    "\n",
    "，",
    "ＧＢ／Ｔ 1.1",
    "😀",
    "\0",
    "%",
]


@given(st.lists(st.sampled_from(_PARTS), max_size=25).map("".join) | st.text(max_size=80))
def test_offsets_are_exact_and_in_order(finder: CitationFinder, text: str) -> None:
    mentions = finder.find(text)
    assert all(text[mention.start : mention.end] == mention.text != "" for mention in mentions)
    assert all(first.end <= second.start for first, second in pairwise(mentions))
