"""Case lists in CSV, Excel and JSON lines: columns, header rows, identities, rows that cannot be used."""

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.readers.case_list import compose_case
from ingest.readers.columns import LABELS, STORED, column
from ingest.readers.document import SourceDocument
from ingest.readers.errors import ReadFailed
from tests.ingest.readers.files import xlsx

Reading = Callable[[Path], SourceDocument]
TEXT = "党员骨干包片抓质量，开展攻关12项。"


def fields(document: SourceDocument) -> list[Mapping[str, str]]:
    assert document.kind == "case-list"
    assert {block.kind for block in document.blocks} == {"case"}
    return [block.fields for block in document.blocks]


def codes(document: SourceDocument) -> set[str]:
    return {notice.code for notice in document.warnings}


@pytest.mark.parametrize(
    ("header", "canonical"),
    [
        ("编号", "external_id"), ("ID", "external_id"), ("案例编号", "external_id"), ("External ID", "external_id"),
        ("企业", "enterprise"), ("申报单位", "enterprise"), ("企业名称*", "enterprise"), ("Enterprise", "enterprise"),
        ("单位/企业名称", "enterprise"), ("上级单位", "group"), ("党支部", "party_organization"), ("班组", "team"), ("所属行业", "industry"),
        ("企业性质", "ownership"), ("案例名称（不超过30字）", "title"), ("Case Title", "title"), ("1.背景", "background"), ("背景/起因", "background"),
        ("主要做法", "text"), ("主要做法\n（1500字以内）", "text"), ("案例内容", "text"), ("主要做法及成效", "text"), ("Text", "text"), ("practice", "text"),
        ("工作成效：", "outcome"), ("Results", "outcome"), ("经验启示", "lessons"), ("获奖情况", "awards"), ("佐证材料", "evidence"),
        ("日期", "date"), ("联系人", "contact"), ("联系人及手机", "contact"), ("E-mail", "contact"), ("单位负责人", "contact"), ("序号", "ordinal"),
        ("备注", None), ("单位：甲公司", None), ("", None), ("密级", None),
    ],
)  # fmt: skip
def test_columns_are_known_by_many_names(header: str, canonical: str | None) -> None:
    found = column(header)

    assert (found and found[0]) == canonical


def test_every_accepted_name_means_its_own_column() -> None:
    for canonical, (label, names) in STORED.items():
        for name in (label, *names):
            found = column(name)
            assert found is not None
            assert found[0] == canonical


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_in_all_usual_spellings(delimiter: str, encoding: str, tmp_path: Path, read: Reading) -> None:
    rows = [["编号", "企业", "案例名称", "主要做法", "日期"], ["00123", "甲公司", "责任区", TEXT, "2024年5月"]]
    path = tmp_path / "a.csv"
    path.write_bytes("".join(delimiter.join(row) + "\r\n" for row in rows).encode(encoding))

    document = read(path)

    assert fields(document) == [
        {"external_id": "00123", "enterprise": "甲公司", "title": "责任区", "text": TEXT, "date": "2024年5月"}
    ]
    block = document.blocks[0]
    assert block.row == 2
    assert block.text == f"责任区\n编号：00123\n申报单位：甲公司\n日期：2024年5月\n主要做法：{TEXT}"


def test_csv_cells_with_breaks_quotes_and_blank_lines_keep_their_row_numbers(tmp_path: Path, read: Reading) -> None:
    path = tmp_path / "a.csv"
    path.write_text('编号,主要做法\n\n1,"第一行\n第""二""行，\u2028完"\n2,乙\n', encoding="utf-8")

    document = read(path)

    assert [(block.row, block.fields["text"]) for block in document.blocks] == [
        (3, '第一行\n第"二"行，\n完'),
        (4, "乙"),
    ]


def test_xlsx_below_title_rows_over_several_sheets(tmp_path: Path, read: Reading) -> None:
    first: list[list[Any]] = [["2024年优秀案例汇总表"], ["填报单位：甲集团", None, "日期：2024-06-01"], [], ["案例编号", "单位", "主要做法", "日期", "备注", "联系电话"],
             ["00123", "甲公司", TEXT, date(2024, 5, 1), "x", "13800000000"], [7, "乙公司", "乙" + TEXT, datetime(2024, 5, 2, 8, 30), None, None]]  # fmt: skip
    second = [["id", "enterprise", "text"], ["b-1", "丙公司", "丙" + TEXT]]
    other: list[list[Any]] = [["姓名", "人数"], ["甲", 3]]
    path = xlsx(
        tmp_path / "汇总.xlsx",
        first,
        second,
        other,
        [["编号", "做法"], ["h", "隐"]],
        names=["甲", "乙", "说明", "隐藏"],
        hidden=[3],
    )

    document = read(path)

    assert document.title == "2024年优秀案例汇总表"
    assert [(block.sheet, block.row, block.fields.get("external_id"), block.fields.get("date")) for block in document.blocks] == [
        ("甲", 5, "00123", "2024-05-01"), ("甲", 6, "7", "2024-05-02 08:30:00"), ("乙", 2, "b-1", None),
    ]  # fmt: skip
    assert codes(document) == {"columns_ignored", "contact_dropped", "sheet_skipped", "hidden_sheet_skipped"}
    messages = " ".join(map(str, document.warnings))
    assert "备注" in messages
    assert "说明" in messages
    assert "隐藏" in messages
    assert "13800000000" not in document.text


