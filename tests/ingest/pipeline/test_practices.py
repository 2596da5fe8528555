"""How documents are divided into cases, practices and the places that tell results."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.details import header_fields, normal_ownership
from ingest.organizations import levels_of
from ingest.passages import passages_of
from ingest.pieces import LONGEST, split
from ingest.practices import Extracted, extract
from ingest.readers.document import Composer, SourceDocument
from ingest.sections import Section, inline_label, section_of
from tests.ingest.pipeline.conftest import Read
from tests.ingest.pipeline.parts import case_text


def _practices(extracted: Extracted) -> list[str]:
    return [practice.text for case in extracted.cases for practice in case.practices]


@pytest.mark.parametrize(
    ("title", "section"),
    [
        ("一、背景情况", Section.BACKGROUND),
        ("二、主要做法", Section.PRACTICE),
        ("（三）取得成效", Section.OUTCOME),
        ("四、经验启示", Section.EXPERIENCE),
        ("1. 企业简介", Section.PROFILE),
        ("【主要做法】", Section.PRACTICE),
        ("起因：", Section.BACKGROUND),
        ("二、主要做法及成效", Section.PRACTICE),
        ("三、实施效果", Section.OUTCOME),
        ("五、下一步工作打算", Section.EXPERIENCE),
        ("第二部分 具体做法与措施", Section.PRACTICE),
        ("强化质量措施", None),
        ("狠抓措施落实", None),
        ("（一）开展质量党建责任区", None),
        ("2024年工作", None),
        ("", None),
    ],
)
def test_section_headings(title: str, section: Section | None) -> None:
    assert section_of(title) is section


def test_a_label_in_its_own_paragraph_opens_a_section() -> None:
    assert inline_label("主要做法：建立责任区") == (Section.PRACTICE, 5)
    assert inline_label("（一）工作成效：废品率下降") == (Section.OUTCOME, 8)
    assert inline_label("会议要求：各支部要带头") is None


def test_a_sectioned_case(read: Read) -> None:
    extracted = extract(read(case_text(7), "案例.txt"))
    (case,) = extracted.cases
    assert extracted.title == "第7机械厂质量提升案例"
    assert [practice.title for practice in case.practices] == [
        "把质量要求写进制度",
        "开展质量文化评价",
        "划分党员质量责任区",
    ]
    assert case.practices[0].text.startswith("把质量要求写进制度\n修订质量责任制度7项")
    assert not any(
        word in text for text in _practices(extracted) for word in ("头等大事", "走在前面", "废品率下降", "青禾")
    )
    assert [level.name for level in case.levels] == ["青禾装备集团有限公司", "第7机械厂"]
    details = case.details
    assert (details.industry, details.ownership, details.date) == ("装备制造", "国有企业", "2024-05")


def test_markdown_and_its_joined_header_lines(read: Read) -> None:
    text = """# 班组质量案例

企业：东海电气股份有限公司
行业：装备制造
性质：民企

## 主要做法

1. 建立党员示范岗，设置质量看板，班前会通报前一天的质量情况。
2. 推行一票否决，凡出现质量事故的班组取消评优资格，整改完成后由支部验收。

## 工作成效

一次交检合格率由92%提高到97.5%。
"""
    extracted = extract(read(text, "a.md"))
    (case,) = extracted.cases
    assert [practice[:4] for practice in _practices(extracted)] == ["建立党员", "推行一票"]
    assert (case.details.industry, case.details.ownership) == ("装备制造", "民营企业")
    assert case.levels[0].name == "东海电气股份有限公司"
    assert len(case.outcomes) == 1


def test_long_and_short_items_of_one_kind_are_items_alike(read: Read) -> None:
    text = """质量案例
二、主要做法
（一）划分责任区
车间划成十二个责任区，每个责任区由一名党员负责，公示指标并每月检查。
（二）组织攻关。由支部书记牵头成立攻关小组，围绕板坯裂纹开展攻关，每周开一次会，逐项销号。
（三）开展培训
每季度组织全员质量培训，请老师傅讲授质量故事，考试合格后才能上岗。
"""
    assert [text[:4] for text in _practices(extract(read(text, "a.txt")))] == ["划分责任", "组织攻关", "开展培训"]


def test_inner_numbers_stay_inside_an_item(read: Read) -> None:
    text = """质量案例
