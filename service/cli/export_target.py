"""Where an export goes: which format a file name asks for, and files written whole or not at all."""

import os
import stat
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from service.cli.terminal import fail
from service.exchange.operations import FormatName

# Suffix → the formats that are written so; the first one is meant where no format is given.
_SUFFIXES: Final[Mapping[str, tuple[FormatName, ...]]] = {
    ".csv": ("csv",),
    ".xlsx": ("xlsx", "self-assessment"),
    ".jsonl": ("jsonl",),
    ".ttl": ("ttl",),
    ".tsv": ("sssom",),
    ".json": ("oscal-catalog", "oscal-practices", "oscal-mapping", "oscal-component"),
    ".xls": (),
    ".et": (),
}
_ENDS: Final = {format: suffix for suffix, formats in _SUFFIXES.items() for format in formats}
_DESCRIPTORS: Final = ("/dev/fd/", "/dev/std", "/proc/")


class Target:
    """The file or folder that `--output` names. Ends the command where a file stands that must not be lost."""

    def __init__(self, output: str, *, force: bool) -> None:
        self._path = Path(output)
        self._force = force
        self._folder = self._path.is_dir() or output.endswith(("/", os.sep))
        self._refuse_to_overwrite(self._path)

    @property
    def suffix(self) -> str:
        """Of the file named, in small letters; empty where its name is chosen here, or it is no file."""
        return "" if self._folder or _is_device(self._path) else self._path.suffix.lower()

    @property
    def standard_output(self) -> bool:
        """Whether this is where the command's answer goes anyway, such as /dev/stdout."""
        try:
            return os.path.samestat(self._path.stat(), os.fstat(1))
        except OSError:
            return False

    def write(self, name: str, pieces: Iterator[bytes]) -> Path:
        """Write `pieces`, in a folder as `name`; where they were written. Ends the command where that fails."""
        path = self._path / name if self._folder else self._path
        try:
            if self._folder:
                self._path.mkdir(parents=True, exist_ok=True)
            if _is_device(path):
                with path.open("wb") as out:
                    out.writelines(pieces)
                return path
            self._refuse_to_overwrite(path)
            _replace(Path(os.path.realpath(path)), pieces)
        except OSError as error:
            fail(f"不能写入 {path}（{error.strerror}）；如已在 Excel 或 WPS 中打开，请先关闭")
        return path

    def _refuse_to_overwrite(self, path: Path) -> None:
        if path.is_file() and not self._force and not _is_device(path) and not self.standard_output:
            fail(f"{path} 已存在，其中可能有填好的内容；请换一个文件名，或加 --force 覆盖")


def format_of(asked: FormatName | None, target: Target | None) -> FormatName:
    """The format asked for, or the one that the file's suffix means. Ends the command where the two disagree."""
    suffix = target.suffix if target else ""
    fitting = _SUFFIXES.get(suffix)
    if fitting is None:
        return asked or "csv"
    if not fitting:
        fail(f"不能导出 {suffix} 文件；请把文件名改为以 .xlsx 结尾")
    if asked is None:
        if suffix == ".json":
            fail(f"后缀 .json 可以是几种格式；请用 --format 指明 {'、'.join(fitting)} 之一")
        return fitting[0]
    if asked not in fitting:
        fail(f"格式 {asked} 与文件名的后缀 {suffix} 不符；请改用 --format {fitting[0]}，或把后缀改为 {_ENDS[asked]}")
    return asked


def _is_device(path: Path) -> bool:
    """Whether there is something here that is written through, not replaced: a pipe, a device, an open descriptor."""
    if str(path).startswith(_DESCRIPTORS):
        return True
    return path.exists() and not path.is_file() and not path.is_dir()


def _replace(path: Path, pieces: Iterator[bytes]) -> None:
    """Whole or not at all: what stood there before stays until the new file is complete. Raises `OSError`."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name[:40]}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as out:
            out.writelines(pieces)
        os.chmod(name, stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o666 & ~_umask())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _umask() -> int:
    held = os.umask(0)
    os.umask(held)
    return held
