"""The trainer works, the shipped model comes from the texts in the repository, and it reaches what was asked."""

from pathlib import Path

import numpy as np
import pytest

from analysis.alignment.crossval import layout_of
from analysis.alignment.fit import fit_base
from analysis.alignment.metrics import Judged, false_alarms, first_right, group_numbers
from analysis.alignment.model import Aligner
from analysis.alignment.shipped import FOLDER as MODEL
from analysis.alignment.shipped import load_shipped, save_shipped
from analysis.alignment.texts import (
    FILES,
    FOLDER,
    FOLDS,
    LabelledText,
    folds_of,
    near_duplicates,
    read_texts,
    training_hash,
)
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
    assert sum(file.stat().st_size for file in MODEL.iterdir()) < 12_000_000
    with np.load(MODEL / "weights.npz", allow_pickle=False) as arrays:
        assert all(arrays[name].dtype != object for name in arrays.files)


def test_labels_are_those_of_the_ontology(texts: list[LabelledText], ontology: Ontology) -> None:
    clauses = {clause.id for clause in ontology.matchable_clauses}
    clause_of = {requirement.id: requirement.clause for requirement in ontology.requirements}
    for text in texts:
        assert set(text.clauses) <= clauses
        assert {clause_of[id] for id in text.requirements} == set(text.clauses), text.text


def test_training_on_a_part_judges_new_sources_well(trained: Trained, ontology: Ontology) -> None:
    layout = layout_of(ontology)
    answers = Aligner(ontology, trained.shipped).align_many([text.text for text in trained.unseen])
    shape = (len(answers), len(layout.clauses))
    scores, truth, proposed = np.zeros(shape), np.zeros(shape, dtype=np.bool_), np.zeros(shape, dtype=np.bool_)
    for row, (text, answer) in enumerate(zip(trained.unseen, answers, strict=True)):
        for score in answer.clauses:
            column = layout.clauses.index(score.id)
            scores[row, column], proposed[row, column] = score.confidence, score.proposed
            truth[row, column] = score.id in text.clauses
    judged = Judged(scores, truth, proposed, group_numbers([text.group for text in trained.unseen]))
    assert len(answers) > 1000
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
    first, second = (fit_base(some, layout, SMALL).scores([text.text for text in texts[:20]]) for _ in range(2))
    np.testing.assert_array_equal(first.linear, second.linear)
    np.testing.assert_allclose(first.kernel, second.kernel, atol=1e-9)


def test_split_keeps_sources_and_near_duplicates_together(texts: list[LabelledText]) -> None:
    folds = folds_of(texts, seed=3)
    fold_of: dict[str, int] = {}
    for text, fold in zip(texts, folds, strict=True):
        assert fold_of.setdefault(text.group, fold) == fold
        assert (fold == -1) <= (not text.reported)
    held = [text for text in texts if text.reported]
    assert len(held) == 1987
    sizes = [folds.count(fold) for fold in range(FOLDS)]
    assert max(sizes) - min(sizes) < 60


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
    (tmp_path / FILES[2]).write_text("", encoding="utf-8")
    written, reported = read_texts(tmp_path)
    assert written.group == reported.group
    assert folds_of([written, reported], seed=0) == [0, 0]
