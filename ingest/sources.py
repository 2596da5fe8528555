"""Which files a list of paths stands for, each with the source it becomes."""

import os
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ingest.readers.errors import ReadFailed
from ingest.source import Source

# What systems, editors and office programs leave beside the files that people put there.
_JUNK_NAMES = frozenset({"thumbs.db", "desktop.ini", "__macosx", "icon\r", "$recycle.bin", "system volume information"})
_JUNK_PREFIXES = (".", "~$", "~wrl", "._")
_JUNK_SUFFIXES = ("~", ".tmp", ".temp", ".bak", ".swp", ".lock", ".crdownload", ".part", ".partial")


@dataclass(frozen=True, slots=True)
class Found:
    """A file to ingest, or (with a `code`) a path that cannot be, and why."""

    path: Path
    source: Source
    code: str = ""
    message: str = ""


def expand(paths: Iterable[Path], collection: str) -> list[Found]:
    """The files of all paths in the order given, a folder's in the order of their names.

    A folder is walked to the bottom, each real folder and file once however links lead to it; hidden,
    temporary and lock files in it are passed over, and nothing else is: a path that is not there, an
    empty folder and a name that two files share come back with a code. Formats are the readers' matter.
    """
    found: list[Found] = []
    seen: set[tuple[int, int]] = set()
    taken: set[Source] = set()
    for item in (item for path in paths for item in _one(path, collection)):
        if not item.code:
            status = item.path.stat()
            if (status.st_dev, status.st_ino) in seen:
                continue
            seen.add((status.st_dev, status.st_ino))
            if item.source in taken:
                item = replace(item, code="duplicate_name", message=_DUPLICATE.format(item.source.name))
            taken.add(item.source)
        found.append(item)
    return found


_DUPLICATE = "本次导入中有两个文件都叫“{}”，后一个未导入。请分开导入到不同的集合，或改名后再导入。"
_EMPTY = "文件夹“{}”里没有可导入的文件。请检查路径；隐藏文件和临时文件不会导入。"


def _one(path: Path, collection: str) -> Iterator[Found]:
    if path.is_dir():
        name = path.resolve().name or "根目录"
        walked = list(_walk(path, path, collection, set()))
        yield from walked or [Found(path, _source(collection, name), "empty_folder", _EMPTY.format(path))]
    else:
        yield _file(path, _source(collection, path.name or str(path)))


def _walk(folder: Path, top: Path, collection: str, entered: set[tuple[int, int]]) -> Iterator[Found]:
    status = folder.stat()
    if (status.st_dev, status.st_ino) in entered:
        return
    entered.add((status.st_dev, status.st_ino))
    try:
        names = sorted(entry.name for entry in os.scandir(folder))
    except OSError:
        name = folder.relative_to(top).as_posix() if folder != top else folder.resolve().name or "根目录"
        yield _refused(folder, _source(collection, name), "not_readable")
        return
    for name in names:
        path = folder / name
        if _junk(name):
            continue
        if path.is_dir():
            yield from _walk(path, top, collection, entered)
        else:
            yield _file(path, _source(collection, path.relative_to(top).as_posix()))


def _file(path: Path, source: Source) -> Found:
    if not path.exists():
        return _refused(path, source, "not_found")
    # Opening a pipe or a device could wait for ever.
    return Found(path, source) if path.is_file() else _refused(path, source, "not_a_file")


def _junk(name: str) -> bool:
    folded = name.casefold()
    return folded in _JUNK_NAMES or folded.startswith(_JUNK_PREFIXES) or folded.endswith(_JUNK_SUFFIXES)


def _source(collection: str, name: str) -> Source:
    """The source of a file; a name that is no valid UTF-8 is taken for the usual Chinese encoding."""
    raw = os.fsencode(name)
    for encoding, errors in (("utf-8", "strict"), ("gb18030", "strict"), ("utf-8", "replace")):
        try:
            text = raw.decode(encoding, errors)
        except UnicodeDecodeError:
            continue
        break
    return Source(
        collection, "".join("_" if unicodedata.category(character) == "Cc" else character for character in text)
    )


def _refused(path: Path, source: Source, code: str) -> Found:
    return Found(path, source, code, ReadFailed(code, f"“{path}”").message)
