"""The training of the static model: its gradients, its material, and a whole run on a tiny corpus."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from engines.embedder import Matrix
from engines.embedding import evaluate, train
from engines.embedding.static import StaticEmbedder
from engines.embedding.training import corpus, english, learn, tokens, vocabulary
from tests.engines.test_onnx_embedder import WIDTH, build


def _tokens(rows: list[list[int]]) -> tokens.Tokens:
    bounds = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    return tokens.Tokens(np.array([at for row in rows for at in row], dtype=np.int32), bounds)


class _Recorded(learn.Table):
    """Keeps the gradient instead of moving."""

    def descend(self, columns: learn.Rows, gradient: Matrix) -> None:
        self.gradient = np.zeros_like(self.rows)
        self.gradient[columns] = gradient


def _pair_loss(rows: Matrix, pairs: learn.TextPairs) -> float:
    return learn.pair_step(_Recorded(rows, 0.0), pairs, np.arange(len(pairs)))


def _lesson_loss(rows: Matrix, lesson: learn.Lesson) -> float:
    return learn.lesson_step(_Recorded(rows, 0.0), lesson, np.arange(len(lesson.vectors)))


def test_gradients_agree_with_differences() -> None:
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(7, 4)).astype(np.float32)
    left, right = _tokens([[1, 2], [3], [4, 4, 5]]), _tokens([[2, 6], [1, 3], [5]])
    pairs = learn.TextPairs(left, right)
    goal = rng.normal(size=(3, 4)).astype(np.float32)
    lesson = learn.Lesson(left, goal / np.linalg.norm(goal, axis=1, keepdims=True))
    paired, taught = _Recorded(rows, 0.0), _Recorded(rows, 0.0)
    learn.pair_step(paired, pairs, np.arange(3))
    learn.lesson_step(taught, lesson, np.arange(3))
    for row, column in np.ndindex(rows.shape):
        step = np.zeros_like(rows)
        step[row, column] = 1e-2
        by_pairs = (_pair_loss(rows + step, pairs) - _pair_loss(rows - step, pairs)) / 2e-2
        by_lesson = (_lesson_loss(rows + step, lesson) - _lesson_loss(rows - step, lesson)) / 2e-2
        assert by_pairs == pytest.approx(paired.gradient[row, column], abs=2e-2)
        assert by_lesson == pytest.approx(taught.gradient[row, column], abs=5e-3)


def test_what_answers_another_question_of_the_batch_is_not_pushed_away() -> None:
    rows = np.random.default_rng(4).normal(size=(9, 4)).astype(np.float32)
    questions, texts = _tokens([[1, 2], [3, 4]]), _tokens([[5, 6], [7, 8]])

    def moved(answered_by: list[list[int]]) -> float:
        drill = learn.Drill(questions, texts, [np.array(each) for each in answered_by])
        recorded, both = _Recorded(rows, 0.0), np.arange(2)
        learn.question_step(recorded, drill, drill.known(), both, both, np.random.default_rng(0))
        return float(np.abs(recorded.gradient).max())

    assert moved([[0, 1], [0, 1]]) == 0
    assert moved([[0], [0, 1]]) > 0


def test_learning_lowers_both_losses_and_repeats_itself() -> None:
    rng = np.random.default_rng(2)
    rows = rng.normal(size=(40, 8)).astype(np.float32)
    texts = [rng.integers(1, 40, size=5).tolist() for _ in range(600)]
    goal = rng.normal(size=(600, 8)).astype(np.float32)
    lesson = learn.Lesson(_tokens(texts), goal / np.linalg.norm(goal, axis=1, keepdims=True))
    pairs = learn.TextPairs(_tokens(texts), _tokens([text[:2] for text in texts]))

    def learnt() -> Matrix:
        return learn.learn_from_teacher(rows, lesson, pairs, np.random.default_rng(3), lambda _: None, epochs=20)

    table = learnt()
    assert _lesson_loss(table, lesson) < _lesson_loss(rows, lesson)
    np.testing.assert_array_equal(table, learnt())


def test_turning_into_the_teachers_space_keeps_angles() -> None:
    rng = np.random.default_rng(4)
    rows = rng.normal(size=(30, 6)).astype(np.float32)
    texts = _tokens([rng.integers(30, size=4).tolist() for _ in range(50)])
    goal = rng.normal(size=(50, 6)).astype(np.float32)
    turned = learn.into_space(rows, learn.Lesson(texts, goal))
    before, after = rows @ rows.T, turned @ turned.T
    np.testing.assert_allclose(before / before[0, 0], after / after[0, 0], atol=1e-3)


def test_neighbours_get_like_vectors() -> None:
    rng = np.random.default_rng(5)
    # Two topics of ten words each: words of one topic stand together.
    texts = [(rng.permutation(10) + 1 + 10 * (at % 2)).tolist() for at in range(200)]
    table = tokens.neighbourhood_vectors(_tokens(texts), 21, 4, 0)[1:]
    table /= np.linalg.norm(table, axis=1, keepdims=True)
    likeness = table @ table.T
    assert likeness[:10, :10].min() > likeness[:10, 10:].max()


# ---- material


def _data(folder: Path) -> Path:
    """Two laws of which one is held out, and two synsets."""
    articles = [
        {"h": ["第一章 质量"], "p": [f"供应商应当召开质量会议。企业应当与供应商讨论质量问题{n}。会议应当形成记录。"]}
        for n in range(30)
    ]
    laws = [
        {"title": "中华人民共和国质量法", "split": "train", "arts": articles},
        {"title": "保密试卷法", "split": "test", "arts": [{"h": [], "p": ["这一条只用于测量，不得训练。"]}]},
    ]
    lines = "\n".join(json.dumps(law, ensure_ascii=False) for law in laws)
    (folder / "laws.jsonl").write_text(lines, encoding="utf-8")
    wordnet = "# head\n00000001-n\tcmn:lemma\t会议\n00000001-n\tcmn:lemma\t讨论\n00000002-a\tcmn:lemma\t好+的\n"
    (folder / "chinese-open-wordnet.tab").write_text(wordnet, encoding="utf-8")
    own = [{"text": f"党支部与供应商开质量会议，第{n}次讨论问题。师傅提出建议。大家认真记录。"} for n in range(20)]
    (folder / "own.jsonl").write_text("\n".join(json.dumps(each, ensure_ascii=False) for each in own), encoding="utf-8")
    (folder / "own.ttl").write_text('id:a skos:prefLabel "党支部"@zh, "Party branch"@en .', encoding="utf-8")
    return folder


def test_held_out_laws_are_never_read(tmp_path: Path) -> None:
    articles = corpus.read_articles(_data(tmp_path))
    assert {article.law for article in articles} == {"中华人民共和国质量法"}
    assert corpus.read_synsets(tmp_path) == {"00000001-n": ("会议", "讨论"), "00000002-a": ("好",)}


def test_the_glossary_is_english_to_chinese_without_doubles() -> None:
    lines = english.GLOSSARY.read_text(encoding="utf-8").splitlines()[1:]
    words = [line.split(",")[0] for line in lines]
    assert len(words) == len(set(words)) > 500
    for word, translations in english.read_glossary().items():
        assert english.WORD.fullmatch(word)
        assert translations
        assert all("一" <= character <= "鿿" for translation, _ in translations for character in translation)


def test_wordnet_words_are_weighted_by_use(tmp_path: Path) -> None:
    """The files are in the format of WordNet 3.0 (wndb(5), cntlist(5))."""
    (tmp_path / "cntlist.rev").write_text("bank%1:14:00:: 1 9\nbank%1:17:01:: 2 1\n", encoding="utf-8")
    noun = "  1 licence\n00000001 14 n 02 bank 0 savings_bank 0 000 | money\n00000002 17 n 01 bank 1 000 | river\n"
    (tmp_path / "data.noun").write_text(noun, encoding="utf-8")
    for kind in ("verb", "adj", "adv"):
        (tmp_path / f"data.{kind}").write_text("", encoding="utf-8")
    found = english.read_wordnet(tmp_path, {"00000001-n": ("银行",), "00000002-n": ("河岸", "岸")}, 10)
    weights = dict(found["bank"])
    assert weights["银行"] == pytest.approx(9.2)
    assert weights["河岸"] == weights["岸"] == pytest.approx(0.6)
    assert list(found) == ["bank"]


def test_forms_that_hide_their_word_are_listed(tmp_path: Path) -> None:
    (tmp_path / "noun.exc").write_text("men man\n", encoding="utf-8")
    (tmp_path / "verb.exc").write_text("met meet\nmeeting meet\n", encoding="utf-8")
    words: english.Translations = {word: [("词", 1.0)] for word in ("manage", "supply", "day", "man", "meet")}
    assert english.inflected(words, tmp_path) == {
        "managing": "manage",
        "supplies": "supply",
        "supplied": "supply",
        "men": "man",
        "met": "meet",
    }


def test_an_english_row_is_the_weighted_mean_of_its_translations() -> None:
    known = {"好": [1.0, 0.0], "优": [0.0, 1.0], "无": [0.0, 0.0]}
    words: english.Translations = {"good": [("好", 3.0), ("优", 1.0), ("无", 9.0)], "void": [("无", 1.0)]}
    rows = english.english_rows(words, lambda texts: np.array([known[text] for text in texts], dtype=np.float32))
    assert list(rows) == ["good"]
    np.testing.assert_allclose(rows["good"], [0.75, 0.25])


def test_a_whole_run_repeats_itself_and_joins_both_languages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = (
        "供应商",
        "应当",
        "召开",
        "质量",
        "会议",
        "企业",
        "讨论",
        "问题",
        "形成",
        "记录",
        "师傅",
        "提出",
        "建议",
        "党",
    )
    monkeypatch.setattr(vocabulary, "general_words", lambda: dict.fromkeys(words, 100))
    monkeypatch.setattr(train, "DIMENSION", WIDTH)
    effort = train.Effort(pair_steps=10, epochs=2)
    monkeypatch.setattr(train, "Effort", lambda: effort)
    data, teacher = _data(tmp_path), build(tmp_path / "teacher", pooling="mean")
    command = ["train", "--data", str(data), "--own", str(data / "own.jsonl"), str(data / "own.ttl")]
    taught = ["--teacher", str(teacher), "--cache", str(tmp_path / "cache.npz")]
    for out, more in (("first", taught), ("second", taught), ("untaught", [])):
        monkeypatch.setattr(sys, "argv", [*command, "--out", str(tmp_path / out), *more])
        train.main()
    embedder = StaticEmbedder.load(tmp_path / "first")
    assert embedder.fingerprint == StaticEmbedder.load(tmp_path / "second").fingerprint
    assert embedder.fingerprint != StaticEmbedder.load(tmp_path / "untaught").fingerprint
    rows = embedder.embed_passages(["supplier", "供应商", "the suppliers", "the of"])
    assert rows[0] @ rows[1] > 0.8
    np.testing.assert_allclose(rows[2], rows[0], atol=1e-3)
    assert not rows[3].any()


# ---- measuring


def test_figures_of_a_known_ranking() -> None:
    scores = np.array([[3, 2, 1, 0], [0, 1, 2, 3], [1, 1, 1, 1]], dtype=np.float32)
    first, ten, gain = evaluate.figures(scores, [[0], [2], []])
    assert (first, ten) == (50, 100)
    assert gain == pytest.approx(100 * (1 + 1 / np.log2(3)) / 2)


def test_bm25_prefers_rare_words_and_short_passages() -> None:
    passages = ["质量 会议", "质量 供应商", "质量", "天气 晴朗 天气 晴朗 供应商"]
    scores = evaluate.Bm25(passages).scores(["供应商", "unknown"])
    assert list(scores[0].argsort()[::-1][:2]) == [1, 3]
    assert not scores[1].any()
