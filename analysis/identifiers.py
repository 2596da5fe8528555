"""Recognises the numbers of standards and official documents in every usual spelling."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from analysis.folding import fold_width

# Codes of the Chinese industry standards (行业标准代号); without /T or a year two letters prove nothing.
_INDUSTRY: Final = (
    "AQ BB CB CH CJ CY DA DB DL DZ EJ FZ GA GC GD GH GM GY HB HG HJ HS HY JB JC JG JR JT JY KA LB LD LS LY MH MR MT "
    "MZ NB NY QB QC QJ QX RB RF SB SC SF SH SJ SL SN SW SY TB TD TY WB WH WJ WM WS WW XB XF YB YC YD YS YY YZ ZY"
)
_DASH: Final = "[-‐‑‒–—―−－─]{1,2}"
_YEAR: Final = rf"\s?(?:{_DASH}|:)\s?(?P<year>(?:19|20)\d\d|[6-9]\d)(?![\d.])"
_NUMBER: Final = r"(?P<number>\d{1,6}(?:\.\d{1,3}){0,3})"
_TAIL: Final = rf"\s?{_NUMBER}(?:{_YEAR})?(?!\d)"

_STANDARD: Final = re.compile(
    rf"""(?<![A-Za-z0-9/])(?:
      (?P<gb>GB|GBJ|GBZ|GSB|JJF|JJG|CNAS|CNCA)(?P<gbkind>\s?/\s?[TZ]|T(?=\s?\d))?
    | (?P<local>DB\d{{2,4}})(?P<localkind>\s?/\s?[TZ])?
    | (?P<industry>{"|".join(_INDUSTRY.split())})(?P<industrykind>\s?/\s?[TZ])?
    | (?P<group>T\s?/\s?[A-Z]{{2,8}}(?:\s?/\s?[A-Z]{{1,8}})?)
    | (?P<enterprise>Q\s?/\s?[A-Z]{{2,10}})
    | (?P<world>ISO(?:\s?/\s?(?:IEC|TS|TR|PAS|DIS|FDIS|IWA|TC))?|IEC|IATF|OHSAS|SA|AS|EN|ASTM|IEEE)
    )(?:\s?{_DASH}(?=\s?\d{{3}}))?{_TAIL}""",
    re.VERBOSE | re.IGNORECASE,
)
# What a standard's number, and any number, cannot be without: most texts have neither.
_LETTER: Final = re.compile("[A-Z]", re.IGNORECASE)
_DIGIT: Final = re.compile(r"\d")
# "GB/T 20001.1、20001.2、.3": what follows a full number may leave out the code, or the code and the number.
_FURTHER: Final = re.compile(
    rf"\s?(?:[、/]|和|及|与|以及)\s?(?P<number>\d{{4,6}}(?:\.\d{{1,3}}){{0,2}}|\.\d{{1,3}})(?:{_YEAR})?(?![\d.]|\s?[%年月日个项次名人万元])"
)
_OFFICIAL: Final = re.compile(
    r"(?P<prefix>[\u4e00-\u9fff]{2,12})\s?[〔\[(（【［﹝](?P<year>(?:19|20)\d\d)[〕\])）】］﹞]\s?第?(?P<number>\d{1,5})\s?号"
)
# An issuing body or a lead-in word before the code belongs to the sentence, not to the number.
_LEAD_IN: Final = re.compile(
    r".*(?:人民政府|政府|(?<!国资)委员会|办公厅|办公室|总局|管理局|监管局|国务院|省委|市委|区委|县委|组织部(?=.{2})|宣传部(?=.{2})|有限公司|公司|集团"
    r"|根据|依据|按照|遵照|参照|对照|依照|印发|下发|转发|发布|关于|贯彻|落实|执行|学习|详见|参见|文件|通知|意见|办法|规定|以及|国资委(?!党)(?=.{2})|发改委(?=.{2})|发展改革委"
    r"|[的和与及据按照见即为以在由将把了并对从年月日号])(?=.{2})"
)


@dataclass(frozen=True, slots=True)
class Identifier:
    """A number as it stands at `start:end`.

    `base` is the canonical key without edition ("gb/t32230"), `edition` the year when one is given,
    `display` the canonical spelling ("GB/T 32230—2015"), `official` tells a document number
    (粤组通〔2018〕44号) from a standard's; its year is part of the key.
    """

    base: str
    edition: str | None
    display: str
    official: bool
    start: int
    end: int

    @property
    def keys(self) -> tuple[str, ...]:
        """The search tokens: the key, and the key with its edition when one is given."""
        return (self.base,) if self.edition is None else (self.base, f"{self.base}-{self.edition}")


def _squeeze(text: str | None) -> str:
    return re.sub(r"\s", "", text or "").upper()


def _code(match: re.Match[str]) -> str | None:
    """The canonical code ("GB/T", "T/CAQ", "ISO/IEC"); `None` when the letters prove nothing."""
    if match["gb"]:
        kind = _squeeze(match["gbkind"])
        return match["gb"].upper() + (kind if kind.startswith("/") or not kind else f"/{kind}")
    if match["local"]:
        return match["local"].upper() + _squeeze(match["localkind"])
    if match["industry"]:
        kind = _squeeze(match["industrykind"])
        return match["industry"].upper() + kind if kind or match["year"] else None
    if match["world"]:
        world = _squeeze(match["world"])
        # SA, AS and EN are words or abbreviations of other things unless a long number follows at once.
        doubtful = world in ("SA", "AS", "EN") and (
            len(match["number"]) < 4 or match.end("world") != match.start("number")
        )
        return None if doubtful else world
    return _squeeze(match["group"] or match["enterprise"])


def _full_year(year: str | None) -> str | None:
    return f"19{year}" if year and len(year) == 2 else year


def _standard(code: str, number: str, year: str | None, start: int, end: int) -> Identifier:
    edition = _full_year(year)
    dash = ":" if code.startswith(("ISO", "IEC", "IATF")) else "—"
    display = f"{code} {number}" + (f"{dash}{edition}" if edition else "")
    return Identifier(f"{code}{number}".lower(), edition, display, False, start, end)


def _standards(text: str) -> Iterator[Identifier]:
    position = 0
    while match := _STANDARD.search(text, position):
        position = match.end()
        code = _code(match)
        if code is None:
            continue
        yield _standard(code, match["number"], match["year"], match.start(), match.end())
        stem = match["number"].partition(".")[0]
        while further := _FURTHER.match(text, position):
            number = further["number"]
            number = stem + number if number.startswith(".") else number
            stem = number.partition(".")[0]
            yield _standard(code, number, further["year"], further.start("number"), further.end())
            position = further.end()


def _officials(text: str) -> Iterator[Identifier]:
    for match in _OFFICIAL.finditer(text):
        lead = _LEAD_IN.match(match["prefix"])
        start = match.start() + (lead.end() if lead else 0)
        prefix = text[start : match.end("prefix")]
        key = f"{prefix}〔{match['year']}〕{match['number']}号"
        yield Identifier(key, None, key, True, start, match.end())


def find_identifiers(text: str) -> list[Identifier]:
    """All numbers in order of place, in linear time; full-width spellings are the same as half-width ones."""
    folded = fold_width(text)
    if not _DIGIT.search(folded):
        return []
    standards = _standards(folded) if _LETTER.search(folded) else ()
    return sorted((*standards, *_officials(folded)), key=lambda item: item.start)
