"""Personal numbers in text, masked by as many `*` as they have characters, so that offsets stay."""

import re
from bisect import bisect_right
from collections.abc import Iterable
from datetime import date
from string import ascii_letters, digits
from typing import Final

# Full-width letters, digits and signs, spaces and dashes read as plain ones; one character each, so offsets stay.
# Chinese commas do not: a number may follow them, where an ASCII one makes thousands.
_VIEW: Final = {
    **{0xFEE0 + ord(character): character for character in f"{digits}{ascii_letters}()+-@._%"},
    **dict.fromkeys((0x3000, 0xA0, 0x2002, 0x2003, 0x2009, 0x202F), " "),
    **dict.fromkeys((0x2010, 0x2011, 0x2012, 0x2013, 0x2014, 0x2212, 0xFE63), "-"),
}
_PROVINCES: Final = frozenset(
    map(
        str,
        (
            *range(11, 16),
            *range(21, 24),
            *range(31, 38),
            *range(41, 47),
            *range(50, 55),
            *range(61, 66),
            71,
            81,
            82,
            83,
        ),
    )
)
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_SEPARATED: Final = r"[ -]?"
_IDENTITY: Final = re.compile(
    rf"(?<![0-9A-Za-z])([1-8]\d{{5}}){_SEPARATED}((?:18|19|20)\d\d){_SEPARATED}(\d\d){_SEPARATED}(\d\d){_SEPARATED}(\d{{3}}){_SEPARATED}([\dXx])(?![0-9A-Za-z])"
)
_OLD_IDENTITY: Final = re.compile(
    rf"(?<![0-9A-Za-z])([1-8]\d{{5}}){_SEPARATED}(\d\d)(\d\d)(\d\d){_SEPARATED}\d{{3}}(?![0-9A-Za-z])"
)
_STATED: Final = re.compile(r"(?:身份证|证件)(?:号码?|件号)?[^\dA-Za-z\n]{0,6}$")
# What makes eleven digits an amount for certain; in doubt a number is masked.
_UNIT: Final = r"(?:元|件|万元|亿元|美元|欧元|吨|千瓦时|%|‰)"
# It begins with a plain 1, which makes the search fast; what may stand before it is looked at afterwards.
_MOBILE: Final = re.compile(
    rf"1[3-9]\d(?:([ -]?)\d{{4}}\1\d{{4}}|[ -]\d{{8}}|\d{{4}}[ -]\d{{4}}|\d[ -]\d{{3}}[ -]\d{{4}}|[ -]\d{{3}}[ -]\d{{5}})"
    rf"(?![0-9A-Za-z]|\.\d{{1,2}}(?!\d)|[ ]?{_UNIT})"
)
_COUNTRY: Final = re.compile(r"(?<![0-9A-Za-z])\(?(?:\+|00)?86\)?[ -]{0,2}$")
_NOT_BEFORE: Final = re.compile(
    r"(?:[0-9¥￥$+]|(?<!\d)0\.|(?<!tel)(?<!phone)(?<!mobile)(?<!mob)(?<!wx)(?<=[A-Za-z]))$",
    re.IGNORECASE,
)
_TELEPHONE: Final = re.compile(r"(?<![\d-])\(?0\d{2,3}\)?[ -]?\d{3,4}[ -]?\d{4}(?!\d)")
_CALLED: Final = re.compile(r"(?:电话|座机|联系方式|联系人|传真|热线|tel|phone|fax)[^\n。；;]{0,16}$", re.IGNORECASE)
_CARD: Final = re.compile(r"(?<![0-9A-Za-z.])\d{4}(?:[ -]?\d{4}){3}(?:[ -]?\d{1,3})?(?![0-9A-Za-z])")
_ACCOUNT: Final = re.compile(r"(?:卡号|账号|帐号|银行卡|储蓄卡|工资卡)[^\n。；;]{0,12}$")
_MAIL: Final = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9-])"
)
_LOOK_BACK: Final = 30


def find_personal(text: str, identifiers: Iterable[tuple[int, int]] = ()) -> list[tuple[int, int]]:
    """Where identity-card, mobile, stated telephone and bank numbers and mail addresses stand, in order, apart.

    In the spans `identifiers` (ids given to cases) only real identity-card numbers are masked. Document
    numbers, amounts and long serial numbers stay: a number must have the form, and an identity card its
    birth date and check digit (unless the text calls it one).
    """
    view = text.translate(_VIEW)
    exempt = sorted(identifiers)
    spans: list[tuple[int, int]] = []
    # Again until nothing is found: what stands beside a number can be what kept it from being seen.
    while found := _found(view, exempt):
        spans += found
        view = mask(view, found)
    return sorted(spans)


def _found(view: str, exempt: list[tuple[int, int]]) -> list[tuple[int, int]]:
    spans = [match.span() for match in _IDENTITY.finditer(view) if _is_identity(match, view)]
    spans += (span for span in _others(view) if not _within(span, exempt))
    apart: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if apart and start < apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((start, end))
    return apart


def mask(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """`text` with `*` for every character of the spans, which come in order."""
    pieces: list[str] = []
    position = 0
    for start, end in spans:
        pieces += (text[position:start], "*" * (end - start))
        position = end
    return "".join((*pieces, text[position:]))


def _others(view: str) -> Iterable[tuple[int, int]]:
    for match in _OLD_IDENTITY.finditer(view):
        if match[1][:2] in _PROVINCES and _is_date(f"19{match[2]}", match[3], match[4]):
            yield match.span()
    for match in _MOBILE.finditer(view):
        before = view[max(0, match.start() - 8) : match.start()]
        if country := _COUNTRY.search(before):
            yield match.start() - len(country[0]), match.end()
        elif not _NOT_BEFORE.search(before):
            yield match.span()
    yield from (match.span() for match in _MAIL.finditer(view))
    yield from (match.span() for match in _TELEPHONE.finditer(view) if _follows(_CALLED, view, match))
    for match in _CARD.finditer(view):
        if _luhn(re.sub(r"\D", "", match[0])) and _follows(_ACCOUNT, view, match):
            yield match.span()


def _within(span: tuple[int, int], exempt: list[tuple[int, int]]) -> bool:
    at = bisect_right(exempt, span[0], key=lambda other: other[0]) - 1
    return at >= 0 and exempt[at][0] <= span[0] and span[1] <= exempt[at][1]


def _follows(words: re.Pattern[str], view: str, match: re.Match[str]) -> bool:
    return words.search(view[max(0, match.start() - _LOOK_BACK) : match.start()]) is not None


def _is_identity(match: re.Match[str], view: str) -> bool:
    region, year, month, day, serial, check = match.groups()
    if region[:2] not in _PROVINCES or not _is_date(year, month, day):
        return False
    body = f"{region}{year}{month}{day}{serial}"
    remainder = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, body, strict=True)) % 11
    return "10X98765432"[remainder] == check.upper() or _follows(_STATED, view, match)


def _is_date(year: str, month: str, day: str) -> bool:
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return False
    return True


def _luhn(number: str) -> bool:
    total = 0
    for position, digit in enumerate(reversed(number)):
        value = int(digit) * (2 if position % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
