"""Sources and the files that paths stand for."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.source import Source
from ingest.sources import expand


def test_a_source_is_the_same_however_it_is_spelled() -> None:
    assert Source("默认", "a\\b/./c.txt") == Source(" 默认 ", "a/b/c.txt")
    assert Source("默认", "e\u0301.txt").document == Source("默认", "\u00e9.txt").document
    assert Source("甲", "c.txt").document != Source("乙", "c.txt").document


def test_the_document_id_is_the_agreed_hash() -> None:
    import hashlib

    digest = hashlib.sha256("默认\0案例/a.txt".encode()).hexdigest()[:12]
    assert Source("默认", "案例/a.txt").document == f"doc-{digest}"


@pytest.mark.parametrize("name", ["", "  ", ".", "../a.txt", "a/../../b", "a\0b", "a\nb", "\ud800"])
def test_an_unusable_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="不能作为来源"):
        Source("默认", name)


@given(st.text(min_size=1), st.text(min_size=1))
def test_any_source_is_refused_or_stable(collection: str, name: str) -> None:
    try:
        source = Source(collection, name)
    except ValueError:
        return
    assert Source(source.collection, source.name) == source
    assert not source.name.startswith("/")


def _names(folder: Path) -> list[tuple[str, str]]:
    return [(item.source.name, item.code) for item in expand([folder], "默认")]


def test_a_folder_is_walked_in_order_and_junk_is_passed_over(tmp_path: Path) -> None:
    for name in (
        "b.txt",
        "a.docx",
        "~$a.docx",
        ".hidden.txt",
        "Thumbs.db",
        "x.tmp",
        "子/甲.md",
        ".git/c.txt",
        "子/~$甲.docx",
    ):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x", encoding="utf-8")
    assert _names(tmp_path) == [("a.docx", ""), ("b.txt", ""), ("子/甲.md", "")]


def test_links_lead_to_each_file_and_folder_once(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.txt").write_text("x", encoding="utf-8")
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    (tmp_path / "again").symlink_to(tmp_path / "a")
    (tmp_path / "same.txt").symlink_to(tmp_path / "a" / "x.txt")
    (tmp_path / "broken.txt").symlink_to(tmp_path / "nowhere")
    assert _names(tmp_path) == [("a/x.txt", ""), ("broken.txt", "not_found")]


def test_what_is_no_file_is_reported(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "empty").mkdir()
    found = expand([tmp_path / "pipe.txt", tmp_path / "empty", tmp_path / "none.txt"], "默认")
    assert [item.code for item in found] == ["not_a_file", "empty_folder", "not_found"]
    assert all(item.message for item in found)


def test_two_files_of_one_name_do_not_replace_each_other(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.txt").write_text(folder, encoding="utf-8")
    found = expand([tmp_path / "a", tmp_path / "b", tmp_path / "a" / "x.txt"], "默认")
    assert [(item.source.name, item.code) for item in found] == [("x.txt", ""), ("x.txt", "duplicate_name")]


def test_a_name_in_another_encoding_is_taken_for_chinese(tmp_path: Path) -> None:
    raw = os.fsencode(tmp_path) + b"/" + "案例.txt".encode("gb18030")
    with open(raw, "w", encoding="utf-8") as file:
        file.write("x")
    assert _names(tmp_path) == [("案例.txt", "")]
