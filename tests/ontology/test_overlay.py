"""A site's overlay fills gaps, decides the numbers, adds and changes, and nothing shipped is touched."""

import shutil
from pathlib import Path

import pytest

from ontology import names
from ontology.content import graph_of
from ontology.load import load_ontology, ontology_fingerprint
from ontology.model import Certainty, Ontology
from tests.ontology.conftest import Overlay

EXAMPLE = Path(names.__file__).parent / "overlay-example.ttl"
STANDARD = "id:std-party-led-quality-culture"


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Ontology:
    folder = tmp_path_factory.mktemp("ontology")
    shutil.copy(EXAMPLE, folder)
    return load_ontology(folder)


def _gaps(ontology: Ontology) -> set[str]:
    return {gap.id for gap in ontology.gaps}


def test_the_example_fills_the_gaps_it_speaks_of(example: Ontology, ontology: Ontology) -> None:
    filled = {
        "gap-definition-t-efficacy",
        "gap-basic-requirements-items",
        "gap-reference-list",
        "gap-standard-number",
        "gap-standard-dates",
        "gap-participating-units",
    }
    assert _gaps(ontology) - _gaps(example) == filled
    assert not _gaps(example) - _gaps(ontology)
    assert example.overlay_files == ("overlay-example.ttl",)
    assert (example.standard.identifier, example.standard.issued, example.standard.in_force) == (
        "T/示例 001—2099",
        "2099-01-01",
        "2099-03-01",
    )


def test_the_example_marks_everything_as_an_example() -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    said = [line for line in lines if '"' in line and not line.startswith("#")]
    invented = [line for line in said if not any(word in line for word in ("zw:modality", "zw:number", "2099"))]
    assert invented
    assert all("示例" in line for line in invented)


def test_a_definition_is_stated_and_its_source_is_the_standard(example: Ontology) -> None:
    [term] = [one for one in example.terms if one.id == "t-efficacy"]
    assert term.definition
    assert term.definition_certainty == Certainty.STATED
    assert names.STANDARD in term.sources


def test_the_three_items_take_the_place_of_the_summary(example: Ontology, ontology: Ontology) -> None:
    [summary] = ontology.requirements_of("basic-requirements")
    items = example.requirements_of("basic-requirements")
    assert [one.order for one in items] == [2, 3, 4]
    assert summary not in items
    assert {(one.certainty, one.modality_certainty, one.basis, one.phase) for one in items} == {
        ("stated", "stated", "site", "plan")
    }
    assert len(example.requirements) == 66


def test_items_that_replace_nothing_join_the_summary(overlay: Overlay) -> None:
    lines = (
        f'id:basic-requirements-{n} a zw:Requirement ; skos:prefLabel "项{n}"@zh ; zw:clause id:basic-requirements ; zw:modality "应" .'
        for n in (2, 3)
    )
    changed = load_ontology(overlay("\n".join(lines)))
    assert len(changed.requirements_of("basic-requirements")) == 3
    assert "gap-basic-requirements-items" in _gaps(changed)  # two of the three are the standard's own


@pytest.mark.parametrize(("reading", "number", "known"), [("H1", "5.9", False), ("H2", "6.9", True)])
def test_a_reading_can_be_decided(reading: str, number: str, known: bool, overlay: Overlay) -> None:
    changed = load_ontology(overlay(f"{STANDARD} zw:numbering id:{reading} ."))
    assert [one.id for one in changed.numbering if one.decided] == [reading]
    clause = changed.clause("execution")
    assert (clause.number, clause.number_scheme, clause.number_certainty) == (number, reading, "stated")
    assert clause.numbers == {"H1": "5.9", "H2": "6.9"}
    assert ("chapter-4-unknown" in {one.id for one in changed.clauses}) == known
    assert ("gap-chapter-4" in _gaps(changed)) == known


def test_chapter_4_is_known_once_it_has_a_title(overlay: Overlay) -> None:
    changed = load_ontology(overlay(f'{STANDARD} zw:numbering id:H2 . id:chapter-4-unknown skos:prefLabel "原则"@zh .'))
    assert changed.clause("chapter-4-unknown").zh == "原则"
    assert "gap-chapter-4" not in _gaps(changed)


def test_a_site_can_give_numbers_of_its_own(overlay: Overlay, ontology: Ontology) -> None:
    chapters = [one for one in ontology.clauses if one.level == "chapter" and one.number]
    others = [one for one in ontology.clauses if one.level == "clause"]
    given = {one.id: str(n) for n, one in enumerate(chapters, 11)} | {
        one.id: f"20.{n}" for n, one in enumerate(others, 1)
    }
    changed = load_ontology(overlay("\n".join(f'id:{id} zw:number "{number}" .' for id, number in given.items())))
    assert {one.id: one.number for one in changed.clauses} == given
    assert {(one.number_scheme, one.number_certainty) for one in changed.clauses} == {("site", "stated")}
    assert [one.id for one in changed.numbering if one.decided] == ["site"]


