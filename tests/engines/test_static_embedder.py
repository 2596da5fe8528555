"""The static embedder: the shipped folder, and a tiny one made here."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.embedding.static import FOLDER, StaticEmbedder, StaticModelInvalid
from engines.embedding.training.export import write_folder
from engines.embedding.training.vocabulary import unigram

TEXTS = (
    "供应商质量会议",
    "师傅带徒弟讲质量故事。",
    "党支部与供应商共建，质量问题当场整改！",
    "PDCA循环",
    "第1季度 QC小组",
)


@pytest.fixture(scope="module")
def shipped() -> StaticEmbedder:
    return StaticEmbedder.load()


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    words = {"供应商": 0.1, "质量": 0.2, "会议": 0.1, "the": 0.1, "s": 0.01}
    table = np.array([[0, 0], [1, 0], [0, 1], [1, 1], [0, 0], [0, 0]], dtype=np.float32)
    write_folder(tmp_path / "tiny", table, unigram(words), "tiny")
    return tmp_path / "tiny"


def test_rows_have_length_one_and_the_shape_asked_for(shipped: StaticEmbedder) -> None:
    rows = shipped.embed_passages(TEXTS)
    assert rows.shape == (len(TEXTS), shipped.dimension)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(rows, shipped.embed_queries(TEXTS))


@pytest.mark.parametrize("text", ["", " \n", "，。！？……", "—— ( )", "😀"])
def test_a_text_that_says_nothing_is_the_zero_row(shipped: StaticEmbedder, text: str) -> None:
    assert not shipped.embed_passages([text, "质量"])[0].any()


def test_no_texts_give_no_rows(shipped: StaticEmbedder) -> None:
    assert shipped.embed_passages([]).shape == (0, shipped.dimension)


def test_like_meanings_lie_nearer_than_unlike_ones(shipped: StaticEmbedder) -> None:
    triples = (
        ("供应商质量会议", "邀请供方代表召开质量座谈会", "老员工退休欢送会的舞蹈节目"),
        ("师带徒", "老师傅给徒弟传授手艺", "采购合同付款期限"),
        ("客户投诉", "顾客对产品质量不满意", "组织党员重温入党誓词"),
        ("supplier quality meeting", "供应商质量会议", "员工子女入学"),
        ("suppliers' quality meetings", "供应商质量会议", "员工子女入学"),
        ("party branch pioneer post", "党支部先锋岗", "设备检修记录"),
    )
    for asked, near, far in triples:
        asked_row, near_row, far_row = shipped.embed_queries([asked, near, far])
        assert asked_row @ near_row > asked_row @ far_row + 0.1, asked


def test_the_end_of_a_long_text_counts(shipped: StaticEmbedder) -> None:
    long = "质量管理体系要求，" * 2000
    plain, ended = shipped.embed_passages([long, long + "供应商" * 4000])
    assert plain @ ended < 0.99


def test_width_and_case_of_letters_do_not_matter(shipped: StaticEmbedder) -> None:
    first, second = shipped.embed_passages(["ＱＣ小组 Quality", "qc小组quality"])
    np.testing.assert_allclose(first, second, atol=1e-6)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=40), min_size=1, max_size=6))
def test_a_row_is_finite_and_does_not_depend_on_its_neighbours(texts: list[str]) -> None:
    embedder = StaticEmbedder.load()
    together = embedder.embed_passages(texts)
    assert np.isfinite(together).all()
    norms = np.linalg.norm(together, axis=1)
    assert all(norm == 0 or abs(norm - 1) < 1e-4 for norm in norms)
    for text, row in zip(texts, together, strict=True):
        np.testing.assert_allclose(embedder.embed_passages([text])[0], row, atol=1e-6)


def test_the_fingerprint_follows_the_content(tiny: Path, shipped: StaticEmbedder, tmp_path: Path) -> None:
    first = StaticEmbedder.load(tiny).fingerprint
    write_folder(tmp_path / "other", np.eye(2, dtype=np.float32), unigram({"质量": 0.2}), "tiny")
    assert first.startswith("static-")
    assert len({first, StaticEmbedder.load(tmp_path / "other").fingerprint, shipped.fingerprint}) == 3


def test_a_mean_of_rows_at_length_one(tiny: Path) -> None:
    rows = StaticEmbedder.load(tiny).embed_passages(["供应商质量", "供应商", "the 会议s", "未知"])
    half = np.sqrt(0.5)
    np.testing.assert_allclose(rows, [[half, half], [1, 0], [half, half], [0, 0]], atol=1e-6)


def test_a_folder_that_is_no_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(StaticModelInvalid, match=r"model\.safetensors"):
        StaticEmbedder.load(tmp_path)


def test_a_broken_model_is_explained(tiny: Path) -> None:
    (tiny / "model.safetensors").write_bytes(b"nothing")
    with pytest.raises(StaticModelInvalid, match="损坏"):
        StaticEmbedder.load(tiny)


def test_threads_may_share_it(shipped: StaticEmbedder) -> None:
    long = ["质量" * 300] * 20
    expected = shipped.embed_passages(long)

    def work(_: int) -> bool:
        return all(np.array_equal(shipped.embed_passages(long), expected) for _ in range(10))

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(work, range(4)))


def test_the_shipped_folder_is_small_and_complete() -> None:
    assert sum(file.stat().st_size for file in FOLDER.rglob("*") if file.is_file()) < 26_000_000
    config = json.loads((FOLDER / "config.json").read_text(encoding="utf-8"))
    assert config["max_length"] is None
    assert config["normalize"] is True


def test_model2vec_gives_the_same_vectors(shipped: StaticEmbedder) -> None:
    from model2vec import StaticModel

    texts = [
        "供应商质量会议",
        "师傅带徒弟讲质量故事。",
        "supplier quality meeting",
        "质量" * 3000 + "供应商" * 2000,
        "，。",
        "",
    ]
    model = StaticModel.from_pretrained(FOLDER, quantize_to="float32")
    theirs = np.asarray(model.encode(texts, max_length=None, use_multiprocessing=False))
    norms = np.linalg.norm(theirs, axis=1, keepdims=True)
    theirs = theirs / np.where(norms > 0, norms, 1.0)
    np.testing.assert_allclose(shipped.embed_passages(texts), theirs, atol=2e-6)
