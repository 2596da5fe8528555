"""The review workbook: goes out with lists and locks, comes back however people leave it, and never overwrites."""

import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from starlette.testclient import TestClient

from service import glossary
from service.bootstrap import Application
from service.review import HistoryRequest, QueueRequest, WorkbookRequest
from service.review_sheet import ImportReport, SheetUnusable

HEADER = 3
CSV = "编号,企业,主要做法\n{rows}"
TEXTS = (
    "厂党委把车间划成责任区，每个责任区由一名党员负责，公示质量指标，每月由支部检查并通报结果",
    "支部书记牵头成立攻关小组，围绕板坯裂纹开展攻关，全年提出提案四十件，解决难题六项",
    "每季度组织全员质量培训，请老师傅讲授质量故事，考试合格后才能上岗，成绩记入党员积分",
    "年底由质量部会同党群部对质量文化建设情况开展评价，发放问卷三百份，找出短板列入改进计划",
    "在一线班组设立质量党员示范岗，挂牌上岗，亮身份、亮承诺，每月评比并公布质量指标",
    "编印质量文化手册，提炼质量理念，组织党员带头宣讲，在厂报和宣传栏连续刊登质量故事",
)


def _table(texts: tuple[str, ...]) -> str:
    return CSV.format(rows="".join(f"A-{at},甲公司,{text}\n" for at, text in enumerate(texts, 1)))


@pytest.fixture
def material(tmp_path: Path) -> Callable[..., Path]:
    def write(texts: tuple[str, ...] = TEXTS) -> Path:
        path = tmp_path / "cases.csv"
        path.write_text(_table(texts), encoding="utf-8")
        return path

    return write


@pytest.fixture
def stored(fresh: Application, material: Callable[..., Path]) -> Application:
    _ingest(fresh, material())
    return fresh


def _ingest(application: Application, path: Path) -> None:
    from ingest.source import Source

    report = application.ingester.ingest_file(path, Source("默认", path.name), replace=True)
    assert report.status in ("stored", "replaced")


def _exported(application: Application, tmp_path: Path, **filters: Any) -> tuple[Path, Any]:
    path = tmp_path / "待核.xlsx"
    path.write_bytes(application.operations.review.workbook(WorkbookRequest(**filters)))
    return path, openpyxl.load_workbook(path)


def _columns(sheet: Worksheet, header: int = HEADER) -> dict[str, int]:
    return {str(cell.value).split("（")[0]: cell.column for cell in sheet[header] if cell.value}


def _rows(sheet: Worksheet, header: int = HEADER) -> Iterator[dict[str, Any]]:
    columns = _columns(sheet, header)
    for row in range(header + 1, sheet.max_row + 1):
        yield {"row": row, **{name: sheet.cell(row, at).value for name, at in columns.items()}}


def _fill(sheet: Worksheet, row: int, header: int = HEADER, **cells: str) -> None:
    columns = _columns(sheet, header)
    for name, value in cells.items():
        sheet.cell(row, columns[name]).value = value


def _import(application: Application, path: Path, by: str | None = "王工", **more: Any) -> ImportReport:
    return application.operations.review.import_file(path, path.name, reviewer=by, **more)


def _status(application: Application, practice: str, requirement: str) -> str | None:
    with application.store.reading() as reader:
        for one in reader.relations(type="SATISFIES"):
            if (one.source, one.target) == (practice, requirement):
                return str(one.properties["status"])
    return None


def test_the_workbook_is_fit_to_be_filled_in(stored: Application, tmp_path: Path) -> None:
    _, book = _exported(stored, tmp_path)
    assert book.sheetnames == ["说明", "待核", "要求要点"]
    for sheet in book.worksheets:
        texts = [str(cell.value) for row in sheet.iter_rows(max_row=3) for cell in row if cell.value]
        assert any(glossary.UNOFFICIAL in text for text in texts), sheet.title
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
    sheet = book["待核"]
    assert sheet.freeze_panes == "D4"
    assert sheet.print_title_rows == "$1:$3"
    assert sheet.protection.sheet
    columns = _columns(sheet)
    for name, cell in ((name, sheet.cell(HEADER + 1, at)) for name, at in columns.items()):
        assert cell.protection.locked == (name not in ("结论", "佐证程度", "更正为", "理由", "核定人")), name
    lists = {str(each.sqref).split(":")[0][0]: each.formula1 for each in sheet.data_validations.dataValidation}
    assert len(lists) == 3
    assert '"采信,不采信,不适用,更正"' in lists.values()
    assert '"充分佐证,部分佐证,不构成佐证"' in lists.values()
    assert "'要求要点'!$A$4:$A$67" in lists.values()
    assert sum(1 for _ in _rows(book["要求要点"])) == len(stored.ontology.requirements)
    queue = stored.operations.review.queue(QueueRequest(limit=100))
    assert [(row["做法标识"], row["要求要点标识"]) for row in _rows(sheet)] == [
        (item.practice.id, item.requirement.id) for item in queue.results
    ]
    for row in _rows(sheet):
        assert row["做法原文"] in TEXTS
        assert row["佐证原句"] in row["做法原文"]


