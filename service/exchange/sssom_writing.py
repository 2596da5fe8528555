"""Practice → requirement mappings as an SSSOM 1.1 table (tab-separated, metadata in front).

The predicate is our own `zw:satisfies`: a practice that is evidence for a requirement is no concept that matches
another, so none of the SKOS mapping properties holds. What no person has confirmed has a machine's justification and
no reviewer; a rejection is the negated predicate; 不适用 says nothing of the match and has a predicate of its own.
"""

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote as percent

from analysis.same_text import mark
from ontology import names
from queries.answers import ClauseLink, RequirementLink
from queries.practices import Card
from service import glossary
from service.exchange.selection import Material
from service.exchange.wording import basis, inert, one_line, quoted

SATISFIES: Final = "zw:satisfies"
EVIDENCES: Final = "zw:evidences"
NOT_APPLICABLE: Final = "zw:notApplicable"
LICENSE: Final = "https://w3id.org/sssom/license/unspecified"
STATUS: Final = "ext_status"
RELATION: Final = "ext_relation"
SUSPECT: Final = "ext_suspect"
SEEN: Final = "ext_seen"
EVIDENCE: Final = "ext_evidence"
EXTENSIONS: Final = {
    STATUS: ("zw:status", "xsd:string"),
    RELATION: ("zw:relation", "xsd:string"),
    SUSPECT: ("zw:suspect", "xsd:boolean"),
    SEEN: ("zw:seen", "xsd:string"),
    EVIDENCE: ("zw:quote", "xsd:string"),
}
COLUMNS: Final = (
    *("record_id", "subject_id", "subject_label", "subject_category"),
    *("predicate_id", "predicate_label", "predicate_modifier"),
    *("object_id", "object_label", "object_category", "mapping_justification"),
    *("author_label", "reviewer_label", "review_date", "reviewer_agreement", "confidence"),
    *("subject_source", "mapping_tool", "mapping_tool_version", "match_string", "comment"),
    *(STATUS, RELATION, SUSPECT, SEEN, EVIDENCE),
)
_PREFIXES: Final = {
    "semapv": "https://w3id.org/semapv/vocab/",
    "sssom": "https://w3id.org/sssom/",
    "owl": names.PREFIXES["owl"],
    "xsd": names.PREFIXES["xsd"],
    "zw": names.VOCABULARY,
}
UNNAMED: Final = "未署名"
_MANUAL: Final = "semapv:ManualMappingCuration"
# What proposes weighs several things together; without training texts it compares likeness with a threshold.
_BY_METHOD: Final = {
    "manual": _MANUAL,
    "auto": "semapv:CompositeMatching",
    "trained": "semapv:CompositeMatching",
    "zero-shot": "semapv:SemanticSimilarityThresholdMatching",
}
_OTHER_METHOD: Final = "semapv:UnspecifiedMatching"


def as_sssom(material: Material) -> Iterator[bytes]:
    """The metadata block, the names of the columns, and a row a mapping."""
    yield "".join(f"#{line}\n" for line in _metadata(material)).encode("utf-8")
    yield _line(COLUMNS)
    for card in material.cards():
        about = _Practice.of(card)
        for link in card.requirements:
            yield _row(_requirement(about, card, link))
        if material.options.clauses:
            for clause in card.clauses:
                yield _row(_clause(about, clause))


def record_id(source: str, type: str, target: str) -> str:
    """The id of the statement in our RDF that says the same."""
    key = "\0".join((source, type, type, target))
    return "id:statement-" + hashlib.sha256(key.encode()).hexdigest()[:16]


def curie(id: str) -> str:
    return "id:" + percent(id, safe="-._~")


def _metadata(material: Material) -> Iterator[str]:
    about, options = material.about, material.options
    yield 'sssom_version: "1.1"'
    yield "curie_map:"
    for prefix, namespace in sorted({"id": about.base_iri, **_PREFIXES}.items()):
        yield f"  {prefix}: {_text(namespace)}"
    values: Mapping[str, str] = {
        "mapping_set_id": f"{about.base_iri}mapping-set/{percent(material.scope_key)}"
        + ("/accepted" if options.accepted_only else ""),
        "mapping_set_version": str(material.generation),
        "mapping_set_title": f"企业做法与《{glossary.STANDARD_TITLE}》要求要点的佐证对应：{material.scope}",
        "mapping_set_description": basis(material),
        "license": options.license or LICENSE,
        "mapping_date": about.at.date().isoformat(),
        "subject_type": "owl named individual",
        "object_type": "owl named individual",
        "object_source": curie(names.NOTE),
        "object_source_version": about.ontology,
        "predicate_type": "owl object property",
        "other": f"generator=zhiwen {about.version}",
        "comment": _COMMENT,
    }
    yield from (f"{name}: {_text(value)}" for name, value in values.items())
    yield "extension_definitions:"
    for name, (property, hint) in EXTENSIONS.items():
        yield from (f"- slot_name: {name}", f"  property: {_text(property)}", f"  type_hint: {_text(hint)}")


