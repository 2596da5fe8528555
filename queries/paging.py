"""Pages of a ranked list: an opaque cursor that says after which place the next page begins."""

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Sequence
from typing import TypeVar

from queries.errors import BadCursor

Key = tuple[float | str, ...]
T = TypeVar("T")


def page(
    items: Sequence[T], key: Callable[[T], Key], question: str, cursor: str | None, limit: int
) -> tuple[list[T], str | None]:
    """The `limit` items after `cursor` of a list sorted ascending by a unique `key`, and the next cursor.

    `question` is all that decides the list: a cursor of another one raises `BadCursor`. Because the cursor holds
    the key of the last item, things stored or deleted between two pages shift nothing else.
    """
    mark = hashlib.sha256(question.encode()).hexdigest()[:8]
    rest = list(items)
    if cursor is not None:
        after = _decoded(cursor, mark)
        try:
            rest = [item for item in rest if key(item) > after]
        except TypeError:
            raise BadCursor from None
    taken = rest[:limit]
    following = _encoded(key(taken[-1]), mark) if taken and len(rest) > limit else None
    return taken, following


def _encoded(key: Key, mark: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([mark, *key], separators=(",", ":")).encode()).decode().rstrip("=")


def _decoded(cursor: str, mark: str) -> Key:
    try:
        value = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        raise BadCursor from None
    if not isinstance(value, list) or not value or value[0] != mark:
        raise BadCursor
    if not all(isinstance(part, str | int | float) for part in value):
        raise BadCursor
    return tuple(value[1:])
