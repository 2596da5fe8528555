"""A wrong edit is refused with the file, the node, the rule, and what to do, in Chinese."""

import re
from pathlib import Path

import pytest
from rdflib import RDF, RDFS, Graph, URIRef

from ontology import names
from ontology.load import OntologyInvalid, Problem, load_ontology, validate_ontology
from ontology.overlay import merge
from ontology.sources import NOT_CONTENT, SHAPES, parse, shipped_files
from ontology.validate import problems_of
from tests.ontology.conftest import PREFIXES, Overlay

SH = "http://www.w3.org/ns/shacl#"
NEW = 'id:x-1 a zw:Requirement ; skos:prefLabel "一"@zh ; zw:clause id:execution ; zw:modality "应"'


def test_the_shipped_files_are_valid() -> None:
    assert validate_ontology() == ()


WRONG = {
    # name: (overlay, node, rule, words that the message must hold)
    "certainty-value": ("id:execution-6 zw:certainty zw:certain .", "execution-6", "unknown-word", "zw:certain"),
    "certainty-kind": ("id:execution-6 zw:certainty zw:plan .", "execution-6", "certainty", "zw:stated"),
    "certainty-text": ('id:execution-6 zw:certainty "stated" .', "execution-6", "certainty", "zw:stated"),
    "two-certainties": ("id:execution-6 zw:certainty zw:stated, zw:inferred .", "execution-6", "certainty", "只有一个"),
    "unknown-clause": (
        'id:x-1 a zw:Requirement ; skos:prefLabel "一"@zh ; zw:clause id:excution ; zw:modality "应" .',
        "x-1",
        "unknown-id",
        "是否想写 execution",
    ),
    "clause-is-no-clause": (
        'id:x-1 a zw:Requirement ; skos:prefLabel "一"@zh ; zw:clause id:t-efficacy ; zw:modality "应" .',
        "x-1",
        "clause",
        "应指向已有的条款",
    ),
    "no-clause": ('id:x-1 a zw:Requirement ; skos:prefLabel "一"@zh ; zw:modality "应" .', "x-1", "clause", "必须有"),
    "modality": (NEW.replace("应", "必须") + " .", "x-1", "modality", "应、宜、可、陈述"),
    "misspelt-property": (NEW + ' ; zw:acton "开展" .', "x-1", "unknown-word", "zw:action"),
    "property-of-another-class": (NEW + ' ; zw:number "5.1" .', "x-1", "Requirement", "zw:number"),
    "misspelt-skos": (
        'id:x-1 a zw:Term ; skos:prefLable "一"@zh ; skos:prefLabel "一"@zh .',
        "x-1",
        "Term",
        "skos:prefLable",
    ),
    "no-chinese-label": ('id:x-1 a zw:Term ; skos:prefLabel "one"@en .', "x-1", "label-zh", "@zh"),
    "label-without-language": ('id:x-1 a zw:Term ; skos:prefLabel "一" .', "x-1", "label-languages", "@zh 或 @en"),
    "two-labels": ('id:t-efficacy skos:prefLabel "一"@zh, "二"@zh .', "t-efficacy", "label-languages", "只有一个"),
    "unknown-class": ('id:x-1 a zw:Requirment ; skos:prefLabel "一"@zh .', "x-1", "unknown-word", "zw:Requirement"),
    "unknown-thing": ('id:t-eficacy skos:definition "一"@zh .', "t-eficacy", "unknown-id", "t-efficacy"),
    "id-clash": (
        'id:execution-6 a zw:Requirement ; skos:prefLabel "一"@zh .',
        "execution-6",
        "id-clash",
        "requirements.ttl",
    ),
    "id-clash-other-class": (
        'id:execution a zw:Term ; skos:prefLabel "一"@zh .',
        "execution",
        "id-clash",
        "clauses.ttl",
    ),
    "id-in-chinese": ('id:质量 a zw:Term ; skos:prefLabel "一"@zh .', "质量", "id-form", "英文字母"),
    "no-id": ('[] a zw:Term ; skos:prefLabel "一"@zh .', "（无编号的节点）", "id-form", "不可省略"),
    "part-of-circle": (
        'id:a a zw:Clause ; skos:prefLabel "甲"@zh ; dcterms:isPartOf id:b . '
        'id:b a zw:Clause ; skos:prefLabel "乙"@zh ; dcterms:isPartOf id:a .',
        "a",
        "no-circle",
        "不成环",
    ),
    "two-definitions": ('id:t-efficacy skos:definition "一"@zh, "二"@zh .', "t-efficacy", "definition", "只写一次"),
    "order": (NEW + ' ; zw:order "3" .', "x-1", "order-required", "不带引号"),
    "numbering": (
        "id:std-party-led-quality-culture zw:numbering id:execution .",
        "std-party-led-quality-culture",
        "numbering",
        "H1",
    ),
    "two-numberings": (
        "id:std-party-led-quality-culture zw:numbering id:H1, id:H2 .",
        "std-party-led-quality-culture",
        "numbering",
        "只能写一个",
    ),
    "date": (
        'id:std-party-led-quality-culture dcterms:issued "2026年1月" .',
        "std-party-led-quality-culture",
        "issued",
        "2026-03-01",
    ),
    "number-clash": ('id:diagnosis zw:number "5.2" .', "diagnosis", "number-unique", "organization-planning"),
    "kind": (
        'id:x-1 a zw:Document ; skos:prefLabel "一"@zh ; zw:kind kind:decree .',
        "x-1",
        "unknown-word",
        "kind:decree",
    ),
    "no-kind": ('id:x-1 a zw:Document ; skos:prefLabel "一"@zh .', "x-1", "kind", "kinds.ttl"),
    "reference-to-nothing": (
        "id:normative-references dcterms:references id:gbt-1 .",
        "normative-references",
        "unknown-id",
        "gbt-1-1",
    ),
    "note-cites-normatively": (
        'id:x-1 a zw:Citation ; zw:document id:gbt-32230 ; zw:citedAt id:note-4-process ; zw:role "normative" ; zw:verb "引用" .',
        "x-1",
        "note-cites-nothing-normatively",
        "不是规范性引用",
    ),
    "stated-correspondence": (
        'id:x-1 a zw:Correspondence ; zw:clause id:execution ; zw:document id:gbt-19001 ; zw:why "一" .',
        "x-1",
        "correspondence-is-inferred",
        "zw:inferred",
    ),
    "stated-general-vehicle": (
        "id:v-party-model-post zw:certainty zw:stated .",
        "v-party-model-post",
        "general-is-unverified",
        "zw:unverified",
    ),
    "statement-predicate": (
        "id:x-1 a zw:Statement ; rdf:subject id:execution ; rdf:predicate zw:clause ; rdf:object id:diagnosis .",
        "x-1",
        "statement-predicate",
        "zw:relatesTo",
    ),
    "foreign-class": ('id:x-1 a skos:Concept ; skos:prefLabel "一"@zh .', "x-1", "unknown-class", "zw:Term"),
    "class-of-the-graph": ('id:x-1 a zw:Practice ; skos:prefLabel "一"@zh .', "x-1", "unknown-class", "zw:Term"),
    "kind-without-name": ('kind:x-1 a zw:Kind ; skos:prefLabel "one"@en .', "kind:x-1", "label-zh", "@zh"),
    "requirement-of-a-lost-chapter": (
        "id:std-party-led-quality-culture zw:numbering id:H1 . " + NEW.replace("execution", "chapter-4-unknown") + " .",
        "x-1",
        "lost-end",
        "chapter-4-unknown",
    ),
    "statement-about-a-citation": (
        "id:x-1 a zw:Statement ; rdf:subject id:ct-01 ; rdf:predicate skos:related ; rdf:object id:execution .",
        "x-1",
        "statement-subject",
        "不能是引用",
    ),
    "replaces-no-requirement": (NEW + " ; dcterms:replaces id:execution .", "x-1", "replaces", "要求要点"),
    "source": (NEW + " ; dcterms:source id:r-partners .", "x-1", "source", "来源"),
}


