"""Reads enterprises' names: which level a name stands at, and which levels a long name runs through."""

import re
from typing import Final

from analysis.folding import fold_width

_ORDINAL: Final = r"[第一二三四五六七八九十百\d]{1,5}"
_TEAM: Final = re.compile(
    r"(?:班组|工班|[甲乙丙丁白夜中早晚]班|(?:\d{1,2}|[一二三四五六七八九十]{1,3})班|(?:运行|检修|维修|维护|生产|操作|质检|化验|装配|焊接|机修|电气|仪表|调度|乘务|值)[一二三四五六七八九十\d]{0,2}班|QC小组|[^党团]{2}小组|作业组|机组)$"
)
_PARTY_BRANCH: Final = re.compile(r"(?:党支部|党总支|支部|党小组)(?:委员会)?$")
_GROUP: Final = re.compile(
    r"(?:集团|[（(]集团[)）])(?:股份|控股|有限|总)*(?:有限)?(?:责任)?(?:公司)?$|总公司$|控股(?:股份)?有限(?:责任)?公司$"
)
_UNIT: Final = re.compile(
    r"(?:公司|厂|矿|局|院|所|站|段|队|车间|作业区|作业部|工区|事业部|分部|项目部|项目经理部|指挥部|部|处|科|室|中心|基地|医院|银行|支行|分行|营业部|机场|港|学校|大学|研究院|商场|酒店|宾馆|农场|林场|油田|电厂|电站|党委|党组|委员会|联合社|合作社|协会|促进会)$"
)
# Where one level's name ends within a longer one, and the next begins.
_BOUNDARY: Final = re.compile(
    r"(?:集团(?:股份|控股)?+(?:有限)?+(?:责任)?+(?:总?公司)?+|(?:股份|控股)?有限(?:责任)?公司|[总分子]公司|公司"
    r"|(?:炼[钢铁油焦]|轧钢|烧结|焦化|热电|发电|电|化工|机械|水泥|卷烟|制药|修理|分|总)厂|(?<=[\u4e00-\u9fff]{2})厂(?!长)|煤矿|铁矿"
    r"|车间|作业区|工区|事业部|项目(?:经理)?部|供电局|供电所|分行|支行|研究院|设计院|党总支|(?<!总)支部|班组)"
    r"(?=[\u4e00-\u9fffA-Za-z0-9#])"
)
# What a boundary must not cut off: the organisation's own bodies, and words that are no names.
_GLUED: Final = re.compile(
    r"^(?:(?:党委|党组|党工委|工会|团委|纪委|委员会)$|[的和与及、各全制级史]|章程|经理|领导|员工|职工|党员$)"
)
_SEPARATOR: Final = re.compile(r"\s*[/>|→»\\]\s*|\s+[-—–]+\s+|\s+")
_LONGEST_NAME: Final = 120

_ENTERPRISE: Final = re.compile(
    r"[\u4e00-\u9fffA-Za-z0-9·（）()]{2,30}?(?:集团(?:股份|控股)?(?:有限)?(?:责任)?(?:总?公司)?|(?:股份|控股)?有限(?:责任)?公司|公司"
    r"|(?<!工)厂(?!家|商|长|区|房)|煤矿|铁矿|铜矿|金矿|研究院|研究所|设计院|医院|银行|支行|分行|(?:供电|电业|铁路|工程|矿务|邮政|港务|航道|电力|勘察|地质|烟草专卖|第[一二三四五六七八九十]+)局|供电所|项目部)"
)
_PIECE: Final = re.compile(r"[^，,：:；;。！？!?“”《》、\s—…|/]+")
_WHEN: Final = re.compile(
    r"^(?:(?:近日|日前|今年|去年|近年来?|当前|目前|\d{4}年(?:\d{1,2}月(?:\d{1,2}日)?)?|\d{1,2}月(?:\d{1,2}日)?)(?:以来|起)?)+"
)
_BRANCH: Final = re.compile(
    r"第[一二三四五六七八九十]+[\u4e00-\u9fff]{0,6}?(?:有限(?:责任)?)?公司|[\u4e00-\u9fff]{2,6}?(?:分公司|支行|分行)"
)
# No name begins like this: it points at, counts or hides an enterprise instead of naming it.
_NAMELESS: Final = re.compile(
    r"^(?:某(?!某)|[该本我贵各这那其全两几多]|一[家个]|所属|下属|集团|公司|有限|股份|企业|国有|民营|中央企业|\d+[家个])"
)
# Words that only a sentence has: the match ran over more than a name.
_SENTENCE: Final = re.compile(
    r"[的了在把将被让使对从以为和与及是]|党建|党委|党员|党组|支部|开展|推行|推进|加强|坚持|打造|引领|推动|探索|落实|实施|建立|提升|如何|组织|走访|参加|联合|组成|获得|荣获|召开|举办|学习|来自|围绕|深入"
)

