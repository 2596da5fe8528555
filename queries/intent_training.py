"""Trains the model of what queries are after: `python -m queries.intent_training` (three minutes; extra [train]).

`judged/intents.jsonl` holds questions in every style with the clauses and requirements that their author meant, none
for those that mean none; `judged/needs.jsonl` adds more of those. They are read as a search reads them (corrected,
translated, reworded) and taught together with names (titles, statements, cues), since many a query is just that, and
with the written practice texts, which know more words; figures are taken on the questions alone, five folds.
"""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from typing import Final

from analysis.alignment.fit import Settings
from analysis.alignment.shipped import save_shipped
from analysis.alignment.texts import LabelledText, read_texts
from analysis.alignment.train import train
from ontology.load import load_ontology
from ontology.model import CUE_GAP, Ontology
from queries.intent import FOLDER
from queries.judgements import intents, needs
from queries.understanding import QueryReader

# A question is short, and its model is asked with every search: it may be smaller than the practices'.
_CUES_ALONE: Final = 12
_SETTINGS: Final = Settings(n_grams=15_000, compressed_from=6_000, dimensions=64)


def questions_read(read: Callable[[str], str]) -> list[LabelledText]:
    """The questions, each as `read` reads it; `group` names its place in the file."""
    return [
        LabelledText(read(row["q"]), tuple(row["labels"]), tuple(row["requirements"]), f"q{at}", True, True)
        for at, row in enumerate(intents())
    ]


def _vain(read: Callable[[str], str]) -> list[LabelledText]:
    """Queries of the field that no practice answers, from the needs. Needs that one answers were no help here."""
    vain = [row["q"] for row in needs() if row["style"] == "no-answer"]
    return [LabelledText(read(query), (), (), f"vain {at}", True, True) for at, query in enumerate(vain)]


def names(ontology: Ontology) -> Iterator[LabelledText]:
    """Each title, statement and commoner cue as a query of its own, the other cues of a thing as one."""
    for clause in ontology.matchable_clauses:
        for name in _some((clause.zh, *clause.alt, clause.en or clause.zh), clause.cues):
            yield LabelledText(name, (clause.id,), (), f"name {clause.id}", reported=False, held=False)
    for point in ontology.requirements:
        for name in _some((point.zh, point.en or point.zh), point.cues):
            yield LabelledText(name, (point.clause,), (point.id,), f"name {point.id}", reported=False, held=False)


def _some(names: Sequence[str], cues: Sequence[str]) -> Iterator[str]:
    plain = [cue.replace(CUE_GAP, "") for cue in cues]
    yield from (*names, *plain[:_CUES_ALONE])
    if len(plain) > _CUES_ALONE:
        yield "，".join(plain[_CUES_ALONE:])


def main() -> None:
    """Train, write, and print what the model is worth on questions held back."""
    ontology = load_ontology()
    reader = QueryReader(ontology)
    questions = [*questions_read(reader.sounding), *_vain(reader.sounding)]
    written = [text for text in read_texts() if not text.held]
    shipped = train(
        [*questions, *names(ontology), *written],
        ontology,
        _SETTINGS,
        sha256(json.dumps([intents(), needs()]).encode()).hexdigest(),
        lambda line: print(line, file=sys.stderr, flush=True),
    )
    save_shipped(shipped, FOLDER)
    for level in ("clauses", "requirements"):
        print(level, " ".join(f"{name}={value}" for name, value in shipped.metrics[level].items()))


if __name__ == "__main__":
    main()
