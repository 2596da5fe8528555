"""The Excel files that people hand in and give back: complete, marked, printable, and nothing in them runs."""

import csv
import io
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from service.bootstrap import Application
from service.exchange.workbook import height, width
from tests.service.exchange_site import GROUP, closing, exported, judged, pairs, site

HEAD = [
    "条款",
    "要求要点（依据编制说明整理，非标准原文）",
    "我单位做法",
    "佐证材料（文件、页码）",
    "自评意见",
    "改进措施",
    "责任部门",
    "完成时限",
]


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    with closing(judged(tmp_path_factory.mktemp("books") / "home", samples=True)) as made:
        yield made


def book(application: Application, format: str, **wanted: object) -> Any:
    content = exported(application, format, **wanted)  # type: ignore[arg-type]
    return openpyxl.load_workbook(io.BytesIO(content))


def points(sheet: Any) -> list[tuple[str, str, list[str]]]:
    """(clause, point, what is said under it), merged cells read as people see them."""
    found: list[tuple[str, str, list[str]]] = []
    for clause, point, practice, *_ in sheet.iter_rows(min_row=4, values_only=True):
        if point is not None:
            found.append((clause, point, []))
        found[-1][2].append(practice)
    return found


@pytest.mark.parametrize("format", ["xlsx", "self-assessment"])
def test_every_sheet_says_what_it_is_and_prints_on_a4(application: Application, format: str) -> None:
    for sheet in book(application, format, collection="虚构样例").worksheets:
        text = "\n".join(str(cell) for row in sheet.iter_rows(values_only=True) for cell in row if cell)
        assert "非官方工具" in text, sheet.title
        assert "非标准原文" in text
        assert "含虚构样例" in text
        assert (sheet.page_setup.orientation, int(sheet.page_setup.paperSize)) == ("landscape", 9)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        pages = (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight)
        assert pages == ((1, 1) if sheet.title == "封面" else (1, 0))
        assert "&P" in sheet.oddFooter.right.text
    for name, head in (("对照表", "$1:$3"), ("对标自评表", "$1:$3")):
        opened = book(application, format, collection="虚构样例")
        if name in opened.sheetnames:
            assert opened[name].print_title_rows == head
            assert opened[name].freeze_panes


def test_samples_are_marked_only_where_there_are_any(application: Application) -> None:
    for format in ("xlsx", "self-assessment", "csv", "sssom"):
        own = exported(application, format, collection="一厂")
        if format in ("csv", "sssom"):
            assert "含虚构样例" not in own.decode("utf-8")
            continue
        cells = [
            str(c)
            for sheet in openpyxl.load_workbook(io.BytesIO(own))
            for r in sheet.iter_rows(values_only=True)
            for c in r
        ]
        assert not any("含虚构样例" in cell or "【虚构样例】" in cell for cell in cells)


def test_the_form_holds_all_points_and_leaves_four_columns_empty(application: Application) -> None:
    sheet = book(application, "self-assessment", organization=GROUP)["对标自评表"]
    assert [cell.value for cell in sheet[3]] == HEAD
    listed = points(sheet)
    known = [point for _, point, said in listed if said != ["说明未载"]]
    assert len(known) == len(set(known)) == 64
    assert [point for _, point, said in listed if said == ["说明未载"]] == [
        "（说明称本条有 3 项内容，只载明 1 项；其余 2 项说明未载，取得标准文本后由本单位补充）"
    ]
    for row in sheet.iter_rows(min_row=4, min_col=5, max_col=8, values_only=True):
        assert row == (None,) * 4
    assert any(said == ["暂未见佐证材料"] for *_, said in listed)


def test_the_form_tells_decisions_from_proposals_and_gives_reasons(application: Application) -> None:
    sheet = book(application, "self-assessment", organization=GROUP)["对标自评表"]
    fonts: dict[str, set[str]] = {"【已采信": set(), "【系统建议（待核）": set(), "不适用：": set()}
    text = ""
    for (cell,) in sheet.iter_rows(min_row=4, min_col=3, max_col=3):
        text += f"\n{cell.value}"
        for start, found in fonts.items():
            if str(cell.value).startswith(start):
                found.add(cell.font.name)
    assert all(fonts.values())
    assert not fonts["【已采信"] & fonts["【系统建议（待核）"]
    assert "不适用：本单位不设此岗" in text
    assert "【已采信·充分佐证】" in text
    assert "（核定：王质量 " in text
    assert "（岭源化工集团/一分厂/二车间）" in text or "（岭源化工集团/一分厂）" in text  # units below count in
    assert "与要求要点无关" not in text  # what was turned down is no evidence
    assert "篮球赛" not in text  # another enterprise's
    assert "满足" not in text


def test_only_accepted_practices_on_wish(application: Application) -> None:
    listed = points(book(application, "self-assessment", collection="一厂", accepted_only=True)["对标自评表"])
    said = "\n".join(each for *_, under in listed for each in under)
    assert "【系统建议（待核）" not in said
    assert "【已采信" in said
    assert "不适用：" in said
    assert "暂无已采信的佐证材料（另有系统建议 " in said
    assert len(listed) == 65