LEVELS: Final = ("集团", "单位", "党支部", "班组")


def level_of(name: str) -> str | None:
    """集团, 单位, 党支部 or 班组 by the last words of a name; `None` when they tell nothing."""
    plain = re.sub(r"[（(][^（()）]{0,20}[)）]$", "", fold_width(name).strip())
    if len(plain) < 2:
        return None
    if _PARTY_BRANCH.search(plain):
        return "党支部"
    if _TEAM.search(plain):
        return "班组"
    if _GROUP.search(plain):
        return "集团"
    return "单位" if _UNIT.search(plain) else None


def _pieces(plain: str) -> list[str]:
    """A closed-up name, cut after every level's ending."""
    pieces: list[str] = []
    start = 0
    for boundary in _BOUNDARY.finditer(plain):
        if boundary.end() - start >= 2 and not _GLUED.match(plain[boundary.end() :]):
            pieces.append(plain[start : boundary.end()])
            start = boundary.end()
    return [*pieces, plain[start:]]


def _descends(levels: list[str | None]) -> bool:
    """Whether the levels are all known and none stands above the one before it."""
    ranks = [LEVELS.index(level) for level in levels if level]
    return len(ranks) == len(levels) and ranks == sorted(ranks)


def split_levels(name: str) -> tuple[str, ...]:
    """The levels that an organisation's full name runs through, from the top.

    Each level is its own part of the name, so that the path of parts identifies it:
    "某某集团有限公司炼钢厂第二党支部甲班" → ("某某集团有限公司", "炼钢厂", "第二党支部", "甲班"). Parts may
    also be set apart by / > → or spaces. Unless every part is a known level and they descend, the name is
    one level. `()` for an empty name; white space around and within is dropped.
    """
    folded = fold_width(name).strip()
    if not folded:
        return ()
    if len(folded) > _LONGEST_NAME:
        return (name.strip(),)
    parts = [part for part in _SEPARATOR.split(folded) if part]
    pieces = [piece for part in parts for piece in _pieces(part)]
    if len(pieces) > 1 and _descends([level_of(piece) for piece in pieces]):
        return tuple(pieces)
    return (name.strip(),)


def find_organization(text: str) -> str | None:
    """The enterprise that a title or first sentence speaks of, `None` unless a name opens one of its parts.

    Anonymous references (某钢铁公司, 该厂, 一家企业) are no names: two texts that use one need not mean
    the same enterprise. Only the first 120 characters are read.
    """
    head = fold_width(text.lstrip()[:_LONGEST_NAME]).partition("\n")[0]
    for piece in _PIECE.finditer(head):
        opening = _WHEN.sub("", piece[0])
        match = _ENTERPRISE.match(opening)
        if match and not _NAMELESS.match(match[0]) and not _SENTENCE.search(match[0]):
            branch = _BRANCH.match(opening, match.end())
            longer = branch and not _SENTENCE.search(branch[0])
            return opening[: branch.end()] if branch and longer else match[0]
    return None
