"""Decisions on requirements that a site words anew: the graph follows at once, without any model."""

from collections.abc import Iterable

from engines.store import Store
from ingest.content import Explained, Judged, PracticeContent, Terms
from ingest.decisions import read_decisions
from ingest.originals import Originals
from ingest.review_desk import Desk
from ontology.model import Ontology

_CHUNK = 500


def reworded(before: Ontology, after: Ontology) -> frozenset[str]:
    """The requirements whose wording differs between two ontologies."""
    said = {requirement.id: requirement.zh for requirement in before.requirements}
    return frozenset(each.id for each in after.requirements if said.get(each.id) not in (None, each.zh))


def follow_wording(store: Store, originals: Originals, ontology: Ontology, requirements: Iterable[str]) -> int:
    """Have the graph follow decisions on requirements that were worded anew: an accepted one waits again.

    It looks at nothing else, so that neither models nor originals are needed. How many practices it touched.
    """
    wanted = frozenset(requirements)
    if not wanted:
        return 0
    touched = 0
    with originals.locked():
        with store.reading() as reader:
            practices = [id for id, made in read_decisions(reader).items() if wanted & made.keys()]
        for first in range(0, len(practices), _CHUNK):
            part = sorted(practices)[first : first + _CHUNK]
            with store.reading() as reader:
                desk = Desk(reader, part, _terms(ontology))
                for practice in part:
                    desk.touch(practice)
                changes = list(desk.changes(store))
            for change in changes:
                store.apply(change)
                touched += len(change.texts)
    return touched


def _terms(ontology: Ontology) -> Terms:
    """Terms that say nothing new: what was decided on has its relation, with its figures and words."""
    requirements = {each.id: each for each in ontology.requirements}
    return Terms(
        model="",
        clause_of={id: each.clause for id, each in requirements.items()},
        statement_of={id: each.zh for id, each in requirements.items()},
        explain=_unexplained,
        align=_unaligned,
    )


def _unexplained(practice: PracticeContent, requirement: str) -> Explained:
    start = practice.node.properties["start"]
    assert isinstance(start, int)
    return Explained("[]", start, start + len(practice.text), practice.text)


def _unaligned(text: str) -> tuple[dict[str, Judged], dict[str, Judged]]:
    return {}, {}
