"""What an export is about: everything, an organisation with all below it, or a collection; read in one view."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from engines.store import Reader, Store
from ontology.graph import Node
from queries.answers import ClauseRecord, OrganizationRef, RequirementRecord
from queries.clauses import clause_tree
from queries.errors import BadQuestion, UnknownId
from queries.organizations import organization
from queries.practices import Card, cards, organization_refs
from queries.requirements import requirements
from queries.visibility import Access, below

_CHUNK: Final = 200
Progress = Callable[[int, int], None]


def _silent(done: int, total: int) -> None:
    del done, total


@dataclass(frozen=True, slots=True)
class Options:
    """What may be asked of an export; a format takes no notice of what it has no use for.

    organization: id or name, with all units below it. accepted_only: leave out whatever no person has accepted.
    clauses: SSSOM also maps practices to clauses. license: address of the licence that an SSSOM set is given out under.
    per_point: most practices listed for one requirement point of a self-assessment (accepted ones always are).
    """

    organization: str | None = None
    collection: str | None = None
    accepted_only: bool = False
    clauses: bool = False
    license: str | None = None
    per_point: int = 10


@dataclass(frozen=True, slots=True)
class About:
    """What is the same for everything that one product and one moment give out."""

    version: str
    base_iri: str
    ontology: str  # fingerprint
    at: datetime


@dataclass(slots=True)
class Material:
    """The content of one export. Not shared between threads; its view is held until `release` or the end.

    ids: of the practices chosen. sample: whether any of them is a sample. units: the organisation and all below it.
    collections: all that hold practices, whatever was chosen.
    """

    about: About
    options: Options
    reader: Reader
    access: Access
    progress: Progress
    release: Callable[[], None]
    whose: OrganizationRef | None = None
    units: dict[str, OrganizationRef] = field(default_factory=dict)
    ids: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    sample: bool = False
    generation: int = 0
    requirements: tuple[RequirementRecord, ...] = ()
    clauses: tuple[ClauseRecord, ...] = ()

    @property
    def scope(self) -> str:
        """Whose material it is, in words."""
        if self.whose is not None:
            return "/".join(self.whose.path or (self.whose.name,))
        return f"材料集“{self.options.collection}”" if self.options.collection is not None else "全部材料"

    @property
    def scope_key(self) -> str:
        """The same for programs: equal for equal choices."""
        if self.whose is not None:
            return f"organization/{self.whose.id}"
        return f"collection/{self.options.collection}" if self.options.collection is not None else "all"

    def cards(self, *, filtered: bool = True) -> Iterator[Card]:
        """The chosen practices with their links, by id; with `accepted_only` and `filtered` the accepted links alone."""
        for first in range(0, len(self.ids), _CHUNK):
            chunk = self.ids[first : first + _CHUNK]
            found = cards(self.reader, chunk, self.access)
            for id in chunk:
                if id in found and (card := self._kept(found[id]) if filtered else found[id]) is not None:
                    yield card
            self.progress(min(first + _CHUNK, len(self.ids)), len(self.ids))

    def _kept(self, card: Card) -> Card | None:
        if not self.options.accepted_only:
            return card
        links = tuple(link for link in card.requirements if link.status == "accepted")
        accepted = tuple(link for link in card.clauses if link.status == "accepted")
        return replace(card, requirements=links, clauses=accepted) if links else None


class Exporting:
    """A context in which `Material` is read from one generation of the store."""

    def __init__(
        self, store: Store, about: About, options: Options, access: Access = None, progress: Progress = _silent
    ) -> None:
        self._store = store
        self._about = about
        self._options = options
        self._access = access
        self._progress = progress
        self._view = ExitStack()

    def __enter__(self) -> Material:
        reader = self._view.enter_context(self._store.reading())
        try:
            return self._chosen(reader)
        except BaseException:
            self._view.close()
            raise

    def __exit__(self, *_: object) -> None:
        self._view.close()

    def _chosen(self, reader: Reader) -> Material:
        options, access = self._options, self._access
        if options.organization is not None and options.collection is not None:
            raise BadQuestion("organization 和 collection 只能给一个")
        material = Material(self._about, options, reader, access, self._progress, self._view.close)
        material.generation = reader.generation
        nodes = list(reader.nodes(label="Practice"))
        material.collections = tuple(sorted({str(node.properties["collection"]) for node in nodes}))
        if options.organization is not None:
            material.whose = organization(reader, options.organization, access=access)
            material.units = organization_refs(reader, sorted(below(reader, material.whose.id)))
            carried_out = _carried_out(reader, material.units)
            nodes = [node for node in nodes if node.id in carried_out]
        elif options.collection is not None:
            nodes = [node for node in nodes if node.properties.get("collection") == options.collection]
            if not nodes and not _has_documents(reader, options.collection):
                raise UnknownId("collection", options.collection)
        material.ids = tuple(node.id for node in nodes)
        material.sample = any(node.properties.get("sample") for node in nodes)
        material.requirements = requirements(reader, access=access)
        material.clauses = tuple(_setting(clause_tree(reader, access=access)))
        return material


def _carried_out(reader: Reader, units: dict[str, OrganizationRef]) -> frozenset[str]:
    found = (one.source for one in reader.relations(type="CARRIED_OUT_BY") if one.target in units)
    return frozenset(found)


def _has_documents(reader: Reader, collection: str) -> bool:
    documents: Iterator[Node] = reader.nodes(label="Document")
    return any(node.properties.get("collection") == collection for node in documents)


def _setting(tree: tuple[ClauseRecord, ...]) -> Iterator[ClauseRecord]:
    """The clauses that set requirement points, in order."""
    for record in tree:
        if record.requirements:
            yield record
        yield from _setting(record.children)
