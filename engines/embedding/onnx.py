"""A transformer without torch: runs a folder with an ONNX model and its `tokenizer.json` by onnxruntime (`[onnx]`).

The folder may hold `encoder.json` with the settings below; without it the model is taken for a CLS-pooled one without
prompts. Int8 models quantised at run time measure the range of each batch, so that a text's vector would depend on its
neighbours; such a model is best given one text at a time (`batch` 1), which is hardly slower on few cores and makes
vectors repeatable.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engines.embedder import Matrix
from engines.embedding.texts import content_hash, joined, pieces, says_something, unit

if TYPE_CHECKING:
    from tokenizers import Encoding

SETTINGS_FILE: Final = "encoder.json"
TOKENIZER_FILE: Final = "tokenizer.json"
LONGEST_BATCH: Final = 8192  # tokens with padding: bounds the memory of one run


class EncoderInvalid(Exception):
    """The folder is not an encoder this adapter can run; the message (Chinese) says what is wrong."""


class EncoderSettings(BaseModel):
    """`encoder.json`: how the model wants to be asked and read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = ""
    model: str = ""
    pooling: Literal["cls", "mean", "last"] = "cls"
    max_tokens: int = Field(default=512, ge=8)
    query_prompt: str = ""
    passage_prompt: str = ""
    batch: int = Field(default=16, ge=1)


