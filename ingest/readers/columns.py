"""Which column of a case list is which, by its Chinese or English name."""

import re
from collections.abc import Iterable
from typing import Final
from unicodedata import normalize

from analysis.traditional import simplified


def _words(names: str) -> tuple[str, ...]:
    return tuple(names.split())


# canonical name → (Chinese label, names as they stand in headers, best first). Order = order in a case's text.
STORED: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "title": ("案例名称", _words("案例名称 案例标题 案例题目 标题 题目 做法名称 项目名称 成果名称 课题名称 名称 主题 title name case_title case_name subject")),
    "external_id": ("编号", _words("编号 案例编号 案例编码 做法编号 项目编号 申报编号 编码 记录编号 id external_id case_id case_no number no code 案例id")),
    "group": ("所属集团", _words("集团 所属集团 集团名称 集团公司 上级单位 上级公司 上级企业 主管单位 母公司 group parent parent_company holding")),
    "enterprise": ("申报单位", _words("申报单位 企业 企业名称 单位 单位名称 公司 公司名称 申报企业 所在单位 所属单位 所属企业 实施单位 责任单位 组织名称 enterprise company organization organisation enterprise_name company_name unit")),
    "party_organization": ("党组织", _words("党组织 党组织名称 党支部 所在党支部 所属党组织 党支部名称 支部 党委 党总支 所在党组织 party_organization party_organisation party_branch branch")),
    "team": ("班组", _words("班组 班组名称 所在班组 团队 小组 车间班组 班组/团队 team crew")),
    "industry": ("行业", _words("行业 所属行业 行业类别 行业分类 行业类型 所在行业 industry sector")),
    "ownership": ("企业性质", _words("性质 企业性质 单位性质 所有制 所有制性质 所有制类型 企业类型 经济类型 ownership ownership_type")),
    "region": ("地区", _words("地区 所在地区 所在地 地域 省份 城市 区域 region area province city location")),
    "date": ("日期", _words("日期 时间 实施时间 实施日期 开展时间 开展日期 活动时间 案例时间 发生时间 起止时间 年份 年度 填报日期 申报日期 date time year period")),
    "background": ("背景", _words("背景 起因 背景/起因 案例背景 背景情况 背景与起因 背景及起因 实施背景 工作背景 项目背景 问题与背景 background context cause")),
    "text": ("主要做法", _words("主要做法 做法 具体做法 内容 案例内容 做法内容 正文 案例正文 主要内容 具体内容 做法描述 案例描述 描述 主要措施 工作措施 具体措施 措施 实践 实践做法 创新做法 文本 全文 text content practice practices description body measures actions")),
    "outcome": ("工作成效", _words("工作成效 成效 主要成效 取得成效 取得的成效 实施成效 成果 成果成效 效果 实施效果 工作效果 工作成果 结果 outcome outcomes result results effect effects impact")),
    "lessons": ("经验启示", _words("经验启示 启示 经验 经验与启示 经验和启示 经验做法启示 体会 经验体会 经验总结 lessons lesson lessons_learned experience insights")),
    "awards": ("获奖情况", _words("获奖情况 获奖 奖项 荣誉 所获荣誉 获得荣誉 荣誉情况 表彰情况 awards award honors honours")),
    "evidence": ("佐证材料", _words("佐证材料 佐证 证明材料 支撑材料 证据 佐证资料 支撑资料 附件 evidence attachments supporting_materials")),
    "sample": ("样例", _words("样例 虚构样例 是否样例 是否为样例 sample is_sample")),
}  # fmt: skip
LABELS: Final[dict[str, str]] = {name: label for name, (label, _) in STORED.items()}

# A summary stands in for the text where there is no other, and is background where there is.
SUMMARY: Final = "summary"
# Recognised and never kept: people's contact details; row counters, which are no identity.
CONTACT: Final = "contact"
ORDINAL: Final = "ordinal"
# Several columns of these are joined; of the others the best name wins.
JOINED: Final = frozenset({"background", "text", "outcome", "lessons", "awards", "evidence"})

