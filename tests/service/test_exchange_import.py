"""Decisions that come back: from another base as SSSOM, from Excel or WPS as the trace matrix; bad rows stop no others."""

from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import pytest

from service.bootstrap import Application
from service.exchange.decisions_in import Terms
from service.exchange.tables import ImportUnusable
from service.review_sheet import ImportReport
from tests.service.exchange_site import closing, exported, judged, pairs, site, statuses

Edit = Callable[[dict[str, openpyxl.cell.Cell]], None]


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """The other base, where people have judged. Only read."""
    with closing(judged(tmp_path_factory.mktemp("other") / "home")) as made:
        yield made


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Application]:
    with closing(site(tmp_path / "home")) as made:
        yield made


def take_in(application: Application, content: bytes | str, name: str, **terms: object) -> ImportReport:
    file = application.settings.home.parent / name
    file.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    _, report = application.operations.exchange.import_decisions(file, name, Terms(**terms))  # type: ignore[arg-type]
    return report


def edited(content: bytes, folder: Path, edit: Edit) -> bytes:
    """The trace matrix after `edit` was given every row as name → cell."""
    file = folder / "edited.xlsx"
    file.write_bytes(content)
    book = openpyxl.load_workbook(file)
    sheet = book["对照表"]
    heads = [cell.value for cell in sheet[3]]
    for row in sheet.iter_rows(min_row=4):
        edit(dict(zip(heads, row, strict=True)))
    book.save(file)
    return file.read_bytes()


def test_decisions_of_another_base_are_taken_over_once(other: Application, here: Application) -> None:
    content = exported(other, "sssom")
    tried = take_in(here, content, "a.sssom.tsv", dry_run=True)
    assert (tried.outcomes, statuses(here)) == ({"recorded": 4}, {})
    done = take_in(here, content, "a.sssom.tsv")
    assert done.outcomes == {"recorded": 4}
    assert done.empty == len(pairs(other)) - 3  # proposals decide nothing
    assert statuses(here).keys() == statuses(other).keys()
    for pair, said in statuses(other).items():
        assert statuses(here)[pair][:3] == said[:3]
    assert exported(here, "sssom").count(b"\taccepted\t") == 2
    assert take_in(here, content, "a.sssom.tsv").outcomes == {"unchanged": 4}


def test_a_decision_that_stands_is_replaced_on_wish_only(other: Application, here: Application) -> None:
    pair = pairs(other)[0]
    here.reviewer.decide(*pair, "rejected", reviewer="钱一")
    content = exported(other, "sssom")
    report = take_in(here, content, "a.tsv")
    assert report.outcomes == {"recorded": 3, "conflict": 1}
    (conflict,) = [row for row in report.rows if row.outcome == "conflict"]
    assert (conflict.practice, conflict.requirement) == pair
    assert "钱一" in (conflict.message or "")
    assert statuses(here)[pair][0] == "rejected"
    assert take_in(here, content, "a.tsv", replace=True).outcomes == {"recorded": 1, "unchanged": 3}
    assert statuses(here)[pair][:3] == ("accepted", "full", "王质量")


def test_a_decision_on_another_text_is_refused(other: Application, here: Application) -> None:
    from ingest.source import Source

    file = here.settings.home.parent / "清单.csv"
    text = (here.settings.home.parent / "home.csv").read_text(encoding="utf-8")
    file.write_text(text.replace("三十家", "四十家"), encoding="utf-8")
    assert here.ingester.ingest_file(file, Source("一厂", "清单.csv"), replace=True).status == "replaced"
    report = take_in(here, exported(other, "sssom"), "a.tsv")
    changed = {row.code for row in report.rows if row.outcome == "conflict"}
    assert changed == {"changed_practice"}
    assert all("三十家" not in str(said) for said in statuses(here).values())


BAD_ROWS = {
    "unknown_practice": lambda row: row.replace("id:practice-", "id:practice-0"),
    "unknown_requirement": lambda row: row.replace(row.split("\t")[7], "id:nowhere-1"),
    "unknown_prefix": lambda row: row.replace("id:practice-", "elsewhere:practice-"),
    "unknown_predicate": lambda row: row.replace("zw:satisfies", "skos:exactMatch"),
    "broken_row": lambda row: '"' + row,
    "wrong_mark": lambda row: row.replace(row.split("\t")[-2], "00000000" + row.split("\t")[-2][8:]),
    "bad_number": lambda row: row.replace("\t1.0\t", "\tvery\t"),
    "contradiction": lambda row: row.replace("\taccepted\t", "\trejected\t"),
    "unknown_relation": lambda row: row.replace("\tfull\t", "\tvery much\t"),
}


