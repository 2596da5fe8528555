"""Teaches the static table what people ask for: `python -m queries.lessons` (two minutes; extra [train]).

Writes `engines/embedding/training/questions.jsonl` and the shipped table. Four kinds of questions go in, as a search
reads them (English as the glossary translates it): needs written for one practice (`judged/needs.jsonl`), needs that
several practices answer (`judged/common_needs.jsonl`), questions and names of requirements (answered by practices
labelled with the first two of them). Practices that judged queries are about stay out, so that the ranking is fitted
on practices new to the table. Run it again when these or the practice texts change; then all that compares texts by
the table (`make train`).
"""

import json
import random
import sys
from collections.abc import Iterator, Sequence
from typing import Final

from analysis.alignment.texts import LabelledText, read_texts
from engines.embedding import taught
from ontology.load import load_ontology
from queries.intent_training import names, questions_read
from queries.judgements import common_needs, judged_practices, needs
from queries.understanding import QueryReader

_MOST_ANSWERS: Final = 12
_FIRST: Final = 2  # of a question's requirements: the others are only touched
_LONG: Final = 60  # cues in a row are no query that names anything


def lessons(texts: Sequence[LabelledText]) -> Iterator[taught.Question]:
    """All questions with the texts among `texts` that answer them."""
    ontology = load_ontology()
    reader, chance = QueryReader(ontology), random.Random(0)
    known = {taught.digest(text.text) for text in texts}
    for row in needs():
        if row["practice"] in known:
            yield taught.Question(reader.searched(row["q"]), (row["practice"],), f"need {row['practice']}")
    for at, row in enumerate(common_needs()):
        if found := tuple(practice for practice in row["practices"] if practice in known):
            yield taught.Question(reader.searched(row["q"]), found, f"common {at}")
    labelled: dict[str, list[str]] = {}
    for text in texts:
        for requirement in text.requirements[:_FIRST]:
            labelled.setdefault(requirement, []).append(taught.digest(text.text))
    for question in (*questions_read(reader.searched), *names(ontology)):
        wanted = question.requirements[:_FIRST]
        labelled_so = list(dict.fromkeys(id for requirement in wanted for id in labelled.get(requirement, ())))
        if labelled_so:
            asked = question.text if len(question.text) > _LONG else reader.searched(question.text)
            some = chance.sample(labelled_so, min(_MOST_ANSWERS, len(labelled_so)))
            yield taught.Question(asked, tuple(some), question.group)


def main() -> None:
    """Write the questions, teach the table, write it."""
    judged = {row["text"] for row in judged_practices()}
    texts = [text for text in read_texts() if text.text not in judged]
    lines = [
        json.dumps({"asked": each.asked, "answers": each.answers, "group": each.group}, ensure_ascii=False)
        for each in lessons(texts)
    ]
    taught.QUESTIONS.write_text("\n".join(lines) + "\n", encoding="utf-8")
    taught.write(
        taught.taught(
            [text.text for text in texts],
            runs=taught.RUNS,
            tell=lambda line: print(line, file=sys.stderr, flush=True),
        )
    )
    print(f"{len(lines)} questions")


if __name__ == "__main__":
    main()