# Rules that end the check before the others run.
FIRST = {
    "id-clash": "clash",
    "unknown-word": "words",
    "unknown-id": "words",
    "unknown-class": "words",
    "no-circle": "words",
    "number-unique": "result",
    "lost-end": "result",
}


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Problem]]:
    """The problems of every case, by its name. Cases that cannot disturb each other are files of one overlay."""
    batches: dict[tuple[str, int], dict[str, str]] = {}
    for case, (_, node, rule, _) in WRONG.items():
        order = FIRST.get(rule, "shapes")
        turn = next(n for n in range(len(WRONG)) if node == "x-1" or node not in batches.get((order, n), {}).values())
        batches.setdefault((order, turn), {})[case] = node
    found: dict[str, list[Problem]] = {}
    for batch in batches.values():
        folder = tmp_path_factory.mktemp("overlay")
        for case in batch:
            text = WRONG[case][0].replace("id:x-1", f"id:{case}")
            (folder / f"{case}.ttl").write_text(PREFIXES + text, encoding="utf-8")
        with pytest.raises(OntologyInvalid) as error:
            load_ontology(folder)
        for problem in error.value.problems:
            assert str(problem) in str(error.value) or len(error.value.problems) > 20
            found.setdefault(problem.file, []).append(problem)
    return found


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_overlay_is_refused(case: str, refused: dict[str, list[Problem]]) -> None:
    _, node, rule, words = WRONG[case]
    node = case if node == "x-1" else node
    problems = refused.get(f"{case}.ttl", [])
    found = [problem for problem in problems if problem.rule == rule and problem.node == node]
    assert found, [str(problem) for problem in problems]
    assert any(words in problem.message for problem in found)
    assert all(re.search(r"[一-龥]", problem.message) for problem in problems)