_UNSTORED: Final[dict[str, tuple[str, ...]]] = {
    SUMMARY: _words("摘要 案例摘要 简介 案例简介 内容摘要 内容简介 概述 案例概述 summary abstract"),
    ORDINAL: _words("序号 序 行号 顺序号 # seq index 项次"),
    CONTACT: _words(
        "联系人 联系方式 联系电话 电话 手机 手机号 手机号码 座机 固定电话 邮箱 电子邮箱 电子邮件 邮件 传真 微信 qq 身份证 身份证号 身份证号码 "
        "填报人 填表人 负责人 姓名 通讯地址 联系地址 地址 contact contact_person contacts phone telephone tel mobile email e-mail mail fax wechat address"
    ),
}
# Words that tell a column whose whole name is not known; the first that occurs decides.
_WORDS: Final = (
    (CONTACT, "联系 电话 手机 邮箱 邮件 传真 微信 身份证 负责人 填报人 填表人 姓名 phone mobile email telephone"),
    ("evidence", "佐证 证明材料 支撑材料 附件 evidence"),
    ("awards", "获奖 荣誉 奖项 award"),
    ("party_organization", "党组织 党支部 党总支"),
    ("ownership", "企业性质 单位性质 所有制 ownership"),
    ("industry", "行业 industry"),
    ("team", "班组"),
    ("text", "做法 措施 案例内容 正文"),
    ("outcome", "成效 效果 outcome"),
    ("lessons", "启示 体会 lessons"),
    ("background", "背景 起因 background"),
    ("title", "案例名 标题 题目 title"),
    ("external_id", "编号"),
    ("group", "上级单位 集团"),
    ("enterprise", "单位名称 企业名称 公司名称 申报单位 enterprise company"),
    ("date", "日期 时间 date"),
)  # fmt: skip
_NOTE: Final = re.compile(r"[(\[【〔<{].*?(?:[)\]】〕>}]|$)")
_LEAD: Final = re.compile(r"^(?:\d{1,2}|[一二三四五六七八九十]{1,3})[.、:]\s*")
_LONGEST: Final = 24


def _key(header: str) -> str:
    text = _NOTE.sub("", simplified(normalize("NFKC", header)).lower())
    text = _LEAD.sub("", text.strip())
    return re.sub(r"[\s*:\"'“”]+", "_" if text.isascii() else "", text.strip(" \t\r\n*.:\"'“”　"))


def _exact_names() -> dict[str, tuple[str, int]]:
    names = {**{canonical: aliases for canonical, (_, aliases) in STORED.items()}, **_UNSTORED}
    return {
        _key(alias) or alias: (canonical, rank)
        for canonical, aliases in names.items()
        for rank, alias in enumerate(aliases)
    }


_EXACT: Final = _exact_names()


def exact_column(header: str) -> str | None:
    """The canonical name of a column known by its whole name, or `None`."""
    found = _EXACT.get(_key(header)) or _EXACT.get(header.strip())
    return found[0] if found else None


def column(header: str) -> tuple[str, int] | None:
    """The canonical name that a header means and how well (0 = best), or `None` where it is not known."""
    key = _key(header)
    if found := _EXACT.get(key) or _EXACT.get(header.strip()):
        return found
    if not key or len(key) > _LONGEST or re.search(r"[:：]\s*\S", header):
        return None
    for part in re.split(r"[/、或]", key):
        if found := _EXACT.get(part):
            return found[0], 50
    for canonical, words in _WORDS:
        if any(word in key for word in words.split()):
            return canonical, 100
    return None


def accepted_text_names() -> str:
    """The names to suggest for the column of the text."""
    return "、".join(STORED["text"][1][:8]) + "、text、content"


def sort_columns(headers: Iterable[str]) -> tuple[dict[str, list[int]], list[int], list[int], list[int]]:
    """Positions by canonical name, and those of ignored, of contact and of surplus columns.

    A column that a better named one displaces is surplus; several texts are kept in their order.
    """
    found: dict[str, list[tuple[int, int]]] = {}
    ignored: list[int] = []
    for position, header in enumerate(headers):
        known = column(header)
        if known is None:
            if header.strip():
                ignored.append(position)
            continue
        found.setdefault(known[0], []).append((known[1], position))
    contact = [position for _, position in found.pop(CONTACT, [])]
    found.pop(ORDINAL, None)
    if summary := found.pop(SUMMARY, []):
        found.setdefault("background" if "text" in found else "text", []).extend(summary)
    kept: dict[str, list[int]] = {}
    surplus: list[int] = []
    for canonical, ranked in found.items():
        if canonical in JOINED:
            kept[canonical] = sorted(position for _, position in ranked)
        else:
            best = min(ranked)
            kept[canonical] = [best[1]]
            surplus += [position for rank, position in ranked if (rank, position) != best]
    return kept, ignored, contact, surplus
