"""From triples to the typed `Ontology`: fields by `ontology.mapping`, then what must be worked out."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel

from ontology import model, names
from ontology.mapping import COLUMNS, Column, class_iri

if TYPE_CHECKING:
    from rdflib import Graph

M = TypeVar("M", bound=BaseModel)
_LABEL = names.expand("skos:prefLabel")
_TYPE = names.expand("rdf:type")


@dataclass(frozen=True, slots=True)
class Value:
    """An object of a triple: an IRI, or a literal with its language."""

    text: str
    is_iri: bool
    lang: str = ""


@dataclass(frozen=True, slots=True)
class Site:
    """What an overlay touched: (thing's IRI, property's IRI) pairs, and the names of its files."""

    said: frozenset[tuple[str, str]] = frozenset()
    files: tuple[str, ...] = ()

    def says(self, id: str, curie: str) -> bool:
        return (names.BASE_IRI + id, names.expand(curie)) in self.said


@dataclass
class Index:
    """All triples by subject and property, in the order of the files."""

    values: dict[str, dict[str, list[Value]]] = field(default_factory=dict)
    by_class: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, graph: "Graph") -> "Index":
        from rdflib import Literal, URIRef

        index = cls()
        for subject, predicate, object in graph:
            lang = names.primary(object.language) if isinstance(object, Literal) else ""
            value = Value(str(object), isinstance(object, URIRef), lang)
            index.values.setdefault(str(subject), {}).setdefault(str(predicate), []).append(value)
            if str(predicate) == _TYPE:
                index.by_class[str(object)].append(str(subject))
        return index

    def get(self, iri: str, curie: str) -> list[Value]:
        return self.values.get(iri, {}).get(names.expand(curie), [])

    def first(self, iri: str, curie: str) -> str | None:
        found = self.get(iri, curie)
        return found[0].text if found else None

    def first_id(self, iri: str, curie: str) -> str | None:
        found = self.first(iri, curie)
        return None if found is None else names.local(found)

    def label(self, iri: str, lang: str = "zh") -> str | None:
        return next((value.text for value in self.get(iri, "skos:prefLabel") if value.lang == lang), None)

    def instances(self, kind: type[BaseModel]) -> list[str]:
        return self.by_class.get(names.expand(class_iri(kind)), [])


def build(graph: "Graph", fingerprint: str, site: Site) -> model.Ontology:
    """The ontology that a valid graph amounts to. Raises pydantic's `ValidationError` when it is not valid."""
    return _Builder(Index.of(graph), site).ontology(fingerprint)


def _read(index: Index, iri: str, column: Column) -> object:
    values = index.get(iri, column.property)
    if column.lang:
        values = [value for value in values if value.lang == column.lang]
    if column.reading in {"texts", "refs"}:
        return tuple(names.local(v.text) if column.reading == "refs" else v.text for v in values)
    if not values:
        return None
    text = values[0].text
    match column.reading:
        case "ref" | "name":
            return names.local(text)
        case "bool":
            return text in {"true", "1"}
        case _:
            return text


