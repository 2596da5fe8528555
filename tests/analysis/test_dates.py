"""Dates in text and in table cells."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.dates import find_date, parse_date


@pytest.mark.parametrize(
    ("cell", "iso"),
    [
        ("2023年6月", "2023-06"), ("2023年6月1日", "2023-06-01"), ("2023 年 6 月 1 号", "2023-06-01"), ("２０２３年６月", "2023-06"),
        ("2023-06-01", "2023-06-01"), ("2023.6", "2023-06"), ("2023.6.1", "2023-06-01"), ("2023/6/1", "2023-06-01"), ("20230601", "2023-06-01"),
        ("202306", "2023-06"), ("2023", "2023"), ("2023年度", "2023"), ("二〇二三年六月一日", "2023-06-01"), ("2023-06-01T10:00:00", "2023-06-01"),
        ("2023-06-01 10:00:00", "2023-06-01"), ("45078", "2023-06-01"), ("45078.5", "2023-06-01"), (" 2023-06-01 ", "2023-06-01"),
        ("2023-02-30", None), ("2023年13月", None), ("99.5", None), ("13800138000", None), ("12345678", None), ("", None), ("无", None), ("10000", None),
    ],
)  # fmt: skip
def test_cells(cell: str, iso: str | None) -> None:
    assert parse_date(cell) == iso


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("公司于2023年6月启动活动", "2023-06"),
        ("2023年度工作：2023年6月1日起", "2023-06-01"),
        ("增长2023.6万元", None),
        ("GB/T 19001-2016", None),
        ("编号45078", None),
        ("6月1日召开会议", None),
    ],
)
def test_running_text(text: str, iso: str | None) -> None:
    assert find_date(text) == iso


@given(
    st.dates(date(1970, 1, 1), date(2099, 12, 31)),
    st.sampled_from(["{y}年{m}月{d}日", "{y}-{m}-{d}", "{y}/{m:02}/{d:02}", "{y}.{m}.{d}", "{y}{m:02}{d:02}"]),
)
def test_every_day_in_every_form(day: date, form: str) -> None:
    assert parse_date(form.format(y=day.year, m=day.month, d=day.day)) == day.isoformat()


@given(st.text(alphabet=st.sampled_from("0123456789年月日-/.〇一二 "), max_size=20) | st.text(max_size=30))
def test_whatever_comes_is_iso_or_nothing(text: str) -> None:
    for iso in (find_date(text), parse_date(text)):
        assert iso is None or re.fullmatch(r"\d{4}(-\d\d(-\d\d)?)?", iso)