@pytest.mark.parametrize("code", list(BAD_ROWS))
def test_a_bad_row_is_named_and_stops_no_other(other: Application, here: Application, code: str) -> None:
    lines = exported(other, "sssom").decode("utf-8").split("\n")
    at = next(number for number, line in enumerate(lines) if "\taccepted\tfull\t" in line)
    lines[at] = BAD_ROWS[code](lines[at])
    report = take_in(here, "\n".join(lines), "a.tsv")
    (bad,) = [row for row in report.rows if row.outcome in ("refused", "conflict")]
    assert (bad.code, bad.row) == (code, at + 1)
    assert any("一" <= letter <= "鿿" for letter in bad.message or "")
    assert report.outcomes["recorded"] == 3


def test_rows_that_contradict_each_other_are_both_refused(other: Application, here: Application) -> None:
    lines = exported(other, "sssom").decode("utf-8").split("\n")
    row = next(line for line in lines if "\taccepted\tfull\t" in line)
    contrary = row.replace("\t佐证\t\t", "\t佐证\tNot\t").replace("\taccepted\tfull\t", "\trejected\t\t")
    report = take_in(here, "\n".join([*lines[:-1], contrary, row, ""]), "a.tsv")
    assert report.outcomes == {"recorded": 3, "refused": 3}
    assert {each.code for each in report.rows if each.outcome == "refused"} == {"contradicts_itself"}


def test_another_tool_needs_three_columns_and_a_reviewer(here: Application) -> None:
    practice, requirement = pairs(here)[0]
    head = "#curie_map:\n#  p: https://other.example/base/\n#  z: https://zhiwen.example/ontology#\n"
    columns = (
        "subject_id\tpredicate_id\tobject_id\tmapping_justification\treviewer_label\treviewer_agreement\tcomment\n"
    )
    manual = f"p:{practice}\tz:satisfies\tp:{requirement}\tsemapv:ManualMappingCuration"
    assert take_in(here, head + columns + manual + "\n", "a.tsv").rows[0].code == "reviewer_needed"
    assert take_in(here, head + columns + manual + "\t\t0\n", "a.tsv").empty == 1  # undecided
    done = take_in(here, head + columns + manual + "\t\t-1\t不是一回事\n", "a.tsv", reviewer="孙二")
    assert done.outcomes == {"recorded": 1}
    assert statuses(here)[practice, requirement] == ("rejected", None, "孙二", "不是一回事")


def test_a_table_saved_by_excel_is_still_read(other: Application, here: Application) -> None:
    lines = exported(other, "sssom").decode("utf-8").split("\n")

    def saved(line: str) -> str:
        quoted = '"' + line.replace('"', '""') + '"' if line.startswith("#") and '"' in line else line
        return quoted + "\t" * (24 - quoted.count("\t"))

    content = "\r\n".join(saved(line) if line else line for line in lines).encode("utf-16")
    assert take_in(here, content, "a.txt").outcomes == {"recorded": 4}


