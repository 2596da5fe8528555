"""Finds measured quantities in Chinese text: a numeral with its unit, ranges, fractions, and their value."""

import re
from dataclasses import dataclass
from typing import Final

from analysis.numerals import parse_number

_HAN: Final = "零〇一二两三四五六七八九十百千万亿"
_ARABIC: Final = r"(?<![\dA-Za-z.第〔\[/])\d{1,12}(?!\d)(?:,\d{3}(?!\d)){0,4}(?:\.\d{1,6})?"
_SCALE: Final = "[十百千万亿]{0,2}"
_NUMERAL: Final = rf"(?:{_ARABIC}[余多几]?{_SCALE}|(?<![第{_HAN}])[{_HAN}]{{1,12}}(?:点[零一二三四五六七八九]{{1,6}})?|几{_SCALE})[余多几]?"
_MONEY: Final = "亿元|万元|元|美元|欧元|块钱|块"
_TIME: Final = "个?工作日|个?小时|个月|分钟|秒钟?|毫秒|个?工时|工日|年|天|周"
_MEASURE: Final = "吨标准?煤|吨/工|吨/人|吨|千克|公斤|毫克|微克|克|千瓦时|度电|兆瓦|千瓦|度(?![过角])|立方米|方(?![面案法式针向位便])|平方米|亩|公里|千米|厘米|毫米|微米|米|升|毫升|标箱|箱|兆帕|dB|μm|mm|kg|kWh|t|ppm|PPM|DPMO|σ|西格玛"
_COUNT: Final = "件次|人次|批次|台次|架次|车次|项次|件|项|条|起|例|次|篇|部(?![分门队位署])|台套|台|套|宗|单|批|票|个(?!方面|方向|维度|层面|阶段|步骤|月|小时|工作日|工时|百分点|点)|处(?![理置分罚])|份|面|枚|名|位|家|户|张|辆|艘|架|列|座|支|封|本|块|桶|瓶|台班|人"
_SHARE: Final = "个百分点|百分点|个点|%|％|‰|成|倍|番"
_UNIT: Final = rf"(?:{_SHARE}|{_MONEY}|{_MEASURE}|{_TIME}|{_COUNT}|分(?![钟之别析配期散层公工])|级(?![人以])|星)"
_LINK: Final = "(?:[-–—~～至到]|——)"

QUANTITY: Final = re.compile(
    rf"(?:"
    rf"(?P<from>{_NUMERAL})\s?(?P<fromunit>{_UNIT})?\s?{_LINK}\s?(?P<to>{_NUMERAL})\s?(?P<rangeunit>{_UNIT})"
    rf"|百分之(?P<percent>{_NUMERAL})"
    rf"|(?P<parts>[二三四五六七八九十]+)分之(?P<of>[一二三四五六七八九十]+)"
    rf"|(?<![第{_HAN}])(?P<tenths>[一二三四五六七八九])成(?P<hundredths>[一二三四五六七八九半])?(?![员长为立功品本果])"
    rf"|(?P<half>一半|过半|半数|近半|减半)"
    rf"|(?P<number>{_NUMERAL})\s?(?P<unit>{_UNIT})"
    rf")(?P<vague>[余多](?!次)|以上|以下|以内|左右|上下)?"
)
_SCALED_UNIT: Final = {
    "亿元": ("元", 1e8),
    "万元": ("元", 1e4),
    "块": ("元", 1),
    "块钱": ("元", 1),
    "成": ("%", 10),
    "％": ("%", 1),
}
_PLAIN_UNIT: Final = {
    "个百分点": "百分点",
    "个点": "百分点",
    "个小时": "小时",
    "个月": "月",
    "个工作日": "工作日",
    "个工时": "工时",
    "秒钟": "秒",
    "PPM": "ppm",
}


# Some, together: not one.
_NO_QUANTITY: Final = ("一批", "一起")
# "2016年" is a date.
_FIRST_YEAR: Final = 1000


@dataclass(frozen=True, slots=True)
class Quantity:
    """A quantity at `start:end`. `value` is in `unit` (万元 → 元, 成 → %), `None` for a range or a vague numeral."""

    start: int
    end: int
    value: float | None
    unit: str
    share: bool
    count: bool


def _valued(number: str, unit: str) -> tuple[float | None, str]:
    value = parse_number(number)
    plain, scale = _SCALED_UNIT.get(unit, (_PLAIN_UNIT.get(unit, unit), 1))
    return (None if value is None else round(value * scale, 6), plain)


def _quantity(match: re.Match[str]) -> Quantity | None:
    share = False
    unit = raw = "%"
    value: float | None
    if match["percent"]:
        value, share = parse_number(match["percent"]), True
    elif match["parts"]:
        whole, part = parse_number(match["parts"]), parse_number(match["of"])
        value, share = (round(100 * part / whole, 2) if whole and part else None), True
    elif match["tenths"]:
        hundredths = match["hundredths"]
        extra = 5.0 if hundredths == "半" else (parse_number(hundredths) or 0.0) if hundredths else 0.0
        value, share = 10 * (parse_number(match["tenths"]) or 0.0) + extra, True
    elif match["half"]:
        value, share = 50.0, True
    else:
        number, raw = (match["number"], match["unit"]) if match["number"] else ("", match["rangeunit"])
        value, unit = _valued(number, raw) if number else (None, _valued("1", raw)[1])
        share = raw in _SHARE.split("|")
    if match["number"] and "几" in match["number"]:
        value = None
    elif match["number"] and value is None:
        return None
    if unit == "年" and value is not None and value >= _FIRST_YEAR:
        return None
    if (match["number"] or "") + (match["unit"] or "") in _NO_QUANTITY:
        return None
    return Quantity(match.start(), match.end(), value, unit, share, re.fullmatch(_COUNT, raw) is not None)


def find_quantities(text: str) -> list[Quantity]:
    """The quantities of a width-folded text, in order; numerals that are no number are left out."""
    return [quantity for match in QUANTITY.finditer(text) if (quantity := _quantity(match))]
