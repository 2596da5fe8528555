"""Generated material for the benchmarks: case lists of any size, from statutes when given, else from the training texts."""

import csv
import json
import random
from collections.abc import Iterator
from pathlib import Path

ROWS_A_FILE = 1_000
ENTERPRISE = "岭川"  # how the name of every enterprise begins
TRAINING = Path(__file__).parent.parent / "analysis" / "alignment" / "training"
_INDUSTRIES = ("钢铁", "电力", "医药", "建筑", "物流", "食品", "软件", "水务")


def sentences(laws: Path | None) -> list[str]:
    """Paragraphs of 40–160 characters; from `laws` (a JSON line a law, field arts[].p, zstd or plain) or the training texts."""
    if laws is None:
        texts = [
            json.loads(line)["text"]
            for file in sorted(TRAINING.glob("*.jsonl"))
            for line in file.read_text(encoding="utf-8").splitlines()
        ]
        return [text[:160] for text in texts if len(text) >= 40]
    found: list[str] = []
    for line in _lines(laws):
        found += [part for article in json.loads(line)["arts"] for part in article["p"] if 40 <= len(part) <= 160]
    return found


def _lines(path: Path) -> Iterator[str]:
    if path.suffix == ".zst":
        import subprocess

        raw = subprocess.run(["zstd", "-dc", str(path)], check=True, capture_output=True).stdout.decode("utf-8")
        yield from raw.splitlines()
    else:
        yield from path.read_text(encoding="utf-8").splitlines()


def write_case_lists(folder: Path, count: int, pool: list[str], seed: int = 7) -> list[str]:
    """`count` rows in csv files of 1,000; the texts written. A text used twice is varied by a number."""
    folder.mkdir(parents=True)
    chance = random.Random(seed)
    texts = [
        pool[place] if place < len(pool) else f"{pool[chance.randrange(len(pool))]}（第{place}项）"
        for place in range(count)
    ]
    for first in range(0, count, ROWS_A_FILE):
        with (folder / f"cases-{first // ROWS_A_FILE:04}.csv").open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(("编号", "企业", "行业", "案例名称", "主要做法"))
            for place in range(first, min(first + ROWS_A_FILE, count)):
                enterprise = f"{ENTERPRISE}{chance.randrange(50)}集团有限公司"
                row = (f"B{place:06}", enterprise, chance.choice(_INDUSTRIES), texts[place][:18], texts[place])
                writer.writerow(row)
    return texts
