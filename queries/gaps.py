"""Gaps: what the sources do not hold, returned as the answer to a question that asks for it."""

import re
from typing import Final

from analysis.folding import fold
from ontology.model import Gap, Ontology
from queries.answers import GapRecord
from queries.understanding import Understanding

# What a question about a gap of each kind sounds like; the kinds are those of the ontology's gaps.
_ASKS: Final = {
    "definition": re.compile(
        r"定义|含义|涵义|释义|何谓|何为|是指|指什么|指的是|什么是|什么意思|怎么理解|如何理解|是什么[?？。!]*$|defin|meaning|what (?:is|are|does)"
    ),
    "items": re.compile(
        r"有哪|哪[几些\d三]|几[项条点个]|三[项条点]|\d[项条点]|是什么|包括|包含|具体|内容|items|what (?:is|are)|which"
    ),
    "reference-list": re.compile(r"引用(?:了|的)?(?:哪|什么|文件|标准|清单)|引用文件|normative reference"),
    "number": re.compile(
        r"(?:标准|规范|文件)的?(?:编号|号码?(?![角称召令])|代号)|(?:standard|document) number|number of (?:the|this) (?:standard|specification)"
    ),
    "dates": re.compile(
        r"(?:什么时候|何时|哪[年天]|几时).{0,6}(?:发布|实施|施行|生效|出台)|(?:发布|实施|施行|生效)(?:日期|时间)|when .*(?:published|effective|in force)|date of (?:publication|implementation)"
    ),
    "chapter": re.compile(r"章|chapter"),
    "text": re.compile(r"原文|正文|全文|条文|full text|clause text"),
}
# A list of names is asked for next to what it is a list of: 标杆企业是哪几家, but not 标杆企业有哪些做法.
_NAMES: Final = "名单|名称|都?(?:是|有|包括)?(?:哪[些几]?[家个]?|谁)(?:单位|企业)?(?:[?？。!]|$)"
_ABOUT_STANDARD: Final = re.compile(
    r"(?:本|该|此|这[个份项部]?)(?:标准|规范|文件|团标)|^(?:标准|规范|团标)|党建引领|(?:the|this) (?:specification|standard)"
)
_QUOTES: Final = re.compile(r"[“”\"《》（）()]")


def gaps_asked_for(ontology: Ontology, understood: Understanding) -> tuple[GapRecord, ...]:
    """The gaps that the query asks about, in the ontology's order; a gap that a site has filled is none any more."""
    folded = fold(understood.query)
    return tuple(record(gap) for gap in ontology.gaps if asked(ontology, gap, folded, understood))


def record(gap: Gap) -> GapRecord:
    return GapRecord(
        id=gap.id, title=gap.zh, subject=gap.subject, what=gap.what, certainty=gap.certainty.value, sources=gap.sources
    )


def asked(ontology: Ontology, gap: Gap, folded: str, understood: Understanding) -> bool:
    """Whether the query (`folded`) asks for what the gap lacks or lacked: a gap that is filled is asked for alike."""
    if gap.what == "names":
        return _names_asked(gap, folded)
    asks = _ASKS.get(gap.what)
    if asks is None:  # a kind of gap that a site has thought of: asked for by its title
        return fold(_QUOTES.sub("", gap.zh)) in _QUOTES.sub("", folded)
    if not asks.search(folded):
        return False
    named = {mention.node for mention in understood.mentions} | understood.clauses.keys()
    match gap.what:
        case "definition":
            return gap.subject in named or all_definitions(folded)
        case "items":
            return gap.subject in named
        case "reference-list":
            return not _others(ontology, understood)
        case "chapter":
            return gap.subject in understood.chapters
        case _:
            others = _others(ontology, understood)
            return gap.subject in others or (
                gap.subject == ontology.standard.id and not others and about_standard(folded)
            )


def about_standard(folded: str) -> bool:
    """Whether a query speaks of the standard itself."""
    return bool(_ABOUT_STANDARD.search(folded))


def _others(ontology: Ontology, understood: Understanding) -> set[str | None]:
    return {citation.document for citation in understood.citations} - {ontology.standard.id}


def _names_asked(gap: Gap, folded: str) -> bool:
    heads = (re.split("的", gap.zh.removesuffix("名单"))[-1], *gap.alt)
    some = "|".join(re.escape(fold(head)) for head in heads if head)
    return bool(re.search(rf"(?:{some})的?(?:{_NAMES})|(?:哪[些几]?[家个]?|名单.?)(?:{some})(?:[?？。!]|$)", folded))


def all_definitions(folded: str) -> bool:
    """Whether the definitions as such are asked for: 五个术语的定义, "terms and definitions"."""
    return bool(re.search(r"(?:术语|概念|terms?)[^一-鿿]{0,3}(?:的|和|与|及|and )?(?:定义|释义|defin)", folded))
