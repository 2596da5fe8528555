"""Screening: what is refused, what is masked, and what is left alone."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.personal import find_personal, mask
from ingest.readers.case_list import compose_case
from ingest.readers.document import Composer, SourceDocument
from ingest.readers.errors import ReadFailed
from ingest.readers.sandbox import ReaderWorker
from ingest.screening import screen
from tests.ingest.readers.files import docx, para, xlsx

MARKED = [
    "机密", "绝密", "秘密", "机密★10年", "绝密 ★ 长期", "秘密★启用前", "绝密★考试前", "机密☆5年", "机密★三年", "机密★至2030年5月1日", "机密 10年",
    "机 密", "机　　密", "机\u200b密", "【机密】", "（秘密）", "★机密★", "机密★1年  特急", "特急 机密", "000001 机密★10年", "秘密 第003号", "機密", "密级：机密",
    "密　级：秘密", "密级：秘密级", "密级: 机密 保密期限：10年", "密级 | 秘密", "涉密等级：机密", "编号：1    密级：机密 ", "机密★10年    某集团有限公司文件", "机\n密", "绝密级", "机密文件",
]  # fmt: skip
RESTRICTED = [
    "商密", "商业秘密", "核心商密▲长期", "普通商密▲3年", "商密★5年", "密级：商密", "密级：内部", "工作秘密", "工作秘密★3年", "内部资料 注意保存", "内部资料，请勿外传",
    "内部文件", "内 部 资 料", "（内部资料　注意保存）", "仅供内部使用", "内部使用，严禁外传！", "CONFIDENTIAL", "注意保存",
]  # fmt: skip
RUNNING = [
    "保守秘密", "商业秘密制度", "国家秘密管理培训", "签订保密协议", "严守党的秘密", "开展保密教育，做到机密文件不外传。", "一、保守国家秘密", "秘密是指关系国家安全的事项",
    "密级：秘密级、机密级、绝密级三种", "机密性、完整性、可用性", "绝密级事项由专人管理", "机密文件管理办法", "涉密人员管理", "工作秘密管理规定", "商业秘密保护指南",
    "内部资料管理办法", "编印内部资料3期", "内部控制", "内部审核", "注意保存好原始记录", "保密工作", "无记名秘密投票", "密级：公开", "密级：无", "内部", "学习《中华人民共和国保守国家秘密法》",
    "文件标有“机密”字样的，由专人保管。", "质量是企业的秘密武器", "外部 | 内部", "质量提升的三个秘密",
]  # fmt: skip


def document(text: str, name: str = "案例.txt", margins: tuple[str, ...] = (), title: str = "案例") -> SourceDocument:
    composer = Composer()
    composer.add("heading", "某厂质量案例", level=0)
    for line in text.split("\n"):
        composer.add("para", line)
    for margin in margins:
        composer.margin(margin)
    return composer.document(name, title, "text/plain", "case")


def verdict(candidate: SourceDocument) -> str:
    try:
        screen(candidate)
    except ReadFailed as refused:
        return refused.code
    return "kept"


@pytest.mark.parametrize("marking", MARKED)
def test_a_marking_refuses_the_document(marking: str) -> None:
    assert verdict(document(f"正文。\n{marking}\n更多正文。")) == "classified_marking"
    assert verdict(document("正文。", margins=(marking.replace("\n", ""),))) == "classified_marking"


@pytest.mark.parametrize("marking", RESTRICTED)
def test_a_restricted_marking_needs_leave(marking: str) -> None:
    marked = document(f"{marking}\n正文。")

    assert verdict(marked) == "restricted_marking"
    assert screen(marked, allow_restricted=True).text == marked.text


@pytest.mark.parametrize("text", RUNNING)
def test_running_text_is_no_marking(text: str) -> None:
    assert verdict(document(text)) == "kept"


@pytest.mark.parametrize("marking", MARKED)
def test_leave_for_restricted_is_no_leave_for_classified(marking: str) -> None:
    with pytest.raises(ReadFailed) as refused:
        screen(document(marking), allow_restricted=True)

    assert refused.value.code == "classified_marking"


def test_the_refusal_quotes_nothing() -> None:
    with pytest.raises(ReadFailed) as refused:
        screen(document("机密★10年\n导弹发动机合格率"))

    assert "请" in refused.value.message
    assert "导弹" not in refused.value.message
    assert "10年" not in refused.value.message


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("机密-年报.docx", "classified_marking"), ("【秘密】年报.docx", "classified_marking"), ("某集团年报（机密★10年）.docx", "classified_marking"),
        ("机密/年报.txt", "classified_marking"), ("秘密★年报.txt", "classified_marking"), ("内部资料_年报.docx", "restricted_marking"), ("商密-a.docx", "restricted_marking"),
        ("保守国家秘密培训.docx", "kept"), ("商业秘密制度.docx", "kept"), ("机密文件管理办法.docx", "kept"), ("内部审核/一季度.docx", "kept"),
    ],
)  # fmt: skip
def test_names_carry_markings_too(name: str, expected: str) -> None:
    assert verdict(document("正文。", name=name)) == expected


def test_a_marking_at_the_end_of_a_title() -> None:
    assert verdict(document("正文。", title="关于质量工作的通知（机密）")) == "classified_marking"
    assert verdict(document("正文。", title="关于质量工作的通知（内部资料）")) == "restricted_marking"
    assert verdict(document("正文。", title="关于保守秘密的通知（试行）")) == "kept"


def _in_header(folder: Path) -> Path:
    return docx(
        folder / "a.docx",
        para("正文。"),
        header1="<w:p><w:r><w:t>机</w:t></w:r><w:r><w:t>密★</w:t></w:r><w:r><w:t>10年</w:t></w:r></w:p>",
    )


def _in_text_box(folder: Path) -> Path:
    box = f"<w:r><w:drawing><w:txbxContent>{para('秘密')}</w:txbxContent></w:drawing></w:r>"
    return docx(folder / "a.docx", para("正文。") + f"<w:p>{box}</w:p>")


def _vertical_text_box(folder: Path) -> Path:
    box = f"<w:r><w:drawing><w:txbxContent>{para('机')}{para('密')}</w:txbxContent></w:drawing></w:r>"
    return docx(folder / "a.docx", para("正文。") + f"<w:p>{box}</w:p>")


def _watermark(folder: Path) -> Path:
    return docx(
        folder / "a.docx",
        para("正文。"),
        header1="<w:p><w:r><w:pict><v:shape><v:textpath string='机 密'/></v:shape></w:pict></w:r></w:p>",
    )


def _in_table(folder: Path) -> Path:
    cells = "".join(f"<w:tc>{para(text)}</w:tc>" for text in ("编号", "1", "密级", "秘密"))
    return docx(folder / "a.docx", para("正文。") + f"<w:tbl><w:tr>{cells}</w:tr></w:tbl>")


def _in_comment(folder: Path) -> Path:
    return docx(folder / "a.docx", para("正文。"), comments=f"<w:comment w:id='0'>{para('密级：机密')}</w:comment>")


def _deleted(folder: Path) -> Path:
    return docx(
        folder / "a.docx", para("正文。") + "<w:p><w:del><w:r><w:delText>机密★10年</w:delText></w:r></w:del></w:p>"
    )


def _above_a_list(folder: Path) -> Path:
    return xlsx(folder / "a.xlsx", [["机密★5年"], ["编号", "企业", "主要做法"], ["1", "甲", "做法"]])


def _in_an_ignored_column(folder: Path) -> Path:
    return xlsx(
        folder / "a.xlsx",
        [["编号", "企业", "主要做法", "密级"], ["1", "甲", "做法", "公开"], ["2", "乙", "做法二", "秘密"]],
    )


def _in_a_row_without_text(folder: Path) -> Path:
    return xlsx(folder / "a.xlsx", [["编号", "企业", "主要做法"], ["1", "甲", "做法"], ["机密", None, None]])


def _in_a_sheet_left_out(folder: Path) -> Path:
    return xlsx(folder / "a.xlsx", [["编号", "企业", "主要做法"], ["1", "甲", "做法"]], [["说明"], ["绝密★长期"]])


def _in_a_page_header(folder: Path) -> Path:
    import openpyxl

    path = xlsx(folder / "a.xlsx", [["编号", "企业", "主要做法"], ["1", "甲", "做法"]])
    workbook = openpyxl.load_workbook(path)
    workbook.active.oddHeader.right.text = "秘密"
    workbook.save(path)
    return path


def _in_a_cell_comment(folder: Path) -> Path:
    import openpyxl
    from openpyxl.comments import Comment

    path = xlsx(folder / "a.xlsx", [["编号", "企业", "主要做法"], ["1", "甲", "做法"]])
    workbook = openpyxl.load_workbook(path)
    workbook.active["B2"].comment = Comment("机密", "x")
    workbook.save(path)
    return path


@pytest.mark.parametrize(
    "make",
    [
        _in_header, _in_text_box, _vertical_text_box, _watermark, _in_table, _in_comment, _deleted, _above_a_list, _in_an_ignored_column,
        _in_a_row_without_text, _in_a_sheet_left_out, _in_a_page_header, _in_a_cell_comment,
    ],
)  # fmt: skip
def test_a_marking_is_seen_wherever_it_stands(make: Callable[[Path], Path], tmp_path: Path) -> None:
    path = make(tmp_path)
    with ReaderWorker() as worker:
        read = worker.read(path, path.name)

    assert verdict(read) == "classified_marking"


PERSONAL = [
    ("联系电话：13812345678。", "13812345678"), ("138 1234 5678", "138 1234 5678"), ("138-1234-5678", "138-1234-5678"), ("+86 13812345678", "+86 13812345678"),
    ("(+86)138-1234-5678", "(+86)138-1234-5678"), ("１３８１２３４５６７８", "１３８１２３４５６７８"), ("张三-13812345678，", "13812345678"), ("Tel13812345678", "13812345678"),
    ("手机13812345678/电话", "13812345678"), ("13812345678，2024年", "13812345678"), ("13812345678,张三", "13812345678"), ("身份证11010519491231002X号", "11010519491231002X"), ("身份证号：110105194912310021", "110105194912310021"),
    ("110105 19491231 002X", "110105 19491231 002X"), ("１１０１０５１９４９１２３１００２Ｘ", "１１０１０５１９４９１２３１００２Ｘ"), ("证号130503670401001。", "130503670401001"),
    ("卡号：6222 0000 1111 2223", "6222 0000 1111 2223"), ("邮箱zhang.san@example.com.cn。", "zhang.san@example.com.cn"), ("电话：020-87654321", "020-87654321"),
]  # fmt: skip
HARMLESS = [
    "营收13800000000元", "合同金额 13812345678.50 元", "编号A13812345678", "粤组通〔2018〕44号", "GB/T 32230—2015", "订单202306151234567", "2018-2020年", "产量13812345678件",
    "统一社会信用代码91440101MA5CTEST1X", "0.13812345678", "123456789012345678", "发票13812345678901", "110105194912310021", "1,138,123,456", "提出提案2583件", "11010519491331002X",
    "6222 0000 1111 2223", "质量@现场", "020-87654321",
]  # fmt: skip


@pytest.mark.parametrize(("text", "personal"), PERSONAL)
def test_personal_numbers_are_masked_at_their_length(text: str, personal: str) -> None:
    kept = screen(document(f"前文。\n{text}\n后文。", title=text))

    assert text.replace(personal, "*" * len(personal)) in kept.text
    assert personal not in kept.title
    assert [notice.code for notice in kept.warnings] == ["personal_masked"]
    assert all(kept.text[block.start : block.end] == block.text for block in kept.blocks)


@pytest.mark.parametrize("text", HARMLESS)
def test_other_numbers_are_left_alone(text: str) -> None:
    original = document(text)

    assert screen(original).text == original.text


def case_list(*ids: str) -> SourceDocument:
    composer = Composer()
    for identity in ids:
        text, spans = compose_case({"external_id": identity, "text": "联系 13812345678 张三"})
        composer.add("case", text, spans=spans)
    return composer.document("a.csv", "", "text/csv", "case-list")


def test_ids_of_cases_stay_unless_they_are_identity_cards() -> None:
    kept = screen(case_list("13812345678", "130503670401001", "11010519491231002X"))

    assert [block.fields.get("external_id") for block in kept.blocks] == ["13812345678", "130503670401001", None]
    assert "external_id" not in kept.blocks[2].field_spans
    assert "11010519491231002X" not in kept.text
    assert {block.fields["text"] for block in kept.blocks} == {"联系 *********** 张三"}
    for block in kept.blocks:
        assert {name: kept.text[slice(*span)] for name, span in block.field_spans.items()} == block.fields


def test_margins_are_not_kept() -> None:
    assert screen(document("正文。", margins=("页眉", "批注"))).margins == ()


WORDS = st.lists(
    st.sampled_from([*(text for text, _ in PERSONAL), *HARMLESS, "质量", "。", "\n", " ", "1", "-", "Ｘ"]), max_size=12
).map("".join)


@given(st.one_of(st.text(), WORDS))
def test_masking_keeps_lengths_and_all_else_and_is_done_once(text: str) -> None:
    spans = find_personal(text)
    masked = mask(text, spans)

    assert len(masked) == len(text)
    inside = {position for start, end in spans for position in range(start, end)}
    assert all(masked[position] == ("*" if position in inside else text[position]) for position in range(len(text)))
    assert sorted(spans) == spans
    assert find_personal(masked) == []


@given(WORDS, st.lists(st.sampled_from([*RUNNING, "正文。"]), max_size=5))
def test_screening_keeps_every_offset(text: str, lines: list[str]) -> None:
    original = document("\n".join([text, *lines]))
    kept = screen(original)

    assert [(block.kind, block.start, block.end) for block in kept.blocks] == [
        (block.kind, block.start, block.end) for block in original.blocks
    ]
    assert all(kept.text[block.start : block.end] == block.text for block in kept.blocks)
    assert screen(kept) == kept


@given(
    st.sampled_from(MARKED),
    st.lists(st.sampled_from([*RUNNING, "正文。"]), max_size=6),
    st.lists(st.sampled_from(RUNNING), max_size=6),
)
def test_no_company_hides_a_marking(marking: str, before: list[str], after: list[str]) -> None:
    assert verdict(document("\n".join([*before, marking, *after]))) == "classified_marking"


@pytest.mark.parametrize(
    "text",
    [
        "张三,13812345678,26,男",
        "电话：13812345678 台州分公司",
        "13812345678次日联系",
        "1.13812345678",
        "010-13812345678",
        "证件号码：110101199003074478",
    ],
)
def test_numbers_in_ordinary_writing_are_masked(text: str) -> None:
    assert "1381234" not in screen(document(text)).text
    assert "19900307" not in screen(document(text)).text
