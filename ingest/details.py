"""What a case says about itself: who, in which industry, when, whether it is a sample."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from analysis.dates import find_date, parse_date
from analysis.traditional import simplified
from ingest.organizations import Level, levels_of
from ingest.readers.columns import STORED

# The columns of a case list that may as well stand as lines at the head of a written case.
HEADER_NAMES: Final = frozenset(
    (
        "title",
        "external_id",
        "group",
        "enterprise",
        "party_organization",
        "team",
        "industry",
        "ownership",
        "region",
        "date",
        "awards",
        "sample",
    )
)
_SAMPLE_LABELS: Final = frozenset({"样例", "虚构样例", "是否样例", "sample"})
_NAMES: Final = {
    name.casefold(): canonical for canonical in HEADER_NAMES & STORED.keys() for name in STORED[canonical][1]
}
_NAMES.update(dict.fromkeys(_SAMPLE_LABELS, "sample"))
_LABEL: Final = re.compile(
    rf"(?<![A-Za-z])({'|'.join(re.escape(name) for name in sorted(_NAMES, key=len, reverse=True))})[】\]]?\s*[：:]\s*",
    re.IGNORECASE,
)
_LEAD: Final = re.compile(r"[\s\-*•#>|｜【\[]*")
_SEPARATORS: Final = " \t\n,，;；|｜【[\"'“”"
_LONGEST_VALUE: Final = 80
# “单位：万元” above a table names no enterprise.
_MEASURE: Final = re.compile(r"[万亿千百]?[元件人个吨次台套天时]|[%％‰]")

_YES: Final = frozenset(("是", "有", "真", "虚构", "虚构样例", "样例", "yes", "y", "true", "t", "1"))
SAMPLE_MARK: Final = "虚构样例"

_OWNERSHIP: Final = (
    ("国有企业", ("国企", "央企", "国有", "国资", "中央企业", "全民所有", "state-owned", "soe", "state owned")),
    ("民营企业", ("民企", "民营", "私营", "私企", "private")),
    ("外资企业", ("外资", "外商", "外企", "港澳台", "foreign")),
    ("合资企业", ("合资", "joint venture", "joint-venture")),
    ("集体企业", ("集体", "collective")),
    ("事业单位", ("事业", "public institution")),
    ("混合所有制企业", ("混合所有", "混改", "mixed")),
)


@dataclass(frozen=True, slots=True)
class Details:
    """Everything is optional; `date` is ISO, `ownership` one of the usual full names or as written."""

    levels: tuple[Level, ...] = ()
    title: str | None = None
    industry: str | None = None
    ownership: str | None = None
    region: str | None = None
    date: str | None = None
    awards: str | None = None
    external_id: str | None = None
    sample: bool | None = None


def details_of(fields: Mapping[str, str]) -> Details:
    """Details from canonical names → cell texts, as a row of a case list or a header holds them."""
    cell = {name: text.strip() for name, text in fields.items() if text and text.strip()}
    sample = cell.get("sample")
    return Details(
        levels=levels_of(cell),
        title=cell.get("title"),
        industry=simplified(cell["industry"]) if "industry" in cell else None,
        ownership=normal_ownership(cell["ownership"]) if "ownership" in cell else None,
        region=cell.get("region"),
        date=(parse_date(cell["date"]) or find_date(cell["date"])) if "date" in cell else None,
        awards=cell.get("awards"),
        external_id=cell.get("external_id"),
        sample=None if sample is None else is_yes(sample),
    )


def header_fields(text: str) -> tuple[tuple[str, str], ...]:
    """(canonical name, value) of each field in a text that is nothing else: 企业：某公司 行业：制造业.

    Fields may follow each other without a break between them. `()` for any other text.
    """
    labels = list(_LABEL.finditer(simplified(text)))
    if not labels or labels[0].start() != _LEAD.match(text).end():  # type: ignore[union-attr]
        return ()
    ends = [label.start() for label in labels[1:]] + [len(text)]
    fields = []
    for label, end in zip(labels, ends, strict=True):
        value = text[label.end() : end].strip(_SEPARATORS)
        if len(value) > _LONGEST_VALUE or _MEASURE.fullmatch(value):
            return ()
        if value:
            fields.append((_NAMES[label[1].casefold()], value))
    return tuple(fields)


def merged_header(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The first value of every name."""
    merged: dict[str, str] = {}
    for name, value in pairs:
        merged.setdefault(name, value)
    return merged


def normal_ownership(text: str) -> str:
    """国企, 国有, SOE … → 国有企业, likewise for the others; an unknown kind stays, in simplified characters."""
    text = simplified(text.strip())
    folded = text.casefold()
    if "混合" in folded or "混改" in folded:
        return "混合所有制企业"
    if "合资" in folded and "中外" in folded:
        return "合资企业"
    for name, words in _OWNERSHIP:
        if any(word in folded for word in words):
            return name
    return text


def is_yes(text: str) -> bool:
    return text.strip().casefold() in _YES
