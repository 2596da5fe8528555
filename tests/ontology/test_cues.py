"""The cues: enough of them, ours throughout, true to one another; wrong ones are refused, a site's own are taken."""

import unicodedata
from itertools import chain
from pathlib import Path

import pytest
from rdflib import Graph, Literal, URIRef

from ontology import names
from ontology.content import graph_of
from ontology.load import load_ontology, validate_ontology
from ontology.model import CUE_GAP, Clause, Ontology, Requirement
from ontology.problems import Problem
from ontology.rdf import node_to_rdf, ontology_turtle
from tests.ontology.conftest import PREFIXES, Overlay

ZW = names.VOCABULARY
STANDARD = f"id:{names.STANDARD}"
NEW = 'id:x-1 a zw:Requirement ; skos:prefLabel "一"@zh ; zw:clause id:execution ; zw:modality "应"'


def _targets(ontology: Ontology) -> tuple[Clause | Requirement, ...]:
    return (*ontology.matchable_clauses, *ontology.requirements)


def _folded(cues: tuple[str, ...]) -> set[str]:
    return {unicodedata.normalize("NFKC", cue.replace(CUE_GAP, "\0")).lower() for cue in cues}


def test_there_are_enough_of_them_everywhere(ontology: Ontology) -> None:
    for clause in ontology.matchable_clauses:
        assert len(clause.cues) + len(clause.weak_cues) >= 40, clause.id
        assert clause.counter_cues, clause.id
    for requirement in ontology.requirements:
        assert len(requirement.cues) >= 10, requirement.id
    assert len(ontology.standard.counter_cues) >= 50


def test_they_are_ours(ontology: Ontology) -> None:
    assert {target.cue_certainty for target in (*_targets(ontology), ontology.standard)} == {"inferred"}


def test_only_clauses_that_set_requirements_have_any(ontology: Ontology) -> None:
    setting = {clause.id for clause in ontology.matchable_clauses}
    others = [one for one in (*ontology.clauses, *ontology.document_clauses) if one.id not in setting]
    assert others
    assert not any((one.cues, one.weak_cues, one.counter_cues) != ((), (), ()) for one in others)
    assert not any(document.counter_cues for document in (ontology.note, *ontology.documents))


def test_no_cue_holds_a_false_friend(ontology: Ontology) -> None:
    """Neither of its target, nor of its clause, nor of the standard: such a cue could never count."""
    of_clause = {clause.id: clause.counter_cues for clause in ontology.clauses}
    for target in _targets(ontology):
        above = of_clause[target.clause] if isinstance(target, Requirement) else ()
        against = _folded((*target.counter_cues, *above, *ontology.standard.counter_cues))
        for cue in _folded((*target.cues, *target.weak_cues)):
            assert not any(counter in cue for counter in against), (target.id, cue)


def test_a_clause_does_not_repeat_what_its_requirements_say(ontology: Ontology) -> None:
    for clause in ontology.matchable_clauses:
        below = chain.from_iterable((one.cues, one.weak_cues) for one in ontology.requirements_of(clause.id))
        assert not _folded((*clause.cues, *clause.weak_cues)) & _folded(tuple(chain.from_iterable(below))), clause.id


@pytest.mark.parametrize(
    ("requirement", "own", "general"),
    [
        ("execution-6", "质量党建责任区", "党员责任区"),
        ("execution-7", "质量党员示范岗", "党员示范岗"),
        ("execution-7", "党员质量先锋岗", "党员先锋岗"),
        ("institution-building-6", "岗位阵地建设", "党员示范岗"),
    ],
)
def test_a_general_vehicle_is_weaker_than_the_standards_own(
    requirement: str, own: str, general: str, ontology: Ontology
) -> None:
    target = ontology.requirement(requirement)
    assert own in target.cues
    assert general in target.weak_cues
    assert general not in target.cues


def test_general_party_vehicles_are_strong_cues_of_nothing(ontology: Ontology) -> None:
    """`unverified` concepts that the note does not name, each with all of its labels."""
    vehicles = [one for one in ontology.mechanisms if one.general and "质量" not in one.zh]
    assert len(vehicles) >= 3
    labels = {label for vehicle in vehicles for label in (vehicle.zh, *vehicle.alt)}
    of_vehicles = ("execution-6", "execution-7", "institution-building-6")
    assert not labels & set(chain.from_iterable(ontology.requirement(id).cues for id in of_vehicles))


def test_the_graph_and_rdf_carry_them(ontology: Ontology) -> None:
    nodes = {node.id: node for node in graph_of(ontology)[0]}
    for id in ("execution", "execution-7"):
        target = ontology.things[id]
        assert isinstance(target, (Clause, Requirement))
        assert nodes[id].properties["cues"] == target.cues
        rdf = node_to_rdf(nodes[id], [])
        said = set(rdf.objects(None, URIRef(ZW + "cue")))
        assert said == {Literal(cue, lang="zh") for cue in target.cues}
        assert set(rdf.objects(None, URIRef(ZW + "counterCue"))) == {
            Literal(cue, lang="zh") for cue in target.counter_cues
        }
        assert (None, URIRef(ZW + "cueCertainty"), URIRef(ZW + "inferred")) in rdf
    assert nodes[ontology.standard.id].properties["counter_cues"] == ontology.standard.counter_cues
    assert "cue_certainty" not in nodes["implementation"].properties


def test_the_whole_text_marks_every_target_as_inferred(ontology: Ontology) -> None:
    whole = Graph().parse(data=ontology_turtle(), format="turtle")
    for target in _targets(ontology):
        subject = URIRef(names.BASE_IRI + target.id)
        assert list(whole.objects(subject, URIRef(ZW + "cueCertainty"))) == [URIRef(ZW + "inferred")]


