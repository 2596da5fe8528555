"""Running text cut into pieces of a size to judge: short paragraphs joined, long ones split between sentences."""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Final

from analysis.sentences import split_sentences
from ingest.outline import trimmed
from ingest.sections import INLINE_ITEM

SHORTEST: Final = 60
LONGEST: Final = 600
_WISHED: Final = 400
_SHORTEST_ITEM: Final = 40

Stretch = tuple[int, int]


def joined(stretches: Iterable[tuple[Stretch, bool]]) -> Iterator[Stretch]:
    """Join stretches that are too short with their neighbours.

    Each comes with whether it directly follows the one before it (nothing of another kind or under
    another heading between them); a short last one goes to the piece before it.
    """
    pieces: list[list[int]] = []
    joinable: list[bool] = []
    for (start, end), follows in stretches:
        if pieces and follows and pieces[-1][1] - pieces[-1][0] < SHORTEST:
            pieces[-1][1] = end
        else:
            pieces.append([start, end])
            joinable.append(follows)
    merged: list[Stretch] = []
    for (start, end), follows in zip(pieces, joinable, strict=True):
        if merged and follows and end - start < SHORTEST and end - merged[-1][0] <= LONGEST:
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return iter(merged)


def split(text: str, stretch: Stretch) -> list[Stretch]:
    """The stretch itself, or when it is long its pieces of about 300 to 500 characters, cut between sentences."""
    start, end = stretch
    if end - start <= LONGEST:
        return [stretch]
    spans = [(start + span.start, start + span.end) for span in split_sentences(text[start:end])]
    wanted = max(2, round((end - start) / _WISHED))
    pieces: list[Stretch] = []
    first = 0
    for number, (_, stop) in enumerate(spans):
        reached = stop >= start + (end - start) * (len(pieces) + 1) / wanted
        if reached or number == len(spans) - 1:
            pieces.append((spans[first][0], stop))
            first = number + 1
    return pieces or [stretch]


def inline_items(text: str, stretch: Stretch) -> list[Stretch]:
    """The items 一是…；二是… of one paragraph, each a stretch; empty unless there are two worth standing alone.

    What stands before the first item goes with it.
    """
    start, end = stretch
    starts = [start + match.end() for match in INLINE_ITEM.finditer(text[start:end])]
    if len(starts) < 2:
        return []
    bounds = [start, *starts[1:], end]
    items = [trimmed(text, one, other) for one, other in pairwise(bounds)]
    long_enough = sum(other - one for one, other in items) >= _SHORTEST_ITEM * len(items)
    return items if long_enough and all(one < other for one, other in items) else []
