"""Writes a table and its tokeniser as a folder that model2vec and sentence-transformers both load as it is."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from tokenizers import Tokenizer

MODULES: Final = (
    ("", "sentence_transformers.models.StaticEmbedding"),
    ("1_Normalize", "sentence_transformers.models.Normalize"),
)

# Without it model2vec warns at every load.
CARD_HEAD: Final = "---\nlanguage: [zh, en]\nlibrary_name: model2vec\n---\n\n"


def write_folder(folder: Path, table: npt.NDArray[np.floating], tokenizer: "Tokenizer", card: str) -> None:
    """The model in half precision; `card` is its README. Existing files are replaced."""
    from safetensors.numpy import save_file

    (folder / "1_Normalize").mkdir(parents=True, exist_ok=True)
    save_file({"embeddings": table.astype(np.float16)}, folder / "model.safetensors", {"format": "np"})
    (folder / "model.safetensors").chmod(0o644)  # the library makes it private to its owner
    (folder / "tokenizer.json").write_text(tokenizer.to_str(pretty=False), encoding="utf-8")
    modules = [{"idx": at, "name": str(at), "path": path, "type": kind} for at, (path, kind) in enumerate(MODULES)]
    _write(folder / "modules.json", modules)
    _write(folder / "1_Normalize" / "config.json", {})
    _write(folder / "config_sentence_transformers.json", {"prompts": {}, "similarity_fn_name": "cosine"})
    # max_length null: model2vec would else cut texts at 512 tokens.
    config = {"model_type": "model2vec", "architectures": ["StaticModel"], "normalize": True, "max_length": None}
    _write(folder / "config.json", {**config, "embedding_dtype": "float16", "hidden_dim": table.shape[1]})
    (folder / "README.md").write_text(CARD_HEAD + card, encoding="utf-8")


def _write(file: Path, content: Mapping[str, Any] | list[dict[str, Any]]) -> None:
    file.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
