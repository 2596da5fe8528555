"""Loads the fictional samples once; removed ones do not come back by themselves."""

from pathlib import Path
from typing import Final

from engines.store import ChangeSet, Record
from service.bootstrap import Application
from service.cli.terminal import note, progress
from service.glossary import SAMPLE

FOLDER: Final = Path(__file__).parent / "samples"
COLLECTION: Final = SAMPLE
_NOT_CASES: Final = {"README.md", "expected.json"}


def load_samples(application: Application, *, again: bool = False) -> int:
    """Ingest the samples unless they were loaded before; the number of sources stored."""
    with application.store.reading() as reader:
        loaded = any(reader.records("setting", key="samples"))
    if loaded and not again:
        return 0
    paths = sorted(path for path in FOLDER.iterdir() if path.is_file() and path.name not in _NOT_CASES)
    note(f"正在装入{SAMPLE}（可用 zhiwen delete --collection {COLLECTION} 一次删除）……")
    stored = 0
    with progress("装入样例", shown=True) as bar:
        for report in application.ingester.ingest_paths(
            paths, COLLECTION, replace=True, sample=True, progress=bar.step
        ):
            stored += report.status in {"stored", "replaced"}
            if report.status == "failed":
                note(f"{report.source.name}：{report.message}")
    application.store.apply(ChangeSet(records=(Record("setting", "samples", {"loaded": True}),)))
    return stored
