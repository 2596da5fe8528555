"""The vocabulary: terms, roles, mechanisms, principles and formulations, with their definitions or gaps."""

from typing import Any, Final

from engines.store import Reader
from queries.answers import TermRecord
from queries.requirements import gaps_by_subject

_VOCABULARY: Final = ("Term", "Role", "Mechanism", "Principle", "Formulation")


def terms(reader: Reader) -> tuple[TermRecord, ...]:
    """The vocabulary by label, defined terms first, then by id."""
    gaps = gaps_by_subject(reader)
    found: list[TermRecord] = []
    for label in _VOCABULARY:
        records = []
        for node in reader.nodes(label=label):
            said: dict[str, Any] = dict(node.properties)
            record = TermRecord(
                id=node.id,
                title=said.get("title") or "",
                title_en=said.get("title_en"),
                alt_labels=tuple(said.get("alt_labels") or ()),
                label=label,
                defined=bool(said.get("defined")),
                definition=said.get("definition"),
                gloss=said.get("gloss"),
                gloss_source=said.get("gloss_source"),
                certainty=said.get("certainty"),
                gaps=gaps.get(node.id, ()),
            )
            records.append(record)
        found += sorted(records, key=lambda record: (not record.defined, record.id))
    return tuple(found)