class _Builder:
    def __init__(self, index: Index, site: Site) -> None:
        self.index = index
        self.site = site
        self.standard_iri = names.BASE_IRI + names.STANDARD
        self.clause_iris = frozenset(index.instances(model.Clause))

    def fields(self, kind: type[BaseModel], iri: str) -> dict[str, Any]:
        read = ((column.field, _read(self.index, iri, column)) for column in COLUMNS[kind])
        return {name: value for name, value in read if value is not None}

    def all(self, kind: type[M], **derive: Mapping[str, Any]) -> tuple[M, ...]:
        """All things of a class, in the order of the files; `derive` maps a field to its value by id."""
        made = []
        for iri in self.index.instances(kind):
            fields = self.fields(kind, iri)
            if "id" in kind.model_fields:
                fields["id"] = names.local(iri)
            fields |= {name: by_id[names.local(iri)] for name, by_id in derive.items() if names.local(iri) in by_id}
            made.append(kind.model_validate(fields))
        return tuple(made)

    def ontology(self, fingerprint: str) -> model.Ontology:
        documents = {document.id: document for document in self.documents()}
        numbering = self.numbering()
        clauses = sorted(self.clauses(numbering), key=lambda clause: (clause.document, clause.order, clause.id))
        own = tuple(clause for clause in clauses if clause.document == names.STANDARD)
        requirements = self.requirements(own)
        matches = self.symmetric(("skos:exactMatch",))
        fields: dict[str, Any] = {
            "fingerprint": fingerprint,
            "base_iri": names.BASE_IRI,
            "standard": documents.pop(names.STANDARD),
            "note": documents.pop(names.NOTE),
            "note_sections": tuple(sorted(self.all(model.NoteSection), key=lambda section: section.order)),
            "clauses": own,
            "document_clauses": tuple(clause for clause in clauses if clause.document != names.STANDARD),
            "requirements": requirements,
            "terms": self.all(model.Term, same_as=matches),
            "roles": self.all(model.Role),
            "mechanisms": self.all(
                model.Mechanism,
                kind_zh=self.kinds(model.Mechanism),
                same_as=matches,
                related=self.symmetric(("skos:related",), within=model.Mechanism),
            ),
            "principles": self.all(model.Principle),
            "formulations": self.all(model.Formulation, same_as=matches),
            "organizations": self.all(model.Organization, kind_zh=self.kinds(model.Organization)),
            "persons": self.all(model.Person),
            "events": tuple(sorted(self.all(model.Event), key=lambda event: event.order)),
            "documents": tuple(documents.values()),
            "citations": (*self.all(model.Citation), *self.listed_references()),
            "correspondences": self.all(model.Correspondence),
            "statements": self.all(model.Statement),
            "transfers": self.all(model.AdvantageTransfer),
            "numbering": numbering,
            "overlay_files": self.site.files,
        }
        known = model.Ontology(**fields, gaps=())
        gaps = self.all(model.Gap, filled_by=self.filled_by())
        filled = tuple(gap for gap in gaps if gap.filled_by or self.filled(gap, known))
        return model.Ontology(**fields, gaps=tuple(gap for gap in gaps if gap not in filled), filled=filled)

    def kinds(self, kind: type[BaseModel]) -> dict[str, str]:
        """Chinese name of the kind of every thing of a class, by the thing's id."""
        named = {}
        for iri in self.index.instances(kind):
            code = self.index.first(iri, "zw:kind")
            label = self.index.label(code) if code else None
            if label:
                named[names.local(iri)] = label
        return named

    def symmetric(self, properties: Iterable[str], within: type[BaseModel] | None = None) -> dict[str, tuple[str, ...]]:
        """Both ends of a symmetric property know each other, though the files say it once."""
        found: dict[str, dict[str, None]] = defaultdict(dict)
        subjects = self.index.values if within is None else self.index.instances(within)
        for subject in subjects:
            for curie in properties:
                for value in self.index.get(subject, curie):
                    found[names.local(subject)][names.local(value.text)] = None
                    found[names.local(value.text)][names.local(subject)] = None
        return {id: tuple(others) for id, others in found.items()}

    def documents(self) -> tuple[model.Document, ...]:
        facts: dict[str, list[tuple[int, model.Fact]]] = defaultdict(list)
        for iri in self.index.instances(model.Fact):
            fact = model.Fact.model_validate(self.fields(model.Fact, iri))
            order = int(self.index.first(iri, "zw:order") or 0)
            facts[self.index.first_id(iri, "zw:about") or ""].append((order, fact))
        ordered = {
            id: tuple(fact for _, fact in sorted(listed, key=lambda pair: pair[0])) for id, listed in facts.items()
        }
        return self.all(model.Document, kind_zh=self.kinds(model.Document), facts=ordered)

    def numbering(self) -> tuple[model.NumberingHypothesis, ...]:
        """The shipped readings; one of them, or the site's own numbers, decided when an overlay says so."""
        decided = self.index.first_id(self.standard_iri, "zw:numbering")
        shipped = self.all(model.NumberingHypothesis)
        if decided is not None:
            return tuple(one.model_copy(update={"decided": one.id == decided}) for one in shipped)
        chapters = [
            iri
            for iri in self.index.instances(model.Clause)
            if self.index.first(iri, "dcterms:isPartOf") == self.standard_iri and self.index.get(iri, "zw:numberH1")
        ]
        if chapters and all(self.index.get(iri, "zw:number") for iri in chapters):
            site = model.NumberingHypothesis(
                id="site", zh="本站按标准正文给定的章号", certainty=model.Certainty.STATED, decided=True
            )
            return (*shipped, site)
        return shipped

    def clauses(self, numbering: Sequence[model.NumberingHypothesis]) -> Iterable[model.Clause]:
        decided = next((reading.id for reading in numbering if reading.decided), None)
        for iri in self.index.instances(model.Clause):
            fields = self.fields(model.Clause, iri) | {"id": names.local(iri)} | self.place(iri)
            if fields["document"] == names.STANDARD:
                fields |= self.number(iri, fields, decided)
                # A chapter that only one reading knows goes when another is decided.
                if decided and not fields["number"] and not self.site.says(fields["id"], "rdf:type"):
                    continue
            yield model.Clause.model_validate(fields)

    def place(self, iri: str) -> dict[str, str | None]:
        """The parent clause, if any, and the document at the root."""
        parent = at = self.index.first(iri, "dcterms:isPartOf")
        for _ in self.clause_iris:  # never deeper than there are clauses: a circle is reported elsewhere
            if at is None or at not in self.clause_iris:
                break
            at = self.index.first(at, "dcterms:isPartOf")
        return {
            "parent": names.local(parent) if parent in self.clause_iris and parent else None,
            "document": names.local(at or ""),
        }

    def number(self, iri: str, fields: Mapping[str, Any], decided: str | None) -> dict[str, Any]:
        """All readings of a clause's number, and the one in force: the site's, the decided, else H1 as inferred."""
        read = {"H1": "zw:numberH1", "H2": "zw:numberH2", "site": "zw:number"}
        numbers = {scheme: found for scheme, curie in read.items() if (found := self.index.first(iri, curie))}
        scheme = "site" if "site" in numbers else decided or "H1"
        number = numbers.get(scheme)
        certainty = fields.get("number_certainty", model.Certainty.UNKNOWN)
        if number and scheme == decided != "site":
            certainty = model.Certainty.STATED
        return {
            "numbers": numbers,
            "number": number,
            "number_scheme": scheme if number else None,
            "number_certainty": certainty,
        }

    def requirements(self, clauses: Sequence[model.Clause]) -> tuple[model.Requirement, ...]:
        """In the order of their clauses; those that a site's text replaces are left out."""
        replaced = {
            names.local(value.text)
            for iri in self.index.instances(model.Requirement)
            for value in self.index.get(iri, "dcterms:replaces")
        }
        position = {clause.id: place for place, clause in enumerate(clauses)}
        objects: dict[str, str] = {}
        object_ids: dict[str, str] = {}
        for iri in self.index.instances(model.Requirement):
            for value in self.index.get(iri, "zw:object")[:1]:
                if value.is_iri:
                    object_ids[names.local(iri)] = names.local(value.text)
                objects[names.local(iri)] = (self.index.label(value.text) or value.text) if value.is_iri else value.text
        phases = {
            names.local(iri): phase for iri in self.index.instances(model.Requirement) if (phase := self.phase(iri))
        }
        made = self.all(model.Requirement, object=objects, object_id=object_ids, phase=phases)
        kept = (requirement for requirement in made if requirement.id not in replaced)
        return tuple(sorted(kept, key=lambda one: (position.get(one.clause, len(position)), one.order, one.id)))

    def phase(self, iri: str) -> str | None:
        """A requirement's phase: its own, else its clause's."""
        own = self.index.first_id(iri, "zw:phase")
        clause = self.index.first(iri, "zw:clause")
        return own or (self.index.first_id(clause, "zw:phase") if clause else None)

    def listed_references(self) -> tuple[model.Citation, ...]:
        """The normative references that a site's overlay lists at a clause."""
        return tuple(
            model.Citation(
                id=f"site-ref-{names.local(value.text)}",
                document=names.local(value.text),
                at=names.local(iri),
                role="normative",
                verb="规范性引用",
            )
            for iri in self.index.instances(model.Clause)
            for value in self.index.get(iri, "dcterms:references")
        )

    def filled_by(self) -> dict[str, str]:
        """What a site says of where to find what a gap lacks: a text, or the name of a thing; by the gap's id."""
        said = {}
        for iri in self.index.instances(model.Gap):
            for value in self.index.get(iri, "zw:filledBy")[:1]:
                said[names.local(iri)] = (self.index.label(value.text) or value.text) if value.is_iri else value.text
        return said

    def filled(self, gap: model.Gap, ontology: model.Ontology) -> bool:
        standard = ontology.standard
        subject = ontology.things.get(gap.subject)
        match gap.what:
            case "definition":
                return isinstance(subject, model.Term) and subject.definition is not None
            case "number":
                return standard.identifier is not None
            case "dates":
                return standard.issued is not None and standard.in_force is not None
            case "reference-list":
                return any(cited.role == "normative" and cited.at == gap.subject for cited in ontology.citations)
            case "chapter":
                return subject is None or self.site.says(gap.subject, "skos:prefLabel")
            case "items":
                given = [
                    one for one in ontology.requirements_of(gap.subject) if self.site.says(one.id, "skos:prefLabel")
                ]
                return isinstance(subject, model.Clause) and len(given) >= (subject.declared_items or 1)
            case _:
                return False
