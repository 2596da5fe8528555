"""The judged queries and practices that the ranking is fitted on; the gold set, kept for reporting, is another."""

import json
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

_JUDGED: Final = files("queries") / "judged"


@dataclass(frozen=True, slots=True)
class Judged:
    """A query and the practices that answer it."""

    query: str
    kind: str
    relevant: frozenset[str]


def judged_queries() -> list[Judged]:
    """The judged queries, in the order of the file."""
    return [Judged(row["q"], row["kind"], frozenset(row["relevant"])) for row in _rows("queries.jsonl")]


def judged_practices() -> list[dict[str, Any]]:
    """The practices that the judgements are about."""
    return _rows("practices.jsonl")


def _rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (_JUDGED / name).read_text(encoding="utf-8").splitlines()]
