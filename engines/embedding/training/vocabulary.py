"""The tokeniser of the static model: a Unigram model that is built from word frequencies, not trained.

Viterbi over unigram log-probabilities is what a dictionary segmenter of Chinese does, so the tokens are words; and no
segmenter is needed at run time. Frequencies: the corpus, and the general dictionary of jieba (MIT).
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tokenizers import Tokenizer

UNKNOWN: Final = "[UNK]"
# Endings that carry no meaning of their own: their rows are zero, so that "suppliers" is "supplier".
ENDINGS: Final = ("s", "es", "ed", "ing", "ly")
LATIN: Final = re.compile(r"[a-z]{2,}")
LONGEST: Final = 8
RAREST: Final = 4
BATCH: Final = 4000


@dataclass(frozen=True)
class Sizes:
    """How many rows the table has of each kind, at most."""

    words: int = 30_000
    characters: int = 7_000


def build(corpus: Sequence[str], own_words: Iterable[str], english: Mapping[str, float], sizes: Sizes) -> "Tokenizer":
    """The tokeniser for a corpus; `own_words` are kept whatever their frequency, `english` are words → probability."""
    general = general_words()
    total = sum(general.values())
    dictionary = {word: count / total for word, count in general.items()}
    own = [word for word in dict.fromkeys(own_words) if 2 <= len(word) <= LONGEST and all(map(_han, word))]
    for word in own:
        dictionary.setdefault(word, 1.0 / total)
    letters = Counter(character for text in corpus for character in text.lower() if character.isalnum())
    probabilities = dict.fromkeys(letters, 0.1 / total) | dictionary
    first = unigram({word: value for word, value in probabilities.items() if len(word) <= LONGEST})
    counts = _count(first, corpus)
    seen = sum(counts.values())
    merged = {word: (counts[word] / seen + value) / 2 for word, value in dictionary.items()}
    long = [
        word for word in merged if 2 <= len(word) <= LONGEST and (counts[word] >= RAREST or general.get(word, 0) >= 60)
    ]
    long.sort(key=lambda word: (-merged[word], word))
    single = [c for c in {*letters, *filter(_common, general)} if _single(c)]
    single.sort(key=lambda c: (-letters[c], -general.get(c, 0), c))
    latin = Counter(word for text in corpus for word in LATIN.findall(text.lower()))
    abbreviations = [word for word, count in sorted(latin.items()) if count >= RAREST]
    kept = dict.fromkeys([*long[: sizes.words], *own, *single[: sizes.characters], *abbreviations])
    least = 0.1 / total
    scores = {word: max(merged.get(word, 0.0), counts[word] / seen / 2, least) for word in kept}
    return unigram(dict(english) | scores)


def unigram(probabilities: Mapping[str, float]) -> "Tokenizer":
    """A tokeniser of these tokens: NFKC, lower case, all but letters and digits dropped."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

    entries = [(UNKNOWN, -30.0), *((word, math.log(value)) for word, value in probabilities.items())]
    tokenizer = Tokenizer(models.Unigram(entries, unk_id=0, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"[^\p{L}\p{N}]+"), "removed")
    return tokenizer


def general_words() -> dict[str, int]:
    """Word → frequency of jieba's dictionary; the package is not imported."""
    spec = find_spec("jieba")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("jieba (pip install 'zhiwen[train-embeddings]')")
    lines = (Path(spec.submodule_search_locations[0]) / "dict.txt").read_text(encoding="utf-8").splitlines()
    return {word.lower(): int(count) for word, count, *_ in map(str.split, lines) if all(map(_han, word))}


def _count(tokenizer: "Tokenizer", corpus: Sequence[str]) -> Counter[str]:
    counts: Counter[int] = Counter()
    for start in range(0, len(corpus), BATCH):
        for encoded in tokenizer.encode_batch_fast(corpus[start : start + BATCH], add_special_tokens=False):
            counts.update(encoded.ids)
    return Counter({tokenizer.id_to_token(number) or UNKNOWN: count for number, count in counts.items()})


def _han(character: str) -> bool:
    return "一" <= character <= "鿿"


def _single(character: str) -> bool:
    return _han(character) or (character.isascii() and character.isalnum())


def _common(word: str) -> bool:
    """Whether it is one character of those that every Chinese computer has (GB 2312)."""
    if len(word) != 1:
        return False
    try:
        return bool(word.encode("gb2312"))
    except UnicodeEncodeError:
        return False
