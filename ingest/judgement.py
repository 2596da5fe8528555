"""What the aligner makes of practices, in the form that is stored: judgements, and the words that bear them out."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from analysis.alignment.model import Aligner, ClauseScore, RequirementScore
from analysis.tokens import index_tokens
from engines.embedder import Embedder
from engines.store import Vector
from ingest.content import Explained, Judged, PracticeContent, Terms
from ingest.practice_nodes import Draft
from ontology.graph import Node
from ontology.model import Ontology

# Texts judged and embedded at a time: bounds the memory that a list of many thousand rows takes.
_SLICE: Final = 512
# How the aligner came to a figure, as relations name it; without training texts it is a score, no probability.
_METHODS: Final = {"trained": "auto", "zero-shot": "zero-shot"}


class Judge:
    """Aligns, embeds and tokenises practices. Stateless; safe to share between threads."""

    def __init__(self, ontology: Ontology, aligner: Aligner, embedder: Embedder) -> None:
        self._aligner = aligner
        self._embedder = embedder
        clause_of = {requirement.id: requirement.clause for requirement in ontology.requirements}
        statement_of = {requirement.id: requirement.zh for requirement in ontology.requirements}
        self.terms = Terms(aligner.model, clause_of, statement_of, self._explain_practice, self.align)

    def judge(self, drafts: Sequence[Draft], document: Node) -> Iterator[PracticeContent]:
        """The practices of a document in their order."""
        for first in range(0, len(drafts), _SLICE):
            part = drafts[first : first + _SLICE]
            alignments = self._aligner.align_many([draft.text for draft in part])
            vectors = self._embedder.embed_passages([draft.titled for draft in part])
            for draft, alignment, vector in zip(part, alignments, vectors, strict=True):
                node = Node(draft.node.id, "Practice", {**draft.node.properties, "abstained": alignment.abstained})
                yield PracticeContent(
                    node=node,
                    tokens=index_tokens(draft.worded),
                    vector=vector.copy(),
                    clauses=_proposed(alignment.clauses),
                    requirements=_proposed(alignment.requirements),
                    explanations={
                        requirement.id: self.explain(draft.text, draft.found.start, requirement.id)
                        for requirement in alignment.requirements
                        if requirement.proposed
                    },
                    facets={**draft.facets(document), "graded": alignment.graded},
                )

    def explain(self, text: str, offset: int, requirement: str) -> Explained:
        """Which words of `text` meet the requirement, and its best sentence; `offset` = where the text begins."""
        told = [
            {"start": one.start, "end": one.end, "words": one.words, "meets": one.meets, "basis": one.basis}
            for one in self._aligner.explain(text, requirement)
        ]
        start, end = self._aligner.best_span(text, requirement)
        start, end = (start, end) if start < end else (0, len(text))
        return Explained(json.dumps(told, ensure_ascii=False), offset + start, offset + end, text[start:end])

    def _explain_practice(self, practice: PracticeContent, requirement: str) -> Explained:
        start = practice.node.properties["start"]
        assert isinstance(start, int)
        return self.explain(practice.text, start, requirement)

    def align(self, text: str) -> tuple[dict[str, Judged], dict[str, Judged]]:
        """Clause id → judgement and requirement id → judgement of one text."""
        alignment = self._aligner.align(text)
        return _judged(alignment.clauses), _judged(alignment.requirements)

    def vectors(self, texts: Mapping[str, str]) -> dict[str, dict[str, Vector]]:
        """Embedder fingerprint → id → vector of titled texts."""
        matrix = self._embedder.embed_passages(list(texts.values()))
        return {self._embedder.fingerprint: {id: row.copy() for id, row in zip(texts, matrix, strict=True)}}


def _judged(scores: Iterable[ClauseScore | RequirementScore]) -> dict[str, Judged]:
    return {one.id: Judged(one.confidence, one.proposed, _METHODS[one.method]) for one in scores}


def _proposed(scores: Iterable[ClauseScore | RequirementScore]) -> dict[str, Judged]:
    return _judged(one for one in scores if one.proposed)
