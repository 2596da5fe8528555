"""The sentence-transformers adapter: on our own folder, and on a tiny transformer that the test builds."""

import json
import shutil
import warnings
from pathlib import Path

import numpy as np
import pytest

from engines.embedding.static import FOLDER, StaticEmbedder
from engines.embedding.transformer import BGE_QUERY, TransformerEmbedder, TransformerInvalid, TransformerSettings
from tests.engines.tiny_tokenizer import WORDS, tokenizer

# torch and transformers warn of their own deprecations while they are imported and used.
pytestmark = [pytest.mark.needs("transformers"), pytest.mark.filterwarnings("default")]
TEXTS = (
    "供应商质量会议",
    "师傅带徒弟讲质量故事。",
    "supplier quality meeting",
    "质量" * 3000 + "供应商" * 2000,
    "，。",
    "",
)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT of two layers with random weights, saved by sentence-transformers with prompts of its own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import torch
        from sentence_transformers import SentenceTransformer
        from sentence_transformers.models import Pooling, Transformer
        from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

        torch.manual_seed(0)
        folder = tmp_path_factory.mktemp("tiny")
        special = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
        PreTrainedTokenizerFast(tokenizer_object=tokenizer(), **special).save_pretrained(folder / "bert")
        sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
        BertModel(BertConfig(vocab_size=len(WORDS), max_position_embeddings=32, **sizes)).save_pretrained(
            folder / "bert"
        )
        bert = Transformer(str(folder / "bert"), max_seq_length=32)
        modules = [bert, Pooling(16, "mean")]
        SentenceTransformer(modules=modules, prompts={"query": "问", "document": ""}, device="cpu").save(
            str(folder / "model")
        )
    return folder / "model"


def test_our_own_folder_gives_the_same_vectors_in_both_libraries() -> None:
    ours, theirs = StaticEmbedder.load(), TransformerEmbedder.load(str(FOLDER), TransformerSettings(device="cpu"))
    assert theirs.dimension == ours.dimension
    np.testing.assert_allclose(theirs.embed_passages(TEXTS), ours.embed_passages(TEXTS), atol=1e-5)
    np.testing.assert_allclose(theirs.embed_queries(TEXTS), ours.embed_queries(TEXTS), atol=1e-5)


def test_a_transformer_gives_unit_rows_whatever_the_batch(tiny: Path) -> None:
    texts = ["质量会议", "供应商", "quality 问 质", "商"]
    rows = TransformerEmbedder.load(str(tiny), TransformerSettings(device="cpu", batch_size=2)).embed_passages(texts)
    assert rows.shape == (4, 16)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    one = TransformerEmbedder.load(str(tiny), TransformerSettings(device="cpu", batch_size=1)).embed_passages(texts)
    np.testing.assert_allclose(rows, one, atol=1e-4)


def test_prompts_are_the_models_own_unless_given(tiny: Path) -> None:
    own = TransformerEmbedder.load(str(tiny))
    np.testing.assert_allclose(own.embed_queries(["质量"]), own.embed_passages(["问质量"]), atol=1e-5)
    given = TransformerEmbedder.load(str(tiny), TransformerSettings(query_prompt="会", passage_prompt="商"))
    np.testing.assert_allclose(
        given.embed_queries(["质量"]),
        TransformerEmbedder.load(str(tiny), TransformerSettings(query_prompt="")).embed_queries(["会质量"]),
        atol=1e-5,
    )
    np.testing.assert_allclose(given.embed_passages(["质量"]), own.embed_passages(["商质量"]), atol=1e-5)
    assert len({own.fingerprint, given.fingerprint}) == 2


def test_known_models_get_their_prompt_by_name(tiny: Path, tmp_path: Path) -> None:
    named = tmp_path / "bge-small-zh-v1.5"
    shutil.copytree(tiny, named)
    config = named / "config_sentence_transformers.json"
    content = json.loads(config.read_text(encoding="utf-8"))
    config.write_text(json.dumps({**content, "prompts": {"query": ""}}), encoding="utf-8")
    known, own = TransformerEmbedder.load(str(named)), TransformerEmbedder.load(str(tiny))
    np.testing.assert_allclose(known.embed_queries(["质量"]), own.embed_passages([BGE_QUERY + "质量"]), atol=1e-5)


def test_long_texts_are_averaged_or_cut(tiny: Path) -> None:
    long, cut = "质" * 40 + "商" * 40, TransformerSettings(whole=False)
    whole = TransformerEmbedder.load(str(tiny))
    assert np.linalg.norm(whole.embed_passages([long])[0]) == pytest.approx(1, abs=1e-5)
    assert abs(whole.embed_passages([long])[0] - whole.embed_passages(["质" * 80])[0]).max() > 1e-3
    short = TransformerEmbedder.load(str(tiny), cut)
    np.testing.assert_allclose(short.embed_passages([long]), short.embed_passages(["质" * 80]), atol=1e-5)
    assert whole.fingerprint != short.fingerprint


def test_length_and_normalisation_can_be_set(tiny: Path) -> None:
    shorter = TransformerEmbedder.load(str(tiny), TransformerSettings(max_tokens=8, whole=False))
    np.testing.assert_allclose(
        shorter.embed_passages(["质" * 20 + "商"]), shorter.embed_passages(["质" * 20]), atol=1e-5
    )
    plain = TransformerEmbedder.load(str(tiny), TransformerSettings(normalize=False))
    rows = plain.embed_passages(["质量", "", "质" * 100])
    assert not rows[1].any()
    assert np.linalg.norm(rows[0]) != pytest.approx(1, abs=1e-2)
    np.testing.assert_allclose(rows[0], plain.embed_passages(["质量"])[0], atol=1e-5)


@pytest.mark.parametrize("text", ["", "，。！", " "])
def test_a_text_that_says_nothing_is_the_zero_row(tiny: Path, text: str) -> None:
    embedder = TransformerEmbedder.load(str(tiny))
    assert not embedder.embed_queries([text]).any()
    assert not embedder.embed_passages([text, "质量"])[0].any()


def test_the_fingerprint_is_that_of_the_content(tiny: Path) -> None:
    first = TransformerEmbedder.load(str(tiny)).fingerprint
    assert first.startswith("transformer-model-")
    assert first == TransformerEmbedder.load(str(tiny), TransformerSettings(batch_size=1)).fingerprint


def test_a_folder_without_a_model_is_explained(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(TransformerInvalid, match="无法加载模型"):
        TransformerEmbedder.load(str(tmp_path))
