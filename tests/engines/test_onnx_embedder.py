"""The ONNX adapter: on models built here operator by operator, and on bge-small-zh-v1.5 where it was fetched."""

import importlib.util
import json
import os
import sys
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnxruntime.quantization import quantize_dynamic

from engines.embedder import Matrix
from engines.embedding.onnx import EncoderInvalid, OnnxEmbedder
from engines.embedding.texts import joined, pieces
from tests.engines.tiny_tokenizer import WORDS, tokenizer

WIDTH = 6
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
ROWS = np.random.default_rng(0).normal(size=(len(WORDS), WIDTH)).astype(np.float32)


def build(folder: Path, inputs: tuple[str, ...] = INPUTS, **settings: Any) -> Path:
    """A model whose hidden state of a token is its row of `ROWS` times a square matrix of ones and twos."""
    helper, kinds = onnx.helper, onnx.TensorProto
    folder.mkdir(exist_ok=True)
    square = np.eye(WIDTH, dtype=np.float32) + 1
    graph = helper.make_graph(
        [
            helper.make_node("Gather", ["rows", "input_ids"], ["tokens"]),
            helper.make_node("MatMul", ["tokens", "square"], ["last_hidden_state"]),
        ],
        "tiny",
        [helper.make_tensor_value_info(name, kinds.INT64, ["texts", "tokens_of_text"]) for name in inputs],
        [helper.make_tensor_value_info("last_hidden_state", kinds.FLOAT, ["texts", "tokens_of_text", WIDTH])],
        [onnx.numpy_helper.from_array(ROWS, "rows"), onnx.numpy_helper.from_array(square, "square")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, folder / "model.onnx")
    tokenizer().save(str(folder / "tokenizer.json"))
    if settings:
        (folder / "encoder.json").write_text(json.dumps(settings, ensure_ascii=False), encoding="utf-8")
    return folder


def expected(tokens: list[str], pooling: str) -> Matrix:
    hidden = ROWS[[WORDS.index(token) for token in ["[CLS]", *tokens, "[SEP]"]]] @ (np.eye(WIDTH) + 1)
    pooled = {"cls": hidden[0], "last": hidden[-1], "mean": hidden.mean(axis=0)}[pooling]
    return np.asarray(pooled / np.linalg.norm(pooled), dtype=np.float32)


@pytest.mark.parametrize("pooling", ["cls", "mean", "last"])
def test_pooling_is_not_disturbed_by_padding(tmp_path: Path, pooling: str) -> None:
    embedder = OnnxEmbedder.load(build(tmp_path / "m", pooling=pooling))
    rows = embedder.embed_passages(["质量会议", "商", "quality 问"])
    assert rows.shape == (3, embedder.dimension) == (3, WIDTH)
    for row, tokens in zip(rows, (["质", "量", "会", "议"], ["商"], ["quality", "问"]), strict=True):
        np.testing.assert_allclose(row, expected(tokens, pooling), atol=1e-5)


def test_order_and_batches_do_not_matter(tmp_path: Path) -> None:
    embedder = OnnxEmbedder.load(build(tmp_path / "m", pooling="mean", batch=3))
    texts = ["质" * n + "量" for n in (9, 1, 5, 2, 7, 3, 3, 8)]
    together = embedder.embed_passages(texts)
    for text, row in zip(texts, together, strict=True):
        np.testing.assert_allclose(embedder.embed_passages([text])[0], row, atol=1e-6)


def test_prompts_go_before_queries_only(tmp_path: Path) -> None:
    embedder = OnnxEmbedder.load(build(tmp_path / "m", pooling="mean", query_prompt="问"))
    np.testing.assert_allclose(embedder.embed_queries(["质量"])[0], expected(["问", "质", "量"], "mean"), atol=1e-5)
    np.testing.assert_allclose(embedder.embed_passages(["质量"])[0], expected(["质", "量"], "mean"), atol=1e-5)


@pytest.mark.parametrize("text", ["", "，。！", " \t", "——"])
def test_a_text_that_says_nothing_is_the_zero_row(tmp_path: Path, text: str) -> None:
    embedder = OnnxEmbedder.load(build(tmp_path / "m"))
    rows = embedder.embed_passages([text, "质量"])
    assert not rows[0].any()
    assert np.linalg.norm(rows[1]) == pytest.approx(1)
    assert embedder.embed_queries([]).shape == (0, WIDTH)


def test_the_end_of_a_long_text_counts(tmp_path: Path) -> None:
    embedder = OnnxEmbedder.load(build(tmp_path / "m", pooling="mean", max_tokens=16))
    ended, plain = embedder.embed_passages(["质" * 60 + "商" * 60, "质" * 120])
    assert ended @ plain < 0.99
    assert ended @ embedder.embed_passages(["商" * 120])[0] > plain @ embedder.embed_passages(["商" * 120])[0]


@given(st.text("质量会a ，\n", min_size=1, max_size=80), st.integers(1, 9))
def test_pieces_keep_every_token_and_their_length(text: str, most: int) -> None:
    offsets = tokenizer().encode(text, add_special_tokens=False).offsets
    cut = pieces(text, offsets, most)
    found = [tokenizer().encode(part, add_special_tokens=False).tokens for part in cut]
    assert [token for part in found for token in part] == tokenizer().encode(text, add_special_tokens=False).tokens
    assert all(len(part) <= most for part in found)


def test_parts_are_weighted_by_their_length() -> None:
    rows = joined(np.eye(2, dtype=np.float32), [1, 1], [3, 4], 3)
    np.testing.assert_allclose(rows, np.array([[0, 0], [0.6, 0.8], [0, 0]]), atol=1e-6)


def test_a_model_quantised_to_int8_runs_and_repeats_itself(tmp_path: Path) -> None:
    folder = build(tmp_path / "m", pooling="mean", batch=1)
    full = OnnxEmbedder.load(folder).embed_passages(["质量会议", "供应商"])
    quantize_dynamic(folder / "model.onnx", folder / "small.onnx")
    (folder / "model.onnx").unlink()
    embedder = OnnxEmbedder.load(folder)
    small = embedder.embed_passages(["质量会议", "供应商"])
    assert (full * small).sum(axis=1).min() > 0.99
    np.testing.assert_array_equal(embedder.embed_passages(["供应商"])[0], small[1])


def test_the_fingerprint_follows_model_and_settings(tmp_path: Path) -> None:
    first = OnnxEmbedder.load(build(tmp_path / "m")).fingerprint
    assert first == OnnxEmbedder.load(build(tmp_path / "m")).fingerprint
    second = OnnxEmbedder.load(build(tmp_path / "m", pooling="mean")).fingerprint
    third = OnnxEmbedder.load(build(tmp_path / "m", inputs=INPUTS[:2], pooling="mean")).fingerprint
    assert len({first, second, third}) == 3


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda folder: (folder / "tokenizer.json").unlink(), "tokenizer.json"),
        (lambda folder: (folder / "model.onnx").unlink(), "onnx"),
        (lambda folder: (folder / "encoder.json").write_text('{"pooling": "max"}', encoding="utf-8"), "encoder.json"),
        (lambda folder: (folder / "encoder.json").write_text('{"model": "../x"}', encoding="utf-8"), "x"),
        (lambda folder: (folder / "encoder.json").write_text('{"poling": "cls"}', encoding="utf-8"), "poling"),
        (lambda folder: build(folder, inputs=("input_ids", "past_key_values")), "past_key_values"),
        (lambda folder: (folder / "model.onnx").write_bytes(b"nothing"), "model.onnx"),
        (lambda folder: (folder / "tokenizer.json").write_text("{}", encoding="utf-8"), "tokenizer.json"),
    ],
)
def test_a_folder_that_cannot_be_run_is_explained(tmp_path: Path, change: Any, named: str) -> None:
    folder = build(tmp_path / "m")
    change(folder)
    with pytest.raises(EncoderInvalid, match=named):
        OnnxEmbedder.load(folder)


