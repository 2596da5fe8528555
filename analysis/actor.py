"""Who acts, as the beginning of a text names it: an enterprise, or an authority, association, school or author."""

import re
from dataclasses import dataclass
from typing import Final

# The actor of news and of a case stands in its first words.
_BEGINNING: Final = 45
_OTHERS: Final = re.compile(
    "部门|监管|局|厅|委员会|省委|市委|县委|区委|政府|组织部|党校|海关|法院|检察院|街道|社区|军代室|军事代表|协会|学会|商会"
    "|联合会|研究会|认证中心|高校|大学|学院|院校|中学|小学|平台|网站|媒体|记者|文章|作者|论文|课程|标准规定"
)
_ENTERPRISES: Final = re.compile(
    "公司|集团|企业|厂|车间|班组|工区|作业区|项目部|银行|支行|分行|医院|矿|油田|电站|供电所|营业厅|酒店|宾馆|机场|港口"
    "|门店|超市|农场|研究所|设计院|分局|工务段|机务段|我司|本公司"
)


@dataclass(frozen=True, slots=True)
class Actor:
    """enterprise, other: whether one is named at the beginning; other_first: no enterprise stands before the other."""

    enterprise: bool
    other: bool
    other_first: bool


def actor_of(text: str) -> Actor:
    """What the first words name; nothing for a text that names nobody."""
    beginning = text[:_BEGINNING]
    other, enterprise = _OTHERS.search(beginning), _ENTERPRISES.search(beginning)
    first = other is not None and (enterprise is None or other.start() < enterprise.start())
    return Actor(enterprise is not None, other is not None, first)