class OnnxEmbedder:
    """Texts → unit rows by an ONNX encoder; texts beyond its length are embedded in parts and averaged.

    One instance may be shared between threads.
    """

    def __init__(self, folder: Path, settings: EncoderSettings, threads: int = 0) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        model = _model_file(folder, settings)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        # Idle threads that spin take the cores from whoever else works on the machine.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._settings = settings
        self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self._inputs = {entry.name for entry in self._session.get_inputs()}
        if unknown := self._inputs - {"input_ids", "attention_mask", "token_type_ids", "position_ids"}:
            raise EncoderInvalid(
                f"{model}：不支持的模型输入 {'、'.join(sorted(unknown))}；请导出仅含编码器的 ONNX 模型"
            )
        files = [model, folder / TOKENIZER_FILE, *sorted(folder.glob(model.name + "_data"))]
        self._fingerprint = f"onnx-{settings.name or folder.name}-{content_hash(files, settings.model_dump_json())}"
        self._dimension = int(self._run([self._tokenizer.encode("文")]).shape[1])

    @classmethod
    def load(cls, folder: Path, threads: int = 0) -> "OnnxEmbedder":
        """The encoder of a folder; `threads` 0 = all cores. Raises `EncoderInvalid`."""
        if not (folder / TOKENIZER_FILE).is_file():
            raise EncoderInvalid(f"{folder}：缺少 {TOKENIZER_FILE}")
        file = folder / SETTINGS_FILE
        try:
            text = file.read_text(encoding="utf-8") if file.exists() else "{}"
            return cls(folder, EncoderSettings.model_validate_json(text), threads)
        except ValidationError as error:
            raise EncoderInvalid(f"{file}：设置无效：{error}") from error
        except EncoderInvalid:
            raise
        except ImportError as error:
            raise EncoderInvalid("运行 ONNX 编码器需要附加组件：pip install 'zhiwen[onnx]'") from error
        except Exception as error:  # both libraries raise bare exceptions of their own for a file they cannot read
            names = f"{_model_file(folder, EncoderSettings()).name} 或 {TOKENIZER_FILE}"
            raise EncoderInvalid(f"{folder}：无法载入 {names}：{error}") from error

    @property
    def fingerprint(self) -> str:
        """Name and content hash of model, tokeniser and settings."""
        return self._fingerprint

    @property
    def dimension(self) -> int:
        return self._dimension

    def embed_passages(self, texts: Sequence[str]) -> Matrix:
        """float32 of shape (len(texts), dimension); the zero row for a text without letters or digits."""
        return self._embed(texts, self._settings.passage_prompt)

    def embed_queries(self, texts: Sequence[str]) -> Matrix:
        """As `embed_passages`, with the model's query prompt."""
        return self._embed(texts, self._settings.query_prompt)

    def _embed(self, texts: Sequence[str], prompt: str) -> Matrix:
        room = self._settings.max_tokens - len(self._tokenizer.encode(prompt).ids)
        if room < 1:
            raise EncoderInvalid(f"提示语长于模型的最大长度 {self._settings.max_tokens}")
        owners: list[int] = []
        parts: list[str] = []
        for owner, text in enumerate(texts):
            if says_something(text):
                offsets = self._tokenizer.encode(text, add_special_tokens=False).offsets
                cut = pieces(text, offsets, room)
                parts += [prompt + part for part in cut]
                owners += [owner] * len(cut)
        encoded = self._tokenizer.encode_batch(parts)
        vectors = np.zeros((len(parts), self._dimension), dtype=np.float32)
        for rows in self._batches(encoded):
            vectors[rows] = self._run([encoded[row] for row in rows])
        return joined(vectors, owners, [len(part) for part in parts], len(texts))

    def _batches(self, encoded: Sequence["Encoding"]) -> Iterator[list[int]]:
        """Rows of about equal length together, so that little is padded."""
        rows: list[int] = []
        for row in sorted(range(len(encoded)), key=lambda at: len(encoded[at].ids)):
            full = len(rows) >= self._settings.batch or (len(rows) + 1) * len(encoded[row].ids) > LONGEST_BATCH
            if rows and full:
                yield rows
                rows = []
            rows.append(row)
        if rows:
            yield rows

    def _run(self, batch: Sequence["Encoding"]) -> Matrix:
        longest = min(max(len(entry.ids) for entry in batch), self._settings.max_tokens)
        ids = np.zeros((len(batch), longest), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, entry in enumerate(batch):
            # A part can grow by a token or two when it is encoded alone; the excess is cut.
            length = min(len(entry.ids), longest)
            ids[row, :length] = entry.ids[:length]
            mask[row, :length] = 1
        positions = np.maximum(mask.cumsum(axis=1) - 1, 0)
        known = {
            "input_ids": ids,
            "attention_mask": mask,
            "token_type_ids": np.zeros_like(ids),
            "position_ids": positions,
        }
        output = self._session.run(None, {name: known[name] for name in self._inputs})[0]
        return unit(self._pool(np.asarray(output, dtype=np.float32), mask))

    def _pool(self, hidden: Matrix, mask: npt.NDArray[np.int64]) -> Matrix:
        """(texts, tokens, dimension) → (texts, dimension); a model that pools by itself is taken as it is."""
        if hidden.ndim == 2:
            return hidden
        if self._settings.pooling == "cls":
            return np.asarray(hidden[:, 0])
        if self._settings.pooling == "last":
            return np.asarray(hidden[np.arange(len(hidden)), mask.sum(axis=1) - 1])
        weights = mask[:, :, None].astype(np.float32)
        return np.asarray((hidden * weights).sum(axis=1) / weights.sum(axis=1), dtype=np.float32)


def _model_file(folder: Path, settings: EncoderSettings) -> Path:
    """The model named in the settings, `model.onnx`, or the only ONNX file there is."""
    if settings.model:
        named = folder / settings.model
        if not named.is_file() or not named.resolve().is_relative_to(folder.resolve()):
            raise EncoderInvalid(f"{folder}：缺少设置所指的模型 {settings.model}")
        return named
    found = [folder / "model.onnx"] if (folder / "model.onnx").is_file() else sorted(folder.glob("*.onnx"))
    if len(found) != 1:
        raise EncoderInvalid(f"{folder}：应有 model.onnx，或恰有一个 .onnx 文件（现有 {len(found)} 个）")
    return found[0]