def test_a_prompt_longer_than_the_model_is_refused(tmp_path: Path) -> None:
    embedder = OnnxEmbedder.load(build(tmp_path / "m", max_tokens=8, query_prompt="质量" * 10))
    with pytest.raises(EncoderInvalid, match="提示语"):
        embedder.embed_queries(["质量"])


def _fetcher() -> ModuleType:
    file = Path(__file__).parents[2] / "docker" / "encoder" / "fetch.py"
    spec = importlib.util.spec_from_file_location("encoder_fetch", file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_artefact_is_unpacked_with_licence_and_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fetcher, model = _fetcher(), build(tmp_path / "m")
    with zipfile.ZipFile(tmp_path / "a.jar", "w") as jar:
        jar.write(model / "model.onnx", "bge-small-zh-v1.5-q.onnx")
        jar.write(model / "tokenizer.json", "bge-small-zh-v1.5-q-tokenizer.json")
        jar.writestr("README", "origin")
    folder = tmp_path / "out"
    monkeypatch.setattr(sys, "argv", ["fetch.py", str(folder), "--jar", str(tmp_path / "a.jar")])
    fetcher.main()
    assert "MIT License" in (folder / "LICENSE").read_text(encoding="utf-8")
    assert OnnxEmbedder.load(folder).fingerprint.startswith("onnx-bge-small-zh-v1.5-")
    (tmp_path / "a.jar").unlink()
    fetcher.main()  # complete: nothing is fetched again


def test_another_jar_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.jar", "w") as jar:
        jar.writestr("README", "something else")
    with pytest.raises(SystemExit, match=r"no bge-small-zh-v1\.5-q\.onnx"):
        _fetcher().unpack(tmp_path / "a.jar", tmp_path / "out")


@pytest.mark.needs("encoder")
def test_bge_small_zh_understands() -> None:
    embedder = OnnxEmbedder.load(Path(os.environ["ZHIWEN_TEST_ENCODER"]))
    assert embedder.dimension == 512
    asked = embedder.embed_queries(["怎么让老师傅愿意提意见"])[0]
    near, far = embedder.embed_passages(
        ["班组设立合理化建议箱，老员工的点子当月兑现奖励。", "公司与三家银行签订了授信协议。"]
    )
    assert asked @ near > asked @ far + 0.1
    alone = embedder.embed_passages(["公司与三家银行签订了授信协议。"])[0]
    np.testing.assert_array_equal(alone, far)
