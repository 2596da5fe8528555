"""Decoding text of unknown origin: a mark, else UTF-8, else the Chinese encoding that reads most like Chinese.

GB 18030, UTF-16 and Big5 text is told apart by its share of GB2312 level-1 characters, the 3,755 commonest;
a text that reads well in none is refused, never half-decoded.
"""

import codecs
from functools import cache
from typing import Final

from ingest.readers.errors import ReadFailed

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
_CANDIDATES: Final = ("gb18030", "utf-16-le", "utf-16-be", "big5hkscs")
_SAMPLE: Final = 20_000
_NEEDED: Final = 0.5  # of the characters beyond ASCII; Chinese prose has 0.8 and more, other readings below 0.3
_PUNCTUATION: Final = frozenset("，。、；：？！“”‘’（）《》〈〉【】—…·％　①②③④⑤⑥⑦⑧⑨⑩★～°×＋－／．")


@cache
def _common() -> frozenset[str]:
    level_one = (bytes((row, cell)) for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF))
    return frozenset("".join(pair.decode("gb2312", errors="ignore") for pair in level_one)) | _PUNCTUATION


def decode(data: bytes) -> str:
    """The text of `data` without its byte order mark. Raises `ReadFailed`: encoding_unknown."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return _checked(data[len(mark) :].decode(encoding))
            except UnicodeDecodeError as error:
                raise ReadFailed("encoding_unknown", f"文件标明 {encoding.upper()}，但内容不符") from error
    try:
        text = data.decode("utf-8")
        if "\x00" not in text:
            return _checked(text)
        # Otherwise Latin text in UTF-16, which is valid UTF-8 full of zeros.
    except UnicodeDecodeError:
        pass
    readings = [
        (share, text)
        for encoding in _CANDIDATES
        if (text := _strict(data, encoding)) and (share := _share(text)) >= _NEEDED
    ]
    if not readings:
        lines = "，".join(
            f"按 {encoding} 读到第 {line} 行出错"
            for encoding in ("UTF-8", "GB18030")
            if (line := _mistaken_line(data, encoding))
        )
        raise ReadFailed("encoding_unknown", f"{lines or '按 UTF-8、GB18030 读不成文'}，按 UTF-16、Big5 也读不通")
    return max(readings)[1]


def _mistaken_line(data: bytes, encoding: str) -> int:
    """The line (from 1) where decoding fails; 0 where it does not."""
    try:
        data.decode(encoding)
    except UnicodeDecodeError as error:
        return data.count(b"\n", 0, error.start) + 1
    return 0


def _strict(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return ""


def _share(text: str) -> float:
    """How much of the text beyond ASCII is common Chinese; 0 for control characters or no such text at all."""
    sample = text[:_SAMPLE] + text[-_SAMPLE:] if len(text) > 2 * _SAMPLE else text
    if any(ord(character) < 32 and character not in "\t\n\r\x0b\x0c" for character in sample):
        return 0.0
    beyond = [character for character in sample if character > "\x7f"]
    common = _common()
    ascii_share = 1 - len(beyond) / len(sample)
    if not beyond:
        return ascii_share
    return sum(character in common for character in beyond) / len(beyond)


def _checked(text: str) -> str:
    """Refuse binary data that happens to be valid UTF-8."""
    controls = sum(text.count(chr(code)) for code in range(32) if code not in {9, 10, 11, 12, 13, 27})
    if controls * 100 > len(text):
        raise ReadFailed("encoding_unknown", "内容含有大量控制字符，不像文本")
    return text
