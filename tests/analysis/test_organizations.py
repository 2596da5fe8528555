"""Levels of organisations and the enterprise a text speaks of; when unsure, one level and no name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.organizations import LEVELS, find_organization, level_of, split_levels


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("某某集团有限公司炼钢厂第二党支部甲班", ("某某集团有限公司", "炼钢厂", "第二党支部", "甲班")),
        ("深圳能源集团股份有限公司", ("深圳能源集团股份有限公司",)),
        ("海天化工有限公司合成车间一班", ("海天化工有限公司", "合成车间", "一班")),
        ("南方钢铁集团 / 炼钢厂 / 甲班", ("南方钢铁集团", "炼钢厂", "甲班")),
        ("青江集团第二工程有限公司", ("青江集团", "第二工程有限公司")),
        ("明珠集团有限公司质量部", ("明珠集团有限公司", "质量部")),
        ("华润（集团）有限公司", ("华润（集团）有限公司",)),
        ("明珠有限公司党委", ("明珠有限公司党委",)),
        ("江城供电局", ("江城供电局",)),
        ("东风 汽车", ("东风 汽车",)),
        ("张三", ("张三",)),
        ("", ()),
    ],
)
def test_levels(name: str, parts: tuple[str, ...]) -> None:
    assert split_levels(name) == parts


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("南方钢铁集团", "集团"), ("深圳能源集团股份有限公司", "集团"), ("华润（集团）有限公司", "集团"), ("海天化工有限公司", "单位"), ("炼钢厂", "单位"),
        ("江城供电局", "单位"), ("质量部", "单位"), ("第二党支部", "党支部"), ("机关党总支", "党支部"), ("甲班", "班组"), ("检修三班", "班组"),
        ("焊接班组", "班组"), ("“领航”QC小组", "班组"), ("张三", None), ("", None), ("党", None),
    ],
)  # fmt: skip
def test_level(name: str, level: str | None) -> None:
    assert level_of(name) == level


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("海天化工有限公司党委推行质量责任区", "海天化工有限公司"),
        ("党建引领质量提升——海天化工有限公司的实践", "海天化工有限公司"),
        ("近日，江城供电局组织开展培训", "江城供电局"),
        ("2023年6月，青山机械厂召开会议", "青山机械厂"),
        ("青江集团第二工程有限公司召开会议", "青江集团第二工程有限公司"),
        ("某钢铁公司按标准审核", None),
        ("该厂推行责任区", None),
        ("一家民营企业走访了海天化工有限公司", None),
        ("以党建为引领的青山机械厂", None),
        ("如何开展质量党建责任区", None),
        ("国家市场监督管理总局发布公告", None),
        ("全公司上下行动起来", None),
        ("", None),
    ],
)
def test_the_enterprise_a_text_speaks_of(text: str, name: str | None) -> None:
    assert find_organization(text) == name


@given(
    st.text(alphabet=st.sampled_from("某海天集团股份有限公司炼钢厂第二党支部甲班委 /（）的"), max_size=30)
    | st.text(max_size=150)
)
def test_no_character_of_a_name_is_lost_or_made_up(name: str) -> None:
    parts = split_levels(name)
    assert all(part.strip() for part in parts)
    if len(parts) > 1:
        assert all(level_of(part) in LEVELS for part in parts)
        assert sorted(parts, key=lambda part: LEVELS.index(level_of(part) or "集团")) == list(parts)
