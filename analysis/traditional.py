"""Traditional characters read as their simplified forms, so that both scripts find each other.

`python -m analysis.traditional` makes traditional.txt with OpenCC (Apache-2.0) at hand; it is not needed at run time.
"""

import importlib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

_FILE: Final = "traditional.txt"
_ROW: Final = 40


def simplified(text: str) -> str:
    """The text with traditional characters replaced one for one; same length.

    Characters that simplified texts use as well (乾, 著, 徵) are left alone.
    """
    known, table = _forms()
    return text if known.isdisjoint(text) else text.translate(table)


@cache
def _forms() -> tuple[frozenset[str], dict[int, str]]:
    pairs = (files("analysis") / _FILE).read_text(encoding="utf-8").split()
    return frozenset(pair[0] for pair in pairs), {ord(pair[0]): pair[1] for pair in pairs}


def main() -> None:
    """Write every ideograph that GB 2312 lacks whose simplified form it has."""
    opencc: Any = importlib.import_module("opencc")
    converter = opencc.OpenCC("t2s")
    pairs = [
        character + form
        for character in map(chr, range(0x4E00, 0xA000))
        if len(form := converter.convert(character)) == 1 and not _simple(character) and _simple(form)
    ]
    rows = [" ".join(pairs[at : at + _ROW]) for at in range(0, len(pairs), _ROW)]
    (Path(__file__).parent / _FILE).write_text("\n".join(rows) + "\n", encoding="utf-8")


def _simple(character: str) -> bool:
    return len(character.encode("gb2312", "ignore")) == 2


if __name__ == "__main__":
    main()
