"""Practices and their outcomes as nodes: ids that survive a new version of the document, and offsets in it."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from analysis.outcomes import MeasuredOutcome
from analysis.sentences import split_sentences
from analysis.tokens import index_tokens
from analysis.traditional import simplified
from ingest.organizations import OrganizationContent, organization_content
from ingest.outcomes import outcomes_in
from ingest.pieces import Stretch
from ingest.practices import Case, Extracted, FoundPractice
from ingest.source import Source, short_hash
from ontology.graph import Node, Relation, Value

_PARTY = re.compile("党|支部|团员|party", re.IGNORECASE)


def titled(title: str, text: str) -> str:
    """Title and text, once where the one begins with the other, in simplified characters: what search looks at."""
    return simplified(text if text.startswith(title) else f"{title}\n{text}")


@dataclass(slots=True)
class Draft:
    """A practice before it is judged: where it was found, its node, whose it is, what came of it.

    case:      the written case or the row of a case list that it stands in
    mentioned: the facets `mechanism` and `role` → ids that its text names.
    """

    found: FoundPractice
    node: Node
    organization: OrganizationContent
    case: str
    outcomes: list[Node] = field(default_factory=list)
    mentioned: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return self.found.text

    @property
    def titled(self) -> str:
        return titled(self.found.title, self.found.text)

    @property
    def worded(self) -> str:
        """What its words are looked for in: also whose it is, of which industry and ownership, and what came of it."""
        properties = self.node.properties
        units = [node.properties["title"] for node in self.organization.nodes]
        said = [properties["industry"], properties["ownership"], *(node.properties["quote"] for node in self.outcomes)]
        more = [str(each) for each in (*units, *said) if each and str(each) not in self.text]
        return "\n".join((self.titled, *more))

    def facets(self, document: Node) -> dict[str, tuple[str, ...]]:
        """What a scope can select the practice by, save what decisions change and what is mentioned."""
        properties = self.node.properties
        values = {
            "collection": (properties["collection"],),
            "document": (document.id,),
            "case": (self.case,),
            "organization": self.organization.path,
            "industry": (properties["industry"],),
            "ownership": (properties["ownership"],),
            "has_outcome": ("yes" if self.outcomes else "no",),
            "sample": ("yes" if properties["sample"] else "no",),
            **self.mentioned,
        }
        return {name: kept for name, given in values.items() if (kept := tuple(str(value) for value in given if value))}

    def relations(self, document: str) -> Iterator[Relation]:
        """What ties the practice to its document, organisation and outcomes."""
        stated: dict[str, Value] = {"certainty": "stated", "sources": (document,)}
        yield Relation(self.node.id, "PART_OF", document, properties=stated)
        if self.organization.id:
            certainty = "stated" if self.organization.stated else "inferred"
            known = {**stated, "certainty": certainty}
            yield Relation(self.node.id, "CARRIED_OUT_BY", self.organization.id, properties=known)
        for outcome in self.outcomes:
            yield Relation(self.node.id, "HAS_OUTCOME", outcome.id, properties=stated)


def drafts_of(extracted: Extracted, text: str, source: Source, access: tuple[str, ...], sample: bool) -> list[Draft]:
    """All practices of a document in its order, with their outcomes."""
    rows = [(line.start, line.end) for line in extracted.lines if line.block.kind == "table_row"]
    seen: Counter[str] = Counter()
    drafts: list[Draft] = []
    for number, case in enumerate(extracted.cases, 1):
        details = case.details
        organization = organization_content(case.levels, details.ownership, details.industry, details.region)
        of_case: list[Draft] = []
        for found in case.practices:
            properties = {
                "title": found.title,
                "text": found.text,
                "external_id": details.external_id,
                "date": details.date,
                "industry": details.industry,
                "ownership": details.ownership,
                "region": details.region,
                "awards": details.awards,
                "organization": organization.name,
                "organization_id": organization.id,
                "document": source.document,
                "collection": source.collection,
                "access": access,
                "party_link": _PARTY.search(found.text) is not None,
                "sample": sample or bool(details.sample),
                "start": found.start,
                "end": found.end,
                "order": len(drafts) + len(of_case) + 1,
                "certainty": "stated",
            }
            id = _practice_id(source.document, details.external_id, found.text, seen)
            of_case.append(Draft(found, Node(id, "Practice", properties), organization, f"{source.document}#{number}"))
        _attach_outcomes(case, of_case, text, rows)
        drafts += of_case
    return drafts


def _practice_id(document: str, external_id: str | None, text: str, seen: Counter[str]) -> str:
    """From the source and the practice's own number, else its words; repeats are told apart by their occurrence."""
    if external_id:
        key = f"x:{external_id}"
        occurrence = f"\0{seen[key]}" if seen[key] else ""
    else:
        key = "t:" + re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
        occurrence = f"\0{seen[key]}"
    seen[key] += 1
    return "practice-" + short_hash(f"{document}\0{key}{occurrence}")


def _attach_outcomes(case: Case, drafts: Sequence[Draft], text: str, rows: Sequence[Stretch]) -> None:
    """Results told in a practice are its own; one told apart goes to the practice it shares most words with."""
    if not drafts:
        return
    told: set[tuple[str, str, str | None]] = set()
    for draft in drafts:
        for outcome in outcomes_in(text, (draft.found.start, draft.found.end), rows):
            told.add((outcome.indicator, outcome.value_text, outcome.direction))
            _add(draft, outcome)
    told_apart = case.outcomes and len(drafts) > 1
    words = [frozenset(index_tokens(draft.titled)) if told_apart else frozenset() for draft in drafts]
    common = Counter(token for tokens in words for token in tokens)
    for start, end in case.outcomes:
        sentences = [(start + each.start, start + each.end, each.text) for each in split_sentences(text[start:end])]
        for outcome in outcomes_in(text, (start, end), rows):
            said = outcome.indicator, outcome.value_text, outcome.direction
            if said in told:  # once in a sentence and once in a table
                continue
            told.add(said)
            around = (each for first, last, each in sentences if first < outcome.end and outcome.start < last)
            near = {token for sentence in around for token in index_tokens(sentence)}
            shares = [sum(1 / common[token] for token in near & tokens) for tokens in words]
            _add(drafts[shares.index(max(shares))], outcome)


def _add(draft: Draft, outcome: MeasuredOutcome) -> None:
    start, end = outcome.start, outcome.end
    if any(node.properties["start"] == start and node.properties["end"] == end for node in draft.outcomes):
        return
    properties = {
        "indicator": outcome.indicator,
        "value": outcome.value,
        "value_text": outcome.value_text,
        "unit": outcome.unit,
        "direction": outcome.direction,
        "quote": outcome.quote,
        "document": draft.node.properties["document"],
        "start": start,
        "end": end,
        "certainty": "stated",
    }
    draft.outcomes.append(Node(f"{draft.node.id}-o{len(draft.outcomes) + 1}", "Outcome", properties))
