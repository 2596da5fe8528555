"""From a document as read to everything derived from it, before reviewers' decisions are applied."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from analysis.alignment.model import Aligner
from analysis.annotate import Annotator
from analysis.citations import CitationFinder
from engines.embedder import Embedder
from ingest.content import DocumentContent
from ingest.judgement import Judge
from ingest.passages import passages_of
from ingest.practice_nodes import Draft, drafts_of
from ingest.practices import Extracted, extract
from ingest.readers.document import SourceDocument
from ingest.source import Source, short_hash
from ontology.graph import Node, Relation, Value
from ontology.model import Mechanism, Ontology, Role, Term

# Changes whenever documents are divided or annotated differently, so that stale ones can be told.
_FORM: Final = "2"


@dataclass(frozen=True, slots=True)
class Given:
    """What ingest is told about a document besides its text; kept when the document is derived anew."""

    source: Source
    content_hash: str
    stored_at: str
    access: tuple[str, ...]
    sample: bool


class Analyst:
    """Derives the content of documents. Stateless between them; safe to share between threads."""

    def __init__(
        self,
        ontology: Ontology,
        aligner: Aligner,
        annotator: Annotator,
        citation_finder: CitationFinder,
        embedder: Embedder,
    ) -> None:
        self._things = ontology.things
        self._annotator = annotator
        self._citations = citation_finder
        self.judge = Judge(ontology, aligner, embedder)
        self._embedder = embedder.fingerprint
        # Changes with ontology, aligner and embedder: a document derived under another one is stale.
        self.version = short_hash("\0".join((_FORM, ontology.fingerprint, aligner.model, self._embedder)))

    def derive(self, document: SourceDocument, given: Given) -> DocumentContent:
        """All that the document's text gives under the present ontology and models."""
        extracted = extract(document)
        sample = given.sample or extracted.sample
        owner = given.source.document
        drafts = drafts_of(extracted, document.text, given.source, given.access, sample)
        passages = passages_of(extracted.lines, owner)
        relations: list[Relation] = [
            *passages.relations,
            *self._cited(passages.nodes, owner),
            *self._mentioned(drafts, owner),
        ]
        for draft in drafts:
            relations += draft.relations(owner)
            relations += passages.evidence(draft.node.id, document.text, draft.found.start, draft.found.end)
        organizations = {node.id: node for draft in drafts for node in draft.organization.nodes}
        relations += {part.source: part for draft in drafts for part in draft.organization.relations}.values()
        warnings = (*map(str, document.warnings), *_nameless(drafts))
        node = _document_node(document, extracted, given, sample, warnings)
        return DocumentContent(
            document=node,
            organizations=tuple(organizations.values()),
            nodes=(*passages.nodes, *(outcome for draft in drafts for outcome in draft.outcomes)),
            relations=tuple(relations),
            practices=tuple(self.judge.judge(drafts, node)),
            embedder=self._embedder,
            version=self.version,
            terms=self.judge.terms,
        )

    def _mentioned(self, drafts: Sequence[Draft], owner: str) -> Iterator[Relation]:
        """USES, EMPLOYS and ASSIGNED_TO of each practice, once for a concept, with the words that name it first."""
        many = self._annotator.annotate_many([draft.text for draft in drafts])
        for draft, mentions in zip(drafts, many, strict=True):
            named = {mention.node: mention.text for mention in reversed(mentions)}
            draft.mentioned = {
                "mechanism": tuple(sorted(id for id in named if isinstance(self._things[id], Mechanism))),
                "role": tuple(sorted(id for id in named if isinstance(self._things[id], Role))),
            }
            for id, words in sorted(named.items()):
                properties: dict[str, Value] = {"certainty": "stated", "sources": (owner,), "quote": words}
                match self._things[id]:
                    case Term():
                        yield Relation(draft.node.id, "USES", id, properties=properties)
                    case Mechanism():
                        yield Relation(draft.node.id, "EMPLOYS", id, properties=properties)
                    case Role():
                        yield Relation(draft.node.id, "ASSIGNED_TO", id, "mentioned", properties)

    def _cited(self, passages: Iterable[Node], owner: str) -> Iterator[Relation]:
        """CITES of each passage, once for a document or clause, where it is cited first."""
        for passage in passages:
            start = passage.properties["start"]
            assert isinstance(start, int)
            told: set[str] = set()
            for cited in self._citations.find(str(passage.properties["text"])):
                target = cited.clause if cited.clause in self._things else cited.document
                if target is None or target in told or target not in self._things:
                    continue
                told.add(target)
                properties: dict[str, Value] = {
                    "role": "cited",
                    "dated": cited.dated,
                    "quote": cited.text,
                    "start": start + cited.start,
                    "end": start + cited.end,
                    "certainty": "stated",
                    "sources": (owner,),
                }
                yield Relation(passage.id, "CITES", target, properties=properties)


def _nameless(drafts: Sequence[Draft]) -> Iterator[str]:
    """Says so when practices stand there without an organisation: they are missed by whoever looks for one."""
    count = sum(draft.organization.id is None for draft in drafts)
    if count:
        how = "可在正文前写一行“企业：…”，案例清单可加一列“企业”，然后重新存入"
        whose = "所属单位" if count == len(drafts) else f" {count} 条做法的所属单位"
        yield f"没有读出{whose}，按单位查找和统计时不含在内；{how}"


def _document_node(
    document: SourceDocument, extracted: Extracted, given: Given, sample: bool, warnings: tuple[str, ...]
) -> Node:
    return Node(
        given.source.document,
        "Document",
        {
            "kind": "case",
            "kind_zh": "案例",
            "title": extracted.title,
            "collection": given.source.collection,
            "name": given.source.name,
            "content_hash": given.content_hash,
            "media_type": document.media_type,
            "access": given.access,
            "sample": sample,
            "stored_at": given.stored_at,
            "warnings": warnings,
            "certainty": "stated",
        },
    )
