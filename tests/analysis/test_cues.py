"""Cues are found at their places, by the rules that the ontology writes down, and quickly loaded."""

import subprocess
import sys
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.cues import REACH, CueFinder, CueMention
from analysis.folding import fold
from ontology.load import load_ontology
from ontology.model import CUE_GAP, Clause, Ontology, Requirement

ONTOLOGY = load_ontology()
FINDER = CueFinder(ONTOLOGY)
TARGETS: tuple[Clause | Requirement, ...] = (*ONTOLOGY.clauses, *ONTOLOGY.requirements)
ALL = [(target.id, cue) for target in TARGETS for cue in (*target.cues, *target.weak_cues, *target.counter_cues)]
SPELLINGS = sorted({cue for _, cue in ALL} | set(ONTOLOGY.standard.counter_cues))


def _of(text: str, target: str, finder: CueFinder = FINDER) -> list[CueMention]:
    return [mention for mention in finder.find(text) if mention.target == target]


def _with(**cues: tuple[str, ...]) -> CueFinder:
    """A finder that knows of execution-7 only `cues`, of execution the counter-cue 扫地, and of the rest nothing."""
    bare = {"cues": (), "weak_cues": (), "counter_cues": ()}
    requirements = [
        one.model_copy(update=bare | (cues if one.id == "execution-7" else {})) for one in ONTOLOGY.requirements
    ]
    clauses = [
        one.model_copy(update=bare | ({"counter_cues": ("扫地",)} if one.id == "execution" else {}))
        for one in ONTOLOGY.clauses
    ]
    return CueFinder(ONTOLOGY.model_copy(update={"requirements": tuple(requirements), "clauses": tuple(clauses)}))


def _says(text: str, mention: CueMention) -> bool:
    words = fold(text[mention.start : mention.end])
    head, gap, tail = mention.cue.partition(CUE_GAP)
    first, last = (fold(unicodedata.normalize("NFKC", part)) for part in (head, tail))
    if not gap:
        return words == first
    return words.startswith(first) and words.endswith(last) and len(words) <= len(first) + REACH + len(last)


_PIECE = st.one_of(
    st.sampled_from(SPELLINGS).map(lambda cue: cue.replace(CUE_GAP, "了一份")),
    st.sampled_from([part for cue in SPELLINGS for part in cue.split(CUE_GAP)]),
    st.text(max_size=8),
    st.sampled_from(["。", "\n", "；", "，", "某厂", "ＱＣ", "\ud800", "İ"]),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(_PIECE, max_size=12).map("".join))
def test_every_mention_says_its_cue(text: str) -> None:
    found = FINDER.find(text)
    for mention in found:
        assert 0 <= mention.start < mention.end <= len(text)
        assert _says(text, mention), mention
    assert found == sorted(found, key=lambda one: (one.start, -one.end, one.target, one.cue))
    assert len(set(found)) == len(found)


@settings(max_examples=200, deadline=None)
@given(st.lists(_PIECE, max_size=12).map("".join))
def test_no_counted_cue_touches_a_false_friend(text: str) -> None:
    found = FINDER.find(text)
    for one in found:
        against = {one.target, FINDER.clause_of.get(one.target), FINDER.general}
        assert one.kind == "counter" or not any(
            other.kind == "counter" and other.target in against and other.start < one.end and one.start < other.end
            for other in found
        )