def test_only_rows_with_a_verdict_count_and_all_kinds_are_taken_in(stored: Application, tmp_path: Path) -> None:
    path, book = _exported(stored, tmp_path)
    sheet = book["待核"]
    rows = list(_rows(sheet))
    other = next(
        point for point in stored.ontology.requirements if point.id not in {row["要求要点标识"] for row in rows}
    )
    _fill(sheet, rows[0]["row"], 结论="采信", 佐证程度="充分佐证", 核定人="张工")
    _fill(sheet, rows[1]["row"], 结论="不采信", 理由="只是标语")
    _fill(sheet, rows[2]["row"], 结论="不适用", 理由="本单位无此业务")
    _fill(sheet, rows[3]["row"], 结论="更正", 更正为=f"{other.id} {other.zh}", 佐证程度="部分佐证")
    _fill(sheet, rows[4]["row"], 理由="想一想再说")
    book.save(path)
    report = _import(stored, path)
    assert report.outcomes == {"recorded": 4}
    assert report.empty == len(rows) - 4
    assert any("没有结论" in note for note in report.notes)
    statuses = ["accepted", "rejected", "not-applicable", "rejected", "proposed"]
    for row, status in zip(rows, statuses, strict=False):
        assert _status(stored, row["做法标识"], row["要求要点标识"]) == status
    assert _status(stored, rows[3]["做法标识"], other.id) == "accepted"
    (pair,) = stored.operations.review.history(
        HistoryRequest(practice=rows[0]["做法标识"], requirement=rows[0]["要求要点标识"])
    ).results
    assert [(step.reviewer, step.via, step.relation) for step in pair.steps] == [("张工", "xlsx", "full")]
    before = stored.store.status().generation
    again = _import(stored, path)
    assert again.outcomes == {"unchanged": 4}
    assert stored.store.status().generation == before


def test_what_users_do_to_a_sheet_is_borne(stored: Application, tmp_path: Path) -> None:
    path, book = _exported(stored, tmp_path)
    sheet = book["待核"]
    sheet.protection.sheet = False
    rows = list(_rows(sheet))
    columns = _columns(sheet)
    order = [columns["结论"], columns["理由"], *(at for at in range(1, sheet.max_column + 1))]
    order = list(dict.fromkeys(order))
    moved = book.create_sheet("汇总", 0)
    moved["A1"] = "某单位核定情况（领导已阅）"
    moved.append([])
    moved.append([None, "自己加的列", *(sheet.cell(HEADER, at).value for at in order)])
    for row in reversed(rows[:6]):
        moved.append([None, "x", *(sheet.cell(row["row"], at).value for at in order)])
        moved.append([])
    del book["待核"]
    header = 3
    filled = list(_rows(moved, header))
    listed = [each["row"] for each in filled if each["做法标识"]]
    moved.cell(header, _columns(moved, header)["结论"]).value = "＊ 结 论（必填）："
    verdict, comment = 3, 4
    moved.cell(listed[0], verdict).value = "　采 信　"
    moved.cell(listed[1], verdict).value = "不采信\n"
    moved.cell(listed[2], verdict).value = "已采信"
    moved.cell(listed[3], verdict).value = "Rejected"
    moved.cell(listed[4], verdict).value = "不适用 "
    moved.cell(listed[4], comment).value = " 无此岗位 "
    moved.row_dimensions[listed[1]].hidden = True
    moved.cell(moved.max_row + 400, 200).value = " "
    book.save(path)
    report = _import(stored, path)
    assert report.outcomes == {"recorded": 5}, report.rows
    (item,) = stored.operations.review.history(HistoryRequest(reviewer=" 王　工")).results[:1]
    assert item.steps[0].comment in (None, "无此岗位")


