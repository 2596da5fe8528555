"""Results in tables are read by the name of their row, and left out when nothing names them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.outcomes import outcomes_in
from ingest.practice_nodes import drafts_of
from ingest.practices import extract
from ingest.source import Source
from tests.ingest.pipeline.conftest import Read

Told = tuple[str, str, str | None, str]


def told(text: str, rows: list[tuple[int, int]] | None = None) -> list[Told]:
    found = outcomes_in(text, (0, len(text)), [(0, len(text))] if rows is None else rows)
    return [(each.indicator, each.value_text, each.direction, each.quote) for each in found]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("质量异议（起） | 37 | 9 | 下降75.7%", [("质量异议", "75.7%", "down", "质量异议（起） | 37 | 9 | 下降75.7%")]),
        ("3 | 返修率 | 3.5% | 1.2% | 下降65.7%", [("返修率", "65.7%", "down", "返修率 | 3.5% | 1.2% | 下降65.7%")]),
        ("顾客满意度 | 由92%提升至98%", [("顾客满意度", "由92%提升至98%", "up", "顾客满意度 | 由92%提升至98%")]),
        ("一次合格率 | 98.6%", [("一次合格率", "98.6%", "level", "一次合格率 | 98.6%")]),
        ("一车间 | 废品率下降35%。", [("废品率", "35%", "down", "废品率下降35%")]),
        # Which of two bare figures is the result, only the head of the table says.
        ("一次合格率 | 92.1% | 98.6%", []),
        ("9 | 下降75.7%", []),
        ("下降64%", []),
        ("指标 | 2021年 | 2023年 | 变化", []),
        ("", []),
    ],
)
def test_a_row_is_read_by_its_name(row: str, expected: list[Told]) -> None:
    assert told(row) == expected


def test_text_around_a_table_is_read_as_text() -> None:
    text = "返修率下降35%。\n质量异议 | 37 | 9 | 下降75.7%\n客户满意度提高到98.5%。"
    row = text.index("质量异议"), text.index("\n客户")
    assert [each[0] for each in told(text, [row])] == ["返修率", "质量异议", "客户满意度"]
    assert told(text[: row[0]], [row]) == told(text[: row[0]], [])


@pytest.mark.parametrize("text", ["下降64%。", "其中，下降64%，上升3%。", "9，下降75.7%。"])
def test_a_figure_that_nothing_names_is_no_result(text: str) -> None:
    assert told(text, []) == []


def test_a_table_in_a_document(read: Read) -> None:
    document = read(
        """# 某厂质量案例
## 主要做法
支部书记牵头成立攻关小组，围绕质量异议逐项销号，每周开会通报，完不成的说明原因。
## 工作成效
质量异议由37起减少到9起，交货期缩短三天。

| 指标 | 2021年 | 2023年 | 变化 |
|---|---|---|---|
| 质量异议（起） | 37 | 9 | 下降75.7% |
| 吨钢质量损失（元） | 21.4 | 12.9 | 下降39.7% |
""",
        "a.md",
    )
    (draft,) = drafts_of(extract(document), document.text, Source("默认", "a.md"), ("default",), False)
    results = [node.properties for node in draft.outcomes]
    assert {(each["indicator"], each["value_text"]) for each in results} >= {
        ("质量异议", "由37起减少到9起"),
        ("质量异议", "75.7%"),
        ("吨钢质量损失", "39.7%"),
    }
    for each in results:
        assert document.text[each["start"] : each["end"]] == each["quote"]  # type: ignore[index]


def test_what_is_told_in_the_text_and_in_the_table_is_one_result(read: Read) -> None:
    practice = "支部书记牵头成立攻关小组，围绕返修率逐项销号，每周开会通报，完不成的说明原因。"
    table = "| 指标 | 变化 |\n|---|---|\n| 返修率 | 下降35% |"
    document = read(f"# 案例\n## 主要做法\n{practice}\n## 工作成效\n返修率下降35%。\n\n{table}\n", "a.md")
    (draft,) = drafts_of(extract(document), document.text, Source("默认", "a.md"), ("default",), False)
    assert [node.properties["quote"] for node in draft.outcomes] == ["返修率下降35%"]


@given(st.lists(st.text(alphabet=st.sampled_from("返修率下降提高到9由3%次（起）|，。 \n")), min_size=1, max_size=6))
def test_every_result_stands_where_it_says(lines: list[str]) -> None:
    text = "\n".join(lines)
    bounds = [0]
    for line in lines:
        bounds.append(bounds[-1] + len(line) + 1)
    rows = [(start, start + len(line)) for start, line in zip(bounds, lines, strict=False)][::2]
    for each in outcomes_in(text, (0, len(text)), rows):
        assert 0 <= each.start < each.end <= len(text)
        assert text[each.start : each.end] == each.quote
