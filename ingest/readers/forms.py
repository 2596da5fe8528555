"""Rows of application forms (申报表): label and value side by side in a table."""

from collections.abc import Sequence
from typing import Final

from ingest.readers.columns import CONTACT, JOINED, ORDINAL, SUMMARY, exact_column
from ingest.readers.document import CELL_SEPARATOR, Composer
from ingest.readers.headings import heading_level, is_item

_LONG: Final = 60


def form_row(composer: Composer, cells: Sequence[str]) -> None:
    """Add a table's row of filled cells.

    A label with a long text becomes a heading with paragraphs; other known pairs become `fields` of the
    row; contact details are left out; anything else is a plain row.
    """
    names = [exact_column(label) for label in cells[::2]]
    if len(cells) % 2 or not any(names) or any(map(exact_column, cells[1::2])):
        _plain(composer, cells)
        return
    if len(cells) == 2 and names[0] in {*JOINED, SUMMARY} and (len(cells[1]) > _LONG or "\n" in cells[1]):
        _section(composer, cells[0], cells[1])
        return
    text = ""
    spans: dict[str, tuple[int, int]] = {}
    for name, label, value in zip(names, cells[::2], cells[1::2], strict=True):
        if name == CONTACT:
            composer.margin(f"{label} {value}")
            continue
        text += f"{CELL_SEPARATOR if text else ''}{label}{CELL_SEPARATOR}"
        if name not in {None, SUMMARY, ORDINAL} and name not in spans:
            spans[str(name)] = (len(text), len(text) + len(value))
        text += value
    composer.add("table_row", text, spans=spans)


def _plain(composer: Composer, cells: Sequence[str]) -> None:
    if len(cells) == 1 and "\n" in cells[0]:
        _lines(composer, cells[0])
    else:
        composer.add("table_row", CELL_SEPARATOR.join(cells))


def _section(composer: Composer, label: str, text: str) -> None:
    composer.add("heading", " ".join(label.split()), level=1)
    _lines(composer, text)


def _lines(composer: Composer, text: str) -> None:
    for line in filter(None, map(str.strip, text.split("\n"))):
        level = heading_level(line)
        if level is not None:
            composer.add("heading", line, level=level + 1)
        else:
            composer.add("list_item" if is_item(line) else "para", line, level=1 if is_item(line) else None)