def test_one_number_of_its_own_leaves_the_others_inferred(overlay: Overlay) -> None:
    changed = load_ontology(overlay('id:execution zw:number "5.10" .'))
    assert (changed.clause("execution").number, changed.clause("execution").number_certainty) == ("5.10", "stated")
    assert (changed.clause("diagnosis").number, changed.clause("diagnosis").number_certainty) == ("5.3", "inferred")
    assert not any(one.decided for one in changed.numbering)


def test_references_become_normative_citations(example: Ontology) -> None:
    listed = [one for one in example.citations if one.role == "normative"]
    assert [(one.document, one.at, one.certainty) for one in listed] == [
        ("gbt-19001", "normative-references", "stated"),
        ("example-document", "normative-references", "stated"),
    ]
    cites = {(one.source, one.target): one.properties["role"] for one in graph_of(example)[1] if one.type == "CITES"}
    assert cites["normative-references", "example-document"] == "normative"


def test_new_clauses_follow_their_siblings(example: Ontology, overlay: Overlay) -> None:
    order = [one.id for one in example.clauses]
    assert order.index("example-clause") == order.index("execution") + 1
    assert example.clause("example-clause").level == "clause"
    changed = load_ontology(
        overlay(f'id:annex a zw:Clause ; skos:prefLabel "附录"@zh ; dcterms:isPartOf {STANDARD} ; zw:number "附录A" .')
    )
    assert changed.clauses[-1].id == "annex"
    assert changed.clauses[-1].level == "chapter"


def test_the_sites_word_wins_and_its_english_is_not_ours(example: Ontology) -> None:
    clause = example.clause("evaluation-implementation")
    assert (clause.zh, clause.en, clause.title_certainty) == ("（示例）标准中的条标题", None, "stated")


def test_what_a_site_says_can_be_less_than_stated(overlay: Overlay) -> None:
    changed = load_ontology(overlay("id:diagnosis zw:phase zw:check ; zw:phaseCertainty zw:unverified ."))
    clause = changed.clause("diagnosis")
    assert (clause.phase, clause.phase_certainty) == ("check", "unverified")


def test_lists_are_replaced_and_labels_added(overlay: Overlay) -> None:
    changed = load_ontology(
        overlay(
            'id:execution-6 zw:actor id:r-enterprise ; zw:expectedEvidence "台账" . id:t-efficacy skos:altLabel "效力"@zh .'
        )
    )
    requirement = changed.requirement("execution-6")
    assert (requirement.actors, requirement.actors_certainty) == (("r-enterprise",), "stated")
    assert requirement.expected_evidence == ("台账",)
    changed = load_ontology(overlay('id:r-all-employees skos:altLabel "员工"@zh .'))
    [role] = [one for one in changed.roles if one.id == "r-all-employees"]
    assert role.alt == ("全员", "全体人员", "员工")


def test_the_graph_changes_with_the_overlay(example: Ontology, ontology: Ontology) -> None:
    before, after = ({node.id: node for node in graph_of(one)[0]} for one in (ontology, example))
    assert "gap-standard-number" in before.keys() - after.keys()
    assert after["t-efficacy"].properties["definition"]
    assert after["execution"].properties["number"] == "6.9"
    assert after["execution"].properties["number_certainty"] == "stated"


def test_the_fingerprint_follows_every_file(overlay: Overlay, tmp_path: Path) -> None:
    shipped = ontology_fingerprint()
    assert ontology_fingerprint(tmp_path / "missing") == shipped
    folder = overlay("")
    first = ontology_fingerprint(folder)
    (folder / "site.ttl").write_text('id:t-efficacy skos:definition "一"@zh .', encoding="utf-8")
    second = ontology_fingerprint(folder)
    (folder / "site.ttl").rename(folder / "other.ttl")
    assert len({shipped, first, second, ontology_fingerprint(folder)}) == 4


def test_an_overlay_saved_by_a_windows_editor_is_read(overlay: Overlay) -> None:
    folder = overlay('id:t-efficacy skos:definition "一"@zh .')
    text = (folder / "site.ttl").read_text(encoding="utf-8")
    (folder / "site.ttl").write_bytes(text.replace("\n", "\r\n").encode("utf-8-sig"))
    assert "gap-definition-t-efficacy" not in _gaps(load_ontology(folder))
