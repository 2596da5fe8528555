"""The words of each requirement: what makes a practice meet it literally, and the zero-shot score from that."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engines.embedding.ngrams import fold, grams
from ontology.model import Ontology, Requirement, Thing

Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that belong to a requirement. `basis`: statement | label | evidence."""

    text: str
    meets: str
    basis: str


def phrases_of(ontology: Ontology, requirement: Requirement) -> tuple[Phrase, ...]:
    """Statement, object, expected evidence, and the labels of the things that the requirement names.

    General vehicles related to a named mechanism count too, under their own label: they are weaker
    evidence, and `meets` shows that it is them.
    """
    found = [Phrase(requirement.zh, requirement.zh, "statement")]
    if requirement.object and requirement.object_id is None:
        found.append(Phrase(requirement.object, requirement.zh, "statement"))
    things = ontology.things
    named = [things[id] for id in (requirement.object_id, *requirement.methods) if id is not None and id in things]
    related = [
        things[id] for thing in named for id in getattr(thing, "related", ()) if isinstance(id, str) and id in things
    ]
    audience = [things[id] for id in (*requirement.audiences, *requirement.also) if id in things]
    for thing in dict.fromkeys((*named, *related, *audience)):
        found += [Phrase(label, thing.zh, "label") for label in _labels(thing)]
    found += [Phrase(evidence, evidence, "evidence") for evidence in requirement.expected_evidence]
    return tuple(dict.fromkeys(found))


def _labels(thing: Thing) -> tuple[str, ...]:
    return tuple(dict.fromkeys((thing.zh, *thing.alt)))


class Lexicon:
    """How much of each requirement's wording, in character bigrams, a text shares.

    `weight` gives a bigram's rarity. The score of a requirement is the summed weight of its bigrams
    that stand in the text, over the root of the summed weight of all of them.
    """

    def __init__(self, ontology: Ontology, requirements: Sequence[Requirement], weight: Callable[[str], float]) -> None:
        self.phrases = {requirement.id: phrases_of(ontology, requirement) for requirement in requirements}
        bigrams = [_bigrams(phrase.text for phrase in self.phrases[requirement.id]) for requirement in requirements]
        self._row = {gram: row for row, gram in enumerate(sorted(set().union(*bigrams)))}
        self._table: Doubles = np.zeros((len(self._row), len(requirements)), dtype=np.float64)
        for column, found in enumerate(bigrams):
            total = sum(weight(gram) for gram in sorted(found)) ** 0.5
            for gram in found:
                self._table[self._row[gram], column] = weight(gram) / total

    def scores(self, texts: Sequence[str]) -> Doubles:
        """float64 of shape (texts, requirements); 0 = not a bigram in common."""
        result = np.zeros((len(texts), self._table.shape[1]), dtype=np.float64)
        for at, text in enumerate(texts):
            shared = self._row.keys() & set(grams(fold(text), 2, 2))
            if shared:
                result[at] = self._table[sorted(self._row[gram] for gram in shared)].sum(axis=0)
        return result


def _bigrams(texts: Iterable[str]) -> set[str]:
    return {gram for text in texts for gram in grams(fold(text), 2, 2) if gram.isalnum()}
