"""The trainer works, the shipped model comes from the texts in the repository, and it reaches what was asked."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis.alignment.crossval import blind_to, layout_of
from analysis.alignment.evaluate import evaluate_test
from analysis.alignment.fit import fit_base
from analysis.alignment.metrics import false_alarms, first_right
from analysis.alignment.model import Aligner
from analysis.alignment.shipped import FOLDER as MODEL
from analysis.alignment.shipped import load_shipped, save_shipped
from analysis.alignment.texts import (
    FILES,
    FOLDER,
    FOLDS,
    TEST,
    LabelledText,
    folds_of,
    near_duplicates,
    read_test_texts,
    read_texts,
    training_hash,
)
from engines.embedding.static import StaticEmbedder
from engines.embedding.taught import digest, read_questions
from ontology.model import Ontology
from tests.alignment.conftest import SMALL, Trained


def test_shipped_model_was_trained_on_the_texts_in_the_repository() -> None:
    assert load_shipped().training_hash == training_hash()


def test_hash_follows_every_byte_of_the_texts(tmp_path: Path) -> None:
    for name in FILES:
        (tmp_path / name).write_bytes((FOLDER / name).read_bytes())
    assert training_hash(tmp_path) == training_hash()
    with (tmp_path / FILES[1]).open("ab") as file:
        file.write(b"\n")
    assert training_hash(tmp_path) != training_hash()


def test_shipped_figures_reach_the_goals(aligner: Aligner) -> None:
    clauses, requirements = aligner.metrics["clauses"], aligner.metrics["requirements"]
    assert clauses["first_right"] >= 0.85
    assert requirements["first_right"] >= 0.70
    assert clauses["off_topic_false_alarms"] <= 0.12
    assert clauses["calibration_error"] <= 0.02
    assert requirements["calibration_error"] <= 0.02


def test_shipped_files_are_small_and_hold_no_pickles() -> None:
    assert sum(file.stat().st_size for file in MODEL.iterdir()) < 13_000_000
    with np.load(MODEL / "weights.npz", allow_pickle=False) as arrays:
        assert all(arrays[name].dtype != object for name in arrays.files)


def test_test_texts_are_of_other_sources_and_repeat_no_training_text(texts: list[LabelledText]) -> None:
    tested = read_test_texts()
    assert len(tested) == 226
    assert all(text.held for text in tested)
    own = {row.get("group") for name in FILES for row in _rows(name)}
    assert {text.group for text in tested}.isdisjoint(own | {text.group for text in texts})
    pairs = near_duplicates([text.text for text in (*texts, *tested)])
    assert [pair for pair in pairs if pair[0] < len(texts) <= pair[1]] == []


def test_new_texts_bear_both_readings_and_say_where_they_come_from() -> None:
    for name in (FILES[-1], TEST):
        rows = _rows(name)
        assert {row["origin"] for row in rows} == {"reported", "composed"}
        assert all(len(row["readings"]) == 2 and row["group"] for row in rows)
    assert sum(len(row["text"]) >= 450 for row in _rows(FILES[-1])) >= 250
    assert sum(not row["labels"] for row in _rows(FILES[-1])) >= 400


def _rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FOLDER / name).read_text(encoding="utf-8").splitlines()]


def test_labels_are_those_of_the_ontology(texts: list[LabelledText], ontology: Ontology) -> None:
    clauses = {clause.id for clause in ontology.matchable_clauses}
    clause_of = {requirement.id: requirement.clause for requirement in ontology.requirements}
    for text in (*texts, *read_test_texts()):
        assert set(text.clauses) <= clauses
        assert {clause_of[id] for id in text.requirements} == set(text.clauses), text.text


def test_training_on_a_part_judges_new_sources_well(trained: Trained, ontology: Ontology) -> None:
    judged, _ = evaluate_test(trained.unseen, ontology, trained.shipped).answers["trained"]
    assert len(judged.truth) > 1000
    # A third of the texts and a small model: a few points below the shipped one.
    assert first_right(judged) > 0.75
    assert false_alarms(judged) < 0.25
    # What cross-validation said of the part holds on sources that had no share in it.
    assert first_right(judged) == pytest.approx(trained.shipped.metrics["clauses"]["first_right"], abs=0.08)


def test_saved_model_is_the_same_when_loaded(trained: Trained, ontology: Ontology, tmp_path: Path) -> None:
    save_shipped(trained.shipped, tmp_path / "a")
    save_shipped(trained.shipped, tmp_path / "b")
    for name in ("weights.npz", "model.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    loaded = load_shipped(tmp_path / "a")
    assert loaded.ablations == trained.shipped.ablations != {}
    some = [text.text for text in trained.unseen[:40]]
    before = Aligner(ontology, trained.shipped).align_many(some)
    after = Aligner.load(ontology, tmp_path / "a").align_many(some)
    for one, other in zip(before, after, strict=True):
        # Half precision on disk: the last digits differ, the answer does not.
        assert one.clauses[0].id == other.clauses[0].id
        assert one.clauses[0].confidence == pytest.approx(other.clauses[0].confidence, abs=0.02)


def test_damaged_weights_are_refused(trained: Trained, tmp_path: Path) -> None:
    save_shipped(trained.shipped, tmp_path)
    data = bytearray((tmp_path / "weights.npz").read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "weights.npz").write_bytes(data)
    with pytest.raises(ValueError, match=r"weights\.npz"):
        load_shipped(tmp_path)


def test_fitting_twice_gives_the_same_scores(texts: list[LabelledText], ontology: Ontology) -> None:
    layout, some = layout_of(ontology), texts[900:1200]
    judged, embedder = [text.text for text in texts[:20]], StaticEmbedder.load()
    first, second = (fit_base(some, layout, SMALL, embedder).scores(judged) for _ in range(2))
    np.testing.assert_array_equal(first.parts[0], second.parts[0])
    for one, other in zip(first.parts[1:], second.parts[1:], strict=True):
        np.testing.assert_allclose(one, other, atol=1e-9)


def test_what_is_held_back_was_not_taught_to_the_table_of_words_either(texts: list[LabelledText]) -> None:
    fold_of = folds_of(texts, seed=1)
    blind, shipped = blind_to(0, texts, fold_of), StaticEmbedder.load()
    of = {digest(text.text): (text.text, fold) for text, fold in zip(texts, fold_of, strict=True)}
    lost: dict[bool, list[float]] = {True: [], False: []}
    for question in read_questions()[::10]:
        text, fold = of[question.answers[0]]
        near = [
            float((each.embed_queries([question.asked]) @ each.embed_passages([text]).T)[0, 0])
            for each in (shipped, blind)
        ]
        lost[fold == 0].append(near[0] - near[1])
    assert np.mean(lost[True]) > np.mean(lost[False]) + 0.1


def test_split_keeps_sources_and_near_duplicates_together(texts: list[LabelledText]) -> None:
    folds = folds_of(texts, seed=3)
    fold_of: dict[str, int] = {}
    for text, fold in zip(texts, folds, strict=True):
        assert fold_of.setdefault(text.group, fold) == fold
        assert (fold == -1) <= (not text.held)
    assert sum(text.held for text in texts) == 3110
    sizes = [folds.count(fold) for fold in range(FOLDS)]
    assert max(sizes) - min(sizes) < 90


def test_near_duplicates_are_found_and_others_are_not() -> None:
    base = "维修车间党支部把责任区划到每台主变，党员每周两次到现场核对检修记录，问题挂牌销号。"
    near = base.replace("每周两次", "每周三次")
    other = "公司邀请供应商到厂参观，介绍质量方针，并请客户代表讲述使用体会，会后发放宣传手册。"
    assert near_duplicates([base, other, near]) == [(0, 2)]


def test_written_copy_of_a_held_text_is_held_with_it(tmp_path: Path) -> None:
    text = "维修车间党支部把责任区划到每台主变，党员每周两次到现场核对检修记录，问题挂牌销号。"
    row = '{{"text": "{text}", "labels": ["execution"], "requirements": ["execution-6"]{group}}}\n'
    (tmp_path / FILES[0]).write_text(row.format(text=text + "效果好。", group=""), encoding="utf-8")
    (tmp_path / FILES[1]).write_text(row.format(text=text, group=', "group": "s1"'), encoding="utf-8")
    for name in FILES[2:]:
        (tmp_path / name).write_text("", encoding="utf-8")
    written, reported = read_texts(tmp_path)
    assert written.group == reported.group
    assert folds_of([written, reported], seed=0) == [0, 0]
