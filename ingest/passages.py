"""The passages of a document: its blocks as nodes, and which of them a stretch of text lies in."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ingest.outline import Line
from ontology.graph import Node, Relation, Value


@dataclass(frozen=True, slots=True)
class Passages:
    """Nodes in the order of the text, and their PART_OF. `starts`, `ends`: their offsets in it.

    Relations name the document as their source: it states them, not the standard or its note.
    """

    document: str
    nodes: tuple[Node, ...]
    relations: tuple[Relation, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def evidence(self, practice: str, text: str, start: int, end: int) -> Iterator[Relation]:
        """EVIDENCED_BY for each passage that `start:end` of the document's text overlaps, with the words in it."""
        at = max(bisect_right(self.starts, start) - 1, 0)
        while at < len(self.nodes) and self.starts[at] < end:
            first, last = max(start, self.starts[at]), min(end, self.ends[at])
            if first < last:
                properties: dict[str, Value] = {
                    "start": first,
                    "end": last,
                    "quote": text[first:last],
                    "certainty": "stated",
                    "sources": (self.document,),
                }
                yield Relation(practice, "EVIDENCED_BY", self.nodes[at].id, properties=properties)
            at += 1


def passages_of(lines: Sequence[Line], document: str) -> Passages:
    """A passage for every line but headings; they show as the path of the passages under them."""
    kept = [line for line in lines if line.role not in ("heading", "title")]
    nodes = tuple(_node(line, document, order) for order, line in enumerate(kept, start=1))
    return Passages(
        document=document,
        nodes=nodes,
        relations=tuple(
            Relation(
                node.id, "PART_OF", document, properties={"order": order, "certainty": "stated", "sources": (document,)}
            )
            for order, node in enumerate(nodes, start=1)
        ),
        starts=tuple(line.start for line in kept),
        ends=tuple(line.end for line in kept),
    )


def _node(line: Line, document: str, order: int) -> Node:
    block = line.block
    return Node(
        f"{document}-p{order}",
        "Passage",
        {
            "text": line.text,
            "heading": " > ".join(line.path) or None,
            "block_kind": block.kind,
            "document": document,
            "page": block.page,
            "slide": block.slide,
            "sheet": block.sheet,
            "row": block.row,
            "start": line.start,
            "end": line.end,
            "order": order,
        },
    )