def test_faults_name_their_cell_and_stop_no_other_row(stored: Application, tmp_path: Path) -> None:
    path, book = _exported(stored, tmp_path)
    sheet = book["待核"]
    rows = [row["row"] for row in _rows(sheet)]
    columns = {name: openpyxl.utils.get_column_letter(at) for name, at in _columns(sheet).items()}
    _fill(sheet, rows[0], 结论="也许")
    _fill(sheet, rows[1], 结论="不适用")
    _fill(sheet, rows[2], 结论="更正")
    _fill(sheet, rows[3], 结论="更正", 更正为="execution-999 没有的")
    _fill(sheet, rows[4], 结论="采信", 佐证程度="不构成佐证")
    _fill(sheet, rows[5], 结论="采信", 佐证程度="很好")
    _fill(sheet, rows[6], 结论="采信", 更正为="execution-6")
    _fill(sheet, rows[7], 结论="=1+1")
    _fill(sheet, rows[8], 结论="采信")
    book.save(path)
    report = _import(stored, path)
    faulty = {row.cell: row.code for row in report.rows if row.outcome != "recorded"}
    assert faulty == {
        f"{columns['结论']}{rows[0]}": "unknown_status",
        f"{columns['理由']}{rows[1]}": "reason_needed",
        f"{columns['更正为']}{rows[2]}": "correction_needed",
        f"{columns['更正为']}{rows[3]}": "unknown_requirement",
        f"{columns['佐证程度']}{rows[4]}": "contradiction",
        f"{columns['佐证程度']}{rows[5]}": "unknown_relation",
        f"{columns['更正为']}{rows[6]}": "contradiction",
        f"{columns['结论']}{rows[7]}": "no_result",
    }
    assert report.outcomes == {"recorded": 1, "refused": 8}
    assert all(row.sheet == "待核" and row.message for row in report.rows if row.code)


def test_what_changed_or_was_decided_since_is_a_conflict(
    stored: Application, tmp_path: Path, material: Callable[..., Path]
) -> None:
    path, book = _exported(stored, tmp_path)
    sheet = book["待核"]
    rows = list(_rows(sheet))
    changed = next(row for row in rows if row["做法原文"] == TEXTS[0])
    decided = next(row for row in rows if row["做法原文"] == TEXTS[1])
    same = next(row for row in rows if row["做法原文"] == TEXTS[2])
    torn = next(row for row in rows if row["做法原文"] == TEXTS[3])
    for row in (changed, decided, same, torn):
        _fill(sheet, row["row"], 结论="采信", 核定人="王工")
    _fill(sheet, torn["row"], 做法原文=TEXTS[2])
    book.save(path)
    _ingest(stored, material((TEXTS[0] + "，结果记入党员积分", *TEXTS[1:])))
    stored.reviewer.decide(decided["做法标识"], decided["要求要点标识"], "rejected", reviewer="李工", comment="不是")
    stored.reviewer.decide(same["做法标识"], same["要求要点标识"], "accepted", reviewer="李工")
    report = _import(stored, path)
    told = {row.row: (row.outcome, row.code) for row in report.rows}
    assert told == {
        changed["row"]: ("conflict", "changed_practice"),
        decided["row"]: ("conflict", "decided_meanwhile"),
        same["row"]: ("unchanged", None),
        torn["row"]: ("conflict", "wrong_row"),
    }
    assert "李工" in next(row.message or "" for row in report.rows if row.code == "decided_meanwhile")
    assert _status(stored, decided["做法标识"], decided["要求要点标识"]) == "rejected"
    assert _status(stored, changed["做法标识"], changed["要求要点标识"]) in ("proposed", None)


def test_a_row_that_contradicts_another_is_refused_with_it(stored: Application, tmp_path: Path) -> None:
    path, book = _exported(stored, tmp_path)
    sheet = book["待核"]
    first = next(iter(_rows(sheet)))
    _fill(sheet, first["row"], 结论="采信")
    copied = [sheet.cell(first["row"], at).value for at in range(1, sheet.max_column + 1)]
    sheet.append(copied)
    _fill(sheet, sheet.max_row, 结论="不采信")
    book.save(path)
    report = _import(stored, path)
    assert report.outcomes == {"refused": 2}
    assert {row.code for row in report.rows} == {"contradicts_itself"}


