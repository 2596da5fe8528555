"""How a written case is divided: ordinals (一、 （一） 1. 一是) and the usual headings (背景, 做法, 成效, 启示)."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_HAN = "一二三四五六七八九十"
# Ordinals from the outermost kind to the innermost; the rank is the place in this list.
_ORDINALS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?:第[{_HAN}\d]+[章节部分篇]+\s*|案例[{_HAN}\d]+[：:、.\s]*)",
        rf"[{_HAN}]{{1,3}}\s*[、.．]\s*",
        rf"[（(][{_HAN}]{{1,3}}[）)]\s*[、.．]?\s*",
        r"\d{1,2}(?:\s*[、．]|\.(?!\d))\s*",
        r"(?:[（(]\d{1,2}[）)]|[①-⑳]|\d{1,2}[）)])\s*[、.．]?\s*",
        rf"(?:[{_HAN}]{{1,2}}是(?![指否])|第[{_HAN}]{{1,2}}[，,、：:]|首先[，,]|其次[，,]|再次[，,]|最后[，,])\s*[：:，,]?\s*",
    )
)
INNERMOST: Final = len(_ORDINALS) - 1
# An item of the innermost kind inside running text: at the start, or after the end of a clause.
INLINE_ITEM: Final = re.compile(rf"(?:(?<=^)|(?<=[。；;！!：:\n]))\s*(?=[{_HAN}]{{1,2}}是(?![指否]))")


class Section(StrEnum):
    """What a part of a case is about."""

    BACKGROUND = "background"
    PRACTICE = "practice"
    OUTCOME = "outcome"
    EXPERIENCE = "experience"
    PROFILE = "profile"


@dataclass(frozen=True, slots=True)
class Ordinal:
    """The ordinal that begins a line: its rank (0 outermost) and its length in characters."""

    rank: int
    length: int


def ordinal(line: str) -> Ordinal | None:
    """The ordinal at the start of a line, or `None`."""
    for rank, pattern in enumerate(_ORDINALS):
        match = pattern.match(line)
        if match is not None and match.end() < len(line):
            return Ordinal(rank, match.end())
    return None


def label_rank(label: str) -> int | None:
    """The rank of an automatic list label such as `（一）` or `1.`; `None` for bullets and none."""
    found = ordinal(label.strip() + " x")
    return found.rank if found else None


_MODIFIERS: Final = (
    "主要|具体|工作|创新|特色|典型|经验|实践|重点|核心|基本|有关|相关|案例|项目|活动|实施|党建|质量|情况|取得的?|取得了|所取得的?|"
    "我们的|公司|企业|单位|集团|总体|初步|显著|实际|应用|推广|阶段性|下一步|及其|其|的|与|和|及|、|以及|开展"
)
_CORES: Final = (
    (
        Section.PRACTICE,
        "做法|作法|措施|举措|实践探索|实践过程|实施过程|实施路径|实施步骤|实施内容|组织实施|工作内容|主要内容|探索实践|经验做法|路径|"
        "工作开展情况|开展情况|主要工作|实践内容|实践做法|解决方案|实施方案",
    ),
    (Section.OUTCOME, "成效|效果|成果|成绩|收效|收获|变化|绩效|效益|成效评价|效果评价"),
    (
        Section.BACKGROUND,
        "背景|起因|动因|缘由|缘起|由来|初衷|问题的提出|问题提出|存在的?问题|面临的?问题|面临的?形势|现状|痛点|难点|引言|前言|摘要|背景介绍",
    ),
    (
        Section.EXPERIENCE,
        "启示|体会|思考|心得|经验总结|经验|感悟|展望|打算|计划|下步|今后|推广价值|推广意义|推广性|可复制性|示范意义|结语|结束语|存在不足|不足|价值|意义",
    ),
    (
        Section.PROFILE,
        "企业简介|单位简介|公司简介|企业概况|单位概况|公司概况|企业介绍|公司介绍|单位介绍|简介|概况|基本情况|基本信息",
    ),
)
_TITLE: Final = re.compile(
    f"(?:{_MODIFIERS})*(?:{'|'.join(f'(?P<{section}>{words})' for section, words in _CORES)})"
    f"(?:(?:{_MODIFIERS})*(?:{'|'.join(words for _, words in _CORES)}))*(?:{_MODIFIERS})*"
)
_LONGEST_TITLE: Final = 18
_LABEL: Final = re.compile(
    r"[【\[]?([\u4e00-\u9fff、]{2,14})[】\]]?\s*[：:]\s*(?=\S)|[【\[]([\u4e00-\u9fff、]{2,14})[】\]]\s*(?=\S)"
)


def section_of(title: str) -> Section | None:
    """Which section a heading opens (`二、主要做法`, `（三）取得成效`, `【背景】`); `None` for any other line.

    Only the usual words and their modifiers make such a heading, so that 强化质量措施 opens none.
    Where a heading names two (做法与成效) the first decides.
    """
    text = title.strip().strip("【】[]#*").strip()
    number = ordinal(text)
    if number is not None:
        text = text[number.length :]
    text = re.sub(r"[\s：:。]+$", "", re.sub(r"\s", "", text))
    if not text or len(text) > _LONGEST_TITLE:
        return None
    match = _TITLE.fullmatch(text)
    if match is None:
        return None
    return next(section for section, _ in _CORES if match[section.value] is not None)


def inline_label(text: str) -> tuple[Section, int] | None:
    """The section that a label opens within its own paragraph (`主要做法：…`), and where its content begins."""
    number = ordinal(text)
    start = number.length if number else 0
    match = _LABEL.match(text, start)
    if match is None:
        return None
    section = section_of(match[1] or match[2])
    return (section, match.end()) if section else None
