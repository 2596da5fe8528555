"""Finds the ontology's concepts in a query by their labels, without loading a language library."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from analysis.folding import fold
from ontology.model import Ontology, Thing

# What every case is about: it would mark every text and tell nothing.
_GENERIC: Final = frozenset({"企业", "enterprise"})
# 质量文化建设规划（计划） is also met without its bracket.
_BRACKET: Final = re.compile(r"[（(][^（()）]*[)）]$")
_LATIN: Final = re.compile(r"[a-z0-9]")


@dataclass(frozen=True, slots=True)
class Mention:
    """`node` is named at `start:end`, where `text` stands; `label` is the node's Chinese label."""

    node: str
    label: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Label:
    """A folded spelling and the node it stands for."""

    spelling: str
    node: str
    zh: str


def concepts_of(ontology: Ontology) -> tuple[Thing, ...]:
    """What annotation looks for, in order of precedence where two share a label.

    Mechanisms first, then terms, roles, formulations: 群众路线, a term and a work line joined by
    skos:exactMatch, is always reported as the mechanism. Principles are left out, because 科学性 and the
    like are ordinary words outside the note.
    """
    return (*ontology.mechanisms, *ontology.terms, *ontology.roles, *ontology.formulations)


def labels_of(things: Iterable[Thing]) -> dict[str, Label]:
    """Folded spelling → label, from Chinese, alternative and English labels; the first thing keeps a shared one."""
    labels: dict[str, Label] = {}
    for thing in things:
        for name in (thing.zh, *thing.alt, thing.en or ""):
            for form in (name, _BRACKET.sub("", name)):
                spelling = fold(form).strip()
                if len(spelling) > 1 and spelling not in _GENERIC:
                    labels.setdefault(spelling, Label(spelling, thing.id, thing.zh))
    return labels


def stands_alone(folded: str, start: int, end: int) -> bool:
    """False when a Latin word goes on beyond `start:end` (TQM in TQMS); a plural s is allowed."""
    if start and _LATIN.match(folded[start]) and _LATIN.match(folded[start - 1]):
        return False
    if end >= len(folded) or not _LATIN.match(folded[end - 1]) or not _LATIN.match(folded[end]):
        return True
    return folded[end] == "s" and not _LATIN.match(folded[end + 1 : end + 2])


def once_each(mentions: Iterable[Mention]) -> list[Mention]:
    """By place, longer ones first, without a mention inside another of the same node (推广办公室 in its full name)."""
    reached: dict[str, int] = {}
    kept = []
    for mention in sorted(mentions, key=lambda mention: (mention.start, -mention.end, mention.node)):
        if mention.end > reached.get(mention.node, -1):
            reached[mention.node] = mention.end
            kept.append(mention)
    return kept


class LabelIndex:
    """Labels of concepts, clauses, requirements, principles and organisations, for queries."""

    def __init__(self, ontology: Ontology) -> None:
        self._labels = labels_of(
            (
                *concepts_of(ontology),
                *ontology.clauses,
                *ontology.requirements,
                *ontology.principles,
                *ontology.organizations,
            )
        )
        for organization in ontology.organizations:
            if organization.short:
                spelling = fold(organization.short)
                self._labels.setdefault(spelling, Label(spelling, organization.id, organization.zh))
        # First two characters → the lengths to try, longest first.
        lengths: dict[str, set[int]] = {}
        for spelling in self._labels:
            lengths.setdefault(spelling[:2], set()).add(len(spelling))
        self._lengths = {head: sorted(sizes, reverse=True) for head, sizes in lengths.items()}

    def _matches(self, folded: str) -> Iterator[tuple[int, int, Label]]:
        for start in range(len(folded) - 1):
            for length in self._lengths.get(folded[start : start + 2], ()):
                if start + length > len(folded):
                    continue  # the slice would be that of a shorter label
                label = self._labels.get(folded[start : start + length])
                if label and stands_alone(folded, start, start + length):
                    yield start, start + length, label

    def find(self, query: str) -> list[Mention]:
        """Every label in the query, labels nested in other concepts' labels too, by place and then longest first."""
        return once_each(
            Mention(label.node, label.zh, start, end, query[start:end])
            for start, end, label in self._matches(fold(query))
        )