def test_a_site_adds_to_ours_and_to_its_own(overlay: Overlay, ontology: Ontology) -> None:
    text = (
        f'{NEW} ; zw:cue "质量先锋机台"@zh, "领办…质量难题"@zh ; zw:weakCue "机台"@zh . '
        'id:execution-7 zw:cue "红旗机台"@zh . '
        f'{STANDARD} zw:counterCue "水文质量"@zh .'
    )
    changed = load_ontology(overlay(text))
    own = changed.requirement("x-1")
    assert (set(own.cues), own.weak_cues) == ({"质量先锋机台", "领办…质量难题"}, ("机台",))
    assert (own.certainty, own.cue_certainty) == ("stated", "inferred")
    ours = changed.requirement("execution-7")
    assert set(ours.cues) == {*ontology.requirement("execution-7").cues, "红旗机台"}
    assert ours.cue_certainty == "inferred"
    assert ours.certainty == ontology.requirement("execution-7").certainty
    assert set(changed.standard.counter_cues) == {*ontology.standard.counter_cues, "水文质量"}
    exported = Graph().parse(data=ontology_turtle(overlay(text)), format="turtle")
    assert (URIRef(names.BASE_IRI + "x-1"), URIRef(ZW + "cueCertainty"), URIRef(ZW + "inferred")) in exported


# Faults that end the check before the shapes run.
AT_ONCE = {
    # name: (overlay, node, rule, words that the message must hold)
    "unknown-target": ('id:excution-7 zw:cue "红旗机台"@zh .', "excution-7", "unknown-id", "execution-7"),
    "cue-and-counter": (
        'id:diagnosis-1 zw:cue "红旗机台"@zh ; zw:counterCue "红旗机台"@zh .',
        "diagnosis-1",
        "cue-once",
        "zw:counterCue",
    ),
    "two-widths": ('id:diagnosis-2 zw:cue "６Ｓ红旗"@zh, "6s红旗"@zh .', "diagnosis-2", "cue-once", "同一说法"),
    "shipped-elsewhere": ('id:execution-7 zw:cue "党员示范岗"@zh .', "execution-7", "cue-once", "zw:weakCue"),
}
BY_SHAPE = {
    "no-language": ('id:execution-7 zw:cue "红旗机台" .', "execution-7", "cue", "@zh"),
    "english": ('id:execution-6 zw:cue "model post"@en .', "execution-6", "cue", "@zh"),
    "one-character": ('id:execution-5 zw:weakCue "岗"@zh .', "execution-5", "weak-cue", "2 至 20"),
    "long": (f'id:execution-4 zw:cue "{"岗" * 21}"@zh .', "execution-4", "cue", "2 至 20"),
    "space": ('id:execution-3 zw:counterCue "红旗 机台"@zh .', "execution-3", "counter-cue", "空格"),
    "two-gaps": ('id:execution-2 zw:cue "签…订…承诺"@zh .', "execution-2", "cue", "分成两段"),
    "gap-at-the-end": ('id:execution-1 zw:cue "签订…"@zh .', "execution-1", "cue", "分成两段"),
    "a-sentence": ('id:diagnosis-1 zw:cue "红旗机台很好。"@zh .', "diagnosis-1", "cue", "句末标点"),
    "no-text": ("id:diagnosis-2 zw:cue id:execution .", "diagnosis-2", "cue", "短语"),
    "of-a-term": ('id:t-efficacy zw:cue "红旗机台"@zh .', "t-efficacy", "Term", "没有这个属性"),
    "of-another-document": (
        'id:gbt-32230 zw:counterCue "水文质量"@zh .',
        "gbt-32230",
        "counter-cues-of-the-standard",
        "本标准",
    ),
    "stated": (
        'id:diagnosis-3 zw:cue "红旗机台"@zh ; zw:cueCertainty zw:stated .',
        "diagnosis-3",
        "cue-certainty",
        "推断",
    ),
}


@pytest.fixture(scope="module", params=["words", "shapes"])
def refused(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, list[Problem]]:
    """All faults of a kind as files of one overlay, and the problems found."""
    folder: Path = tmp_path_factory.mktemp("overlay")
    for name, (text, *_) in (AT_ONCE if request.param == "words" else BY_SHAPE).items():
        (folder / f"{name}.ttl").write_text(PREFIXES + text, encoding="utf-8")
    return request.param, list(validate_ontology(folder))


def test_wrong_cues_are_refused_by_name(refused: tuple[str, list[Problem]]) -> None:
    kind, problems = refused
    for name, (_, node, rule, words) in (AT_ONCE if kind == "words" else BY_SHAPE).items():
        found = [one for one in problems if one.file == f"{name}.ttl" and one.node == node and one.rule == rule]
        assert found, (name, [str(one) for one in problems if one.file == f"{name}.ttl"])
        assert any(words in one.message for one in found), name


def test_a_fault_of_the_shipped_cues_names_their_file(tmp_path: Path) -> None:
    from ontology.overlay import merge
    from ontology.sources import NOT_CONTENT, parse, shipped_files
    from ontology.validate import problems_of

    files = []
    for path in shipped_files():
        if path.name in NOT_CONTENT:
            continue
        text = path.read_text(encoding="utf-8")
        if path.name == "cues-doing.ttl":
            assert '"质量党员示范岗"@zh' in text
            text = text.replace('"质量党员示范岗"@zh', '"质量 党员示范岗"@zh')
        copy = tmp_path / path.name
        copy.write_text(text, encoding="utf-8")
        files.append(parse(copy))
    [problem] = problems_of(merge(files, []))
    assert (problem.file, problem.node, problem.rule) == ("cues-doing.ttl", "execution-7", "cue")
