"""What the static model is trained from: laws, WordNet synonyms, and the project's own texts."""

import io
import json
import random
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

SENTENCE_END: Final = re.compile(r"(?<=[。！？；\n])")
CLAUSE_END: Final = re.compile(r"[，。！？；：、\n（）“”]+")
ZH_LITERAL: Final = re.compile(r'"((?:[^"\\]|\\.)+)"@zh')
Pairs = list[tuple[str, str]]


@dataclass(frozen=True)
class Article:
    """An article of a law with the path of headings above it."""

    law: str
    heading: str
    text: str


def read_text(folder: Path, name: str) -> str:
    """The file `name` of a folder, plain or as `name.zst`."""
    if (folder / name).exists():
        return (folder / name).read_text(encoding="utf-8")
    import zstandard

    with (folder / f"{name}.zst").open("rb") as packed, zstandard.ZstdDecompressor().stream_reader(packed) as stream:
        return io.TextIOWrapper(stream, encoding="utf-8").read()


def read_articles(folder: Path) -> list[Article]:
    """The articles of the laws with split "train"; held-out laws are never seen."""
    laws = (json.loads(line) for line in read_text(folder, "laws.jsonl").splitlines())
    return [
        Article(law["title"], " ".join(article["h"]), "\n".join(article["p"]))
        for law in laws
        if law["split"] == "train"
        for article in law["arts"]
        if article["p"]
    ]


def read_synsets(folder: Path) -> dict[str, tuple[str, ...]]:
    """Synset → its Chinese words, of Chinese Open WordNet; the mark 的 of adjectives is dropped."""
    found: dict[str, list[str]] = defaultdict(list)
    for line in read_text(folder, "chinese-open-wordnet.tab").splitlines():
        if not line.startswith("#"):
            synset, _, word = line.split("\t")
            word = word.replace("+", "")
            found[synset].append(word.removesuffix("的") or word)
    return {synset: tuple(dict.fromkeys(words)) for synset, words in found.items()}


def read_own(files: Iterable[Path]) -> list[str]:
    """The project's texts: `text` of a JSON-lines file, or the Chinese literals of a Turtle file."""
    texts: list[str] = []
    for file in files:
        content = file.read_text(encoding="utf-8")
        if file.suffix == ".ttl":
            texts += ZH_LITERAL.findall(content)
        else:
            texts += [json.loads(line)["text"] for line in content.splitlines() if line]
    return list(dict.fromkeys(texts))


def sentences(text: str, least: int = 8, most: int = 90) -> list[str]:
    """Sentences of `least` to `most` characters."""
    found = (part.strip() for part in SENTENCE_END.split(text))
    return [part for part in found if least <= len(part) <= most]


def clauses(text: str, least: int = 4, most: int = 30) -> list[str]:
    """What stands between two marks of punctuation: short texts like those people ask with."""
    found = (part.strip() for part in CLAUSE_END.split(text))
    return [part for part in found if least <= len(part) <= most]


def teacher_texts(articles: Sequence[Article], own: Sequence[str], rng: random.Random) -> list[str]:
    """What the teacher may read: the project's own texts whole, by sentence and by clause, and a draw from the laws."""
    mine = [text[:300] for text in own]
    mine += [part for text in own for part in sentences(text)]
    mine += [part for text in own for part in clauses(text)]
    parts = sorted({part for article in articles for part in sentences(article.text)})
    headings = sorted({f"{_short(article.law)} {article.heading}".strip() for article in articles})
    phrases = sorted({part for article in articles for part in clauses(article.text, 5, 20)})
    drawn = [
        *rng.sample(parts, min(len(parts), 40_000)),
        *rng.sample(headings, min(len(headings), 8_000)),
        *rng.sample(phrases, min(len(phrases), 20_000)),
    ]
    return list(dict.fromkeys(mine + drawn))


def statute_pairs(articles: Sequence[Article], rng: random.Random) -> Pairs:
    """Texts of a law that belong together: heading → article, title → article, sentence → next, sentence → rest."""
    pairs: Pairs = []
    for article in articles:
        if article.heading:
            pairs.append((f"{_short(article.law)} {article.heading}", article.text))
        if rng.random() < 0.5:
            pairs.append((_short(article.law), article.text))
        pairs += _within(article.text, rng)
    return pairs


def own_pairs(own: Sequence[str], rng: random.Random) -> Pairs:
    """A sentence and the rest of the same practice."""
    return [pair for text in own for _ in range(4) for pair in _within(text, rng)]


def synonym_pairs(synsets: dict[str, tuple[str, ...]]) -> Pairs:
    """Neighbouring words of one synset."""
    return [pair for words in synsets.values() for pair in pairwise(words)]


def _within(text: str, rng: random.Random) -> Iterator[tuple[str, str]]:
    parts = [part for part in SENTENCE_END.split(text) if len(part.strip()) >= 8]
    if len(parts) < 2:
        return
    at = rng.randrange(len(parts) - 1)
    yield parts[at], parts[at + 1]
    at = rng.randrange(len(parts))
    yield parts[at], "".join(parts[:at] + parts[at + 1 :])


def _short(title: str) -> str:
    return title.removeprefix("中华人民共和国")
