"""A reviewer's decision on one practice and one requirement: recorded, and shown at once on the graph and in search."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from engines.store import ChangeSet, IndexedText, Reader, Record, Store
from ingest.content import Explained, Judged, PracticeContent
from ingest.decisions import DECIDED, PROPOSED, Decision, applicable, decisions_on, text_hash, withdrawn
from ingest.document_changes import facets_of, judgements
from ingest.judgement import Judge
from ingest.originals import Originals
from ingest.practice_nodes import titled
from ontology.graph import Node, Relation
from ontology.model import Ontology

RELATIONS: Final = ("full", "partial", "none")


class ReviewRefused(ValueError):
    """A decision that cannot be made. `code` is stable, the message Chinese."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class _Judged:
    """A practice's text and relations as they stand in the store."""

    node: Node
    text: IndexedText
    relations: tuple[Relation, ...]


class Reviewer:
    """Makes and withdraws decisions. Safe to share between threads and to run in several processes."""

    def __init__(self, store: Store, ontology: Ontology, judge: Judge, originals: Originals) -> None:
        self._store = store
        self._ontology = ontology
        self._judge = judge
        self._originals = originals

    def decide(
        self,
        practice: str,
        requirement: str,
        status: str,
        *,
        relation: str | None = None,
        reviewer: str | None = None,
        comment: str | None = None,
    ) -> Relation | None:
        """Accept, reject or set aside as not applicable; `proposed` withdraws the decision.

        relation: full, partial or none. A requirement that was not proposed may be decided on: then the
        relation SATISFIES comes into being, and goes again when the decision is withdrawn.
        Gives the relation as it now stands. Raises `ReviewRefused`: unknown_practice, unknown_requirement,
        unknown_status, unknown_relation; `StoreError`.
        """
        self._check(requirement, status, relation)
        with self._originals.locked():
            with self._store.reading() as reader:
                judged = self._stored(reader, practice)
                present = {one.requirement: one for one in decisions_on(reader, practice, self._judge.terms.clause_of)}
            records: tuple[Record, ...]
            if status == PROPOSED:
                present.pop(requirement, None)
                records = withdrawn(practice, requirement)
            else:
                decision = Decision(
                    practice=practice,
                    requirement=requirement,
                    status=status,
                    relation=relation,
                    reviewer=reviewer,
                    reviewed_at=datetime.now(UTC).isoformat(timespec="seconds"),
                    comment=comment,
                    statement=self._ontology.requirement(requirement).zh,
                    text_hash=text_hash(str(judged.node.properties["text"])),
                )
                present[requirement] = decision
                records = decision.records()
            after = self._judgements(judged, present)
            self._store.apply(self._changes(judged, after, records))
        return next((one for one in after if one.type == "SATISFIES" and one.target == requirement), None)

    def _check(self, requirement: str, status: str, relation: str | None) -> None:
        if requirement not in self._judge.terms.clause_of:
            raise ReviewRefused("unknown_requirement", f"没有编号为 {requirement} 的要求要点。")
        if status not in (*DECIDED, PROPOSED):
            raise ReviewRefused("unknown_status", f"结论应为 {'、'.join((*DECIDED, PROPOSED))} 之一，不是 {status}。")
        if relation is not None and relation not in RELATIONS:
            raise ReviewRefused("unknown_relation", f"佐证程度应为 {'、'.join(RELATIONS)} 之一，不是 {relation}。")

    def _stored(self, reader: Reader, practice: str) -> _Judged:
        node = next(iter(reader.nodes(ids=[practice], label="Practice")), None)
        text = next(iter(reader.texts(ids=[practice])), None)
        if node is None or text is None:
            raise ReviewRefused("unknown_practice", f"没有编号为 {practice} 的做法。")
        owner = str(node.properties["document"])
        relations = tuple(
            one
            for type in ("EVIDENCES", "SATISFIES")
            for one in reader.relations(owner=owner, type=type)
            if one.source == practice
        )
        return _Judged(node, text, relations)

    def _judgements(self, judged: _Judged, decisions: Mapping[str, Decision]) -> list[Relation]:
        """SATISFIES and EVIDENCES as they follow from what the model proposed and what is decided now."""
        content = PracticeContent(
            node=judged.node,
            tokens=judged.text.tokens,
            vector=None,
            clauses=_proposals(judged.relations, "EVIDENCES"),
            requirements=_proposals(judged.relations, "SATISFIES"),
            explanations={one.target: _explained(one) for one in judged.relations if one.type == "SATISFIES"},
            facets={},
        )
        model = next((str(one.properties["model"]) for one in judged.relations), self._judge.terms.model)
        terms = replace(self._judge.terms, model=model)
        return list(judgements(content, applicable(content, {judged.node.id: decisions}), terms))

    def _changes(self, judged: _Judged, after: Sequence[Relation], records: tuple[Record, ...]) -> ChangeSet:
        owner = str(judged.node.properties["document"])
        text = replace(judged.text, facets={**judged.text.facets, **facets_of(after)})
        stays = {(one.type, one.target) for one in after}
        if all((one.type, one.target) in stays for one in judged.relations):
            return ChangeSet(owner=owner, relations=tuple(after), texts=(text,), records=records)
        return self._rewritten(judged, owner, after, text, records)

    def _rewritten(
        self, judged: _Judged, owner: str, after: Sequence[Relation], text: IndexedText, records: tuple[Record, ...]
    ) -> ChangeSet:
        """The whole document as it stands, but for this practice: only so can a relation be taken away."""
        with self._store.reading() as reader:
            nodes = tuple(reader.nodes(owner=owner))
            kept = [
                one
                for one in reader.relations(owner=owner)
                if one.source != judged.node.id or one.type not in ("EVIDENCES", "SATISFIES")
            ]
            texts = tuple(text if one.id == text.id else one for one in reader.texts(owner=owner))
        practices = [node for node in nodes if node.label == "Practice"]
        return ChangeSet(
            owner=owner,
            removes=(owner,),
            nodes=nodes,
            relations=(*kept, *after),
            texts=texts,
            vectors=self._judge.vectors({node.id: _titled(node) for node in practices}),
            records=records,
        )


def _proposals(relations: Sequence[Relation], type: str) -> dict[str, Judged]:
    """What the model proposed, from the relations it left; a reviewer's own are no proposals."""
    found = {}
    for one in relations:
        method = str(one.properties["method"])
        if one.type == type and method != "manual":
            confidence = one.properties.get("confidence")
            assert confidence is None or isinstance(confidence, float)
            found[one.target] = Judged(confidence, True, method)
    return found


def _explained(relation: Relation) -> Explained:
    start, end = relation.properties["start"], relation.properties["end"]
    assert isinstance(start, int)
    assert isinstance(end, int)
    return Explained(str(relation.properties["explanation"]), start, end, str(relation.properties["quote"]))


def _titled(practice: Node) -> str:
    return titled(str(practice.properties["title"]), str(practice.properties["text"]))