主要做法
（一）建立制度
1. 修订质量责任制，明确各级人员的质量职责和考核办法。
2. 建立质量例会制度，每周通报质量问题和整改情况。
（二）开展培训
组织党员讲质量课，每月一次，覆盖全部班组和新员工。
"""
    practices = _practices(extract(read(text, "a.txt")))
    assert len(practices) == 2
    assert "质量例会制度" in practices[0]


def test_items_within_one_paragraph(read: Read) -> None:
    first = "一是划分责任区，把车间划成十二个责任区，每个责任区由一名党员负责，公示指标并每月检查通报；"
    second = "二是组织攻关，由支部书记牵头成立攻关小组，围绕板坯裂纹开展攻关，每周开会逐项销号；"
    third = "三是开展培训，每季度组织全员质量培训，请老师傅讲授质量故事，考试合格后才能上岗。"
    practices = _practices(extract(read(f"质量案例\n主要做法\n{first}{second}{third}\n", "a.txt")))
    assert practices == [first, second, third]


def test_a_list_of_short_measures_loses_none(read: Read) -> None:
    text = "质量案例\n二、主要做法\n1、建立党员质量责任区制度\n2、开展党员亮身份比质量活动\n3、设立党员质量先锋岗十二个\n三、成效\n废品率下降3%。\n"
    assert [text[:4] for text in _practices(extract(read(text, "a.txt")))] == ["建立党员", "开展党员", "设立党员"]


def test_two_cases_in_one_document_keep_their_own(read: Read) -> None:
    one = "背景\n质量波动大。\n主要做法\n建立党员责任区，每月检查通报，党员带头整改质量问题。\n成效\n废品率下降35%。\n"
    other = "背景\n客户投诉多。\n主要做法\n开展质量培训，请老师傅讲课，每季度考试一次，合格上岗。\n成效\n满意度提高到98%。\n"
    document = read(one + other, "a.txt")
    cases = extract(document).cases
    assert len(cases) == 2
    assert [document.text[slice(*case.outcomes[0])] for case in cases] == ["废品率下降35%。", "满意度提高到98%。"]


def test_news_loses_its_boilerplate_and_joins_short_paragraphs(read: Read) -> None:
    text = """全厂召开质量月动员大会