_COMMENT: Final = (
    "没有 reviewer_label 的行是系统建议（待核）；predicate_modifier 为 Not 的是核定为不采信的；"
    "zw:notApplicable 是核定为不适用的，不表示对应与否；"
    f"{SUSPECT} 为 true 的{glossary.SUSPECT}：核定之后{glossary.REWORDED}。"
)


@dataclass(frozen=True, slots=True)
class _Practice:
    """The columns that all rows of one practice share."""

    id: str
    columns: Mapping[str, str]

    @classmethod
    def of(cls, card: Card) -> "_Practice":
        practice = card.practice
        label = f"【{glossary.SAMPLE}】{practice.title}" if practice.sample else practice.title
        return cls(
            practice.id,
            {
                "subject_id": curie(practice.id),
                "subject_label": label,
                "subject_category": "zw:Practice",
                "subject_source": curie(practice.source.document),
            },
        )


def _requirement(about: _Practice, card: Card, link: RequirementLink) -> dict[str, str]:
    status = link.status
    machine = link.method not in (None, "manual")
    row = {
        **about.columns,
        "record_id": record_id(about.id, "SATISFIES", link.id),
        "predicate_id": NOT_APPLICABLE if status == "not-applicable" else SATISFIES,
        "predicate_label": glossary.STATUS[status] if status == "not-applicable" else "佐证",
        "object_id": curie(link.id),
        "object_label": link.statement,
        "object_category": "zw:Requirement",
        # A person's negation or setting aside is the person's own statement, whatever had been proposed.
        "mapping_justification": _BY_METHOD.get(link.method or "manual", _OTHER_METHOD)
        if status in ("proposed", "accepted")
        else _MANUAL,
        "comment": link.comment or "",
        STATUS: status,
        RELATION: link.relation or "",
        SUSPECT: "true" if link.suspect else "",
        SEEN: mark(about.id, link.id, card.practice.text, link.statement, None),
    }
    if status == "rejected":
        row["predicate_modifier"] = "Not"
    if status != "proposed":
        row["reviewer_label"] = link.reviewer or UNNAMED
        row["review_date"] = (link.reviewed_at or "")[:10]
        row["reviewer_agreement"] = "1.0"
        if row["mapping_justification"] == _MANUAL:
            row["author_label"] = row["reviewer_label"]
    if machine and status in ("proposed", "accepted"):
        row |= _made_by_machine(link)
    evidence = quoted(card, link)
    return {**row, EVIDENCE: evidence.quote if evidence else ""}


def _made_by_machine(link: RequirementLink) -> dict[str, str]:
    words = dict.fromkeys(meeting.words for meeting in link.explanation if meeting.basis in ("statement", "label"))
    return {
        "confidence": f"{min(max(link.confidence, 0.0), 1.0):.6f}",
        "mapping_tool": "zhiwen",
        "mapping_tool_version": link.model or "",
        "match_string": "|".join(one_line(word).replace("|", r"\|") for word in words),
    }


def _clause(about: _Practice, link: ClauseLink) -> dict[str, str]:
    return {
        **about.columns,
        "record_id": record_id(about.id, "EVIDENCES", link.id),
        "predicate_id": EVIDENCES,
        "predicate_label": "涉及条款",
        "object_id": curie(link.id),
        "object_label": link.title,
        "object_category": "zw:Clause",
        "mapping_justification": _BY_METHOD["auto"],
        "confidence": f"{min(max(link.confidence, 0.0), 1.0):.6f}",
        "mapping_tool": "zhiwen",
        STATUS: link.status,
    }


def _row(values: Mapping[str, str]) -> bytes:
    return _line(str(inert(one_line(values.get(name, "")))) for name in COLUMNS)


def _line(cells: Iterable[str]) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter="\t", lineterminator="\n").writerow(cells)
    return out.getvalue().encode("utf-8")


def _text(value: str) -> str:
    """A YAML text on one line: every JSON text is one."""
    return json.dumps(one_line(value), ensure_ascii=False)
