"""Which property of the Turtle files fills which field of which model.

`COLUMNS` is read by `ontology.build`; a test holds it against `vocabulary.ttl` and the models in
both directions, so that none can say what the others do not know.
"""

from dataclasses import dataclass
from typing import Final, Literal

from pydantic import BaseModel

from ontology import model

Reading = Literal["text", "texts", "ref", "refs", "name", "int", "float", "bool"]


@dataclass(frozen=True, slots=True)
class Column:
    """A field read from the values of one property.

    text(s): literals · ref(s): ids of things · name: local name of a vocabulary word (certainty, phase, kind).
    `lang` picks labels of one language.
    """

    field: str
    property: str
    reading: Reading = "text"
    lang: str = ""


def _columns(table: str) -> tuple[Column, ...]:
    """One column a line: `field property [reading]`."""
    rows = (line.split() for line in table.strip().splitlines())
    return tuple(Column(row[0], row[1], row[2] if len(row) > 2 else "text") for row in rows)  # type: ignore[arg-type]


_CERTAINTY: Final = (Column("certainty", "zw:certainty", "name"),)
_THING: Final = (
    Column("zh", "skos:prefLabel", "text", "zh"),
    Column("en", "skos:prefLabel", "text", "en"),
    Column("alt", "skos:altLabel", "texts"),
    *_CERTAINTY,
    Column("sources", "dcterms:source", "refs"),
)

_COUNTER_CUES: Final = _columns("counter_cues zw:counterCue texts\n cue_certainty zw:cueCertainty name")
_CUES: Final = (*_columns("cues zw:cue texts\n weak_cues zw:weakCue texts"), *_COUNTER_CUES)

