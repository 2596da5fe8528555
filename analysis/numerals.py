"""Reads numbers written in Arabic or Chinese numerals, or in both ("1.2亿", "三十五", "120余万")."""

import re
from typing import Final

DIGITS: Final = {
    **{char: value for value, char in enumerate("零一二三四五六七八九")},
    **{char: value for value, char in enumerate("〇壹贰叁肆伍陆柒捌玖")},
    "两": 2,
}
_STEPS: Final = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_MYRIADS: Final = {"万": 10**4, "亿": 10**8}
_ARABIC: Final = re.compile(r"(\d+(?:\.\d+)?)([十百千万亿]*)")
_LONGEST = 40


def _whole(text: str) -> int | None:
    total = section = 0
    digit: int | None = None
    if len(text) > 1 and all(char in DIGITS for char in text):
        return int("".join(str(DIGITS[char]) for char in text))  # 二〇二三: read out digit by digit
    last_step = 0
    for char in text:
        if char in DIGITS:
            if digit:  # 二三十 is "twenty or thirty", not a number
                return None
            digit = DIGITS[char]
        elif char in _STEPS:
            step = _STEPS[char]
            if last_step and step >= last_step:
                return None
            section += (1 if digit is None else digit) * step
            digit, last_step = None, step
        elif char in _MYRIADS:
            section += digit or 0
            if not section and not total:
                return None
            # 三亿五千万 adds up; 一万亿 multiplies what stands before it.
            if char == "亿":
                total = (total + section) * _MYRIADS[char]
            else:
                total += section * _MYRIADS[char]
            section, digit, last_step = 0, None, 0
        else:
            return None
    if digit is not None:
        # 一百二 means 120, 两万五 means 25,000: a last digit without zero counts the next lower step.
        before = text[-2:-1]
        if before in ("百", "千", "万", "亿", "佰", "仟"):
            digit *= {**_STEPS, **_MYRIADS}[before] // 10
        section += digit
    return total + section


def parse_number(text: str) -> float | None:
    """The value of a numeral, `None` when it is not one number ("三五", "若干").

    Understands thousands separators, decimals, 点, scales after digits ("2.5万") and the
    vague marks 余, 多, 几, 来, which do not change the value.
    """
    plain = re.sub("[,，余多几来\\s]", "", text)
    if not plain or len(plain) > _LONGEST:
        return None
    arabic = _ARABIC.fullmatch(plain)
    if arabic:
        value = float(arabic[1])
        for scale in arabic[2]:
            value *= _STEPS.get(scale) or _MYRIADS[scale]
        return round(value, 6)
    whole, point, decimals = plain.partition("点")
    value_of_whole = _whole(whole)
    if value_of_whole is None or not point:
        return None if value_of_whole is None else float(value_of_whole)
    if not decimals or any(char not in DIGITS for char in decimals):
        return None
    return float(f"{value_of_whole}.{''.join(str(DIGITS[char]) for char in decimals)}")