def test_the_message_names_file_node_and_rule(overlay: Overlay) -> None:
    with pytest.raises(OntologyInvalid) as error:
        load_ontology(overlay(NEW.replace("应", "必须") + " ."))
    assert "本体文件有1处问题" in str(error.value)
    line = "site.ttl · 节点 x-1 · 规则 modality：（zw:modality）能愿动词必须有且只能写一个，取 应、宜、可、陈述 之一（带引号）。当前值：必须。"
    assert line in str(error.value)


SHIPPED = {
    # name: (file, pattern, replacement, node, rule)
    "certainty-lost": (
        "terms.ttl",
        r"(id:t-soft-power .*?)zw:certainty zw:stated ; ",
        r"\1",
        "t-soft-power",
        "certainty",
    ),
    "source-lost": (
        "terms.ttl",
        r"(id:t-efficacy .*?zw:stated) ; dcterms:source \S+",
        r"\1",
        "t-efficacy",
        "stated-has-source",
    ),
    "clause-misspelt": (
        "requirements.ttl",
        r"(id:execution-6 .*?zw:clause) id:execution ",
        r"\1 id:executions ",
        "execution-6",
        "unknown-id",
    ),
    "modality-certainty-lost": (
        "requirements.ttl",
        r"(id:diagnosis-1 .*?)zw:modalityCertainty zw:inferred ; ",
        r"\1",
        "diagnosis-1",
        "requirement-certainties",
    ),
    "label-lost": ("clauses.ttl", r"(id:scope .*?)\"范围\"@zh, ", r"\1", "scope", "label-zh"),
    "event-backwards": (
        "drafting.ttl",
        r"(id:ev-2022-09-draft .*?zw:ends )\"2022-09\"",
        r'\1"2022-01"',
        "ev-2022-09-draft",
        "event-in-time",
    ),
    "reading-decided": (
        "standard.ttl",
        r"(id:H1 .*?zw:certainty) zw:inferred",
        r"\1 zw:stated",
        "H1",
        "reading-is-inferred",
    ),
}


@pytest.mark.parametrize("first", [True, False])
def test_wrong_edits_of_shipped_files_are_found(first: bool, tmp_path: Path) -> None:
    edits = [edit for edit in SHIPPED.values() if (edit[4] in FIRST | {"event-in-time": ""}) == first]
    files = []
    for path in shipped_files():
        if path.name in NOT_CONTENT:
            continue
        text = path.read_text(encoding="utf-8")
        for name, pattern, replacement, _, _ in edits:
            if path.name == name:
                text, count = re.subn(pattern, replacement, text, count=1, flags=re.DOTALL)
                assert count == 1
        copy = tmp_path / path.name
        copy.write_text(text, encoding="utf-8")
        files.append(parse(copy))
    found = {(problem.file, problem.node, problem.rule) for problem in problems_of(merge(files, []))}
    assert found == {(name, node, rule) for name, _, _, node, rule in edits}


