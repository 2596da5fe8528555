"""When two texts, or two names, count as the same for review; and the mark by which a list of proposals tells it."""

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from typing import Any, Final

# What of a recorded decision makes it another one.
_DECIDED: Final = ("status", "relation", "reviewer", "reviewed_at", "comment")
_PARTS: Final = 4
NONE: Final = "0" * 8


def folded(text: str) -> str:
    """The text without what a change of file format changes: widths (NFKC), blanks and line ends."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def text_hash(text: str) -> str:
    """SHA-256 in hex of the folded text: a decision holds as long as this stays."""
    return _sha(folded(text))


def same_text(hashed: str, text: str) -> bool:
    """Whether `hashed` (of the folded text, or of the exact one, as the first release wrote it) is this text's."""
    return hashed in (text_hash(text), _sha(text))


def person(name: str) -> str:
    """The same for one name however it is typed: NFKC, case, blanks and invisible characters put aside."""
    known = name
    # Putting a blank aside may join what is then composed: go on until nothing changes.
    while (again := _squeezed(unicodedata.normalize("NFKC", known).casefold())) != known:
        known = again
    return known


def _squeezed(text: str) -> str:
    return "".join(c for c in text if not c.isspace() and unicodedata.category(c) != "Cf")


def mark(practice: str, requirement: str, text: str, statement: str, decision: Mapping[str, Any] | None) -> str:
    """What a proposal looked like when it was shown: hashes of the pair, the practice's text, the requirement's
    statement and the recorded decision, 8 hex digits each, joined by hyphens."""
    said = json.dumps([decision.get(name) for name in _DECIDED], ensure_ascii=False) if decision else ""
    parts = (f"{practice}|{requirement}", folded(text), folded(statement))
    return "-".join([*(_sha(part)[:8] for part in parts), _sha(said)[:8] if decision else NONE])


def parts_of(marked: str) -> tuple[str, str, str, str] | None:
    """The four hashes of a mark: pair, text, statement, decision; `None` for what is no mark."""
    pair, *rest = parts = unicodedata.normalize("NFKC", marked).strip().lower().split("-")
    if len(parts) != _PARTS or not all(len(part) == 8 and set(part) <= set("0123456789abcdef") for part in parts):
        return None
    return pair, rest[0], rest[1], rest[2]


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
