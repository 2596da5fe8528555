"""The words of review on the faces, and the columns and answers of a review workbook as people write them."""

import unicodedata
from datetime import datetime
from typing import Final

from service import glossary

OUTCOME: Final = {
    "recorded": "已记录",
    "first": "已记为初核",
    "differs": "与初核不一致",
    "withdrawn": "已撤回",
    "unchanged": "无变化",
    "refused": "未记录",
    "conflict": "冲突，未记录",
}
STAGE: Final = {
    "differs": "分歧",
    "suspect": glossary.SUSPECT,
    "first": "已初核（待复核）",
    "proposed": glossary.STATUS["proposed"],
    "decided": "已有结论",
}
CHANGED: Final = {"practice": "做法的文字已变", "requirement": "要求要点的文字已变"}
VERDICT: Final = {"accepted": "采信", "rejected": "不采信", "not-applicable": "不适用", "proposed": "撤回"}
CORRECT: Final = "更正"
VIA: Final = {"api": "接口", "cli": "命令行", "xlsx": "核定表", "file": "文件", "sssom": "SSSOM 文件"}

# Column → its heading in the workbook, and what else people call it.
HEADINGS: Final = {
    "practice": ("做法标识", "practice"),
    "requirement": ("要求要点标识", "requirement"),
    "mark": ("校验码", "mark"),
    "verdict": ("结论", "status", "核定结论"),
    "relation": ("佐证程度", "relation"),
    "corrected_to": ("更正为", "corrected_to", "corrected to"),
    "comment": ("理由", "comment", "备注", "说明"),
    "reviewer": ("核定人", "reviewer", "审核人"),
    "text": ("做法原文",),
    "statement": ("要求要点",),
}
# What is written as an answer → the status it means.
_VERDICTS: Final = {
    **{status: status for status in VERDICT},
    **{word: status for status, word in VERDICT.items()},
    **{label: status for status, label in glossary.STATUS.items() if status != "proposed"},
    CORRECT: CORRECT,
    "correct": CORRECT,
    "已更正": CORRECT,
    # Signs and words that people write by habit; one that could mean anything else is left out.
    **dict.fromkeys(("√", "✓", "✔", "同意", "通过"), "accepted"),
    **dict.fromkeys(("×", "✗", "✘", "不同意", "不通过"), "rejected"),
}
_RELATIONS: Final = {
    **{relation: relation for relation in glossary.RELATION_DEGREE},
    **{label: relation for relation, label in glossary.RELATION_DEGREE.items()},
    "充分": "full",
    "部分": "partial",
    "不构成": "none",
}


def moment(at: str | None) -> str:
    """A recorded time as the clock on the wall has it."""
    try:
        return f"{datetime.fromisoformat(at or '').astimezone():%Y-%m-%d %H:%M}"
    except ValueError:
        return at or ""


def plain(text: str) -> str:
    """As written, whatever the widths, blanks and case."""
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


def verdict_of(written: str) -> str | None:
    """The status (or `CORRECT`) that is meant."""
    return _VERDICTS.get(plain(written))


def relation_of(written: str) -> str | None:
    return _RELATIONS.get(plain(written))


def column_of(heading: str) -> str | None:
    """Which column a heading names; what stands in brackets behind it, and marks such as *, do not count."""
    name = plain(heading).strip("*:：")
    name = name.partition("(")[0] or name
    return next((column for column, names in HEADINGS.items() if name in map(plain, names)), None)
