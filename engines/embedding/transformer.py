"""Any sentence-transformers model as an embedder (`[transformers]`): a local folder, or the name of one in the cache."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from engines.embedder import Matrix
from engines.embedding.texts import content_hash, joined, pieces, says_something, unit

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BGE_QUERY: Final = "为这个句子生成表示以用于检索相关文章："
# Query prompts of models whose own folder does not carry them; found by the end of the folder's or model's name.
QUERY_PROMPTS: Final = {"bge-small-zh-v1.5": BGE_QUERY, "bge-base-zh-v1.5": BGE_QUERY, "bge-large-zh-v1.5": BGE_QUERY}


class TransformerInvalid(Exception):
    """The model cannot be loaded; the message (Chinese) says why and what to do."""


class TransformerSettings(BaseModel):
    """How a model is asked. A prompt of None is the model's own (its folder's, else that known for its name)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    query_prompt: str | None = None
    passage_prompt: str | None = None
    batch_size: int = Field(default=32, ge=1)
    device: str | None = None
    normalize: bool = True
    max_tokens: int | None = Field(default=None, ge=8)
    whole: bool = True  # long texts in parts, averaged; False cuts them at the model's length


class TransformerEmbedder:
    """Texts → rows by a sentence-transformers model. One instance may be shared between threads."""

    def __init__(self, model: "SentenceTransformer", name: str, settings: TransformerSettings) -> None:
        self._model = model
        self._settings = settings
        if settings.max_tokens is not None:
            model.max_seq_length = settings.max_tokens
        self._query_prompt = self._prompt(settings.query_prompt, ("query",), QUERY_PROMPTS.get(name, ""))
        self._passage_prompt = self._prompt(settings.passage_prompt, ("document", "passage"), "")
        self._fingerprint = f"transformer-{name}-{self._hash()}"

    @classmethod
    def load(cls, name: str, settings: TransformerSettings | None = None) -> "TransformerEmbedder":
        """The model of a folder or of that name. Raises `TransformerInvalid`."""
        settings = settings or TransformerSettings()
        folder = Path(name).is_dir()
        try:
            from sentence_transformers import SentenceTransformer

            model = SentenceTransformer(name, device=settings.device, local_files_only=folder)
        except ImportError as error:
            raise TransformerInvalid(
                "使用 sentence-transformers 模型需要附加组件：pip install 'zhiwen[transformers]'"
            ) from error
        except (OSError, ValueError, KeyError) as error:
            raise TransformerInvalid(f"无法加载模型 {name}：{error}；离线环境请给出本地模型文件夹") from error
        return cls(model.float().eval(), Path(name).resolve().name if folder else name.rpartition("/")[2], settings)

    @property
    def fingerprint(self) -> str:
        """Name and hash of weights, vocabulary and whatever else changes vectors."""
        return self._fingerprint

    @property
    def dimension(self) -> int:
        return int(self._model.get_embedding_dimension() or 0)

    def embed_passages(self, texts: Sequence[str]) -> Matrix:
        """float32 of shape (len(texts), dimension); the zero row for a text without letters or digits."""
        return self._embed(texts, self._passage_prompt)

    def embed_queries(self, texts: Sequence[str]) -> Matrix:
        """As `embed_passages`, with the model's query prompt."""
        return self._embed(texts, self._query_prompt)

    def _embed(self, texts: Sequence[str], prompt: str) -> Matrix:
        owners: list[int] = []
        parts: list[str] = []
        for owner, text in enumerate(texts):
            if says_something(text):
                cut = self._pieces(text, prompt)
                parts += cut
                owners += [owner] * len(cut)
        if not parts:
            return np.zeros((len(texts), self.dimension), dtype=np.float32)
        vectors = self._model.encode(
            parts,
            prompt=prompt,
            batch_size=self._settings.batch_size,
            normalize_embeddings=self._settings.normalize,
            convert_to_numpy=True,
            show_progress_bar=False,
        )
        rows = np.asarray(vectors, dtype=np.float32)
        if len(parts) == len(texts):
            return unit(rows) if self._settings.normalize else rows
        weights = np.array([len(part) for part in parts], dtype=np.float32)
        if self._settings.normalize:
            return joined(rows, owners, weights.tolist(), len(texts))
        result = np.zeros((len(texts), rows.shape[1]), dtype=np.float32)
        np.add.at(result, owners, rows * weights[:, None])
        totals = np.bincount(owners, weights, minlength=len(texts))[:, None]
        return np.asarray(result / np.maximum(totals, 1), dtype=np.float32)

    def _pieces(self, text: str, prompt: str) -> list[str]:
        longest = self._model.max_seq_length
        tokenizer: Any = self._model.tokenizer
        if (
            not self._settings.whole
            or longest is None
            or not np.isfinite(longest)
            or len(text) + len(prompt) < longest // 2
        ):
            return [text]
        room = int(longest) - len(tokenizer(prompt)["input_ids"])
        if room < 1:
            raise TransformerInvalid(f"提示语长于模型的最大长度 {longest}")
        offsets = tokenizer(
            text, add_special_tokens=False, return_offsets_mapping=True, truncation=False, verbose=False
        )["offset_mapping"]
        return pieces(text, [(int(start), int(end)) for start, end in offsets], room)

    def _prompt(self, given: str | None, names: Sequence[str], known: str) -> str:
        if given is not None:
            return given
        return next((own for name in names if (own := self._model.prompts.get(name))), known)

    def _hash(self) -> str:
        import torch

        settings = self._settings.model_dump_json(exclude={"batch_size", "device"})
        vocabulary = sorted(self._model.tokenizer.get_vocab().items())
        weights = (
            name.encode() + tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()
            for name, tensor in self._model.state_dict().items()
        )
        modules: list[tuple[str, Any]] = [
            (type(module).__name__, getattr(module, "get_config_dict", dict)()) for module in self._model
        ]
        more = (settings, self._query_prompt, "\0", self._passage_prompt, "\0", repr(modules), repr(vocabulary))
        return content_hash([], *more, more_bytes=weights)
