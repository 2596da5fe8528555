"""Word documents: automatic numbers, headings, tables, notes, boxes, tracked changes."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.readers.document import Block, SourceDocument
from ingest.readers.docx_numbers import format_number
from tests.ingest.readers.files import docx, para

Reading = Callable[[Path], SourceDocument]

NUMBERING = """
<w:abstractNum w:abstractNumId="0">
 <w:lvl w:ilvl="0"><w:start w:val="4"/><w:numFmt w:val="decimal"/><w:pStyle w:val="H1"/><w:lvlText w:val="%1"/></w:lvl>
 <w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:pStyle w:val="H2"/><w:lvlText w:val="%1.%2"/></w:lvl>
 <w:lvl w:ilvl="2"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="%3)"/></w:lvl>
</w:abstractNum>
<w:abstractNum w:abstractNumId="1">
 <w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="%1、"/></w:lvl>
 <w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:isLgl/><w:lvlText w:val="%1.%2"/></w:lvl>
 <w:lvl w:ilvl="2"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlRestart w:val="0"/><w:lvlText w:val="(%3)"/></w:lvl>
 <w:lvl w:ilvl="3"><w:numFmt w:val="bullet"/><w:lvlText w:val="●"/></w:lvl>
</w:abstractNum>
<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>
<w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>
<w:num w:numId="3"><w:abstractNumId w:val="1"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride></w:num>
"""
STYLES = """
<w:style w:type="paragraph" w:default="1" w:styleId="N"><w:name w:val="Normal"/></w:style>
<w:style w:type="paragraph" w:styleId="T"><w:name w:val="Title"/></w:style>
<w:style w:type="paragraph" w:styleId="H1"><w:name w:val="heading 1"/><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="H2"><w:name w:val="标题 2"/><w:basedOn w:val="H1"/><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="Own"><w:name w:val="自定标题"/><w:pPr><w:outlineLvl w:val="2"/></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="C1"><w:name w:val="toc 1"/></w:style>
<w:style w:type="paragraph" w:styleId="A"><w:name w:val="round"/><w:basedOn w:val="B"/></w:style>
<w:style w:type="paragraph" w:styleId="B"><w:name w:val="round too"/><w:basedOn w:val="A"/></w:style>
"""


def styled(style: str, text: str) -> str:
    return para(text, f'<w:pStyle w:val="{style}"/>')


def listed(number: int, level: int, text: str) -> str:
    return para(text, f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>')


def run(text: str, tag: str = "t") -> str:
    return f"<w:r><w:{tag} xml:space='preserve'>{text}</w:{tag}></w:r>"


def cell(content: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{content}</w:tc>"


def shown(document: SourceDocument) -> list[str]:
    return [f"{block.label}|{block.text}" for block in document.blocks]


def of_kind(document: SourceDocument, kind: str) -> list[Block]:
    return [block for block in document.blocks if block.kind == kind]


def test_clause_numbers_are_counted_as_word_counts_them(tmp_path: Path, read: Reading) -> None:
    body = "".join(
        (
            styled("H1", "范围"), styled("H1", "要求"), styled("H2", "总则"), styled("H2", "策划"), listed(1, 2, "甲"), listed(1, 2, "乙"),
            styled("H2", "实施"), listed(1, 2, "丙"), styled("H1", "评价"), styled("H2", "监测"),
        )
    )  # fmt: skip

    document = read(docx(tmp_path / "a.docx", body, styles=STYLES, numbering=NUMBERING))

    assert shown(document) == [
        "4|范围", "5|要求", "5.1|总则", "5.2|策划", "a)|甲", "b)|乙", "5.3|实施", "a)|丙", "6|评价", "6.1|监测",
    ]  # fmt: skip
    assert [block.level for block in of_kind(document, "heading")] == [1, 1, 2, 2, 2, 1, 2]
    assert document.text.startswith("4 范围\n5 要求\n5.1 总则\n5.2 策划\na) 甲")


def test_chinese_legal_and_restarted_lists(tmp_path: Path, read: Reading) -> None:
    body = "".join(
        (
            listed(2, 0, "背景"), listed(2, 1, "起因"), listed(2, 2, "子项"), listed(2, 0, "做法"), listed(2, 1, "一"), listed(2, 2, "续项"),
            listed(2, 3, "圆点"), listed(3, 0, "另起"), listed(3, 0, "再续"), listed(9, 0, "无此列表"), listed(0, 0, "不编号"),
        )
    )  # fmt: skip

    document = read(docx(tmp_path / "a.docx", body, numbering=NUMBERING))

    assert shown(document) == [
        "一、|背景", "1.1|起因", "(1)|子项", "二、|做法", "2.1|一", "(2)|续项", "|圆点", "一、|另起", "二、|再续", "|无此列表", "|不编号",
    ]  # fmt: skip
    assert {block.kind for block in document.blocks[:9]} == {"list_item"}


@pytest.mark.parametrize(
    ("form", "number", "expected"),
    [
        ("chineseCounting", 10, "十"), ("chineseCounting", 12, "十二"), ("chineseCountingThousand", 20, "二十"),
        ("chineseCountingThousand", 101, "一百零一"), ("chineseCountingThousand", 110, "一百一十"), ("chineseCounting", 1005, "一千零五"),
        ("chineseLegalSimplified", 12, "壹拾贰"), ("ideographTraditional", 2, "乙"), ("decimalEnclosedCircle", 3, "③"),
        ("decimalEnclosedCircle", 30, "30"), ("upperRoman", 1994, "MCMXCIV"), ("lowerRoman", 4, "iv"), ("lowerLetter", 28, "bb"),
        ("upperLetter", 26, "Z"), ("decimalZero", 7, "07"), ("decimalFullWidth", 12, "１２"), ("ideographDigital", 10, "一〇"),
        ("none", 3, ""), ("decimal", 0, "0"), ("hebrew1", 5, "5"), ("lowerLetter", 0, "0"), ("upperLetter", 999_999_999, "999999999"),
    ],
)  # fmt: skip
def test_number_formats(form: str, number: int, expected: str) -> None:
    assert format_number(number, form) == expected


def test_nonsense_in_numbers_is_survived(tmp_path: Path, read: Reading) -> None:
    numbering = NUMBERING.replace('w:ilvl="1"', 'w:ilvl="x"').replace(
        'w:start w:val="4"', f'w:start w:val="{"9" * 5000}"'
    )

    document = read(
        docx(tmp_path / "a.docx", listed(1, 0, "甲") + listed(1, -7, "乙") + listed(2, 1, "丙"), numbering=numbering)
    )

    assert [block.text for block in document.blocks] == ["甲", "乙", "丙"]


def test_headings_by_style_outline_and_wording(tmp_path: Path, read: Reading) -> None:
    body = (
        styled("T", "案例")
        + styled("C1", "一、背景 3")
        + styled("Own", "自定")
        + para("一、主要做法")
        + para("（一）建责任区")
    )
    body += para("正文。") + para("x", '<w:outlineLvl w:val="0"/>') + styled("A", "循环样式")

    document = read(docx(tmp_path / "文件名.docx", body, styles=STYLES))

    assert document.title == "案例"
    assert [(block.text, block.level) for block in of_kind(document, "heading")] == [
        ("案例", 0), ("自定", 3), ("一、主要做法", 1), ("（一）建责任区", 2), ("x", 1),
    ]  # fmt: skip
    assert [block.text for block in of_kind(document, "para")] == ["正文。", "循环样式"]


def test_an_unstyled_first_line_is_the_title_and_else_the_file_name(tmp_path: Path, read: Reading) -> None:
    assert (
        read(docx(tmp_path / "a.docx", para("党建引领质量提升案例") + para("正文。"))).title == "党建引领质量提升案例"
    )
    assert read(docx(tmp_path / "某厂案例.docx", para("我们开展了工作。"))).title == "某厂案例"


def test_tracked_changes_are_read_as_accepted(tmp_path: Path, read: Reading) -> None:
    inserted = f"<w:ins>{run('新增')}</w:ins>"
    deleted = f"<w:del>{run('旧的', 'delText')}</w:del>"
    moved = f"<w:moveFrom>{run('移走')}</w:moveFrom><w:moveTo>{run('移来')}</w:moveTo>"
    joined = f"<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr>{run('前半')}</w:p><w:p>{run('后半。')}</w:p>"

    document = read(docx(tmp_path / "a.docx", f"<w:p>{run('保留')}{inserted}{deleted}{moved}。</w:p>{joined}"))

    assert [block.text for block in of_kind(document, "deleted")] == ["旧的移走"]
    assert [block.text for block in document.blocks if block.kind != "deleted"] == ["保留新增移来", "前半后半。"]
    assert [notice.code for notice in document.warnings] == ["tracked_deletions"]


def test_tables_have_merged_cells_once(tmp_path: Path, read: Reading) -> None:
    start, on = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
    rows = [
        cell(para("指标"), '<w:gridSpan w:val="2"/>') + cell(para("值")),
        cell(para("质量"), start) + cell(para("废品率")) + cell(para("下降35%")),
        cell(para(""), on) + cell(para("返工") + para("返修")) + cell(para("9起")),
    ]
    body = para("正文。") + f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in rows)}</w:tbl>"

    document = read(docx(tmp_path / "a.docx", body))

    assert [block.text for block in of_kind(document, "table_row")] == [
        "指标 | 值",
        "质量 | 废品率 | 下降35%",
        "返工\n返修 | 9起",
    ]


def test_an_application_form_yields_fields_and_sections_and_no_contact(tmp_path: Path, read: Reading) -> None:
    long = "".join(
        para(text)
        for text in ("一是建立责任区，党员包片。", "（二）开展攻关", "二是组织攻关" + "，压实责任" * 12 + "。")
    )
    rows = [
        cell(para("优秀案例申报表"), '<w:gridSpan w:val="4"/>'),
        cell(para("申报单位")) + cell(para("甲公司")) + cell(para("所属行业")) + cell(para("制造业")),
        cell(para("联系人")) + cell(para("王某")) + cell(para("电话")) + cell(para("13800000000")),
        cell(para("主要做法")) + cell(long),
        cell(para("工作成效")) + cell(para("废品率下降35%。")),
    ]
    body = f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in rows)}</w:tbl>"

    document = read(docx(tmp_path / "a.docx", body))

    assert document.title == "优秀案例申报表"
    fields = {name: value for block in document.blocks for name, value in block.fields.items()}
    assert fields == {"enterprise": "甲公司", "industry": "制造业", "outcome": "废品率下降35%。"}
    assert [(block.level, block.text) for block in of_kind(document, "heading")][1:] == [
        (1, "主要做法"),
        (3, "（二）开展攻关"),
    ]
    assert "王某" not in document.text
    assert "13800000000" not in document.text


def test_notes_boxes_links_formulas_and_breaks(tmp_path: Path, read: Reading) -> None:
    box = f"<wps:txbx><w:txbxContent>{para('框内')}</w:txbxContent></wps:txbx>"
    fallback = f"<w:pict><v:textbox><w:txbxContent>{para('框内')}</w:txbxContent></v:textbox></w:pict>"
    drawing = f"<w:r><mc:AlternateContent><mc:Choice><w:drawing>{box}</w:drawing></mc:Choice><mc:Fallback>{fallback}</mc:Fallback></mc:AlternateContent></w:r>"
    body = (
        f"<w:p>{run('正文')}<w:r><w:footnoteReference w:id='2'/></w:r>{drawing}"
        f"<w:hyperlink>{run('链接')}</w:hyperlink><w:fldSimple>{run('域')}</w:fldSimple>{run('PAGEREF', 'instrText')}"
        f"<w:sdt><w:sdtContent>{run('控件')}</w:sdtContent></w:sdt><m:oMath><m:r><m:t>x=1</m:t></m:r></m:oMath>"
        "<w:r><w:noBreakHyphen/><w:sym w:font='Wingdings' w:char='F0FC'/><w:sym w:char='2605'/><w:br/></w:r>"
        f"<w:r><w:ruby><w:rt>{run('pin')}</w:rt><w:rubyBase>{run('拼')}</w:rubyBase></w:ruby></w:r></w:p>"
    )
    notes = f"<w:footnote w:id='0' w:type='separator'>{para('线')}</w:footnote><w:footnote w:id='2'>{para('脚注一')}</w:footnote>"

    document = read(docx(tmp_path / "a.docx", para("标题") + body, footnotes=notes))

    assert [(block.kind, block.text) for block in document.blocks[1:]] == [
        ("para", "正文链接域控件x=1-★\n拼"), ("para", "框内"), ("footnote", "脚注一"),
    ]  # fmt: skip


def test_what_stands_beside_the_text_is_only_for_screening(tmp_path: Path, read: Reading) -> None:
    hidden = "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>隐藏</w:t></w:r></w:p>"

    document = read(
        docx(
            tmp_path / "a.docx",
            para("正文。") + hidden,
            header1=para("内部 页眉"),
            footer1=para("第 1 页"),
            comments=f"<w:comment w:id='1'>{para('批注')}</w:comment>",
        )
    )

    assert document.text == "正文。"
    assert document.margins == ("隐藏", "内部 页眉", "批注")


def test_documents_of_the_strict_kind_are_read(tmp_path: Path, read: Reading) -> None:
    path = docx(tmp_path / "a.docx", para("正文。"))
    import zipfile

    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    old = b"http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content.replace(old, b"http://purl.oclc.org/ooxml/wordprocessingml/main"))

    assert read(path).text == "正文。"


def test_a_document_of_python_docx_comes_back_whole(tmp_path: Path, read: Reading) -> None:
    import docx as python_docx

    written = python_docx.Document()
    written.add_heading("质量党建责任区案例", 0)
    lines = [f"第{n}项做法是党员带头攻关，合格率提升{n}%。" for n in range(200)]
    for line in lines:
        written.add_paragraph(line)
    written.add_paragraph("第一项", style="List Number")
    written.add_paragraph("第二项", style="List Number")
    written.save(str(tmp_path / "a.docx"))

    document = read(tmp_path / "a.docx")

    assert document.title == "质量党建责任区案例"
    assert [block.text for block in of_kind(document, "para")] == lines
    assert [block.label for block in of_kind(document, "list_item")] == ["1.", "2."]
