"""Rows for English words: each becomes the mean of its Chinese translations, so that both languages share one space.

Translations come from the field's own glossary beside this file and, when its folder is given, from WordNet 3.0
(Princeton; Debian package `wordnet-base`), whose synsets Chinese Open WordNet translates.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from engines.embedder import Matrix
from engines.embedding.training import tokens

if TYPE_CHECKING:
    from tokenizers import Tokenizer

GLOSSARY: Final = Path(__file__).parent / "glossary.csv"
KINDS: Final = {"n": "noun", "v": "verb", "a": "adj", "r": "adv"}
NUMBERS: Final = {"n": "1", "v": "2", "a": "3", "r": "4", "s": "5"}
WORD: Final = re.compile(r"[a-z]{2,}")
# They only hold a sentence together: known, with zero rows.
FUNCTION_WORDS: Final = tuple(
    re.findall(
        r"[a-z]+",
        "a an the of to in on at by for from with without into onto than then and or but if so as is are was were be been "
        "being am do does did done doing have has had having will would shall should can could may might must this that "
        "these those it its they them their we us our you your he she his her who whom whose which what when where why how "
        "there here not no nor about over under between among during via per each any some all both more most very such "
        "also only just too other another same own up out off again once because while until my me mine",
    )
)
Translations = dict[str, list[tuple[str, float]]]


def read_glossary(file: Path = GLOSSARY) -> Translations:
    """English word → its Chinese words, all of weight one. Columns: english, chinese (words parted by spaces)."""
    with file.open(encoding="utf-8", newline="") as stream:
        return {row["english"]: [(word, 1.0) for word in row["chinese"].split()] for row in csv.DictReader(stream)}


def read_wordnet(folder: Path, synsets: Mapping[str, Sequence[str]], most: int) -> Translations:
    """The `most` used single English words that have translations, weighted by how often each sense is used."""
    used = dict(_uses(folder / "cntlist.rev"))
    found: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    frequency: dict[str, float] = defaultdict(float)
    for word, key, synset in _senses(folder):
        uses = used.get(key, 0)
        frequency[word] += uses
        chinese = synsets.get(synset, ())
        for translation in chinese:
            found[word][translation] += (uses + 0.2) / len(chinese)
    words = sorted((word for word in found if word not in FUNCTION_WORDS), key=lambda word: (-frequency[word], word))
    return {word: sorted(found[word].items()) for word in words[:most]}


def inflected(words: Translations, folder: Path | None) -> dict[str, str]:
    """Form → word, for the forms in which the word itself does not stand whole (supplies, managing, met)."""
    forms: dict[str, str] = {}
    for word in words:
        if word.endswith("e"):
            forms[word[:-1] + "ing"] = word
        elif len(word) > 3 and word.endswith("y") and word[-2] not in "aeiou":
            forms[word[:-1] + "ies"] = word
            forms[word[:-1] + "ied"] = word
    for kind in ("noun", "verb") if folder else ():
        for line in (Path(folder or ".") / f"{kind}.exc").read_text(encoding="utf-8").splitlines():
            form, word = line.split()[:2]
            if word in words and WORD.fullmatch(form) and not form.startswith(word):
                forms[form] = word
    return {form: word for form, word in forms.items() if form not in words}


def english_rows(words: Translations, embed: Callable[[Sequence[str]], Matrix]) -> dict[str, Matrix]:
    """Word → the weighted mean of its translations; `embed` gives a mean of rows for each text, zero if unknown."""
    chinese = sorted({translation for known in words.values() for translation, _ in known})
    vectors = dict(zip(chinese, embed(chinese), strict=True))
    rows: dict[str, Matrix] = {}
    for word, known in words.items():
        usable = [(vectors[translation], weight) for translation, weight in known if vectors[translation].any()]
        if usable:
            total = sum(weight for _, weight in usable)
            rows[word] = np.asarray(sum(vector * (weight / total) for vector, weight in usable), dtype=np.float32)
    return rows


def place(
    table: Matrix, tokenizer: "Tokenizer", words: Translations, forms: Mapping[str, str], silent: Sequence[str] = ()
) -> None:
    """Put the rows of English words, and of their forms, where their Chinese ones are; `silent` ones get zero rows."""

    def embed(texts: Sequence[str]) -> Matrix:
        read = tokens.tokenise(tokenizer, texts)
        return np.asarray(read.means(np.arange(len(texts)), len(table)) @ table, dtype=np.float32)

    rows = english_rows(words, embed)
    rows |= {form: rows[word] for form, word in forms.items() if word in rows}
    rows |= dict.fromkeys(silent, np.zeros(table.shape[1], np.float32))
    for word, row in rows.items():
        number = tokenizer.token_to_id(word)
        if number is not None:
            table[number] = row


def _senses(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Word, sense key (without the head of satellites), synset as Chinese Open WordNet names it."""
    for letter, kind in KINDS.items():
        for line in (folder / f"data.{kind}").read_text(encoding="utf-8").splitlines():
            if line.startswith(" "):
                continue
            offset, file, sort, count, *rest = line.split(" ")
            for at in range(int(count, 16)):
                word = re.sub(r"\(.*\)", "", rest[2 * at]).lower()
                if WORD.fullmatch(word):
                    yield word, f"{word}%{NUMBERS[sort]}:{file}:{int(rest[2 * at + 1], 16):02d}", f"{offset}-{letter}"


def _uses(file: Path) -> Iterator[tuple[str, int]]:
    for line in file.read_text(encoding="utf-8").splitlines():
        key, _, uses = line.split()
        yield ":".join(key.split(":")[:3]), int(uses)
