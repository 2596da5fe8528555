"""Trains the static embedding model from laws, WordNet and the project's own texts, and writes it as a folder.

    python -m engines.embedding.train --data DIR --own FILE… --out DIR [--teacher FOLDER] [--wordnet DIR] [--cache FILE]

DIR of `--data` holds `laws.jsonl` and `chinese-open-wordnet.tab` (plain or `.zst`); only laws with split "train" are
read. `--own` are JSON-lines files with `text` and the ontology's Turtle files. `--teacher` is an ONNX encoder's folder:
the model then learns its vectors of the same texts. `--wordnet` is the folder of WordNet 3.0 (`apt-get install
wordnet-base`: /usr/share/wordnet), for English. The same inputs and seed give the same model; `--cache` keeps the
teacher's vectors, whose int8 arithmetic depends on the processor. Needs the extra `[train-embeddings]`.
"""

import argparse
import hashlib
import random
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from engines.embedder import Matrix
from engines.embedding.onnx import OnnxEmbedder
from engines.embedding.texts import unit
from engines.embedding.training import corpus, english, export, learn, tokens, vocabulary

if TYPE_CHECKING:
    from tokenizers import Tokenizer

DIMENSION: Final = 256
LONGEST_TEXT: Final = 100  # tokens of a pair's text
LABEL: Final = re.compile(r'abel "([^"]+)"@zh')
TEACHER_BATCH: Final = 2000
STARTED: Final = time.monotonic()


@dataclass(frozen=True)
class Material:
    """All that is read, before any of it is counted."""

    articles: list[corpus.Article]
    own: list[str]
    labels: list[str]
    synsets: dict[str, tuple[str, ...]]
    translations: english.Translations
    forms: dict[str, str]

    @property
    def texts(self) -> list[str]:
        return [article.text for article in self.articles] + self.own


@dataclass(frozen=True)
class Effort:
    """How much is learnt."""

    pair_steps: int = 300
    epochs: int = 6
    english_words: int = 7000
    teacher_texts: int = 60_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--own", type=Path, nargs="+", default=[])
    parser.add_argument("--teacher", type=Path)
    parser.add_argument("--wordnet", type=Path)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    effort = Effort()
    material = read(given.data, given.own, given.wordnet, effort)
    teacher = CachedTeacher(OnnxEmbedder.load(given.teacher), given.cache) if given.teacher else None
    table, tokenizer = train(material, teacher, given.seed, effort)
    export.write_folder(given.out, table, tokenizer, CARD.format(rows=len(table), dimension=table.shape[1]))
    tell(f"written to {given.out}: {len(table):,} rows of {table.shape[1]}")


def read(data: Path, own: Sequence[Path], wordnet: Path | None, effort: Effort) -> Material:
    """The texts, and the English words with their translations (the glossary's before WordNet's)."""
    synsets = corpus.read_synsets(data)
    translations = english.read_wordnet(wordnet, synsets, effort.english_words) if wordnet else {}
    translations |= english.read_glossary()
    turtle = [file.read_text(encoding="utf-8") for file in own if file.suffix == ".ttl"]
    labels = sorted({label for text in turtle for label in LABEL.findall(text)})
    forms = english.inflected(translations, wordnet)
    return Material(corpus.read_articles(data), corpus.read_own(own), labels, synsets, translations, forms)


def train(material: Material, teacher: "CachedTeacher | None", seed: int, effort: Effort) -> tuple[Matrix, "Tokenizer"]:
    """(vocabulary, 256) and the tokeniser, whose first token is the unknown one with the zero row."""
    rng, numbers = random.Random(seed), np.random.default_rng(seed)
    tell(f"{len(material.articles):,} articles, {len(material.own):,} own texts")
    silent = dict.fromkeys((*english.FUNCTION_WORDS, *vocabulary.ENDINGS), 1e-3)
    spoken = dict.fromkeys((*material.translations, *material.forms), 1e-6)
    tokenizer = vocabulary.build(material.texts, material.labels, spoken | silent, vocabulary.Sizes())
    size = tokenizer.get_vocab_size()
    counted = tokens.tokenise(tokenizer, material.texts)
    tell(f"{size:,} tokens in the vocabulary, {len(counted.ids):,} in the texts")
    neighbours = tokens.neighbourhood_vectors(counted, size, DIMENSION, seed)
    tell("vectors of neighbourhoods done")
    pairs = _pairs(material, tokenizer, rng)
    tell(f"{len(pairs):,} pairs")
    contrasted = learn.learn_pairs(neighbours, pairs, numbers, effort.pair_steps, tell)
    sample = numbers.integers(len(counted.bounds) - 1, size=20_000)
    table = learn.mix(neighbours, contrasted, counted, sample)
    if teacher is not None:
        lesson = _lesson(material, tokenizer, teacher, seed, effort.teacher_texts)
        start = learn.into_space(table, lesson)
        table = learn.learn_from_teacher(start, lesson, pairs, numbers, tell, epochs=effort.epochs)
    return _with_english(table, tokenizer, material), tokenizer


