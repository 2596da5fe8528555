"""Plain text, Markdown, and the decision on a text's encoding."""

import codecs
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.readers.document import SourceDocument, clean
from ingest.readers.encoding import decode
from ingest.readers.errors import ReadFailed
from ingest.readers.headings import heading_level, is_item, is_title
from ingest.readers.limits import DEFAULT_LIMITS
from ingest.readers.text import read_md

MARKS = {
    codecs.BOM_UTF8,
    codecs.BOM_UTF16_LE,
    codecs.BOM_UTF16_BE,
    codecs.BOM_UTF32_LE,
    codecs.BOM_UTF32_BE,
    b"\x84\x31\x95\x33",
}
Reading = Callable[[Path], SourceDocument]
SENTENCES = [
    "公司党委把质量党建责任区划到每条产线，党员挂牌上岗。",
    "班前会先讲质量，再讲产量。",
    "废品率由3.2%降到2.1%，客户投诉同比减少40%。",
    "质量",
    "开展“质量月”活动，征集提案2583件",
]


@pytest.mark.parametrize("text", SENTENCES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_chinese_text_is_decoded_whatever_its_encoding(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


def test_traditional_text_in_big5_is_decoded() -> None:
    text = "推動品質文化，全員參與改善，提升顧客滿意度。"

    assert decode(text.encode("big5")) == text


def test_rare_characters_survive_gb18030() -> None:
    text = "质量标杆企业“𠮷田”厂，员工㛃某提出改善提案。"

    assert decode(text.encode("gb18030")) == text


@pytest.mark.parametrize(
    "data",
    [
        "质量文化建设全员参与".encode("gb18030") + "质量文化建设".encode() * 3,
        b"\xff\xfe\x00",
        bytes(range(256)) * 4,
        b"\xef\xbb\xbf\xff",
        bytes(500),
        b"\x01" * 300,
    ],
)
def test_what_reads_in_no_encoding_is_refused(data: bytes) -> None:
    with pytest.raises(ReadFailed) as caught:
        decode(data)

    assert caught.value.code == "encoding_unknown"


@given(st.binary(min_size=1, max_size=300))
def test_any_bytes_are_decoded_or_refused(data: bytes) -> None:
    try:
        text = decode(data)
    except ReadFailed as refused:
        outcome = refused.code
    else:
        outcome = "decoded" if text or data in MARKS else "lost"

    assert outcome in {"decoded", "encoding_unknown"}


@given(st.text())
def test_clean_text_has_no_controls_and_stays_clean(text: str) -> None:
    once = clean(text)

    assert clean(once) == once
    assert not [character for character in once if character < " " and character not in "\n\t"]
    once.encode("utf-8")


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("一、主要做法", 1), ("（二）强化组织保障", 2), ("(三) 建立机制", 2), ("第一章 总则", 1), ("第二节 方法", 2), ("3. 党员攻关", 3), ("1、抓培训", 3),
        ("5.1.1 总则", 3), ("5.1 总则", 2), ("背景", 1), ("主要做法：", 1), ("工作成效", 1), ("经验启示", 1), ("【案例背景】", 1), ("主要做法和成效", 1),
        ("一、坚持党建引领，压实责任。", None), ("我们开展了工作", None), ("3.5%的员工", None), ("2024年5月", None), ("", None),
        ("1.开展培训，共12场", None), ("一" * 50, None), ("99.1", None), ("十分重要", None),
    ],
)  # fmt: skip
def test_headings_by_their_wording(line: str, level: int | None) -> None:
    assert heading_level(line) == level


@pytest.mark.parametrize(
    "line", ["1.开展培训。", "（1）建账；", "① 明责", "• 包片", "- 包片", "a) 明责", "二、抓好培训，共12场。"]
)
def test_items_of_lists(line: str) -> None:
    assert is_item(line)


@pytest.mark.parametrize("line", ["3.5%的员工", "2024年", "质量是生命", "-5℃以下", "1.2倍"])
def test_what_is_no_item(line: str) -> None:
    assert not is_item(line)


def test_a_title_is_short_and_no_sentence() -> None:
    assert is_title("以党建红引领质量蓝——某厂案例")
    assert not is_title("我们开展了工作。")
    assert not is_title("一、背景")
    assert not is_title("长" * 61)


