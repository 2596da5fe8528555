"""What reviewers' decisions teach: texts of practices with the requirements accepted and rejected for them."""

from dataclasses import dataclass

from analysis.alignment.decided import DecidedText
from engines.store import Reader
from ingest.decisions import read_decisions
from ontology.model import Ontology


@dataclass(frozen=True, slots=True)
class Lessons:
    """`texts`: what can be learned from. The rest is left out, by decisions: on samples, suspect, orphaned
    (practice or requirement gone), and 不适用, which says nothing about a text."""

    texts: tuple[DecidedText, ...]
    samples: int
    suspect: int
    orphaned: int
    not_applicable: int


def lessons(reader: Reader, ontology: Ontology) -> Lessons:
    """The accepted and rejected decisions that hold for the texts as they are now."""
    statements = {requirement.id: requirement.zh for requirement in ontology.requirements}
    decisions = read_decisions(reader)
    nodes = {node.id: node for node in reader.nodes(ids=sorted(decisions), label="Practice")} if decisions else {}
    counts = dict.fromkeys(("samples", "suspect", "orphaned", "not_applicable"), 0)
    texts = []
    for practice, made in sorted(decisions.items()):
        node = nodes.get(practice)
        said: dict[str, set[str]] = {"accepted": set(), "rejected": set()}
        for requirement, decision in made.items():
            if node is None or requirement not in statements:
                counts["orphaned"] += 1
            elif decision.status == "not-applicable":
                counts["not_applicable"] += 1
            elif not decision.holds(str(node.properties["text"]), statements[requirement]):
                counts["suspect"] += 1
            elif node.properties.get("sample"):
                counts["samples"] += 1
            else:
                said[decision.status].add(requirement)
        if node is not None and any(said.values()):
            texts.append(
                DecidedText(
                    str(node.properties["text"]),
                    frozenset(said["accepted"]),
                    frozenset(said["rejected"]),
                    str(node.properties["document"]),
                )
            )
    return Lessons(tuple(texts), **counts)
