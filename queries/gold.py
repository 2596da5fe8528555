"""The gold set to measure search with: read from its folder, and stored as ingest would store it."""

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from analysis.alignment.model import Aligner, Alignment
from analysis.outcomes import find_outcomes
from analysis.tokens import index_tokens
from engines.embedder import Embedder
from engines.store import ChangeSet, IndexedText, Reader, Vector
from ontology.content import graph_of
from ontology.graph import Node, Relation
from ontology.model import Ontology

FILES: Final = ("practices.jsonl", "queries.jsonl", "judgements.tsv")
_COLLECTION: Final = "gold"


class GoldMissing(Exception):
    """The folder holds no gold set; the message (Chinese) says what is missing and what to do."""


@dataclass(frozen=True, slots=True)
class GoldQuery:
    """A query, its style, and practice id → grade (1 partly useful, 2 answers); empty = nothing answers."""

    id: str
    text: str
    style: str
    grades: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class GoldSet:
    """Practices as rows of their file (`id`, `title`, `text`, `clauses`, `requirements`, …) and the judged queries."""

    practices: tuple[Mapping[str, Any], ...]
    queries: tuple[GoldQuery, ...]


def read_gold(folder: Path) -> GoldSet:
    """Read `practices.jsonl`, `queries.jsonl` and `judgements.tsv`. Raises `GoldMissing`."""
    if missing := [name for name in FILES if not (folder / name).is_file()]:
        raise GoldMissing(
            f"{folder} 里没有评测集（缺少 {'、'.join(missing)}）；"
            "评测集随源代码提供（tests/gold），不随安装包分发：请在源代码目录中运行，或用 --gold 指明其位置"
        )
    grades: dict[str, dict[str, int]] = {}
    for line in (folder / "judgements.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        query, practice, grade = line.split("\t")
        grades.setdefault(query, {})[practice] = int(grade)
    rows = _rows(folder / "queries.jsonl")
    return GoldSet(
        practices=tuple(_rows(folder / "practices.jsonl")),
        queries=tuple(GoldQuery(row["id"], row["q"], row["style"], grades.get(row["id"], {})) for row in rows),
    )


def _rows(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


@contextmanager
def practices_stored(
    rows: tuple[Mapping[str, Any], ...],
    ontology: Ontology,
    embedder: Embedder,
    alignments: list[Alignment],
) -> Iterator[Reader]:
    """A reader over a temporary embedded store with these practices, each in a document of its own.

    `alignments` are what the practices are proposed to evidence, in their order.
    """
    from engines.embedded.store import open_embedded

    nodes, relations = graph_of(ontology)
    with tempfile.TemporaryDirectory() as folder:
        store = open_embedded(Path(folder) / "gold.db")
        try:
            store.apply(ChangeSet(owner="ontology", nodes=nodes, relations=relations))
            store.apply(_content(rows, embedder, alignments))
            with store.reading() as reader:
                yield reader
        finally:
            store.close()


@contextmanager
def gold_stored(gold: GoldSet, ontology: Ontology, embedder: Embedder, aligner: Aligner) -> Iterator[Reader]:
    """A reader over the gold practices with the proposals that the aligner makes for them."""
    alignments = aligner.align_many([_titled(row) for row in gold.practices])
    with practices_stored(gold.practices, ontology, embedder, alignments) as reader:
        yield reader


def _titled(row: Mapping[str, Any]) -> str:
    title = row.get("title") or ""
    return f"{title}\n{row['text']}" if title else str(row["text"])


def _content(rows: tuple[Mapping[str, Any], ...], embedder: Embedder, alignments: list[Alignment]) -> ChangeSet:
    vectors = embedder.embed_passages([_titled(row) for row in rows])
    nodes: list[Node] = []
    relations: list[Relation] = []
    texts: list[IndexedText] = []
    for row, alignment in zip(rows, alignments, strict=True):
        id, document = row["id"], f"doc-{row['id']}"
        clauses = {each.id: each.confidence for each in alignment.clauses if each.proposed}
        requirements = {each.id: each.confidence for each in alignment.requirements if each.proposed}
        said = {"title": row.get("title") or "", "text": row["text"], "document": document, "collection": _COLLECTION}
        place = {"industry": row.get("industry"), "ownership": row.get("ownership")}
        nodes += [
            Node(document, "Document", {"kind": "case", "title": said["title"], "collection": _COLLECTION, "name": id}),
            Node(id, "Practice", {**said, **place}),
        ]
        relations.append(Relation(id, "PART_OF", document))
        for type, proposed in (("EVIDENCES", clauses), ("SATISFIES", requirements)):
            relations += [
                Relation(id, type, target, properties={"confidence": confidence, "status": "proposed"})
                for target, confidence in proposed.items()
            ]
        facets = {
            "collection": (_COLLECTION,),
            "document": (document,),
            "clause": tuple(clauses),
            "requirement": tuple(requirements),
            "status": ("proposed",) if requirements else (),
            "requirement_status": tuple(f"{requirement}:proposed" for requirement in requirements),
            "graded": alignment.graded,
            "has_outcome": ("yes" if find_outcomes(row["text"]) else "no",),
        }
        texts.append(IndexedText(id, "practice", index_tokens(_titled(row)), {k: v for k, v in facets.items() if v}))
    found: dict[str, Vector] = {row["id"]: vector for row, vector in zip(rows, vectors, strict=True)}
    return ChangeSet(
        owner=_COLLECTION,
        nodes=tuple(nodes),
        relations=tuple(relations),
        texts=tuple(texts),
        vectors={embedder.fingerprint: found},
    )
