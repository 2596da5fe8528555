"""Practices with all they evidence, as JSON lines."""

import json
from collections.abc import Iterator

from service.exchange.selection import Material


def as_json_lines(material: Material) -> Iterator[bytes]:
    """A practice a line."""
    for card in material.cards():
        record = {
            "id": card.practice.id,
            "practice": card.practice.model_dump(mode="json"),
            "clauses": [link.model_dump(mode="json") for link in card.clauses],
            "requirements": [link.model_dump(mode="json") for link in card.requirements],
            "evidence": [item.model_dump(mode="json") for item in card.evidence],
            "outcomes": [item.model_dump(mode="json") for item in card.outcomes],
        }
        yield (json.dumps(record, ensure_ascii=False) + "\n").encode("utf-8")
