"""The ontology as graph content: every thing a node, everything that is said of two things a relation.

Where the schema has no label of its own: sections of the note are `Clause` nodes (level `section`) of
the note; persons by function are `Role` nodes of kind `person-by-function`; transfers of advantages
are `Formulation` nodes of kind `advantage-transfer` that the standard reaches by `turnsAdvantage`.
A citation starts from the principle or event that it serves, from the clause where it stands when
that is the standard's, and from the standard itself otherwise; `at` names the place.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from ontology import model
from ontology.graph import Node, Relation, Value
from ontology.model import Certainty, Ontology, Thing
from ontology.names import NOTE, STANDARD, TERMS_CLAUSE

OWNER: Final = "ontology"

# Statements that have a relation type of their own; all others are RELATED of their kind.
_TYPES: Final = {"definesTerm": "DEFINES", "precedes": "PRECEDES"}
_MARKS: Final = {Certainty.INFERRED: "（本系统推断）", Certainty.UNVERIFIED: "（待核）"}


def graph_of(ontology: Ontology) -> tuple[tuple[Node, ...], tuple[Relation, ...]]:
    """All nodes and relations of the ontology, each relation once, in a stable order."""
    relations = {(one.source, one.type, one.kind, one.target): one for one in _relations(ontology)}
    return tuple(_nodes(ontology)), tuple(relations.values())


def _node(thing: Thing, label: str, **properties: Value) -> Node:
    common: dict[str, Value] = {
        "title": thing.zh,
        "title_en": thing.en,
        "certainty": thing.certainty.value,
        "sources": thing.sources,
    }
    return Node(
        thing.id, label, {name: value for name, value in (common | properties).items() if value not in {None, ()}}
    )


def _nodes(ontology: Ontology) -> Iterator[Node]:
    for document in (ontology.standard, ontology.note, *ontology.documents):
        yield _document(document)
    for section in ontology.note_sections:
        yield _node(
            section, "Clause", level="section", order=section.order, document=NOTE, declared_items=section.items
        )
    for clause in (*ontology.clauses, *ontology.document_clauses):
        yield _clause(clause)
    for requirement in ontology.requirements:
        yield _requirement(requirement)
    yield from _concepts(ontology)
    for organization in ontology.organizations:
        yield _organization(organization)
    for event in ontology.events:
        fields: dict[str, Value] = {
            "begins": event.begins,
            "ends": event.ends,
            "mode": event.mode,
            "order": event.order,
        }
        yield _node(event, "Event", **fields, topics=event.topics)
    for gap in ontology.gaps:
        yield _node(gap, "Gap", what=gap.what, subject=gap.subject)


def _document(document: model.Document) -> Node:
    return _node(
        document,
        "Document",
        identifier=document.identifier,
        kind=document.kind,
        kind_zh=document.kind_zh,
        issuer=document.issuer,
        issued=document.issued,
        in_force=document.in_force,
        edition=document.edition,
        cited_as=document.cited_as,
        note=document.note,
        in_note=document.in_note,
        facts=tuple(fact.text + _MARKS.get(fact.certainty, "") for fact in document.facts),
        counter_cues=document.counter_cues,
        cue_certainty=document.cue_certainty.value if document.counter_cues else None,
    )


def _clause(clause: model.Clause) -> Node:
    return _node(
        clause,
        "Clause",
        number=clause.number,
        number_scheme=clause.number_scheme,
        number_certainty=clause.number_certainty.value,
        number_h1=clause.numbers.get("H1"),
        number_h2=clause.numbers.get("H2"),
        level=clause.level,
        phase=clause.phase,
        phase_certainty=clause.phase_certainty.value if clause.phase else None,
        title_certainty=clause.title_certainty.value,
        note_label=clause.note_label,
        note=clause.note,
        element=clause.element,
        document=clause.document,
        alt_titles=clause.alt,
        order=clause.order,
        declared_items=clause.declared_items,
        **_cues(clause),
    )


def _requirement(requirement: model.Requirement) -> Node:
    return _node(
        requirement,
        "Requirement",
        modality=requirement.modality,
        modality_certainty=requirement.modality_certainty.value,
        basis=requirement.basis,
        phase=requirement.phase,
        phase_certainty=requirement.phase_certainty.value if requirement.phase else None,
        action=requirement.action,
        object=requirement.object,
        purpose=requirement.purpose,
        clause=requirement.clause,
        note=requirement.note,
        criteria=requirement.criteria,
        inputs=requirement.inputs,
        expected_evidence=requirement.expected_evidence,
        order=requirement.order,
        **_cues(requirement),
    )


def _cues(thing: model.Clause | model.Requirement) -> dict[str, Value]:
    some = thing.cues or thing.weak_cues or thing.counter_cues
    return {
        "cues": thing.cues,
        "weak_cues": thing.weak_cues,
        "counter_cues": thing.counter_cues,
        "cue_certainty": thing.cue_certainty.value if some else None,
    }


def _concepts(ontology: Ontology) -> Iterator[Node]:
    for term in ontology.terms:
        yield _node(
            term,
            "Term",
            definition=term.definition,
            definition_certainty=term.definition_certainty.value if term.defined else None,
            gloss=term.gloss,
            gloss_source=term.gloss_source,
            alt_labels=term.alt,
            defined=term.defined,
        )
    for role in ontology.roles:
        yield _node(role, "Role", kind="role", alt_labels=role.alt)
    for person in ontology.persons:
        yield _node(person, "Role", kind="person-by-function", alt_labels=person.alt)
    for mechanism in ontology.mechanisms:
        kinds: dict[str, Value] = {"kind": mechanism.kind, "kind_zh": mechanism.kind_zh, "general": mechanism.general}
        yield _node(mechanism, "Mechanism", **kinds, alt_labels=mechanism.alt)
    for principle in ontology.principles:
        yield _node(principle, "Principle", says=principle.says)
    for formulation in ontology.formulations:
        yield _node(formulation, "Formulation", kind="formulation")
    for transfer in ontology.transfers:
        thing = Thing(
            id=transfer.id, zh=transfer.zh, en=transfer.en, certainty=transfer.certainty, sources=transfer.sources
        )
        yield _node(thing, "Formulation", kind="advantage-transfer")


def _organization(organization: model.Organization) -> Node:
    known = organization.ownership_certainty
    return _node(
        organization,
        "Organization",
        short=organization.short,
        kind=organization.kind,
        kind_zh=organization.kind_zh,
        ownership=organization.ownership,
        ownership_certainty=known.value if known else None,
        parts=organization.parts,
    )


def _relate(
    source: str,
    type: str,
    targets: Iterable[str],
    certainty: Certainty,
    sources: tuple[str, ...] = (),
    kind: str = "",
    **properties: Value,
) -> Iterator[Relation]:
    """The same statement about each of `targets`."""
    carried: dict[str, Value] = {"certainty": certainty.value, "sources": sources, **properties}
    kept = {name: value for name, value in carried.items() if value not in {None, ()}}
    for target in targets:
        yield Relation(source, type, target, kind, kept)


def _relations(ontology: Ontology) -> Iterator[Relation]:
    for section in ontology.note_sections:
        yield from _relate(section.id, "PART_OF", [NOTE], section.certainty, section.sources, order=section.order)
    for clause in (*ontology.clauses, *ontology.document_clauses):
        above = [clause.parent or clause.document]
        yield from _relate(clause.id, "PART_OF", above, clause.certainty, clause.sources, order=clause.order)
    for requirement in ontology.requirements:
        yield from _of_requirement(requirement)
    yield from _of_terms(ontology)
    yield from _of_mechanisms(ontology)
    yield from _of_formulations(ontology)
    yield from _of_drafting(ontology)
    yield from _of_documents(ontology)
    for statement in ontology.statements:
        type = _TYPES.get(statement.kind, "RELATED")
        kind = statement.kind if type == "RELATED" else ""
        yield from _relate(statement.subject, type, [statement.object], statement.certainty, statement.sources, kind)
    yield from _of_gaps(ontology)


def _of_requirement(requirement: model.Requirement) -> Iterator[Relation]:
    id, sources, certainty = requirement.id, requirement.sources, requirement.certainty
    yield from _relate(requirement.clause, "SETS", [id], certainty, sources, order=requirement.order)
    yield from _relate(id, "ASSIGNED_TO", requirement.actors, requirement.actors_certainty, sources, "actor")
    yield from _relate(id, "ASSIGNED_TO", requirement.audiences, certainty, sources, "audience")
    yield from _relate(id, "ASSIGNED_TO", requirement.beneficiaries, certainty, sources, "beneficiary")
    yield from _relate(id, "ASSIGNED_TO", requirement.also, certainty, sources, "also")
    yield from _relate(id, "EMPLOYS", requirement.methods, certainty, sources)
    if requirement.object_id:
        # An object that is a concept: a term is used, a mechanism employed; a role is neither.
        prefix = requirement.object_id.partition("-")[0]
        type, kind = {"t": ("USES", ""), "m": ("EMPLOYS", "")}.get(prefix, ("RELATED", "hasObject"))
        yield from _relate(id, type, [requirement.object_id], certainty, sources, kind)


def _of_terms(ontology: Ontology) -> Iterator[Relation]:
    for term in ontology.terms:
        if term.defined:
            for place in (STANDARD, TERMS_CLAUSE):
                yield from _relate(place, "DEFINES", [term.id], term.certainty, term.sources)
        for clause in term.used_in:
            yield from _relate(clause, "USES", [term.id], term.certainty, term.sources)
        if term.broader:
            yield from _relate(term.id, "BROADER", [term.broader], term.broader_certainty, term.sources)
        yield from _relate(term.id, "RELATED", term.same_as, Certainty.INFERRED, kind="exactMatch")


def _of_mechanisms(ontology: Ontology) -> Iterator[Relation]:
    terms = {term.id for term in ontology.terms}
    for mechanism in ontology.mechanisms:
        for clause in mechanism.clauses:
            yield from _relate(clause, "EMPLOYS", [mechanism.id], mechanism.certainty, mechanism.sources)
        # Symmetric relations are stored once: from the term, and from the standard's mechanism to the general one.
        others = [id for id in mechanism.same_as if id not in terms]
        yield from _relate(mechanism.id, "RELATED", others, Certainty.INFERRED, kind="exactMatch")
        if not mechanism.general:
            yield from _relate(mechanism.id, "RELATED", mechanism.related, Certainty.INFERRED, kind="related")


def _of_formulations(ontology: Ontology) -> Iterator[Relation]:
    for formulation in ontology.formulations:
        yield from _relate(
            formulation.id, "RELATED", formulation.at, formulation.certainty, formulation.sources, "standsAt"
        )
    for transfer in ontology.transfers:
        yield from _relate(STANDARD, "RELATED", [transfer.id], transfer.certainty, transfer.sources, "turnsAdvantage")
        yield from _relate(transfer.id, "RELATED", transfer.sources, transfer.certainty, transfer.sources, "standsAt")


def _of_drafting(ontology: Ontology) -> Iterator[Relation]:
    for principle in ontology.principles:
        known = principle.certainty, principle.sources
        yield from _relate(STANDARD, "RELATED", [principle.id], *known, "basedOnPrinciple")
        yield from _relate(principle.id, "USES", principle.uses, *known)
        yield from _relate(principle.id, "RELATED", principle.aims, *known, "aimsAt")
        yield from _relate(principle.id, "RELATED", principle.sources, *known, "standsAt")
    for person in ontology.persons:
        yield from _relate(person.id, "RELATED", [person.organization], person.certainty, person.sources, "functionIn")
    for event in ontology.events:
        known = event.certainty, event.sources
        yield from _relate(event.id, "RELATED", event.actors, *known, "wasAssociatedWith")
        yield from _relate(event.id, "RELATED", event.visited, *known, "visited")
        yield from _relate(event.id, "RELATED", event.studied_organizations, *known, "studiedOrganization")
        yield from _relate(event.id, "RELATED", event.interlocutors, *known, "interlocutor")
        yield from _relate(event.id, "RELATED", [event.via] if event.via else [], *known, "via")
        yield from _relate(event.id, "RELATED", [STANDARD], *known, "drafting")
    for before, after in zip(ontology.events, ontology.events[1:], strict=False):
        yield from _relate(before.id, "PRECEDES", [after.id], after.certainty, after.sources)


def _of_documents(ontology: Ontology) -> Iterator[Relation]:
    own_clauses = {clause.id for clause in ontology.clauses}
    for cited in ontology.citations:
        start = cited.principle or cited.event or (cited.at if cited.at in own_clauses else STANDARD)
        yield from _relate(
            start,
            "CITES",
            [cited.document],
            cited.certainty,
            (STANDARD,) if cited.at in own_clauses else (cited.at,),
            role=cited.role,
            verb=cited.verb,
            at=cited.at,
            dated=cited.dated,
        )
    for pair in ontology.correspondences:
        target = pair.target_clause or pair.document
        yield from _relate(pair.clause, "CORRESPONDS_TO", [target], pair.certainty, why=pair.why)


def _of_gaps(ontology: Ontology) -> Iterator[Relation]:
    for gap in ontology.gaps:
        yield from _relate(gap.subject, "MISSES", [gap.id], gap.certainty, gap.sources)
        if gap.what == "items":
            # The summary that stands for the missing items misses them as well.
            known = [one.id for one in ontology.requirements_of(gap.subject)]
            for id in known:
                yield from _relate(id, "MISSES", [gap.id], gap.certainty, gap.sources)