def test_long_lists_are_cut_and_said_to_be(application: Application) -> None:
    everything = book(application, "self-assessment", collection="虚构样例", per_point=1000)["对标自评表"]
    cut = book(application, "self-assessment", collection="虚构样例", per_point=1)["对标自评表"]
    full = {point: under for _, point, under in points(everything)}
    for _, point, under in points(cut):
        left = len(full[point]) - len(under) + 1
        if len(full[point]) > len(under) or "未列出" in under[-1]:
            assert under[-1].startswith(f"另有系统建议（待核）{left} 条未列出"), point
        assert sum("【已采信" in each for each in under) == sum("【已采信" in each for each in full[point])


def test_the_cover_counts_as_coverage_does(application: Application) -> None:
    sheet = book(application, "self-assessment", organization=GROUP)["封面"]
    cells = {str(row[0]): str(row[1]) for row in sheet.iter_rows(values_only=True) if row[0]}
    coverage = application.operations.coverage(organization=GROUP)
    assert cells["已有佐证"] == f"{coverage.covered} 条"
    assert cells["可能已有（待核）"] == f"{coverage.likely} 条"
    assert cells["暂未见佐证材料"] == f"{coverage.none_seen} 条"
    assert cells["不适用"] == f"{coverage.not_applicable} 条"
    assert GROUP in cells["单位或范围"]


def test_the_matrix_drops_nothing(application: Application) -> None:
    sheet = book(application, "xlsx")["对照表"]
    heads = [cell.value for cell in sheet[3]]
    rows = [dict(zip(heads, row, strict=True)) for row in sheet.iter_rows(min_row=4, values_only=True)]
    with application.store.reading() as reader:
        practices = {node.id for node in reader.nodes(label="Practice")}
        links = {(one.source, one.target) for one in reader.relations(type="SATISFIES")}
    assert {(row["做法标识"], row["要求要点标识"]) for row in rows if row["做法标识"] and row["要求要点标识"]} == links
    assert {row["做法标识"] for row in rows} - {None} == practices
    assert len({row["要求要点标识"] for row in rows} - {None}) == 64
    assert {
        "系统建议（待核）",
        "已采信",
        "不采信",
        "不适用",
        "暂未见佐证材料",
        "未找到可佐证的要求要点",
        "说明未载",
    } == {row["核定状态"] for row in rows}
    assert sheet.auto_filter.ref == f"A3:T{sheet.max_row}"
    assert {rule.formula1 for rule in sheet.data_validations.dataValidation} == {
        '"系统建议（待核）,已采信,不采信,不适用"',
        '"充分佐证,部分佐证,不构成佐证"',
    }


@pytest.mark.parametrize("format", ["xlsx", "self-assessment"])
def test_nothing_in_a_workbook_runs(application: Application, format: str) -> None:
    seen = 0
    for sheet in book(application, format, collection="一厂").worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f", (sheet.title, cell.coordinate)
                seen += isinstance(cell.value, str) and cell.value.startswith("=")
    assert seen or format == "self-assessment"


def test_texts_that_no_workbook_can_hold_do_not_break_it(tmp_path: Path) -> None:
    with closing(site(tmp_path / "home")) as application:
        practice, requirement = pairs(application)[0]
        application.reviewer.decide(practice, requirement, "accepted", reviewer="=王\x07质量", comment="长" * 2000)
        sheet = book(application, "xlsx")["对照表"]
        assert "=王质量" in {cell.value for row in sheet.iter_rows() for cell in row}


def test_row_heights_stay_within_what_excel_allows() -> None:
    assert width("质量ab") == 6
    assert height([("一", 10.0)]) < 20
    assert height([("长" * 5000, 20.0)]) <= 409


def test_times_are_those_of_the_clock_on_the_wall(application: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    with application.store.reading() as reader:
        made = {str(one.properties.get("reviewed_at") or "") for one in reader.relations(type="SATISFIES")} - {""}
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    try:
        local = {f"{datetime.fromisoformat(at).astimezone():%Y-%m-%d %H:%M}" for at in made}
        assert local.isdisjoint(at[:16].replace("T", " ") for at in made)
        rows = list(csv.DictReader(io.StringIO(exported(application, "csv").decode("utf-8-sig"))))
        assert {row["核定时间"] for row in rows} - {""} == local
        form = "\n".join(
            str(cell)
            for row in book(application, "self-assessment", collection="一厂")["对标自评表"].iter_rows(values_only=True)
            for cell in row
        )
        assert any(at in form for at in local)
        assert exported(application, "jsonl").decode("utf-8").count('"reviewed_at": "2')
        assert take_in_nothing(application)
    finally:
        monkeypatch.undo()
        time.tzset()


def take_in_nothing(application: Application) -> bool:
    """Whether the matrix just exported, taken in as it is, changes nothing."""
    from service.exchange.decisions_in import Terms

    file = application.settings.home.parent / "a.csv"
    file.write_bytes(exported(application, "csv"))
    return application.operations.exchange.import_decisions(file, file.name, Terms())[1].outcomes == {}


def test_confidence_is_a_number(application: Application) -> None:
    sheet = book(application, "xlsx", collection="一厂")["对照表"]
    at = next(cell.column for cell in sheet[3] if cell.value == "把握程度")
    cells = [sheet.cell(row, at) for row in range(4, sheet.max_row + 1)]
    numbers = [cell for cell in cells if cell.value is not None]
    assert numbers
    assert all(isinstance(cell.value, float) and cell.number_format == "0.000" for cell in numbers)
