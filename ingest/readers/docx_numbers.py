"""The automatic numbers of a Word document, counted as Word counts them (ECMA-376 part 1, 17.9)."""

import re
from dataclasses import dataclass, replace
from typing import Any, Final

W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_DIGITS: Final = "〇一二三四五六七八九"
_FORMAL: Final = "零壹贰叁肆伍陆柒捌玖"


def value_of(element: Any, child: str) -> str | None:
    """`w:val` of a child element, or `None`."""
    found = None if element is None else element.find(f"{W}{child}")
    return None if found is None else found.get(f"{W}val")


def int_of(element: Any, child: str) -> int | None:
    """`w:val` of a child element as a whole number, or `None` where there is none of sensible size."""
    return _whole(value_of(element, child))


def _whole(value: str | None) -> int | None:
    return int(value) if value is not None and re.fullmatch(r"-?\d{1,9}", value, re.ASCII) else None


@dataclass(frozen=True, slots=True)
class _Level:
    form: str = "decimal"
    text: str = ""
    start: int = 1
    restart: int | None = None  # 0 = never; n = after a paragraph of level n (from 1)
    legal: bool = False
    style: str | None = None


@dataclass(frozen=True, slots=True)
class _List:
    abstract: str
    levels: dict[int, _Level]
    restarted: dict[int, int]


class Numbering:
    """Counts numbered paragraphs in document order. `root` = numbering.xml, or `None`."""

    def __init__(self, root: Any) -> None:
        self._lists: dict[str, _List] = {}
        self._counters: dict[str, dict[int, int]] = {}
        self._begun: set[tuple[str, int]] = set()
        if root is None:
            return
        abstracts = {element.get(f"{W}abstractNumId", ""): element for element in root.findall(f"{W}abstractNum")}
        named = {style: key for key, element in abstracts.items() if (style := value_of(element, "styleLink"))}
        for element in root.findall(f"{W}num"):
            key = value_of(element, "abstractNumId") or ""
            linked = value_of(abstracts.get(key), "numStyleLink")
            key = named.get(linked or "", key)
            levels = _levels(abstracts.get(key))
            restarted: dict[int, int] = {}
            for override in element.findall(f"{W}lvlOverride"):
                at = _whole(override.get(f"{W}ilvl")) or 0
                levels |= _levels(override)
                if (start := int_of(override, "startOverride")) is not None:
                    restarted[at] = start
            self._lists[element.get(f"{W}numId", "")] = _List(key, levels, restarted)

    def level_of_style(self, number: str, style: str) -> int:
        """The level that a list links to a paragraph style; 0 where it links none."""
        known = self._lists.get(number)
        return next((at for at, level in known.levels.items() if level.style == style), 0) if known else 0

    def next(self, number: str, at: int) -> str | None:
        """Count a paragraph of list `number` at level `at` (from 0); its number as shown, "" for a bullet.

        `None` where the document has no such list.
        """
        known = self._lists.get(number)
        if known is None:
            return None
        counters = self._counters.setdefault(known.abstract, {})
        level = known.levels.get(at, _Level())
        if at in known.restarted and (number, at) not in self._begun:
            counters.pop(at, None)
            level = replace(level, start=known.restarted[at])
        self._begun.add((number, at))
        counters[at] = counters[at] + 1 if at in counters else level.start
        for deeper in [other for other in counters if other > at]:
            restart = known.levels.get(deeper, _Level()).restart
            if restart is None or 0 < at + 1 <= restart:
                del counters[deeper]
        return self._shown(known, counters, at)

    def _shown(self, known: _List, counters: dict[int, int], at: int) -> str:
        level = known.levels.get(at, _Level())
        if level.form in {"bullet", "none"} and "%" not in level.text:
            return ""
        text = level.text
        for index in range(9):
            mark = f"%{index + 1}"
            if mark in text:
                part = known.levels.get(index, _Level())
                form = "decimal" if level.legal and index != at and part.form != "decimalZero" else part.form
                text = text.replace(mark, format_number(counters.get(index, part.start), form))
        return text.strip()


def _levels(element: Any) -> dict[int, _Level]:
    if element is None:
        return {}
    return {
        _whole(level.get(f"{W}ilvl")) or 0: _Level(
            form=_form(level),
            text=value_of(level, "lvlText") or "",
            start=1 if (start := int_of(level, "start")) is None else start,
            restart=int_of(level, "lvlRestart"),
            legal=level.find(f"{W}isLgl") is not None,
            style=value_of(level, "pStyle"),
        )
        for level in element.findall(f"{W}lvl")
    }


def _form(level: Any) -> str:
    """The number format, also where Word hides a newer one behind a fallback."""
    for element in level.iter(f"{W}numFmt"):
        return str(element.get(f"{W}val", "decimal"))
    return "decimal"


def format_number(number: int, form: str) -> str:
    """A number in one of Word's formats; those that Chinese documents do not use come as digits."""
    if form in {
        "chineseCounting",
        "chineseCountingThousand",
        "taiwaneseCounting",
        "taiwaneseCountingThousand",
        "japaneseCounting",
    }:
        return _counted(number, _DIGITS, "十百千")
    if form in {"chineseLegalSimplified", "ideographLegalTraditional", "japaneseLegal"}:
        return _counted(number, _FORMAL, "拾佰仟", one=True)
    if form in {"ideographDigital", "japaneseDigitalTenThousand", "taiwaneseDigital"}:
        return "".join(_DIGITS[int(digit)] for digit in str(number))
    if form == "ideographTraditional" and 1 <= number <= 10:
        return "甲乙丙丁戊己庚辛壬癸"[number - 1]
    if form == "ideographZodiac" and 1 <= number <= 12:
        return "子丑寅卯辰巳午未申酉戌亥"[number - 1]
    if form in {"lowerLetter", "upperLetter"} and 0 < number <= 780:
        letter = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letter if form == "lowerLetter" else letter.upper()
    if form in {"lowerRoman", "upperRoman"} and 0 < number < 4000:
        return _roman(number).lower() if form == "lowerRoman" else _roman(number)
    if form in {"decimalEnclosedCircle", "decimalEnclosedCircleChinese"} and 1 <= number <= 20:
        return chr(0x245F + number)
    if form == "decimalEnclosedParen" and 1 <= number <= 20:
        return chr(0x2473 + number)
    if form in {"decimalFullWidth", "decimalFullWidth2"}:
        return str(number).translate({ord("0") + digit: 0xFF10 + digit for digit in range(10)})
    return "" if form == "none" else f"{number:02d}" if form == "decimalZero" else str(number)


def _counted(number: int, digits: str, units: str, *, one: bool = False) -> str:
    """12 → 十二 (`one`: 壹拾贰); beyond 9,999 digits."""
    if not 0 < number < 10_000:
        return digits[0] if number == 0 else str(number)
    text = ""
    for position, digit in enumerate(reversed(str(number))):
        value = int(digit)
        if value:
            text = digits[value] + ("" if position == 0 else units[position - 1]) + text
        elif text and not text.startswith("零"):
            text = "零" + text
    return text if one or not text.startswith(digits[1] + units[0]) else text[1:]


def _roman(number: int) -> str:
    text = ""
    pairs = (
        (1000, "M"),
        (900, "CM"),
        (500, "D"),
        (400, "CD"),
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    )
    for value, letters in pairs:
        text += letters * (number // value)
        number %= value
    return text