COLUMNS: Final[dict[type[BaseModel], tuple[Column, ...]]] = {
    model.NoteSection: (
        *_THING,
        *_columns("order zw:order int\n items zw:items int\n list_numbers zw:listNumber texts"),
    ),
    model.Gap: (*_THING, *_columns("subject zw:subject ref\n what zw:what")),
    model.Document: (
        *_THING,
        *_columns("""
            kind zw:kind name
            identifier dcterms:identifier
            cited_as zw:citedAs
            issuer zw:issuer
            issued dcterms:issued
            in_force zw:inForce
            edition zw:edition
            in_note zw:inNote bool
            note skos:note
        """),
        *_COUNTER_CUES,
    ),
    model.Fact: (*_CERTAINTY, *_columns("text zw:text\n note skos:note")),
    model.Clause: (
        *_THING,
        *_columns("""
            level zw:level
            order zw:order int
            number zw:number
            number_certainty zw:numberCertainty name
            title_certainty zw:titleCertainty name
            phase zw:phase name
            phase_certainty zw:phaseCertainty name
            declared_items zw:declaredItems int
            note_label zw:noteLabel
            element zw:element
            note skos:note
        """),
        *_CUES,
    ),
    model.Requirement: (
        *_THING,
        *_columns("""
            clause zw:clause ref
            order zw:order int
            modality zw:modality
            modality_certainty zw:modalityCertainty name
            basis zw:basis
            phase zw:phase name
            phase_certainty zw:phaseCertainty name
            action zw:action
            purpose zw:purpose
            actors zw:actor refs
            actors_certainty zw:actorsCertainty name
            audiences zw:audience refs
            beneficiaries zw:beneficiary refs
            also zw:also refs
            methods zw:method refs
            criteria zw:criterion texts
            inputs zw:input texts
            expected_evidence zw:expectedEvidence texts
            note skos:note
        """),
        *_CUES,
    ),
    model.Term: (
        *_THING,
        *_columns("""
            defined zw:defined bool
            definition skos:definition
            definition_certainty zw:definitionCertainty name
            gloss zw:gloss
            gloss_source zw:glossSource ref
            used_in zw:usedIn refs
            broader skos:broader ref
            broader_certainty zw:broaderCertainty name
            same_as skos:exactMatch refs
        """),
    ),
    model.Role: _THING,
    model.Mechanism: (
        *_THING,
        *_columns("""
            kind zw:kind name
            general zw:general bool
            clauses zw:usedIn refs
            related skos:related refs
            same_as skos:exactMatch refs
        """),
    ),
    model.Principle: (
        *_THING,
        *_columns("says zw:says\n rests_on zw:restsOn refs\n uses zw:uses refs\n aims zw:aimsAt refs"),
    ),
    model.Formulation: (*_THING, *_columns("at zw:standsAt refs\n same_as skos:exactMatch refs")),
    model.Organization: (
        *_THING,
        *_columns("""
            kind zw:kind name
            short zw:short
            ownership zw:ownership
            ownership_certainty zw:ownershipCertainty name
            parts zw:part texts
        """),
    ),
    model.Person: (*_THING, *_columns("organization zw:organization ref\n event zw:event ref")),
    model.Event: (
        *_THING,
        *_columns("""
            begins zw:begins
            ends zw:ends
            order zw:order int
            actors prov:wasAssociatedWith refs
            visited zw:visited refs
            studied prov:used refs
            studied_organizations zw:studiedOrganization refs
            interlocutors zw:interlocutor refs
            via zw:via ref
            mode zw:mode
            topics zw:topic texts
        """),
    ),
    model.Citation: (
        *_CERTAINTY,
        *_columns("""
            document zw:document ref
            at zw:citedAt ref
            role zw:role
            verb zw:verb
            principle zw:principle ref
            event zw:event ref
            form zw:form
            dated zw:dated bool
        """),
    ),
    model.Correspondence: (
        *_CERTAINTY,
        *_columns("clause zw:clause ref\n document zw:document ref\n target_clause zw:targetClause ref\n why zw:why"),
    ),
    model.Statement: (
        *_CERTAINTY,
        *_columns("""
            subject rdf:subject ref
            kind rdf:predicate name
            object rdf:object ref
            sources dcterms:source refs
        """),
    ),
    model.AdvantageTransfer: (
        *_CERTAINTY,
        Column("zh", "skos:prefLabel", "text", "zh"),
        Column("en", "skos:prefLabel", "text", "en"),
        *_columns("advantages zw:advantage texts\n into zw:into texts\n sources dcterms:source refs"),
    ),
    model.NumberingHypothesis: (
        *_CERTAINTY,
        Column("zh", "skos:prefLabel", "text", "zh"),
        Column("en", "skos:prefLabel", "text", "en"),
        *_columns("probability zw:probability float\n why zw:why"),
    ),
}

# Fields that `ontology.build` works out, and the properties that it needs for them.
DERIVED: Final[dict[type[BaseModel], dict[str, tuple[str, ...]]]] = {
    model.Document: {"kind_zh": ("zw:kind", "skos:prefLabel"), "facts": ("zw:about", "zw:order")},
    model.Clause: {
        "document": ("dcterms:isPartOf",),
        "parent": ("dcterms:isPartOf",),
        "number_scheme": ("zw:numbering",),
        "numbers": ("zw:numberH1", "zw:numberH2", "zw:number"),
    },
    model.Requirement: {"object": ("zw:object",), "object_id": ("zw:object",)},
    model.Mechanism: {"kind_zh": ("zw:kind", "skos:prefLabel")},
    model.Organization: {"kind_zh": ("zw:kind", "skos:prefLabel")},
    model.NumberingHypothesis: {"decided": ("zw:numbering",)},
    model.Gap: {"filled_by": ("zw:filledBy", "skos:prefLabel")},
}

# Words that an overlay says about what is shipped, and that leave no field behind.
OVERLAY_WORDS: Final = ("zw:numbering", "dcterms:replaces", "dcterms:references")


def class_iri(kind: type[BaseModel]) -> str:
    """The class of the vocabulary that a model stands for: both have one name."""
    return f"zw:{kind.__name__}"