def _pairs(material: Material, tokenizer: "Tokenizer", rng: random.Random) -> learn.TextPairs:
    pairs = corpus.statute_pairs(material.articles, rng)
    pairs += corpus.own_pairs(material.own, rng) + corpus.synonym_pairs(material.synsets)
    left, right = zip(*pairs, strict=True)
    return learn.TextPairs(
        tokens.tokenise(tokenizer, left, LONGEST_TEXT), tokens.tokenise(tokenizer, right, LONGEST_TEXT)
    )


def _lesson(material: Material, tokenizer: "Tokenizer", teacher: "CachedTeacher", seed: int, most: int) -> learn.Lesson:
    """Texts, and every word of the vocabulary by itself, with the teacher's vectors in 256 dimensions."""
    texts = corpus.teacher_texts(material.articles, material.own, random.Random(seed))
    drawn = np.random.default_rng(seed).permutation(len(texts))[:most]
    foreign = {*material.translations, *material.forms, *english.FUNCTION_WORDS, *vocabulary.ENDINGS}
    known = sorted(tokenizer.get_vocab().items(), key=lambda entry: entry[1])
    words = [word for word, number in known if number and word not in foreign]
    texts = list(dict.fromkeys([*(texts[at] for at in drawn), *words]))
    vectors = teacher.embed(texts)
    read = tokens.tokenise(tokenizer, texts)
    usable = np.flatnonzero((np.diff(read.bounds) > 0) & vectors.any(axis=1))
    texts, vectors = [texts[at] for at in usable], vectors[usable]
    return learn.Lesson(tokens.tokenise(tokenizer, texts), unit(vectors @ learn.narrow(vectors, DIMENSION)))


def _with_english(table: Matrix, tokenizer: "Tokenizer", material: Material) -> Matrix:
    """The table with the rows of English words, and zero rows for what carries no meaning."""
    table = table.copy()
    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    silent = (*letters, *english.FUNCTION_WORDS, *vocabulary.ENDINGS)
    english.place(table, tokenizer, material.translations, material.forms, silent)
    table[0] = 0
    # Halves hold three digits: rows are brought to a size at which those are the ones that count.
    return np.asarray(table / np.abs(table).max(), dtype=np.float32)


class CachedTeacher:
    """A teacher that keeps what it has said: text hash → vector, in one file."""

    def __init__(self, encoder: OnnxEmbedder, file: Path | None) -> None:
        self._encoder = encoder
        self._file = file
        self._said: dict[bytes, Matrix] = {}
        if file is not None and file.exists():
            with np.load(file, allow_pickle=False) as kept:
                if str(kept["teacher"]) == encoder.fingerprint:
                    keys = kept["keys"].tobytes()
                    for at, vector in enumerate(kept["vectors"].astype(np.float32)):
                        self._said[keys[16 * at : 16 * at + 16]] = vector

    def embed(self, texts: Sequence[str]) -> Matrix:
        """float32 of shape (len(texts), dimension of the teacher)."""
        keys = [_key(text) for text in texts]
        missing = [at for at, key in enumerate(keys) if key not in self._said]
        for start in range(0, len(missing), TEACHER_BATCH):
            part = missing[start : start + TEACHER_BATCH]
            vectors = self._encoder.embed_passages([texts[at] for at in part])
            self._said |= {keys[at]: vector for at, vector in zip(part, vectors, strict=True)}
            tell(f"teacher: {start + len(part):,} of {len(missing):,} texts read")
        if missing and self._file is not None:
            self._keep(self._file)
        return np.array([self._said[key] for key in keys], dtype=np.float16).astype(np.float32)

    def _keep(self, file: Path) -> None:
        vectors = np.array(list(self._said.values()), dtype=np.float16)
        keys = np.frombuffer(b"".join(self._said), dtype=np.uint8)
        np.savez(file, teacher=np.array(self._encoder.fingerprint), keys=keys, vectors=vectors)


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()[:16]


def tell(message: str) -> None:
    """Progress, with the seconds since the start."""
    print(f"{time.monotonic() - STARTED:6.0f} s  {message}", flush=True)


CARD: Final = """# Static Chinese embeddings of Zhiwen

{rows} rows of {dimension} dimensions, half precision. Loads unchanged in model2vec and in sentence-transformers.
Made by `python -m engines.embedding.train`; sources, terms and figures: `docs/embedders.md`.
"""


if __name__ == "__main__":
    main()