def test_every_cue_is_found_in_a_plain_sentence() -> None:
    missing = []
    for target, cue in [*ALL, *((FINDER.general, cue) for cue in ONTOLOGY.standard.counter_cues)]:
        said = cue.replace(CUE_GAP, "〇〇")
        places = [
            (one.start, one.end) for one in FINDER.find(f"甲地{said}，乙地。") if (one.target, one.cue) == (target, cue)
        ]
        if places != [(2, 2 + len(said))]:
            missing.append((target, cue, places))
    assert missing == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("签订承诺书", True),
        ("签订了质量承诺书", True),
        ("签订" + "甲" * REACH + "承诺书", True),
        ("签订" + "甲" * (REACH + 1) + "承诺书", False),
        ("承诺书由各人签订", False),
        ("签订。承诺书", False),
        ("签订；承诺书", False),
        ("签订\n承诺书", False),
        ("签订，签订承诺书", True),
    ],
)
def test_two_parts_stand_in_order_in_one_sentence_and_near(text: str, found: bool) -> None:
    mentions = _of(text, "execution-7", _with(cues=("签订…承诺书",)))
    assert bool(mentions) == found
    for mention in mentions:
        assert (text[mention.start : mention.start + 2], mention.end) == ("签订", len(text))
        assert mention.start == text.rindex("签订")


def test_case_and_width_do_not_matter() -> None:
    for text in ("QC小组", "qc小组", "ＱＣ小组"):
        assert [one.cue for one in _of(text, "continual-improvement-2") if one.kind == "cue"] == ["QC小组"]


def test_a_latin_word_is_met_only_as_a_whole() -> None:
    finder = _with(cues=("PPM",))
    assert _of("缺陷率降到PPM级", "execution-7", finder)
    assert not _of("TPPM缺陷", "execution-7", finder)
    assert not _of("PPMX缺陷", "execution-7", finder)


def test_the_standards_own_vehicle_is_not_the_general_one_besides() -> None:
    own, general = "车间设立质量党员示范岗。", "车间设立党员示范岗。"
    assert [(one.cue, one.kind) for one in _of(own, "execution-7") if CUE_GAP not in one.cue] == [
        ("质量党员示范岗", "cue")
    ]
    assert ("党员示范岗", "weak") in {(one.cue, one.kind) for one in _of(general, "execution-7")}
    assert not any(one.cue == "质量党员示范岗" for one in FINDER.find(general))


def test_what_speaks_against_all_takes_the_cue_away() -> None:
    assert any(one.cue == "质量提升项目" for one in _of("开展质量提升项目", "continual-improvement"))
    air = FINDER.find("开展空气质量提升项目")
    assert [(one.target, one.kind) for one in air if one.cue == "空气质量"] == [(ONTOLOGY.standard.id, "counter")]
    assert not any(one.cue == "质量提升项目" for one in air)


def test_a_clauses_false_friend_takes_its_requirements_cue_away() -> None:
    finder = _with(cues=("扫地岗", "示范岗"), counter_cues=("岗亭",))
    assert [one.cue for one in _of("示范岗", "execution-7", finder)] == ["示范岗"]
    assert not _of("扫地岗", "execution-7", finder)
    assert [one.kind for one in _of("示范岗亭", "execution-7", finder)] == ["counter"]


def test_a_requirement_is_reported_once_and_its_clause_is_known() -> None:
    mentions = [one for one in FINDER.find("设立质量党员示范岗") if one.cue == "质量党员示范岗"]
    assert [one.target for one in mentions] == ["execution-7"]
    assert FINDER.clause_of["execution-7"] == "execution"


@pytest.mark.parametrize("text", ["", "质", "。", "\ud800", " \n\t"])
def test_nothing_is_found_in_nothing(text: str) -> None:
    assert FINDER.find(text) == []


def test_a_site_without_cues_is_served() -> None:
    assert CueFinder(_bare(ONTOLOGY)).find("质量党员示范岗") == []


def _bare(ontology: Ontology) -> Ontology:
    bare = {"cues": (), "weak_cues": (), "counter_cues": ()}
    return ontology.model_copy(
        update={
            "standard": ontology.standard.model_copy(update={"counter_cues": ()}),
            "clauses": tuple(one.model_copy(update=bare) for one in ontology.clauses),
            "requirements": tuple(one.model_copy(update=bare) for one in ontology.requirements),
        }
    )


def test_no_language_library_is_loaded_for_it() -> None:
    code = "import sys, analysis.cues; assert not {'spacy', 'jieba', 'numpy'} & set(sys.modules), sorted(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
