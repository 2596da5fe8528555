"""What a batch of verdicts works on: practices as stored, what is on record of them, and the changes that follow."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from engines.store import ChangeSet, IndexedText, Reader, Record, Store
from ingest.content import Explained, Judged, PracticeContent, Terms
from ingest.decisions import Decision, decisions_on, new_revision, placed, read_decisions
from ingest.document_changes import facets_of, judgements
from ingest.review_history import Step, read_steps, read_votes, steps_record, votes_record
from ingest.review_verdicts import Pair, ReviewRefused, Vote
from ontology.graph import Node, Relation

# Up to so many practices the decisions on each are looked up; beyond, all are read at once.
_FEW = 3


@dataclass(slots=True)
class _Practice:
    """A practice's text and relations as they stand in the store, and the decisions on it as they come to stand."""

    node: Node
    text: IndexedText
    place: Mapping[str, str | None]
    relations: list[Relation] = field(default_factory=list)
    decisions: dict[str, Decision] = field(default_factory=dict)


class Desk:
    """Reads under the lock, collects what a batch changes in memory, and gives it as change sets."""

    def __init__(self, reader: Reader, practices: Iterable[str], terms: Terms) -> None:
        self._reader = reader
        self._terms = terms
        self._practices = _stored(reader, sorted(set(practices)), terms)
        self._votes: dict[str, tuple[Vote, ...]] = {}
        self._steps: dict[str, tuple[Step, ...]] = {}
        self._touched: set[str] = set()
        self._records: dict[tuple[str, str], Record] = {}
        self._follows: dict[str, list[Relation]] = {}

    def pair(self, practice: str, requirement: str) -> Pair:
        """What stands of a pair, this batch's earlier verdicts included. Raises `ReviewRefused`: unknown_practice."""
        held = self._practices.get(practice)
        if held is None:
            raise ReviewRefused("unknown_practice", f"没有编号为 {practice} 的做法。")
        key = f"{practice}|{requirement}"
        if key not in self._votes:
            self._votes[key] = read_votes(self._reader, key)
        return Pair(
            practice,
            requirement,
            str(held.node.properties["text"]),
            self._terms.statement_of[requirement],
            held.decisions.get(requirement),
            self._votes[key],
        )

    def place(self, practice: str) -> Mapping[str, str | None]:
        """Title, collection, name, external id: what a decision remembers of the practice."""
        return self._practices[practice].place

    def put(self, pair: Pair, decision: Decision | None, votes: tuple[Vote, ...], step: Step) -> None:
        """Let this stand of the pair from now on, and remember how it came about."""
        held, key = self._practices[pair.practice], f"{pair.practice}|{pair.requirement}"
        if decision != pair.decision:
            self.touch(pair.practice)
            if decision is None:
                held.decisions.pop(pair.requirement, None)
                assert pair.decision is not None
                self._keep(replace(pair.decision.record(), value=None))
            else:
                held.decisions[pair.requirement] = decision
                self._keep(decision.record())
        if votes != pair.votes:
            self._votes[key] = votes
            self._keep(votes_record(key, votes))
        if key not in self._steps:
            self._steps[key] = read_steps(self._reader, key, pair.decision)
        self._steps[key] = (*self._steps[key], step)
        self._keep(steps_record(key, self._steps[key]))

    def touch(self, practice: str) -> None:
        """Have the practice's relations follow its decisions anew."""
        if practice in self._practices:
            self._touched.add(practice)
            self._follows.pop(practice, None)

    def relation(self, practice: str, requirement: str) -> Relation | None:
        """SATISFIES as it stands after the batch."""
        after = self._after(self._practices[practice])
        return next((one for one in after if one.type == "SATISFIES" and one.target == requirement), None)

    def changes(self, store: Store) -> Iterator[ChangeSet]:
        """One change set a document, with the records of its practices: an interruption between two of them leaves
        each pair either as it was or as it was decided. Nothing when nothing changes."""
        records: dict[str, list[Record]] = {}
        touched: dict[str, list[_Practice]] = {}
        for record in self._records.values():
            records.setdefault(self._owner(record.key.partition("|")[0]), []).append(record)
        for practice in sorted(self._touched):
            touched.setdefault(self._owner(practice), []).append(self._practices[practice])
        for owner in sorted(records.keys() | touched.keys()):
            kept = (*records[owner], new_revision()) if owner in records else ()
            if owner in touched:
                yield self._of_document(store, owner, touched[owner], kept)
            else:
                yield ChangeSet(records=kept)

    def _owner(self, practice: str) -> str:
        return str(self._practices[practice].node.properties["document"])

    def _keep(self, record: Record) -> None:
        self._records[record.kind, record.key] = record

    def _after(self, held: _Practice) -> list[Relation]:
        """SATISFIES and EVIDENCES as they follow from what the model proposed and what is decided now."""
        if held.node.id in self._follows:
            return self._follows[held.node.id]
        satisfies = [one for one in held.relations if one.type == "SATISFIES"]
        content = PracticeContent(
            node=held.node,
            tokens=held.text.tokens,
            vector=None,
            clauses={one.target: _judged(one) for one in held.relations if one.type == "EVIDENCES"},
            requirements={one.target: _judged(one) for one in satisfies},
            explanations={one.target: _explained(one) for one in satisfies},
            facets={},
        )
        model = next((str(one.properties["model"]) for one in held.relations), self._terms.model)
        after = list(judgements(content, held.decisions, replace(self._terms, model=model)))
        self._follows[held.node.id] = after
        return after

    def _of_document(
        self, store: Store, owner: str, practices: Sequence[_Practice], records: tuple[Record, ...]
    ) -> ChangeSet:
        relations: list[Relation] = []
        texts: dict[str, IndexedText] = {}
        vanishing = False
        for held in practices:
            after = self._after(held)
            stays = {(one.type, one.target) for one in after}
            vanishing = vanishing or any((one.type, one.target) not in stays for one in held.relations)
            relations += after
            texts[held.text.id] = replace(held.text, facets={**held.text.facets, **facets_of(after)})
        if not vanishing:
            return ChangeSet(owner=owner, relations=tuple(relations), texts=tuple(texts.values()), records=records)
        return self._rewritten(store, owner, relations, texts, records)

    def _rewritten(
        self,
        store: Store,
        owner: str,
        after: Sequence[Relation],
        texts: Mapping[str, IndexedText],
        records: tuple[Record, ...],
    ) -> ChangeSet:
        """The whole document as it stands, but for these practices: only so can a relation be taken away."""
        reader = self._reader
        kept = [
            one
            for one in reader.relations(owner=owner)
            if one.source not in texts or one.type not in ("EVIDENCES", "SATISFIES")
        ]
        return ChangeSet(
            owner=owner,
            removes=(owner,),
            nodes=tuple(reader.nodes(owner=owner)),
            relations=(*kept, *after),
            texts=tuple(texts.get(one.id, one) for one in reader.texts(owner=owner)),
            vectors={made_by: dict(reader.vectors(made_by, owner=owner)) for made_by in store.status().vector_sets},
            records=records,
        )