def test_all_faults_are_reported_at_once(overlay: Overlay) -> None:
    folder = overlay(a='id:x-1 a zw:Term ; skos:prefLabel "one"@en .', b='id:x-2 a zw:Term ; skos:prefLabel "two"@en .')
    found = {(problem.file, problem.node) for problem in validate_ontology(folder) if problem.rule == "label-zh"}
    assert found == {("a.ttl", "x-1"), ("b.ttl", "x-2")}


def test_two_files_that_disagree_are_both_named(overlay: Overlay) -> None:
    folder = overlay(a='id:t-efficacy skos:definition "一"@zh .', b='id:t-efficacy skos:definition "二"@zh .')
    [problem] = validate_ontology(folder)
    assert (problem.file, problem.rule) == ("a.ttl、b.ttl", "definition")


def test_two_files_that_declare_one_id_are_both_named(overlay: Overlay) -> None:
    folder = overlay(
        a='id:t-new a zw:Term ; skos:prefLabel "一"@zh .', b='id:t-new a zw:Term ; skos:prefLabel "二"@zh .'
    )
    [problem] = validate_ontology(folder)
    assert (problem.file, problem.rule) == ("b.ttl", "id-clash")
    assert "a.ttl" in problem.message


def test_a_syntax_error_is_named_with_its_line(overlay: Overlay) -> None:
    folder = overlay(a='id:t-efficacy skos:definition "未完 .\n', b="id:t-efficacy skos:definition ; .")
    problems = validate_ontology(folder)
    assert [(one.file, one.line, one.rule) for one in problems] == [("a.ttl", 7, "syntax"), ("b.ttl", 7, "syntax")]
    with pytest.raises(OntologyInvalid, match=r"a\.ttl 第7行 · 规则 syntax：Turtle语法错误"):
        load_ontology(folder)


@pytest.mark.parametrize(
    "content", [b"\xff\xfe", "质量".encode("gbk"), b"@prefix zw: <", b"<a> <b> <c>", b"\0", b"zw:x a zw:Term ."]
)
def test_any_unreadable_file_is_refused_by_name(content: bytes, overlay: Overlay) -> None:
    folder = overlay("")
    (folder / "bad.ttl").write_bytes(content)
    problems = validate_ontology(folder)
    assert {problem.file for problem in problems} == {"bad.ttl"}


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ontology"
    path.write_text("", encoding="utf-8")
    with pytest.raises(OntologyInvalid, match="overlay-folder"):
        load_ontology(path)


def test_long_lists_of_faults_are_cut_and_counted() -> None:
    problems = [Problem("a.ttl", None, f"x-{n}", "label-zh", "缺少中文名称。") for n in range(30)]
    assert "另有10处" in str(OntologyInvalid(problems))
    assert len(OntologyInvalid(problems).problems) == 30


def test_every_rule_has_a_name_and_chinese_advice() -> None:
    shapes = Graph()
    for path in SHAPES.glob("*.ttl"):
        shapes.parse(path)
    used = set(shapes.objects(None, URIRef(SH + "property"))) | set(shapes.subjects(URIRef(SH + "targetClass"), None))
    named = [shape for shape in used if isinstance(shape, URIRef)]
    assert len(named) > 100
    for shape in named:
        assert (shape, RDF.type, None) in shapes, shape
        messages = list(shapes.objects(shape, URIRef(SH + "message")))
        inner = [
            m for p in shapes.objects(shape, URIRef(SH + "property")) for m in shapes.objects(p, URIRef(SH + "message"))
        ]
        assert messages or inner, shape
        assert all(getattr(one, "language", None) == "zh" for one in messages)


def test_every_class_of_content_has_a_closed_shape() -> None:
    shapes, content = Graph(), Graph()
    for path in SHAPES.glob("*.ttl"):
        shapes.parse(path)
    for path in shipped_files():
        if path.name not in NOT_CONTENT:
            content.parse(path)
    closed = {
        target
        for shape in shapes.subjects(URIRef(SH + "closed"), None)
        for target in shapes.objects(shape, URIRef(SH + "targetClass"))
    }
    things = {kind for subject, kind in content.subject_objects(RDF.type) if str(subject).startswith(names.BASE_IRI)}
    assert things | {URIRef(names.VOCABULARY + "Kind")} == closed
    assert RDFS.Class not in closed
