"""The words that people see, in one place; a test reads every page against them."""

from typing import Final

UNOFFICIAL: Final = "非官方工具；要求要点依据编制说明整理。"
REQUIREMENT_POINTS: Final = "要求要点（依据编制说明整理，非标准原文）"
SITE_REQUIREMENT: Final = "要求（本单位本体补充）"
STANDARD_TITLE: Final = "党建引领企业质量文化建设规范"
NO_PRACTICE: Final = "未找到相关做法"
NONE_SEEN: Final = "暂未见佐证材料"
SAMPLE: Final = "虚构样例"
GAP: Final = "说明未载"
CONFIDENCE: Final = "把握程度"
EXPECTED_EVIDENCE: Final = "可参考的佐证"
CUES: Final = "常见说法（本系统整理）"
SITE_CUES: Final = "常见说法（本单位整理）"

STATUS: Final = {
    "proposed": "系统建议（待核）",
    "accepted": "已采信",
    "rejected": "不采信",
    "not-applicable": "不适用",
}
TURNED_DOWN: Final = "已核定为不构成佐证"
SUSPECT: Final = "存疑"
REWORDED: Final = "做法或要求要点的文字已变"
RELATION_DEGREE: Final = {"full": "充分佐证", "partial": "部分佐证", "none": "不构成佐证"}
CERTAINTY: Final = {"stated": "原文所载", "inferred": "本系统推断", "unknown": "说明未载", "unverified": "待核"}
COVERAGE: Final = {
    "covered": "已有佐证",
    "likely": "可能已有（待核）",
    "none-seen": NONE_SEEN,
    "not-applicable": "不适用",
}
PHASE: Final = {"plan": "策划（P）", "do": "实施（D）", "check": "检查（C）", "act": "处置（A）"}
ROLE_KIND: Final = {"actor": "行为主体", "audience": "面向", "beneficiary": "受益", "also": "另有"}
LABEL: Final = {
    "Document": "文件",
    "Clause": "条款",
    "Requirement": "要求要点",
    "Term": "术语",
    "Role": "角色",
    "Mechanism": "载体与方法",
    "Principle": "编制原则",
    "Formulation": "提法",
    "Organization": "单位",
    "Event": "编制过程",
    "Passage": "段落",
    "Practice": "做法",
    "Outcome": "成效数据",
    "Gap": GAP,
}
RELATION_TYPE: Final = {
    "PART_OF": "属于",
    "SETS": "提出要求要点",
    "DEFINES": "界定术语",
    "USES": "使用术语",
    "ASSIGNED_TO": "涉及角色",
    "EMPLOYS": "采用载体与方法",
    "CITES": "引用",
    "CORRESPONDS_TO": "对应",
    "BROADER": "上位概念",
    "PRECEDES": "先于",
    "CARRIED_OUT_BY": "实施单位",
    "EVIDENCED_BY": "出自",
    "HAS_OUTCOME": "成效",
    "EVIDENCES": "佐证条款",
    "SATISFIES": "佐证",
    "RELATED": "相关",
    "MISSES": GAP,
}
# The same relations as read from their target.
RELATION_TYPE_IN: Final = {
    "PART_OF": "包含",
    "SETS": "所属条款",
    "DEFINES": "界定它的文件与条款",
    "USES": "用到它的条款、要求要点与做法",
    "ASSIGNED_TO": "涉及它的要求要点与做法",
    "EMPLOYS": "采用它的条款、要求要点与做法",
    "CITES": "引用它的",
    "CORRESPONDS_TO": "与它对应的条款",
    "BROADER": "下位概念",
    "PRECEDES": "在它之前的",
    "CARRIED_OUT_BY": "它实施的做法",
    "EVIDENCED_BY": "出自这里的做法",
    "HAS_OUTCOME": "取得这一成效的做法",
    "EVIDENCES": "可佐证它的做法",
    "SATISFIES": "可佐证它的做法",
    "RELATED": "相关的",
    "MISSES": "缺少它的",
}
MEETING_BASIS: Final = {
    "statement": "与要求要点的用语相合",
    "label": "提到载体、角色或术语",
    "evidence": "与可参考的佐证相合",
    "cue": "企业常见的说法",
    "learned": "同类做法中常见的说法",
}