def _stored(reader: Reader, ids: Sequence[str], terms: Terms) -> dict[str, _Practice]:
    """The practices among `ids` by id, with their relations and decisions."""
    if not ids:
        return {}
    nodes = {node.id: node for node in reader.nodes(ids=ids, label="Practice")}
    texts = {text.id: text for text in reader.texts(ids=list(nodes))} if nodes else {}
    owners = sorted({str(nodes[id].properties["document"]) for id in texts})
    documents = {node.id: node for node in reader.nodes(ids=owners)} if owners else {}
    held = {
        id: _Practice(nodes[id], text, placed(nodes[id], documents.get(str(nodes[id].properties["document"]))))
        for id, text in texts.items()
    }
    for owner in owners:
        for type in ("EVIDENCES", "SATISFIES"):
            for one in reader.relations(owner=owner, type=type):
                if one.source in held:
                    held[one.source].relations.append(one)
    if len(held) > _FEW:
        for practice, made in read_decisions(reader).items():
            if practice in held:
                held[practice].decisions.update(made)
    else:
        for practice in held:
            found = decisions_on(reader, practice, terms.clause_of)
            held[practice].decisions.update({one.requirement: one for one in found})
    return held


def _judged(relation: Relation) -> Judged:
    """What the model said, from the relation it left: a reviewer's own relation was no proposal."""
    method = str(relation.properties["method"])
    confidence = relation.properties.get("confidence")
    assert confidence is None or isinstance(confidence, float)
    return Judged(confidence, method != "manual", method if method != "manual" else "auto")


def _explained(relation: Relation) -> Explained:
    start, end = relation.properties["start"], relation.properties["end"]
    assert isinstance(start, int)
    assert isinstance(end, int)
    return Explained(str(relation.properties["explanation"]), start, end, str(relation.properties["quote"]))