def test_a_text_file_becomes_headings_items_and_paragraphs(tmp_path: Path, read: Reading) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("党建引领案例\r\n\r\n一、主要做法\r\n　　成立攻关队。\r\n1.开展培训；\r\n".encode("gb18030"))

    document = read(path)

    assert [(block.kind, block.level, block.text) for block in document.blocks] == [
        ("heading", 0, "党建引领案例"), ("heading", 1, "一、主要做法"), ("para", None, "成立攻关队。"), ("list_item", 1, "1.开展培训；"),
    ]  # fmt: skip
    assert (document.title, document.media_type, document.kind) == ("党建引领案例", "text/plain", "case")


def test_a_text_wrapped_at_a_width_is_joined_to_paragraphs(tmp_path: Path, read: Reading) -> None:
    paragraph = "公司党委坚持把质量文化建设融入中心工作，" * 9 + "成效明显。"
    lines = ["　　" + paragraph[:33], *(paragraph[at : at + 35] for at in range(33, len(paragraph), 35))]
    path = tmp_path / "a.txt"
    path.write_text("\n".join(lines + lines), encoding="utf-8")

    assert [block.text for block in read(path).blocks] == [paragraph, paragraph]


def test_markdown(tmp_path: Path, read: Reading) -> None:
    path = tmp_path / "a.md"
    path.write_text(
        "---\ntitle: 案例甲\nlevel: x\n---\n<!-- 注释 -->\n# 标题 #\n\n正文**重点**，见[办法](http://x)，\n续行 `code`\n\n"
        "二级\n----\n\n- 甲\n  续甲\n  - 乙\n1. 丙\n2) 丁\n\n> 引文\n\n```\n# 不是标题\n```\n\n| 指标 | 值 |\n|---|:-:|\n| 废品率 | 下降35% |\n\n***\n一、做法\n",
        encoding="utf-8",
    )

    document = read(path)

    assert document.title == "案例甲"
    assert [(block.kind, block.level, block.label, block.text) for block in document.blocks] == [
        ("heading", 1, "", "标题"), ("para", None, "", "正文重点，见办法，续行 code"), ("heading", 2, "", "二级"),
        ("list_item", 1, "", "甲续甲"), ("list_item", 2, "", "乙"), ("list_item", 1, "1.", "丙"), ("list_item", 1, "2)", "丁"),
        ("para", None, "", "引文"), ("para", None, "", "# 不是标题"), ("table_row", None, "", "指标 | 值"), ("table_row", None, "", "废品率 | 下降35%"),
        ("heading", 2, "", "一、做法"),
    ]  # fmt: skip
    assert document.margins == ("title: 案例甲\nlevel: x",)


@given(st.text(alphabet=st.sampled_from("#*-`|<>_~=+.[]()!&\\ \t\n1一、（）正文"), max_size=120))
def test_any_markdown_is_read(text: str) -> None:
    from ingest.readers.document import Composer
    from ingest.readers.text import _Markdown

    composer = Composer()
    _Markdown(composer, text.split("\n")).read()
    document = composer.document("a.md", "", "text/markdown", "case")

    assert all(document.text[block.start : block.end] == block.text for block in document.blocks)


def test_chinese_markdown_without_blank_lines_keeps_its_paragraphs(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text(
        "# 题目\n企业：澜川泵业有限公司\n行业：机械\n一、主要做法\n（一）划区\n车间划出五个区。\n每区一名党员包保。\n（二）公布\n班后公布返工单，\n次日整改。\n",
        encoding="utf-8",
    )
    document = read_md(path, "a.md", DEFAULT_LIMITS)
    texts = [block.text for block in document.blocks]
    assert texts[1:3] == ["企业：澜川泵业有限公司", "行业：机械"]
    assert "车间划出五个区。" in texts
    assert "班后公布返工单，次日整改。" in texts


def test_a_yaml_head_says_whose_case_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text(
        "---\ntitle: 题目\nenterprise: 澜川泵业有限公司\nlayout: post\n---\n车间划出五个区。\n", encoding="utf-8"
    )
    document = read_md(path, "a.md", DEFAULT_LIMITS)
    assert document.title == "题目"
    assert [block.text for block in document.blocks] == ["申报单位：澜川泵业有限公司", "车间划出五个区。"]
