"""What a source is: a collection and a name within it, from which a document's id follows."""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from typing import Final

DEFAULT_COLLECTION: Final = "默认"
_UNUSABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """Where a document comes from. `name` is a relative path with forward slashes, or a file's name.

    Both parts are normalised (NFC, forward slashes, no `.` steps), so that a file keeps its identity
    whichever system named it. `ValueError` for a part that is empty or climbs out with `..`.
    """

    collection: str
    name: str

    def __post_init__(self) -> None:
        collection = unicodedata.normalize("NFC", self.collection).strip()
        steps = [
            step
            for step in unicodedata.normalize("NFC", self.name).replace("\\", "/").split("/")
            if step.strip() and step != "."
        ]
        if not collection or not steps or ".." in steps or _UNUSABLE.search(collection + self.name):
            raise ValueError(
                f"集合“{self.collection}”、名称“{self.name}”不能作为来源：两者都不能为空，不能含控制字符，名称不能含“..”"
            )
        object.__setattr__(self, "collection", collection)
        object.__setattr__(self, "name", "/".join(steps))

    @property
    def document(self) -> str:
        """The id of the source's document; it also owns everything that was made of it."""
        return "doc-" + short_hash(f"{self.collection}\0{self.name}")


def short_hash(text: str) -> str:
    """The first 12 hex digits of a text's SHA-256: the stable part of an id."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]
