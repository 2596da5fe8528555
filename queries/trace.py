"""Trace: what a node is connected with, breadth first, and by which simple paths."""

from collections.abc import Iterable, Sequence
from typing import Final

from engines.store import Reader
from ontology.graph import Node
from ontology.model import Certainty
from queries.answers import TraceAnswer, TraceEdge, TraceNode, TracePath
from queries.errors import BadQuestion, UnknownId
from queries.hops import Direction, Kinds, edge, hop, ref_of
from queries.visibility import Access, visible

DEEPEST: Final = 6
MOST_NODES: Final = 200
MOST_PATHS: Final = 200
FAN_OUT: Final = 25  # relations listed that arrive at one node: a requirement may have ten thousand practices


def trace(
    reader: Reader,
    start: str,
    *,
    access: Access,
    direction: Direction = "both",
    relations: Iterable[str] = (),
    depth: int = 2,
    most_nodes: int = MOST_NODES,
    fan_out: int = FAN_OUT,
) -> TraceAnswer:
    """All that is within `depth` steps (1…6) of `start` over `relations` (types or kinds; none = all).

    Nodes come by depth, then id; edges by (source, kind, target); paths are the simple ones from `start` to each
    node, shortest first. `truncated` says that a bound cut something off. Raises `UnknownId`, and `BadQuestion`
    for a depth out of range.
    """
    if not 1 <= depth <= DEEPEST:
        raise BadQuestion(f"depth 应在 1 到 {DEEPEST} 之间")
    first = visible(reader, list(reader.nodes(ids=(start,))), access)
    if not first:
        raise UnknownId("node", start)
    kinds = Kinds.of(reader, relations)
    nodes = {start: first[0]}
    depths = {start: 0}
    edges: dict[tuple[str, str, str], TraceEdge] = {}
    frontier, truncated = [start], False
    for step in range(1, depth + 1):
        found = hop(reader, {id: nodes[id].label for id in frontier}, direction, kinds, access, fan_out)
        truncated = truncated or bool(found.cut)
        ends = dict.fromkeys(end for row in found.rows for end in (row["source"], row["target"]) if end not in nodes)
        arrived = (
            sorted(visible(reader, list(reader.nodes(ids=tuple(ends))), access), key=lambda node: node.id)
            if ends
            else []
        )
        room = most_nodes - len(nodes)
        truncated = truncated or len(arrived) > room
        arrived = arrived[:room]
        nodes |= {node.id: node for node in arrived}
        depths |= {node.id: step for node in arrived}
        labels = {id: node.label for id, node in nodes.items()}
        for row in found.rows:
            if row["source"] in nodes and row["target"] in nodes:
                edges.setdefault((row["source"], row["kind"], row["target"]), edge(row, labels))
        frontier = [node.id for node in arrived]
        if not frontier:
            break
    ordered = [edges[key] for key in sorted(edges)]
    paths, more = _paths(start, ordered, direction, depth, most_nodes)
    return TraceAnswer(
        start=_trace_node(nodes[start], 0),
        nodes=tuple(_trace_node(nodes[id], depths[id]) for id in sorted(nodes, key=lambda id: (depths[id], id))),
        edges=tuple(ordered),
        paths=tuple(paths),
        counts=_counts(ordered),
        truncated=truncated or more,
    )


def _trace_node(node: Node, depth: int) -> TraceNode:
    ref = ref_of(node.id, node.label, node.properties)
    return TraceNode(id=ref.id, label=ref.label, title=ref.title, depth=depth, certainty=ref.certainty)


def _counts(edges: Sequence[TraceEdge]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for each in edges:
        certainty = each.certainty or Certainty.UNKNOWN.value
        counts[certainty] = counts.get(certainty, 0) + 1
    return dict(sorted(counts.items()))


Walk = tuple[tuple[str, ...], tuple[TraceEdge, ...]]


def _paths(
    start: str, edges: Sequence[TraceEdge], direction: Direction, depth: int, most_nodes: int
) -> tuple[list[TracePath], bool]:
    """Simple paths of at most `depth` steps, shortest first: one to every node, then others up to `MOST_PATHS`."""
    steps: dict[str, list[tuple[str, TraceEdge]]] = {}
    for each in edges:
        if direction != "in":
            steps.setdefault(each.source, []).append((each.target, each))
        if direction != "out":
            steps.setdefault(each.target, []).append((each.source, each))
    for after in steps.values():
        after.sort(key=lambda step: (step[0], step[1].kind))
    first: dict[str, Walk] = {}
    others: list[Walk] = []
    level: list[Walk] = [((start,), ())]
    most = max(MOST_PATHS, most_nodes)
    cut = False
    for _ in range(depth):
        following: list[Walk] = []
        for nodes, walked in level:
            for end, taken in steps.get(nodes[-1], ()):
                if end in nodes:
                    continue
                walk = ((*nodes, end), (*walked, taken))
                if end not in first:
                    first[end] = walk
                elif len(others) < most:
                    others.append(walk)
                else:
                    cut = True
                    continue
                following.append(walk)
        level = following
    kept = [*first.values(), *others]
    cut = cut or len(kept) > most
    kept = sorted(kept[:most], key=lambda walk: (len(walk[0]), walk[0], tuple(each.kind for each in walk[1])))
    return [_path(*walk) for walk in kept], cut


def _path(nodes: tuple[str, ...], edges: tuple[TraceEdge, ...]) -> TracePath:
    certainties = {each.certainty for each in edges}
    # A chain is no surer than its weakest link.
    weakest = next(
        (
            certainty.value
            for certainty in (Certainty.UNKNOWN, Certainty.UNVERIFIED, Certainty.INFERRED)
            if certainty in certainties
        ),
        Certainty.UNKNOWN.value if None in certainties else Certainty.STATED.value,
    )
    return TracePath(nodes=nodes, kinds=tuple(each.kind for each in edges), certainty=weakest)
