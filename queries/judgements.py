"""The queries that search learns from, and the practices that some are judged on; the gold set is another."""

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


def needs() -> list[dict[str, Any]]:
    """Queries in every style (`q`, `style`), each written for the training text of which `practice` is the digest.

    `requirements`: what it is after. Style no-answer: nothing answers it, `practice` is empty.
    """
    return _rows("needs.jsonl")


def common_needs() -> list[dict[str, Any]]:
    """Queries that several practices may answer (`q`, `style`), with the digests of those (`practices`).

    Each was written before sixteen training texts that resemble each other; `practices` are those of the sixteen that
    answer it, so that the others do not.
    """
    return _rows("common_needs.jsonl")


def intents() -> list[dict[str, Any]]:
    """Questions in every style (`q`, `style`) with the `labels` (clauses) and `requirements` that their author meant."""
    return _rows("intents.jsonl")


def _rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (_JUDGED / name).read_text(encoding="utf-8").splitlines()]
