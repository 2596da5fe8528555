"""Judges the judged practices by an alignment that has not seen them: `python -m queries.blind` (three minutes).

The judged practices are among the texts that the shipped alignment learned from, and it is surer of them than of
any practice that a site will store. What is learned about its confidence has to come from practices new to it.
"""

import json
import sys
from pathlib import Path
from typing import Any, Final

from analysis.alignment.model import Aligner, Alignment, ClauseScore, RequirementScore

FILE: Final = Path(__file__).parent / "judged" / "alignment.json"
_PLACES: Final = 3
_LEAST: Final = 0.1


def main() -> None:
    """Train without the judged practices, judge them, write what is proposed."""
    from analysis.alignment.fit import Settings
    from analysis.alignment.texts import read_texts, training_hash
    from analysis.alignment.train import train
    from ontology.load import load_ontology
    from queries.judgements import judged_practices

    rows, ontology = judged_practices(), load_ontology()
    judged = {row["text"] for row in rows}
    texts = [text for text in read_texts() if text.text not in judged]
    shipped = train(texts, ontology, Settings(), training_hash(), lambda line: print(line, file=sys.stderr))
    write(rows, Aligner(ontology, shipped))


def write(rows: list[dict[str, Any]], aligner: Aligner) -> None:
    """Write what `aligner` makes of the practices: every label that is proposed or at least likely enough to count."""
    judged = {}
    for row, found in zip(rows, aligner.align_many([row["text"] for row in rows]), strict=True):
        judged[row["id"]] = {
            "clauses": {
                each.id: [round(each.confidence, _PLACES), each.proposed] for each in found.clauses if _kept(each)
            },
            "requirements": {
                each.id: [round(each.confidence, _PLACES), each.proposed] for each in found.requirements if _kept(each)
            },
        }
    lines = ",\n".join(f"{json.dumps(id)}: {json.dumps(found)}" for id, found in judged.items())
    FILE.write_text("{\n" + lines + "\n}\n", encoding="utf-8")


def _kept(score: ClauseScore | RequirementScore) -> bool:
    return score.proposed or score.confidence >= _LEAST


def read() -> dict[str, Alignment]:
    """Practice id → what was made of it; the rest of the ranking is not kept."""
    return {id: _alignment(found) for id, found in json.loads(FILE.read_text(encoding="utf-8")).items()}


def _alignment(found: dict[str, dict[str, tuple[float, bool]]]) -> Alignment:
    clauses = tuple(ClauseScore(id, *judged) for id, judged in found["clauses"].items())
    requirements = tuple(
        RequirementScore(id, id.rpartition("-")[0], *judged) for id, judged in found["requirements"].items()
    )
    shown = any(each.proposed for each in clauses)
    return Alignment(clauses, requirements, abstained=not shown, on_topic=1.0 if shown else 0.0)


if __name__ == "__main__":
    main()
