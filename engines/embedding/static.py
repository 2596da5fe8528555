"""The default embedder: a static table of word vectors; no torch, no network, ready in a tenth of a second.

A text's vector is the mean of its words' rows at unit length. The folder loads unchanged in model2vec and in
sentence-transformers, and gives the same vectors there; both take several times as long to start, which a command
line feels, so the rows are read here.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from engines.embedder import Matrix
from engines.embedding.texts import content_hash, encodable, unit

if TYPE_CHECKING:
    from tokenizers import Tokenizer

FOLDER: Final = Path(__file__).parent / "model" / "static"
FILES: Final = ("model.safetensors", "tokenizer.json")
_BATCH: Final = 1_024


class StaticModelInvalid(Exception):
    """The folder is no static model; the message (Chinese) says which file is missing or broken."""


class StaticEmbedder:
    """Texts → unit rows; queries and passages are treated alike, texts are never cut. Safe to share between threads."""

    def __init__(self, tokenizer: "Tokenizer", table: npt.NDArray[np.float16], fingerprint: str) -> None:
        self._tokenizer = tokenizer
        self._table = table
        self._unknown = tokenizer.token_to_id("[UNK]")
        self._fingerprint = fingerprint

    @classmethod
    def load(cls, folder: Path = FOLDER) -> "StaticEmbedder":
        """The shipped model, or another folder of the same form. Raises `StaticModelInvalid`."""
        if missing := [name for name in FILES if not (folder / name).is_file()]:
            raise StaticModelInvalid(f"{folder}：缺少 {'、'.join(missing)}")
        return _load(folder.resolve())

    @property
    def fingerprint(self) -> str:
        """Name and content hash: equal fingerprints mean comparable vectors."""
        return self._fingerprint

    @property
    def dimension(self) -> int:
        return int(self._table.shape[1])

    @property
    def table(self) -> npt.NDArray[np.float16]:
        """(words, dimension), as it is stored."""
        return self._table

    @property
    def tokenizer(self) -> "Tokenizer":
        """What cuts a text into numbers of rows."""
        return self._tokenizer

    def embed_passages(self, texts: Sequence[str]) -> Matrix:
        """float32 of shape (len(texts), dimension); unit rows, the zero row where no word is known."""
        means = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for first in range(0, len(texts), _BATCH):
            batch = [encodable(text) for text in texts[first : first + _BATCH]]
            for row, encoded in enumerate(self._tokenizer.encode_batch_fast(batch, add_special_tokens=False), first):
                if ids := [id for id in encoded.ids if id != self._unknown]:
                    # Rows are stored in half precision; summed in it, texts would differ in the third digit.
                    means[row] = self._table[ids].mean(axis=0, dtype=np.float32)
        return unit(means)

    def embed_queries(self, texts: Sequence[str]) -> Matrix:
        """As `embed_passages`."""
        return self.embed_passages(texts)


@lru_cache(maxsize=2)
def _load(folder: Path) -> StaticEmbedder:
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        table = load_file(folder / "model.safetensors")["embeddings"]
    except Exception as error:  # both libraries raise bare exceptions of their own for a file they cannot read
        raise StaticModelInvalid(f"{folder}：模型文件损坏，无法载入：{error}") from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return StaticEmbedder(tokenizer, table, "static-" + content_hash(folder / name for name in FILES))
