"""The interim embedder keeps the seam's promises and knows related texts from unrelated ones."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.embedder import Embedder
from engines.embedding.fitted import FILE, FittedEmbedder
from engines.embedding.ngrams import NgramTable, fold, grams, pack, unpack
from engines.embedding.train_fitted import fit, main, read_texts


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return FittedEmbedder.load()


def test_unit_rows_or_zero(embedder: Embedder) -> None:
    rows = embedder.embed_passages(["开展质量培训", "", "。！？", "🙂🙂", "党员责任区"])
    assert rows.shape == (5, embedder.dimension)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), [1, 0, 0, 0, 1], atol=1e-5)
    assert embedder.embed_passages([]).shape == (0, embedder.dimension)


def test_fingerprint_names_the_content(embedder: Embedder) -> None:
    name, _, digest = embedder.fingerprint.partition("-")
    assert name == "fitted"
    assert len(digest) == 12


def test_related_texts_are_nearer(embedder: Embedder) -> None:
    query = embedder.embed_queries(["党员责任区怎么划分"])
    rows = embedder.embed_passages(["车间把产线划成六个党员责任区，责任到人。", "公司邀请供应商座谈，宣讲质量方针。"])
    near, far = (query @ rows.T)[0]
    assert near > far + 0.1


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(max_size=40), max_size=6))
def test_a_row_does_not_depend_on_its_neighbours(texts: list[str]) -> None:
    embedder = FittedEmbedder.load()
    bulk = embedder.embed_passages(texts)
    for row, text in zip(bulk, texts, strict=True):
        np.testing.assert_allclose(row, embedder.embed_queries([text])[0], atol=1e-6)


def test_model_file_is_small() -> None:
    assert FILE.stat().st_size < 4_000_000


def test_fitting_is_repeatable_and_separates_topics() -> None:
    texts = [f"培训课程第{n}期开班，学员参加质量培训考试" for n in range(8)]
    texts += [f"向供应商宣讲质量方针，客户代表{n}人参会" for n in range(8)]
    arrays = fit(texts, n_grams=200, dimensions=4)
    again = fit(texts, n_grams=200, dimensions=4)
    for name in arrays:
        np.testing.assert_array_equal(arrays[name], again[name])
    rows = FittedEmbedder(arrays, "fitted-test").embed_passages([texts[0], texts[5], texts[9]])
    assert rows[0] @ rows[1] > rows[0] @ rows[2] + 0.3


def test_command_line_writes_a_model_that_loads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = tmp_path / "texts.txt"
    lines.write_text("\n".join(f"党支部第{n}次开展质量责任区检查，整改问题{n}项" for n in range(150)), encoding="utf-8")
    rows = tmp_path / "texts.jsonl"
    rows.write_text('{"text": "员工参加质量知识竞赛"}\n\n', encoding="utf-8")
    assert list(read_texts(rows)) == ["员工参加质量知识竞赛"]
    assert main(["--texts", str(lines), str(rows), "--out", str(tmp_path / "m.npz")]) == 0
    assert "m.npz" in capsys.readouterr().out
    made = FittedEmbedder.load(tmp_path / "m.npz")
    assert made.dimension == 128
    assert made.fingerprint != FittedEmbedder.load().fingerprint


@given(st.text(max_size=60))
def test_folding_keeps_every_position(text: str) -> None:
    folded = fold(text)
    assert len(folded) == len(text)
    assert fold(folded) == folded


def test_table_counts_places_and_weights() -> None:
    table = NgramTable(["a", "ab", "b"], np.array([1.0, 2.0, 1.0], dtype=np.float32), 1, 2)
    encoded = table.encode("abab")
    assert grams("abab", 1, 2) == ["a", "b", "a", "b", "ab", "ba", "ab"]
    assert encoded.places.tolist() == [0, 2, 0, 2, 1, -1, 1]
    assert encoded.rows.tolist() == [0, 1, 2]
    assert encoded.counts.tolist() == [2, 2, 2]
    np.testing.assert_allclose(table.values(encoded), np.array([1, 2, 1]) / 6**0.5, atol=1e-6)
    with pytest.raises(ValueError, match="weights"):
        NgramTable(["a"], np.zeros(2, dtype=np.float32), 1, 1)


@given(st.lists(st.text(alphabet="党建ab ，", min_size=1, max_size=4), min_size=1))
def test_packing_loses_nothing(vocabulary: list[str]) -> None:
    assert unpack(pack(vocabulary)) == vocabulary