def test_a_key_speaks_for_its_holder_alone(other: Application, here: Application) -> None:
    report = take_in(here, exported(other, "sssom"), "a.tsv", only_as="王质量", reviewer="王质量")
    assert report.outcomes == {"recorded": 1, "refused": 3}
    assert {row.code for row in report.rows if row.outcome == "refused"} == {"not_yourself"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\x01\x02\xff" * 50,
        "标题\n没有表格".encode(),
        b"PK\x03\x04broken",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
        b"#a: [\nsubject_id\tpredicate_id\tobject_id\n",
    ],
)
def test_what_cannot_be_read_is_said_so(here: Application, content: bytes) -> None:
    with pytest.raises(ImportUnusable) as refused:
        take_in(here, content, "a.xlsx")
    assert any("一" <= letter <= "鿿" for letter in str(refused.value))


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "a.xlsx", "空文件"),
        ("姓名,年龄\n".encode(), "a.xlsx", "不是 Excel 文件"),
        (b'{"catalog": {}}', "x.json", "可导入 SSSOM 对应表"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(here: Application, content: bytes, name: str, words: str) -> None:
    with pytest.raises(ImportUnusable, match=words):
        take_in(here, content, name)


def test_a_cell_that_is_too_long_is_called_so(other: Application) -> None:
    head, row, *rest = exported(other, "csv").decode("utf-8").split("\r\n")
    long = row.replace(row.split(",")[1], '"' + "长" * 140_000 + '"', 1)
    (told,) = take_in(other, "\r\n".join([head, long, *rest]), "a.csv").rows
    assert (told.row, told.code) == (2, "broken_row")
    assert "超过 131,072 个字符" in (told.message or "")


def test_a_reason_without_a_verdict_is_pointed_out(other: Application, tmp_path: Path) -> None:
    *_, proposed = pairs(other)

    def edit(row: dict[str, openpyxl.cell.Cell]) -> None:
        if (row["做法标识"].value, row["要求要点标识"].value) == proposed:
            row["理由"].value = "现场看过"

    report = take_in(other, edited(exported(other, "xlsx"), tmp_path, edit), "a.xlsx")
    assert (report.outcomes, report.failed) == ({}, 0)
    assert report.notes[0].startswith("1 行填了理由或佐证程度但没有结论，未计：工作表“对照表”第 ")


def test_rows_of_a_decision_made_anew_since_are_still_known_as_untouched(tmp_path: Path) -> None:
    """The row shows the minute; which second the mark saw is found out though the base has another decision."""
    with closing(judged(tmp_path / "home")) as application:
        before = {format: exported(application, format) for format in ("xlsx", "csv")}
        application.reviewer.decide(*pairs(application)[0], "rejected", reviewer="钱一")
        for format, content in before.items():
            assert take_in(application, content, f"a.{format}").outcomes == {}


@pytest.mark.parametrize("format", ["xlsx", "csv"])
def test_an_untouched_matrix_changes_nothing(other: Application, format: str) -> None:
    before = statuses(other)
    report = take_in(other, exported(other, format), f"a.{format}")  # type: ignore[arg-type]
    assert (report.outcomes, report.rows) == ({}, ())
    assert statuses(other) == before


def test_changed_rows_of_the_matrix_become_decisions(tmp_path: Path) -> None:
    with closing(judged(tmp_path / "home")) as application:
        accepted, rejected, aside, proposed, *_ = pairs(application)
        content = exported(application, "xlsx")

        def edit(row: dict[str, openpyxl.cell.Cell]) -> None:
            pair = (row["做法标识"].value, row["要求要点标识"].value)
            if pair == accepted:
                row["核定状态"].value, row["核定人"].value = "不采信", "赵审"
            if pair == rejected:
                row["核定状态"].value = "撤回"
            if pair == aside:
                row["理由"].value = "本单位另有安排"
            if pair == proposed:
                row["核定状态"].value, row["核定人"].value, row["佐证程度"].value = "已采信", "赵审", "部分佐证"

        changed = edited(content, tmp_path, edit)
        report = take_in(application, changed, "a.xlsx")
        assert report.outcomes == {"recorded": 3, "withdrawn": 1}, report
        now = statuses(application)
        assert now[accepted][:3] == ("rejected", None, "赵审")
        assert rejected not in now
        assert now[aside][3] == "本单位另有安排"
        assert now[proposed][:3] == ("accepted", "partial", "赵审")
        again = take_in(application, changed, "a.xlsx")
        assert set(again.outcomes) <= {"unchanged"}
        assert statuses(application) == now


def test_somebody_elses_decision_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    with closing(judged(tmp_path / "home")) as application:
        *_, proposed = pairs(application)
        content = exported(application, "xlsx")
        application.reviewer.decide(*proposed, "rejected", reviewer="钱一")

        def edit(row: dict[str, openpyxl.cell.Cell]) -> None:
            if (row["做法标识"].value, row["要求要点标识"].value) == proposed:
                row["核定状态"].value, row["核定人"].value = "已采信", "赵审"

        (row,) = take_in(application, edited(content, tmp_path, edit), "a.xlsx").rows
        assert (row.outcome, row.code) == ("conflict", "decided_meanwhile")
        assert row.cell.startswith("工作表“对照表”第 ")
        assert statuses(application)[proposed][2] == "钱一"


def test_whose_verdict_a_changed_one_is(tmp_path: Path) -> None:
    """The former reviewer's name left standing is not taken for the new one's where that one is known."""
    with closing(judged(tmp_path / "home")) as application:
        accepted = pairs(application)[0]

        def edit(row: dict[str, openpyxl.cell.Cell]) -> None:
            if (row["做法标识"].value, row["要求要点标识"].value) == accepted:
                row["核定状态"].value = "不采信"

        changed = edited(exported(application, "xlsx"), tmp_path, edit)
        assert take_in(application, changed, "a.xlsx", reviewer="赵审").outcomes == {"recorded": 1}
        assert statuses(application)[accepted][2] == "赵审"


def test_columns_sorted_alone_are_found_out(tmp_path: Path) -> None:
    with closing(judged(tmp_path / "home")) as application:
        *_, proposed = pairs(application)
        seen: list[str] = []

        def edit(row: dict[str, openpyxl.cell.Cell]) -> None:
            if (row["做法标识"].value, row["要求要点标识"].value) == proposed:
                row["核定状态"].value, row["核定人"].value = "已采信", "赵审"
                row["要求要点（依据编制说明整理，非标准原文）"].value = "另一行的要求要点"
                seen.append(str(row["校验码"].value))

        before = statuses(application)
        (row,) = take_in(application, edited(exported(application, "xlsx"), tmp_path, edit), "a.xlsx").rows
        assert (row.outcome, row.code) == ("conflict", "wrong_row")
        assert seen
        assert statuses(application) == before


def test_a_self_assessment_form_is_recognised(other: Application) -> None:
    with pytest.raises(ImportUnusable, match="对标自评表"):
        take_in(other, exported(other, "self-assessment", collection="一厂"), "a.xlsx")


def test_a_review_workbook_comes_in_by_the_same_door(here: Application) -> None:
    from service.review import WorkbookRequest

    content = here.operations.review.workbook(WorkbookRequest())
    assert take_in(here, content, "待核.xlsx").outcomes == {}
