"""Office Open XML packages: checked against bombs by real expansion, read with a cap, parsed without DTDs."""

import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from lxml import etree

from ingest.readers.errors import ReadFailed
from ingest.readers.limits import Limits

_CHUNK: Final = 1 << 18
_DOCTYPES: Final = tuple("<!DOCTYPE".encode(encoding) for encoding in ("ascii", "utf-16-le", "utf-16-be"))
_OVERLAP: Final = max(map(len, _DOCTYPES)) - 1
_NO_MEMORY: Final = 2  # XML_ERR_NO_MEMORY of libxml2, whose message says only "unknown error"
_RELATIONSHIPS: Final = "{http://schemas.openxmlformats.org/package/2006/relationships}"
# ISO "strict" files name the same elements in other namespaces.
_STRICT: Final = (
    (
        b"http://purl.oclc.org/ooxml/wordprocessingml/main",
        b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    ),
    (b"http://purl.oclc.org/ooxml/drawingml/main", b"http://schemas.openxmlformats.org/drawingml/2006/main"),
    (b"http://purl.oclc.org/ooxml/spreadsheetml/main", b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"),
    (
        b"http://purl.oclc.org/ooxml/officeDocument/relationships",
        b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    ),
)


class Package:
    """An opened package all of whose members expand within the limits and hold no DTD.

    Raises `ReadFailed`: damaged_file, password_required, expands_too_far, dtd_forbidden.
    """

    def __init__(self, path: Path, limits: Limits) -> None:
        self._limits = limits
        self._path = path
        try:
            with zipfile.ZipFile(path) as archive:
                members = archive.infolist()
        except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, OverflowError) as error:
            raise ReadFailed("damaged_file", "压缩包目录读不出来，文件可能没有传输完整") from error
        self._members = {member.filename: member for member in members if not member.is_dir()}
        self._check(members)

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self._members)

    def read(self, name: str) -> bytes | None:
        """The bytes of a member, or `None` where there is none of that name."""
        member = self._members.get(name)
        if member is None:
            return None
        with self._path.open("rb") as file:
            return b"".join(self._expand(file, member))

    def xml(self, name: str) -> etree._Element | None:
        """The root element of a member, or `None`. Raises `ReadFailed`: damaged_file, dtd_forbidden, too_deep."""
        data = self.read(name)
        return None if data is None else parse_xml(data, name)

    def related(self, name: str) -> dict[str, list[str]]:
        """Member names that `name` ("" = the package) points to, by the last word of the relationship's type."""
        folder, base = posixpath.split(name)
        root = self.xml(posixpath.join(folder, "_rels", f"{base}.rels"))
        found: dict[str, list[str]] = {}
        if root is None:
            return found
        for relation in root.iter(f"{_RELATIONSHIPS}Relationship"):
            if relation.get("TargetMode") == "External":
                continue
            target = posixpath.normpath(posixpath.join("/", folder, relation.get("Target", ""))).lstrip("/")
            if target in self._members:
                found.setdefault(relation.get("Type", "").rpartition("/")[2], []).append(target)
        return found

    def _check(self, members: list[zipfile.ZipInfo]) -> None:
        limits = self._limits
        if len(members) > limits.members:
            raise ReadFailed("expands_too_far", f"包内文件超过 {limits.members} 个")
        if any(member.flag_bits & 0x1 for member in members):
            raise ReadFailed("password_required")
        # What is declared only shortens the way to a refusal.
        if sum(member.file_size for member in members) > limits.expanded:
            raise ReadFailed("expands_too_far", f"解压后超过 {limits.expanded // 1_000_000} MB")
        total = 0
        with self._path.open("rb") as file:
            for member in members:
                tail = b""
                for piece in self._expand(file, member):
                    total += len(piece)
                    if total > limits.expanded:
                        raise ReadFailed("expands_too_far", f"解压后超过 {limits.expanded // 1_000_000} MB")
                    if member.filename.endswith((".xml", ".rels", ".vml")):
                        window = tail + piece
                        if any(mark in window for mark in _DOCTYPES):
                            raise ReadFailed("dtd_forbidden", f"包内文件 {member.filename[:80]}")
                        tail = window[-_OVERLAP:]

    def _expand(self, file: IO[bytes], member: zipfile.ZipInfo) -> Iterator[bytes]:
        """The member's real content in pieces, never more than the limits, whatever size it declares."""
        damaged = f"包内文件 {member.filename[:80]} 读不出来"
        limits = self._limits
        size = checksum = 0
        try:
            for piece in _inflated(file, member):
                size += len(piece)
                if size > limits.member:
                    raise ReadFailed(
                        "expands_too_far", f"包内文件 {member.filename[:80]} 解压后超过 {limits.member // 1_000_000} MB"
                    )
                if size > limits.ratio_from and size > limits.ratio * max(member.compress_size, 1):
                    raise ReadFailed(
                        "expands_too_far", f"包内文件 {member.filename[:80]} 的压缩比超过 {limits.ratio} 倍"
                    )
                checksum = zlib.crc32(piece, checksum)
                yield piece
        except (zlib.error, EOFError, OSError, ValueError) as error:
            raise ReadFailed("damaged_file", damaged) from error
        if size != member.file_size or checksum != member.CRC:
            raise ReadFailed("damaged_file", damaged)


def _inflated(file: IO[bytes], member: zipfile.ZipInfo) -> Iterator[bytes]:
    file.seek(member.header_offset)
    head = file.read(30)
    if len(head) < 30 or not head.startswith(b"PK\x03\x04"):
        raise EOFError
    file.seek(int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little"), 1)
    left = member.compress_size
    inflater = zlib.decompressobj(-zlib.MAX_WBITS) if member.compress_type == zipfile.ZIP_DEFLATED else None
    if inflater is None and member.compress_type != zipfile.ZIP_STORED:
        raise ValueError
    while left > 0:
        raw = file.read(min(left, _CHUNK))
        if not raw:
            raise EOFError
        left -= len(raw)
        if inflater is None:
            yield raw
            continue
        while raw and not inflater.eof:
            yield inflater.decompress(raw, _CHUNK)
            raw = inflater.unconsumed_tail
    while inflater is not None and not inflater.eof:
        piece = inflater.decompress(b"", _CHUNK)
        if not piece:
            raise EOFError
        yield piece


def parse_xml(data: bytes, name: str) -> etree._Element:
    """The root element of an XML text; entities stay unresolved and a DTD is refused."""
    for strict, usual in _STRICT:
        data = data.replace(strict, usual)
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        if "depth" in str(error):
            raise ReadFailed("too_deep", f"包内文件 {name}") from error
        if getattr(error, "code", None) == _NO_MEMORY:
            raise MemoryError from error
        raise ReadFailed("damaged_file", f"包内文件 {name} 不是完整的 XML") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise ReadFailed("dtd_forbidden", f"包内文件 {name}")
    return root
