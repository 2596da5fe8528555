"""What a Word document's paragraph styles say about headings and numbers."""

import re
from dataclasses import dataclass
from typing import Any, Final

from ingest.readers.docx_numbers import W, int_of, value_of

_HEADING: Final = re.compile(r"(?:heading|标题)\s*([1-9])", re.IGNORECASE)
_CONTENTS: Final = re.compile(r"(?:toc|目录)\s*\d|toc heading|table of figures", re.IGNORECASE)
_BODY: Final = 9


@dataclass(frozen=True, slots=True)
class Format:
    """What a paragraph is: heading level (0 = title) or `None`, list and level, whether of a table of contents."""

    heading: int | None = None
    number: str | None = None
    number_level: int | None = None
    number_style: str = ""
    contents: bool = False


class Styles:
    """The paragraph styles of styles.xml (`root`, or `None`), inheritance resolved."""

    def __init__(self, root: Any) -> None:
        self._elements: dict[str, Any] = {}
        self._default = ""
        for element in () if root is None else root.findall(f"{W}style"):
            if element.get(f"{W}type", "paragraph") == "paragraph":
                key = element.get(f"{W}styleId", "")
                self._elements[key] = element
                if element.get(f"{W}default") in {"1", "true", "on"}:
                    self._default = key
        self._resolved: dict[str, Format] = {}

    def of_paragraph(self, properties: Any) -> Format:
        """The format of a paragraph with `w:pPr` (or `None`)."""
        style = value_of(properties, "pStyle") or self._default
        base = self._of(style)
        if properties is None:
            return base
        heading = _outline(properties, base.heading)
        numbering = properties.find(f"{W}numPr")
        if numbering is None:
            return Format(heading, base.number, base.number_level, base.number_style, base.contents)
        number = value_of(numbering, "numId")
        level = int_of(numbering, "ilvl")
        if number is None:
            return Format(
                heading, base.number, base.number_level if level is None else level, base.number_style, base.contents
            )
        return Format(
            heading,
            number,
            level if level is not None else base.number_level,
            "" if level is not None else style,
            base.contents,
        )

    def _of(self, style: str) -> Format:
        if style not in self._resolved:
            self._resolved[style] = Format()  # ends a circle of styles
            self._resolved[style] = self._resolve(style)
        return self._resolved[style]

    def _resolve(self, style: str) -> Format:
        element = self._elements.get(style)
        if element is None:
            return Format()
        base = self._of(value_of(element, "basedOn") or "")
        name = value_of(element, "name") or ""
        heading = base.heading
        if named := _HEADING.fullmatch(name.strip()):
            heading = int(named[1])
        elif name.strip().lower() == "title":
            heading = 0
        properties = element.find(f"{W}pPr")
        contents = base.contents or _CONTENTS.match(name) is not None
        if properties is None:
            return Format(heading, base.number, base.number_level, base.number_style, contents)
        if heading != 0:
            heading = _outline(properties, heading)
        numbering = properties.find(f"{W}numPr")
        if numbering is None:
            return Format(heading, base.number, base.number_level, base.number_style, contents)
        number = value_of(numbering, "numId") or base.number
        level = int_of(numbering, "ilvl")
        return Format(heading, number, level, style if level is None else "", contents)


def _outline(properties: Any, inherited: int | None) -> int | None:
    level = int_of(properties, "outlineLvl")
    if level is None:
        return inherited
    return None if level >= _BODY else level + 1
