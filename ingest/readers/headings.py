"""Headings and list items recognised by how Chinese documents number and name them, where no style tells."""

import re
from typing import Final

_HAN: Final = "〇零一二三四五六七八九十百"
_LONGEST: Final = 40
_LONGEST_NUMBERED: Final = 25

# pattern of a heading → its level; each must fill a whole short line that does not end like a sentence.
_NUMBERED: Final = (
    (re.compile(rf"第[{_HAN}\d]{{1,5}}[章编篇]|第[{_HAN}\d]{{1,5}}部分"), 1),
    (re.compile(rf"第[{_HAN}\d]{{1,5}}节"), 2),
    (re.compile(rf"[{_HAN}]{{1,4}}[、.．]"), 1),
    (re.compile(rf"[（(][{_HAN}]{{1,4}}[）)]"), 2),
)
_DECIMAL: Final = re.compile(r"(\d{1,2}(?:[.．]\d{1,2}){1,5})[.．]?[ \t　]+\D")
_ARABIC: Final = re.compile(r"\d{1,2}(?:[、．]|\.(?!\d))[ \t　]*\S")
_BRACKETED: Final = re.compile(r"【[^【】]{1,20}】[:：]?|〖[^〖〗]{1,20}〗")
_SECTION: Final = re.compile(
    r"(?:案例|项目|企业|工作|实施|活动)?(?:背景(?:介绍|情况|与起因|及起因)?|起因|简介|概况|概述|基本情况|摘要|"
    r"(?:主要|具体|创新|经验)?做法(?:与?措施|及措施|和经验|与经验|及经验|和成效|与成效|及成效)?|主要措施|工作措施|实施过程|"
    r"(?:主要|工作|实施|取得的?)?(?:成效|效果|成果)|经验(?:与|和|及)?启示|工作?启示|经验总结|(?:几点)?体会|"
    r"获奖情况|所获荣誉|佐证材料|下一步(?:打算|计划|工作))[:：]?"
)
_SENTENCE_ENDS: Final = "。；，！？;,!?…、"
_ITEM: Final = re.compile(
    rf"(?:\d{{1,3}}[、．)）]|\d{{1,3}}\.(?!\d)|[（(]\d{{1,3}}[）)]|[（(][{_HAN}]{{1,4}}[）)]|[{_HAN}]{{1,4}}、|[①-⑳⑴-⒇]|"
    rf"[a-z][)）]|[•●·◆■▪◦○□➢√※–—*-][ \t　]?(?=[^\W\d_]|[“《【「]))"
)


def heading_level(line: str) -> int | None:
    """The level (from 1) that a line on its own has as a heading, or `None`."""
    line = line.strip()
    if not line or len(line) > _LONGEST or line[-1] in _SENTENCE_ENDS or "\n" in line:
        return None
    for pattern, level in _NUMBERED:
        if pattern.match(line):
            return level
    if decimal := _DECIMAL.match(line):
        return decimal[1].count(".") + decimal[1].count("．") + 1
    if _BRACKETED.fullmatch(line) or _SECTION.fullmatch(line):
        return 1
    if _ARABIC.match(line) and len(line) <= _LONGEST_NUMBERED and not any(end in line[3:] for end in "。；，：:"):
        return 3
    return None


def is_item(line: str) -> bool:
    """Whether a line begins as an item of a list."""
    return _ITEM.match(line.strip()) is not None


def is_title(line: str) -> bool:
    """Whether the first line of a text can be its title."""
    line = line.strip()
    return (
        0 < len(line) <= 60
        and line[-1] not in f"{_SENTENCE_ENDS}：:"
        and heading_level(line) is None
        and not is_item(line)
    )
