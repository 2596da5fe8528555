"""Measured results: scored on labelled sentences, and on real ones that were labelled before the code saw them."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.numerals import parse_number
from analysis.outcomes import MeasuredOutcome, find_outcomes

_HERE = Path(__file__).parent


@dataclass
class _Score:
    right: int = 0
    wrong: int = 0
    missed: int = 0
    directions: int = 0

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong)

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed)


def _hits(outcome: MeasuredOutcome, word: str, value: float | None, unit: str | None) -> bool:
    near = outcome.value == value or (
        outcome.value is not None and value is not None and abs(outcome.value - value) < 0.01
    )
    return near and outcome.unit == unit and word in outcome.indicator + outcome.quote


def _score(name: str) -> _Score:
    """Each line: text, outcomes [word of the indicator, value, unit, direction], optional values that may go either way."""
    score = _Score()
    for line in (_HERE / name).read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        left = find_outcomes(case["text"])
        for word, value, unit, direction in case["outcomes"]:
            likely = sorted(left, key=lambda outcome: word not in outcome.indicator)
            hit = next((outcome for outcome in likely if _hits(outcome, word, value, unit)), None)
            if hit is None:
                score.missed += 1
                continue
            left.remove(hit)
            score.right += 1
            score.directions += hit.direction == direction
        score.wrong += sum(outcome.value not in case.get("optional", ()) for outcome in left)
    return score


@pytest.mark.parametrize(("name", "least"), [("outcomes_labelled.jsonl", 51), ("outcomes_heldback.jsonl", 88)])
def test_precision_and_recall(name: str, least: int) -> None:
    score = _score(name)
    assert score.right >= least
    assert score.precision >= 0.95
    assert score.recall >= 0.95
    assert score.directions >= 0.97 * score.right


@pytest.mark.parametrize(
    ("text", "value", "text_of_value", "unit", "direction"),
    [
        ("废品率下降35%", 35.0, "35%", "%", "down"),
        ("合格率由92.1%提升至98.6%", 98.6, "由92.1%提升至98.6%", "%", "up"),
        ("节约成本120余万元", 1_200_000.0, "120余万元", "元", "down"),
        ("工时缩短10%—15%", None, "10%—15%", "%", "down"),
        ("返修率下降三到五成", None, "三到五成", "%", "down"),
        ("提出提案二千五百八十三件", 2583.0, "二千五百八十三件", "件", None),
        ("一次合格率达九成八", 98.0, "九成八", "%", "level"),
        ("产值翻一番", 1.0, "一番", "番", "up"),
        ("断线率减半", 50.0, "减半", "%", "down"),
        ("创效几十万元", None, "几十万元", "元", "up"),
        ("连续三年零投诉", 0.0, "零投诉", None, "level"),
    ],
)
def test_values(text: str, value: float | None, text_of_value: str, unit: str | None, direction: str | None) -> None:
    (outcome,) = find_outcomes(f"今年{text}。")
    assert (outcome.value, outcome.value_text, outcome.unit, outcome.direction) == (
        value,
        text_of_value,
        unit,
        direction,
    )


def test_a_list_with_respectively_is_told_apart() -> None:
    found = [
        (outcome.indicator, outcome.value) for outcome in find_outcomes("返工率、报废率和投诉分别下降12%、8%和5%。")
    ]
    assert found == [("返工率", 12.0), ("报废率", 8.0), ("投诉", 5.0)]


def test_a_gain_is_of_nothing_before_it() -> None:
    told = [(each.indicator, each.value) for each in find_outcomes("提出建议350条，增效260万元。")]
    assert told == [("建议", 350), ("增效", 2_600_000)]


def test_a_meeting_to_bring_to_zero_has_not_brought_anything_there() -> None:
    assert find_outcomes("党支部每周五召开质量问题清零会。") == []
    assert [each.value for each in find_outcomes("全年质量事故清零。")] == [0]


def test_outcomes_are_read_in_traditional_characters_and_quoted_as_written() -> None:
    text = "提出建議350條，增效260萬元，磨削燒傷率由1.8%下降到0.3%。"
    told = [(each.indicator, each.value, each.quote) for each in find_outcomes(text)]
    assert told == [
        ("建议", 350, "建議350條"),
        ("增效", 2_600_000, "增效260萬元"),
        ("磨削烧伤率", 0.3, "磨削燒傷率由1.8%下降到0.3%"),
    ]


def test_a_figure_without_its_own_subject_takes_the_last_one() -> None:
    found = [(outcome.indicator, outcome.value) for outcome in find_outcomes("满意度评分86.23分，比上年提升2.2分。")]
    assert found == [("满意度评分", 86.23), ("满意度评分", 2.2)]


@pytest.mark.parametrize(
    ("numeral", "value"),
    [
        ("三十五", 35), ("十", 10), ("一百零五", 105), ("一百二", 120), ("两万五", 25000), ("三亿五千万", 350_000_000), ("二〇二三", 2023),
        ("六点八", 6.8), ("1.2亿", 120_000_000), ("1,208", 1208), ("120余万", 1_200_000), ("百", 100), ("万", None), ("二三十", None), ("", None),
        ("十百", None), ("三" * 50, None), ("甲", None), ("三点", None),
    ],
)  # fmt: skip
def test_numerals(numeral: str, value: float | None) -> None:
    assert parse_number(numeral) == value


_PARTS = [
    "废品率",
    "由",
    "从",
    "92.1%",
    "提升",
    "下降",
    "至",
    "35%",
    "三成",
    "，",
    "、",
    "和",
    "分别",
    "零投诉",
    "建议",
    "12件",
    "获",
    "力争",
    "的",
    "1,200万元",
    "。",
    "“",
    "”",
    "（",
    "ＯＥＥ",
    "😀",
    "\n",
    "\ud800",
]


@given(st.lists(st.sampled_from(_PARTS), max_size=30).map("".join) | st.text(max_size=100))
def test_quotes_are_exact(text: str) -> None:
    for outcome in find_outcomes(text):
        assert text[outcome.start : outcome.end] == outcome.quote != ""
        assert outcome.indicator.strip()
        assert outcome.value_text in text
