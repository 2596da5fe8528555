"""What became of each source: the same record for people, `--json` lines and jobs."""

from dataclasses import dataclass
from typing import Any, Literal

from ingest.personal import find_personal, mask
from ingest.source import Source

Status = Literal["stored", "unchanged", "replaced", "rebuilt", "failed"]


@dataclass(frozen=True, slots=True)
class Report:
    """One source's outcome. `code` is empty unless it failed; `message` is Chinese, for whoever brought it.

    warnings: what was left out of a document that was stored all the same.
    """

    source: Source
    status: Status
    code: str = ""
    message: str = ""
    practices: int = 0
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        # A refusal may quote a cell, a warning a column's name: what is masked in texts is masked here too.
        object.__setattr__(self, "message", _masked(self.message))
        object.__setattr__(self, "warnings", tuple(_masked(warning) for warning in self.warnings))

    @property
    def document(self) -> str | None:
        """The document's id, where there is one in the store now because of this source's content."""
        return None if self.status == "failed" else self.source.document

    def as_json(self) -> dict[str, Any]:
        """The line that `--json` prints."""
        return {
            "source": self.source.name,
            "collection": self.source.collection,
            "status": self.status,
            "code": self.code or None,
            "message": self.message or None,
            "document": self.document,
            "practices": self.practices,
            "warnings": list(self.warnings),
        }


def _masked(text: str) -> str:
    return mask(text, find_personal(text))
