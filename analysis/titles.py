"""Finds 《titles》, nested ones included, and tells documents from other works and papers."""

import re
from dataclasses import dataclass
from typing import Final

_MARKS: Final = re.compile("[《》\n\r\u2028\u2029]")
_LONGEST: Final = 150
_CLOSING_BRACKET: Final = re.compile(r"[（(〔\[【][^（）()〔〕\[\]【】]*[）)〕\]】]\s*$")
_SOFT: Final = re.compile(r"[\s\W_]+")
# The last word of a title says what the thing is. Newspapers, songs, forms, contracts and certificates are none.
_DOCUMENT: Final = re.compile(
    "(?:法|法典|宪法|章程|党章|准则|条例|规定|办法|规则|细则|规范|标准|规程|指南|导则|指引|守则|公约|宪章|纲要|规划|计划|方案|意见|决定|决议|命令|令"
    "|通知|通报|通告|公告|公报|批复|复函|函|议案|纪要|报告|白皮书|蓝皮书|制度|机制|手册|大纲|要求|要点|要则|措施|若干问题|若干措施|问答|目录|清单|程序|流程|预案"
    "|体系文件|体系|宣言|倡议|倡议书|说明|解释|框架|路线图|协定|条约|总则|通则|导论|准绳|战略|提纲|十条|[一二三四五六七八九十百]+条)$"
)
_PAPER: Final = re.compile(
    "(?:许可证|合格证|证书|证明|执照|资格证|工作证|登记表|申请表|审批表|记录表|评分表|考核表|报告单|通知单|责任书|责任状|承诺书|协议书|合同|台账|日报|周刊|月刊)$"
)


@dataclass(frozen=True, slots=True)
class Title:
    """《…》 at `start:end`; `name` is what stands inside, `document` whether it names a document."""

    start: int
    end: int
    name: str
    document: bool


def title_key(name: str) -> str:
    """What two spellings of one title share: no spaces, punctuation, closing （试行） or edition."""
    return _SOFT.sub("", _CLOSING_BRACKET.sub("", name.strip())).casefold()


def names_document(name: str) -> bool:
    """Whether a title's last word is one of rules, plans, standards, letters and the like."""
    core = name.strip()
    while (shorter := _CLOSING_BRACKET.sub("", core).strip()) != core and shorter:
        core = shorter
    core = core.rstrip("》〉")
    return bool(_DOCUMENT.search(core)) and not _PAPER.search(core)


def find_titles(text: str) -> list[Title]:
    """The outermost complete 《…》 of each line, in order; a stray 《 takes nothing with it."""
    found: list[Title] = []
    opened: list[int] = []
    for mark in _MARKS.finditer(text):
        at = mark.start()
        if mark[0] == "《":
            opened.append(at)
        elif mark[0] != "》":
            opened.clear()
        elif opened:
            start = opened.pop()
            if not 1 < at - start <= _LONGEST:
                continue
            while found and found[-1].start > start:
                found.pop()  # it was nested in this one
            name = text[start + 1 : at]
            found.append(Title(start, at + 1, name, names_document(name)))
    return found