def test_a_dry_run_changes_nothing(stored: Application, tmp_path: Path) -> None:
    path, book = _exported(stored, tmp_path)
    _fill(book["待核"], HEADER + 1, 结论="采信")
    book.save(path)
    before = stored.store.status().generation
    assert _import(stored, path, dry_run=True).outcomes == {"recorded": 1}
    assert stored.store.status().generation == before


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_a_plain_list_is_taken_in_too(stored: Application, tmp_path: Path, kind: str) -> None:
    items = stored.operations.review.queue(QueueRequest(limit=3)).results
    path = tmp_path / f"decisions.{kind}"
    if kind == "csv":
        lines = [f"{item.practice.id},{item.requirement.id},采信,充分佐证" for item in items]
        path.write_bytes(("做法标识,要求要点标识,结论,佐证程度\r\n" + "\r\n".join(lines)).encode("gb18030"))
    else:
        path.write_text(
            "".join(
                json.dumps({"practice": item.practice.id, "requirement": item.requirement.id, "status": "accepted"})
                + "\n"
                for item in items
            ),
            encoding="utf-8",
        )
    assert _import(stored, path).outcomes == {"recorded": 3}
    assert _import(stored, path).outcomes == {"unchanged": 3}


def test_files_that_are_no_list_are_refused_with_a_reason(stored: Application, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["姓名", "年龄"])
    plain, torn, old = tmp_path / "a.xlsx", tmp_path / "b.xlsx", tmp_path / "c.xls"
    book.save(plain)
    torn.write_bytes(plain.read_bytes()[:500])
    old.write_bytes(b"\xd0\xcf\x11\xe0")
    headless, full = _exported(stored, tmp_path)
    full["待核"].delete_cols(_columns(full["待核"])["校验码"])
    full.save(headless)
    broken = tmp_path / "d.xlsx"
    with zipfile.ZipFile(plain) as whole, zipfile.ZipFile(broken, "w") as parts:
        for name in whole.namelist():
            content = whole.read(name)
            parts.writestr(name, content.replace(b"<sheetData>", b"<sheetData><") if "sheet1" in name else content)
    for path, words in (
        (plain, "没有找到核定表"),
        (torn, "损坏"),
        (broken, "损坏"),
        (old, "另存为"),
        (headless, "校验码"),
    ):
        with pytest.raises(SheetUnusable, match=words):
            _import(stored, path)