def test_two_header_rows_and_merged_enterprises(tmp_path: Path, read: Reading) -> None:
    import openpyxl

    path = xlsx(
        tmp_path / "a.xlsx",
        [
            ["企业", "案例内容", None],
            [None, "背景", "主要做法"],
            ["甲公司", "起因", TEXT],
            [None, "又一起因", "乙" + TEXT],
            ["丙公司", "三", "丙" + TEXT],
        ],
    )
    workbook = openpyxl.load_workbook(path)
    workbook.active.merge_cells("A3:A4")
    workbook.save(path)

    assert [(item["enterprise"], item["background"], item["text"]) for item in fields(read(path))] == [
        ("甲公司", "起因", TEXT), ("甲公司", "又一起因", "乙" + TEXT), ("丙公司", "三", "丙" + TEXT),
    ]  # fmt: skip


def test_rows_that_cannot_be_used_are_named(tmp_path: Path, read: Reading) -> None:
    path = xlsx(
        tmp_path / "a.xlsx",
        [["编号", "主要做法"], ["1", TEXT], ["2", None], [], ["1", "重号" + TEXT], ["编号", "主要做法"], ["3", " "]],
        names=["表"],
    )

    document = read(path)

    assert [(block.row, block.fields.get("external_id")) for block in document.blocks] == [(2, "1"), (5, None)]
    messages = {notice.code: notice.message for notice in document.warnings}
    assert "表 第 3 行、表 第 7 行" in messages["row_without_text"]
    assert "表 第 5 行" in messages["id_repeated"]


def test_the_better_named_column_wins_and_texts_are_joined(tmp_path: Path, read: Reading) -> None:
    path = xlsx(
        tmp_path / "a.xlsx",
        [["序号", "编码", "案例编号", "主要做法", "创新做法", "简介"], [1, "旧", "新", "做法甲", "做法乙", "概要"]],
    )

    document = read(path)

    assert fields(document) == [{"external_id": "新", "text": "做法甲\n做法乙", "background": "概要"}]
    assert codes(document) == {"columns_surplus"}


def test_formulas_that_were_never_calculated_are_pointed_out(tmp_path: Path, read: Reading) -> None:
    path = xlsx(tmp_path / "a.xlsx", [["编号", "主要做法"], ["1", TEXT], ["2", "=B2"]])

    document = read(path)

    assert {"formula_without_value", "row_without_text"} <= codes(document)


def test_jsonl_with_lists_bad_lines_and_odd_values(tmp_path: Path, read: Reading) -> None:
    rows = [
        json.dumps({"id": "00123", "company": "甲", "text": TEXT, "awards": ["一等奖", "二等奖"], "phone": "13800000000"}, ensure_ascii=False),
        "{broken", "[]", "",
        json.dumps({"text": "有\ud800代理\x00码", "id": 7, "date": None, "extra": {"a": 1}}),
    ]  # fmt: skip
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(rows), encoding="utf-8")

    document = read(path)

    assert fields(document) == [
        {"external_id": "00123", "enterprise": "甲", "text": TEXT, "awards": "一等奖\n二等奖"},
        {"external_id": "7", "text": "有\ufffd代理码"},
    ]
    assert [block.row for block in document.blocks] == [1, 5]
    messages = {notice.code: notice.message for notice in document.warnings}
    assert "第 2、3 行" in messages["bad_line"]
    assert "extra" in messages["columns_ignored"]


def test_a_json_array_is_taken_for_lines(tmp_path: Path, read: Reading) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps([{"text": TEXT}, {"text": "乙"}], indent=1), encoding="utf-8")

    assert [item["text"] for item in fields(read(path))] == [TEXT, "乙"]


def test_a_single_column_of_texts_will_do(tmp_path: Path, read: Reading) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"主要做法\n{TEXT}\n乙\n", encoding="utf-8")

    assert [item["text"] for item in fields(read(path))] == [TEXT, "乙"]


def test_missing_columns_name_what_there_is_and_what_would_do(
    tmp_path: Path, failure: Callable[[Path], ReadFailed]
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("编号,企业,说明文字\n1,甲公司,很长的内容\n", encoding="utf-8")

    refused = failure(path)

    assert refused.code == "columns_missing"
    assert "编号、企业、说明文字" in refused.message
    assert "主要做法、做法" in refused.message
    assert "很长的内容" not in refused.message


@given(st.dictionaries(st.sampled_from(list(LABELS)), st.text(min_size=1, max_size=30)))
def test_every_field_is_found_where_its_span_says(values: dict[str, str]) -> None:
    text, spans = compose_case(values)

    assert {name: text[start:end] for name, (start, end) in spans.items()} == values
