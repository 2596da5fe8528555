"""Folds text to one spelling per character without moving any offset."""

import unicodedata
from typing import Final

from analysis.traditional import simplified

# Blocks whose characters have a one-character compatibility form worth treating as the same:
# ideographic space, Kangxi radicals, compatibility ideographs, full-width and half-width forms.
_BLOCKS: Final = (
    (0x00A0, 0x00A0),
    (0x2000, 0x200A),
    (0x2F00, 0x2FD5),
    (0x3000, 0x3000),
    (0xF900, 0xFAD9),
    (0xFF01, 0xFFEE),
)


def _table() -> dict[int, str]:
    table: dict[int, str] = {}
    for first, last in _BLOCKS:
        for code in range(first, last + 1):
            form = unicodedata.normalize("NFKC", chr(code))
            if len(form) == 1 and form != chr(code):
                table[code] = form
    return table | dict.fromkeys(range(0xD800, 0xE000), "\ufffd")


_TABLE: Final = _table()
_FORMS: Final = {chr(code): form for code, form in _TABLE.items()}
_FOLDABLE: Final = frozenset(_FORMS)
_FEW: Final = 16  # kinds of characters, from which on one pass over the text beats a pass for each


def fold_width(text: str) -> str:
    """The text with full-width and compatibility characters replaced one for one; same length.

    A lone surrogate, which no encoder downstream accepts, becomes U+FFFD.
    """
    if text.isascii():
        return text
    kinds = _FOLDABLE.intersection(text)
    if len(kinds) > _FEW:
        return text.translate(_TABLE)
    for char in kinds:
        text = text.replace(char, _FORMS[char])
    return text


def fold_forms(text: str) -> str:
    """`fold_width` in simplified characters; same length as the text."""
    return simplified(fold_width(text))


def fold(text: str) -> str:
    """`fold_forms` in lower case; same length as the text."""
    folded = fold_forms(text)
    lowered = folded.lower()
    if len(lowered) == len(text):
        return lowered
    # A few letters (İ) grow when lowered: those stay as they are.
    return "".join(low if len(low := char.lower()) == 1 else char for char in folded)