def test_what_is_wrong_with_a_file_is_said(stored: Application, tmp_path: Path) -> None:
    from tests.service.exchange_site import exported

    long = "做法标识,要求要点标识,结论,理由\r\npractice-1,execution-6,采信," + "长" * 140_000 + "\r\n"
    for name, content, words in (
        ("空.xlsx", b"", "空文件"),
        ("空.csv", b"", "空文件"),
        ("文本.xlsx", "做法标识,结论".encode(), "不是 Excel 文件"),
        ("对照表.xlsx", exported(stored, "xlsx"), "zhiwen import"),
        ("对照表.csv", exported(stored, "csv"), "zhiwen import"),
        ("对应.tsv", b'#title: "\nsubject_id\tpredicate_id\tobject_id\n', "zhiwen import"),
        ("目录.json", b'{\n"catalog": {}\n}', "每行一个完整的 JSON 对象"),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(SheetUnusable, match=words):
            _import(stored, path)
    held = tmp_path / "upload-1"
    held.write_text(long, encoding="utf-8")
    with pytest.raises(SheetUnusable, match=r"填好的\.csv 第 2 行有一格超过 131,072 个字符"):
        stored.operations.review.import_file(held, "填好的.csv", reviewer="王工")
    held.write_text(long.replace("长" * 140_000, '"没有收尾'), encoding="utf-8")
    with pytest.raises(SheetUnusable, match=r"填好的\.csv 第 2 行起引号不成对"):
        stored.operations.review.import_file(held, "填好的.csv", reviewer="王工")


def test_a_bad_line_of_json_stops_no_other(stored: Application, tmp_path: Path) -> None:
    first, second = stored.operations.review.queue(QueueRequest(limit=2)).results
    good = [
        json.dumps({"practice": item.practice.id, "requirement": item.requirement.id, "status": "accepted"})
        for item in (first, second)
    ]
    path = tmp_path / "批.jsonl"
    path.write_text("\n".join([good[0], good[1][:-5], "[1]", good[1]]), encoding="utf-8")
    report = _import(stored, path)
    assert report.outcomes == {"recorded": 2, "refused": 2}
    assert [(row.cell, row.code) for row in report.rows if row.code] == [
        ("第 2 行", "broken_row"),
        ("第 3 行", "broken_row"),
    ]


def test_texts_that_look_like_formulas_stay_texts(fresh: Application, tmp_path: Path) -> None:
    text = "=HYPERLINK(1)；厂党委把车间划成责任区，每个责任区由一名党员负责，公示质量指标，每月由支部检查并通报结果"
    path = tmp_path / "cases.csv"
    path.write_text(_table((text,)), encoding="utf-8")
    _ingest(fresh, path)
    out, book = _exported(fresh, tmp_path)
    row = next(iter(_rows(book["待核"])))
    at = _columns(book["待核"])["做法原文"]
    assert row["做法原文"].startswith("=HYPERLINK")
    assert book["待核"].cell(row["row"], at).data_type == "s"
    raw = openpyxl.load_workbook(out, data_only=True)["待核"].cell(row["row"], at)
    assert raw.value == row["做法原文"]
    _fill(book["待核"], row["row"], 结论="采信")
    book["待核"].cell(row["row"], at).data_type = "s"
    book.save(out)
    assert _import(fresh, out).outcomes == {"recorded": 1}


def test_by_http(stored: Application, fresh_client: TestClient, tmp_path: Path) -> None:
    answer = fresh_client.get("/v1/review/workbook", params={"limit": 2})
    assert answer.status_code == 200
    assert "spreadsheetml" in answer.headers["content-type"]
    path = tmp_path / "a.xlsx"
    path.write_bytes(answer.content)
    book = openpyxl.load_workbook(path)
    assert len(list(_rows(book["待核"]))) == 2
    assert any("另有" in str(cell.value) for row in book["说明"].iter_rows() for cell in row)
    _fill(book["待核"], HEADER + 1, 结论="采信")
    book.save(path)
    sent = fresh_client.post(
        "/v1/review/workbook", files={"file": ("填好的.xlsx", path.read_bytes())}, data={"reviewer": "王工"}
    )
    assert sent.status_code == 200, sent.text
    assert sent.json()["outcomes"] == {"recorded": 1}
    nobody = fresh_client.post("/v1/review/workbook", files={"file": ("填好的.xlsx", path.read_bytes())})
    assert nobody.json()["rows"][0]["code"] == "reviewer_needed"
    wrong = fresh_client.post("/v1/review/workbook", files={"file": ("x.xlsx", b"no")})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "unusable_sheet")


def test_an_empty_queue_makes_an_empty_workbook(fresh: Application, tmp_path: Path) -> None:
    path, book = _exported(fresh, tmp_path)
    assert not any(row["做法标识"] for row in _rows(book["待核"]))
    assert _import(fresh, path).notes == ("没有一行填了结论，什么也没有改变。",)


def test_formats_far_down_and_formulas_without_results(stored: Application, tmp_path: Path) -> None:
    path, book = _exported(stored, tmp_path)
    sheet = book["待核"]
    _fill(sheet, HEADER + 1, 结论="采信")
    _fill(sheet, HEADER + 2, 结论='=IF(1=1,"采信","")')
    _fill(sheet, HEADER + 3, 结论="采信", 核定人='="王"&"工"')
    sheet.cell(1_048_576, 16_384).value = "x"
    book.save(path)
    report = _import(stored, path)
    assert report.outcomes == {"recorded": 1, "refused": 2}
    told = [row.message or "" for row in report.rows if row.code == "no_result"]
    assert [message.partition("；")[0] for message in told] == ["结论的公式没有计算结果", "核定人的公式没有计算结果"]


def test_a_sheet_that_lost_a_column_is_named_beside_a_good_one(stored: Application, tmp_path: Path) -> None:
    path, book = _exported(stored, tmp_path)
    second = book.copy_worksheet(book["待核"])
    second.title = "分给二车间"
    second.delete_cols(_columns(second)["校验码"])
    _fill(book["待核"], HEADER + 1, 结论="采信")
    _fill(second, HEADER + 2, 结论="采信")
    book.save(path)
    report = _import(stored, path)
    assert report.outcomes == {"recorded": 1}
    assert any("分给二车间" in note and "校验码" in note for note in report.notes)