发布时间：2024-09-01 来源：党群部
9月1日，全厂召开质量月动员大会，党委书记讲话。
会议要求，各党支部要组织党员到现场查找质量隐患，建立台账，限期整改，并把整改情况纳入支部考核。
第 1 页
（供稿：宣传部 张三）
责任编辑：李四
"""
    (practice,) = _practices(extract(read(text, "news.txt")))
    assert practice.startswith("9月1日")
    assert practice.endswith("支部考核。")


def test_long_paragraphs_are_split_between_sentences(read: Read) -> None:
    sentence = "各党支部组织党员到现场查找质量隐患，建立隐患台账，限期整改，并把整改情况纳入支部考核。"
    practices = _practices(extract(read("工作报告\n" + sentence * 30, "a.txt")))
    assert "".join(practices) == sentence * 30
    assert all(200 <= len(practice) <= LONGEST for practice in practices)
    assert all(practice.endswith("。") for practice in practices)


@pytest.mark.parametrize(
    "text",
    [
        "炼钢厂案例（虚构样例）\n主要做法\n建立党员责任区，每月检查通报，党员带头整改。\n",
        "虚构样例\n炼钢厂案例\n主要做法\n建立党员责任区，每月检查通报，党员带头整改。\n",
        "炼钢厂案例\n样例：是\n主要做法\n建立党员责任区，每月检查通报，党员带头整改。\n",
        "炼钢厂案例\n主要做法\n建立党员责任区，每月检查通报，党员带头整改。\n（本文为虚构样例）\n",
    ],
)
def test_the_sample_mark(read: Read, text: str) -> None:
    extracted = extract(read(text, "a.txt"))
    assert extracted.sample
    assert extracted.title.startswith("炼钢厂案例")
    assert _practices(extracted) == ["建立党员责任区，每月检查通报，党员带头整改。"]


def test_no_mark_no_sample(read: Read) -> None:
    assert not extract(read("炼钢厂案例\n主要做法\n样例：否\n建立党员责任区，每月检查通报。\n", "a.txt")).sample


def test_rows_of_a_case_list(read: Read) -> None:
    text = (
        "编号,申报单位,党组织,行业,性质,案例名称,背景,主要做法,工作成效,样例\n"
        "A-1,青禾集团有限公司炼钢厂,第二党支部,钢铁,央企,责任区,质量差,建立党员责任区每月检查,废品率下降35%,是\n"
        "A-2,东海电气,,电气,私企,培训,,组织培训每季一次,,否\n"
    )
    document = read(text, "a.csv")
    extracted = extract(document)
    first, second = extracted.cases
    assert [level.name for level in first.levels] == ["青禾集团有限公司", "炼钢厂", "第二党支部"]
    assert [level.level for level in first.levels] == ["集团", "单位", "党支部"]
    assert [case.details.external_id for case in extracted.cases] == ["A-1", "A-2"]
    assert (first.practices[0].title, first.practices[0].text) == ("责任区", "建立党员责任区每月检查")
    assert [document.text[slice(*span)] for span in first.outcomes] == ["废品率下降35%"]
    assert [case.details.ownership for case in extracted.cases] == ["国有企业", "民营企业"]
    assert (first.details.sample, second.details.sample, extracted.sample) == (True, False, False)


def test_header_fields_only_where_there_is_nothing_else() -> None:
    assert header_fields("企业：甲公司行业：钢铁") == (("enterprise", "甲公司"), ("industry", "钢铁"))
    assert header_fields("我们企业：甲公司") == ()
    assert header_fields("单位：万元") == ()
    assert header_fields("时间：" + "长" * 90) == ()


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("国企", "国有企业"),
        ("中央企业", "国有企业"),
        ("民企", "民营企业"),
        ("外商独资", "外资企业"),
        ("中外合资", "合资企业"),
        ("国有控股混合所有制", "混合所有制企业"),
        ("合作社", "合作社"),
    ],
)
def test_ownership_has_one_name(written: str, name: str) -> None:
    assert normal_ownership(written) == name


_WORDS = st.text(alphabet="质量党员班组攻关考核培训每月检查整改。，；：（）\u3000 a1一二是、\n", max_size=160)
_HEADS = st.sampled_from(
    [
        "一、背景",
        "二、主要做法",
        "主要做法：",
        "（一）划分责任区",
        "1. 建立制度",
        "一是抓培训，",
        "三、成效",
        "四、启示",
        "虚构样例",
        "企业：甲公司",
        "2024年1月1日",
        "案例二",
        "",
    ]
)


@st.composite
def _documents(draw: st.DrawFn) -> SourceDocument:
    composer = Composer()
    for _ in range(draw(st.integers(0, 12))):
        kind = draw(st.sampled_from(["heading", "para", "list_item", "table_row", "footnote", "note", "deleted"]))
        text = draw(_HEADS) + draw(_WORDS)
        label = draw(st.sampled_from(["", "", "（一）", "1.", "a)"]))
        composer.add(kind, text, level=draw(st.integers(0, 3)), label=label)  # type: ignore[arg-type]
    return composer.document("a.txt", draw(st.sampled_from(["", "主要做法", "质量案例"])), "text/plain", "case")


@settings(max_examples=200, deadline=None)
@given(_documents())
def test_every_practice_is_a_slice_of_its_document_and_lies_in_its_passages(document: SourceDocument) -> None:
    extracted = extract(document)
    passages = passages_of(extracted.lines, "doc-1")
    spans = []
    for case in extracted.cases:
        assert case.practices
        for practice in case.practices:
            assert document.text[practice.start : practice.end] == practice.text == practice.text.strip()
            assert practice.title.strip()
            quotes = list(passages.evidence("p", document.text, practice.start, practice.end))
            assert quotes
            for quote in quotes:
                start, end = quote.properties["start"], quote.properties["end"]
                assert isinstance(start, int)
                assert isinstance(end, int)
                assert document.text[start:end] == quote.properties["quote"]
                assert practice.start <= start < end <= practice.end
            spans.append((practice.start, practice.end))
    assert all(one[1] <= other[0] for one, other in zip(sorted(spans), sorted(spans)[1:], strict=False))
    for line in extracted.lines:
        assert document.text[line.start : line.end] == line.text


@settings(max_examples=200, deadline=None)
@given(_documents())
def test_nothing_of_deleted_text_becomes_a_practice(document: SourceDocument) -> None:
    deleted = [(block.start, block.end) for block in document.blocks if block.kind == "deleted"]
    extracted = extract(document)
    practices = [practice for case in extracted.cases for practice in case.practices]
    spans = [(one.start, one.end) for one in extracted.lines] + [(one.start, one.end) for one in practices]
    for first, last in spans:
        assert all(last <= start or end <= first for start, end in deleted)


@given(st.text(alphabet="质量。；\n，a《》", max_size=3000))
def test_splitting_loses_only_blanks(text: str) -> None:
    pieces = split(text, (0, len(text)))
    assert re.sub(r"\s", "", "".join(text[start:end] for start, end in pieces)) == re.sub(r"\s", "", text)
    assert all(start <= end for start, end in pieces)


@pytest.mark.parametrize(
    ("cells", "names"),
    [
        ({"enterprise": "青禾集团有限公司炼钢厂"}, ["青禾集团有限公司", "炼钢厂"]),
        (
            {"group": "青禾集团", "enterprise": "青禾集团特钢公司", "party_organization": "炼钢作业区党支部"},
            ["青禾集团", "特钢公司", "炼钢作业区党支部"],
        ),
        ({"enterprise": "特钢公司", "party_organization": "特钢公司党委"}, ["特钢公司"]),
        (
            {"enterprise": "特钢公司", "party_organization": "特钢公司第二党支部", "team": "甲班"},
            ["特钢公司", "第二党支部", "甲班"],
        ),
        ({"party_organization": "特钢公司党委"}, ["特钢公司党委"]),
        ({"team": "丙班"}, ["丙班"]),
        ({}, []),
    ],
)
def test_organisations_in_levels(cells: dict[str, str], names: list[str]) -> None:
    assert [level.name for level in levels_of(cells)] == names
