"""What all formats say alike: notes on what this is, places of evidence, and cells that no spreadsheet runs."""

import re
from collections.abc import Sequence
from typing import Final

from queries.answers import ClauseRecord, Evidence, OrganizationRef, RequirementLink
from queries.practices import Card
from service import glossary
from service.exchange.selection import Material

BASIS: Final = (
    "非官方工具。要求要点依据编制说明整理，非标准原文；章条编号、阶段与可参考的佐证为本系统推断。"
    "“系统建议（待核）”未经人核定，不作为事实。"
)
SAMPLE: Final = "含虚构样例：其中的单位、人物和数据均为虚构。"
NONE_ACCEPTED: Final = "暂无已采信的佐证材料"
INFERRED: Final = glossary.CERTAINTY["inferred"]
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def basis(material: Material) -> str:
    """The note that every file carries, with the mark of samples where there are any."""
    return BASIS + (SAMPLE if material.sample else "")


def none_seen(material: Material) -> str:
    """That nothing is evidence for a point; with `accepted_only`, that nothing accepted is."""
    return NONE_ACCEPTED if material.options.accepted_only else glossary.NONE_SEEN


def inert(cell: object) -> object:
    """A text that a spreadsheet would run as a formula, made plain text (OWASP, CSV injection)."""
    if not isinstance(cell, str):
        return cell
    text = _CONTROLS.sub("", cell)
    # An apostrophe that stood there before is doubled, so that `lively` gives back exactly what was written.
    return "'" + text if text.lstrip(" '").startswith(_FORMULA) else text


def printable(text: str) -> str:
    """Without the control characters that XML cannot hold."""
    return _CONTROLS.sub("", text)


def lively(cell: str) -> str:
    """What `inert` was given."""
    return cell[1:] if cell.startswith("'") and cell[1:].lstrip(" '").startswith(_FORMULA) else cell


def one_line(text: str) -> str:
    """On one line, without control characters."""
    return " ".join(_CONTROLS.sub("", text).split())


def unit(organization: OrganizationRef | None) -> str:
    """An organisation with the levels above it."""
    return "/".join(organization.path or (organization.name,)) if organization else ""


def place(evidence: Evidence) -> str:
    """Where in its document a quote stands: page, slide or row where there is one, else the characters."""
    parts = []
    if evidence.page is not None:
        parts.append(f"第 {evidence.page} 页")
    if evidence.slide is not None:
        parts.append(f"第 {evidence.slide} 张")
    if evidence.sheet is not None:
        parts.append(f"工作表“{evidence.sheet}”")
    if evidence.row is not None:
        parts.append(f"第 {evidence.row} 行")
    if not parts:
        if evidence.heading:
            parts.append(f"“{evidence.heading}”")
        parts.append(f"第 {evidence.start + 1}–{evidence.end} 字")
    return "，".join(parts)


def quoted(card: Card, link: RequirementLink) -> Evidence | None:
    """The sentence that meets the requirement best, else the practice's first passage."""
    return link.evidence or (card.evidence[0] if card.evidence else None)


def number(clause: ClauseRecord) -> str:
    """A clause's number as it may be shown: inferred ones are marked."""
    if not clause.number:
        return ""
    return clause.number if clause.number_certainty == "stated" else f"{clause.number}（{INFERRED}）"


def unknown_items(clause: ClauseRecord) -> str | None:
    """说明未载: that a clause is said to have more items than are known, in words."""
    if clause.declared_items is None or clause.known_items >= clause.declared_items:
        return None
    left = clause.declared_items - clause.known_items
    return (
        f"说明称本条有 {clause.declared_items} 项内容，只载明 {clause.known_items} 项；"
        f"其余 {left} 项{glossary.GAP}，取得标准文本后由本单位补充"
    )


def shortened(text: str, most: int) -> str:
    """At most `most` characters; what is cut is said."""
    return text if len(text) <= most else text[: most - 8].rstrip() + "……（有删节）"


def joined(parts: Sequence[str]) -> str:
    return "\n".join(part for part in parts if part)
