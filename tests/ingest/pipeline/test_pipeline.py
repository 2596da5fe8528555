"""From files to what the store holds: idempotent, whole, exact, and without remainder."""

import errno
import json
from pathlib import Path

import pytest

from analysis.tokens import query_tokens
from engines.store import Scope
from ingest.readers.document import SourceDocument
from ingest.source import Source
from tests.ingest.pipeline.conftest import Read
from tests.ingest.pipeline.parts import Site, case_text, contents, files_of, parts


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three good files and three that cannot be taken in."""
    made = tmp_path / "材料"
    (made / "子").mkdir(parents=True)
    (made / "1.txt").write_text(case_text(1), encoding="utf-8")
    (made / "2-空.txt").write_bytes(b"")
    (made / "3-坏.docx").write_bytes(b"PK\x03\x04 not a package")
    (made / "4-密.txt").write_text("机密★10年\n" + case_text(4), encoding="utf-8")
    (made / "5.md").write_text(case_text(5).replace("\n", "\n\n"), encoding="utf-8")
    (made / "6.pptx").write_bytes(b"x")
    (made / "子" / "7.txt").write_text(case_text(7), encoding="utf-8")
    return made


def test_a_bad_file_never_stops_the_batch(site: Site, folder: Path) -> None:
    seen: list[tuple[int, int]] = []
    reports = list(site.ingester.ingest_paths([folder], progress=lambda done, total, _: seen.append((done, total))))
    assert [(report.source.name, report.status, report.code) for report in reports] == [
        ("1.txt", "stored", ""),
        ("2-空.txt", "failed", "empty_file"),
        ("3-坏.docx", "failed", "damaged_file"),
        ("4-密.txt", "failed", "classified_marking"),
        ("5.md", "stored", ""),
        ("6.pptx", "failed", "unsupported_format"),
        ("子/7.txt", "stored", ""),
    ]
    assert seen == [(done, 7) for done in range(8)]
    assert all(report.message for report in reports if report.status == "failed")
    assert len(files_of(site)) == 3
    with site.store.reading() as reader:
        stored = {node.id for node in reader.nodes(label="Document") if node.properties.get("content_hash")}
    assert stored == {report.document for report in reports if report.document}


def test_a_report_is_given_when_its_document_is_committed(site: Site, folder: Path) -> None:
    for report in site.ingester.ingest_paths([folder]):
        if report.document:
            with site.store.reading() as reader:
                assert sum(1 for _ in reader.nodes(owner=report.document, label="Practice")) == report.practices > 0


def test_stopping_half_way_keeps_what_was_reported(site: Site, folder: Path) -> None:
    reports = site.ingester.ingest_paths([folder])
    first = next(reports)
    reports.close()  # type: ignore[attr-defined]
    with site.store.reading() as reader:
        stored = [node.id for node in reader.nodes(label="Document") if node.properties.get("content_hash")]
    assert stored == [first.document]


def test_the_json_line(site: Site, folder: Path) -> None:
    line = next(site.ingester.ingest_paths([folder / "1.txt"], "集合")).as_json()
    assert json.loads(json.dumps(line)) == {
        "source": "1.txt",
        "collection": "集合",
        "status": "stored",
        "code": None,
        "message": None,
        "document": Source("集合", "1.txt").document,
        "practices": 3,
        "warnings": [],
    }


def test_ingesting_again_changes_nothing(site: Site, folder: Path) -> None:
    list(site.ingester.ingest_paths([folder]))
    with site.store.reading() as reader:
        before, generation = contents(reader), reader.generation
    reports = list(site.ingester.ingest_paths([folder]))
    assert [report.status for report in reports if not report.code] == ["unchanged"] * 3
    assert [report.practices for report in reports if not report.code] == [3, 3, 3]
    with site.store.reading() as reader:
        assert contents(reader) == before
        assert reader.generation == generation


def test_other_bytes_need_leave_to_replace(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    source = Source("默认", "a.txt")
    path.write_text(case_text(1), encoding="utf-8")
    site.ingester.ingest_file(path, source)
    with site.store.reading() as reader:
        first = contents(reader, source.document)
    path.write_text(case_text(2, practices=2), encoding="utf-8")
    refused = site.ingester.ingest_file(path, source)
    assert (refused.status, refused.code, refused.document) == ("failed", "already_stored", None)
    with site.store.reading() as reader:
        assert contents(reader, source.document) == first
    assert site.ingester.ingest_file(path, source, replace=True).status == "replaced"
    assert len(files_of(site)) == 1
    path.write_text(case_text(1), encoding="utf-8")
    assert site.ingester.ingest_file(path, source, replace=True).status == "replaced"
    with site.store.reading() as reader:
        again = contents(reader, source.document)
    assert _without_time(again) == _without_time(first)


def _without_time(held: dict[str, object]) -> str:
    return "".join(part for part in repr(held).split("'") if not part.startswith("20"))


def test_equal_bytes_under_two_sources_are_two_documents(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(case_text(1), encoding="utf-8")
    ids = {site.ingester.ingest_file(path, Source(name, "a.txt")).document for name in ("甲", "乙")}
    assert len(ids) == 2
    assert len(files_of(site)) == 1
    with site.store.reading() as reader:
        assert len(list(reader.nodes(label="Practice"))) == 6


def test_evidence_outcomes_and_citations_have_exact_places(site: Site, tmp_path: Path, read: Read) -> None:
    text = case_text(5)
    (tmp_path / "1.txt").write_text(text, encoding="utf-8")
    site.ingester.ingest_file(tmp_path / "1.txt", Source("默认", "1.txt"))
    document = read(text, "1.txt").text
    owner = Source("默认", "1.txt").document
    with site.store.reading() as reader:
        nodes = {node.id: node for node in reader.nodes(owner=owner)}
        relations = list(reader.relations(owner=owner))
    placed = [node.properties for node in nodes.values() if "quote" in node.properties]
    placed += [relation.properties for relation in relations if relation.properties.get("start") is not None]
    assert {relation.type for relation in relations} >= {
        "EVIDENCED_BY",
        "CITES",
        "SATISFIES",
        "EVIDENCES",
        "HAS_OUTCOME",
        "CARRIED_OUT_BY",
    }
    assert len(placed) >= 8
    for properties in placed:
        assert document[properties["start"] : properties["end"]] == properties["quote"]  # type: ignore[index]
    for practice in (node for node in nodes.values() if node.label == "Practice"):
        assert document[practice.properties["start"] : practice.properties["end"]] == practice.properties["text"]  # type: ignore[index]
    for relation in (relation for relation in relations if relation.type == "SATISFIES"):
        held = str(nodes[relation.source].properties["text"])
        for meeting in json.loads(str(relation.properties["explanation"])):
            assert held[meeting["start"] : meeting["end"]] == meeting["words"]


def test_what_a_document_states_is_said_to_be_its_statement(site: Site, folder: Path) -> None:
    site.ingester.ingest_file(folder / "1.txt", Source("默认", "1.txt"))
    owner = Source("默认", "1.txt").document
    with site.store.reading() as reader:
        relations = list(reader.relations(owner=owner))
    # How organisations are nested, several documents may state; what the system infers is no document's statement.
    ours = [one for one in relations if one.type in ("SATISFIES", "EVIDENCES")]
    theirs = [one for one in relations if one not in ours and not one.source.startswith("org-")]
    assert {one.type for one in theirs} >= {"PART_OF", "EVIDENCED_BY", "CARRIED_OUT_BY", "HAS_OUTCOME", "ASSIGNED_TO"}
    assert all(one.properties.get("sources") == (owner,) for one in theirs)
    assert ours
    assert all(one.properties["certainty"] == "inferred" for one in ours)
    assert all(one.properties.get("sources") is None for one in ours)


def test_outcomes_go_to_the_practice_they_speak_of(site: Site, tmp_path: Path) -> None:
    text = """质量案例
二、主要做法
（一）开展全员质量培训
每季度组织全员质量培训，请老师傅讲授质量故事，考试合格后才能上岗。
（二）降低废品率
支部书记牵头成立攻关小组，围绕板坯裂纹降低废品率，每周开会逐项销号。
三、成效
废品率下降35%。质量培训覆盖率达到100%。
"""
    path = tmp_path / "a.txt"
    path.write_text(text, encoding="utf-8")
    owner = site.ingester.ingest_file(path, Source("默认", "a.txt")).document
    assert owner
    with site.store.reading() as reader:
        nodes = {node.id: node for node in reader.nodes(owner=owner)}
        told = {
            (
                nodes[one.source].properties["title"],
                nodes[one.target].properties["value_text"] or nodes[one.target].properties["value"],
            )
            for one in reader.relations(owner=owner, type="HAS_OUTCOME")
        }
    assert {title for title, _ in told} == {"开展全员质量培训", "降低废品率"}
    assert len(told) == 2


def test_the_graph_of_a_document(site: Site, folder: Path) -> None:
    site.ingester.ingest_file(folder / "1.txt", Source("默认", "1.txt"), sample=True)
    owner = Source("默认", "1.txt").document
    with site.store.reading() as reader:
        document = next(iter(reader.nodes(ids=[owner])))
        practices = list(reader.nodes(owner=owner, label="Practice"))
        organizations = {node.properties["title"]: node for node in reader.nodes(owner=owner, label="Organization")}
        texts = list(reader.texts(owner=owner))
        parents = [
            (r.source, r.target) for r in reader.relations(owner=owner, type="PART_OF") if r.source.startswith("org-")
        ]
    assert document.properties["title"] == "第1机械厂质量提升案例"
    assert (document.properties["kind"], document.properties["sample"], document.properties["access"]) == (
        "case",
        True,
        ("default",),
    )
    assert all(practice.properties["sample"] for practice in practices)
    group, plant = organizations["青禾装备集团有限公司"], organizations["第1机械厂"]
    assert parents == [(plant.id, group.id)]
    assert (group.properties["level"], plant.properties["level"]) == ("集团", "单位")
    assert plant.properties["ownership"] == "国有企业"
    assert group.properties.get("ownership") is None
    for text in texts:
        assert text.kind == "practice"
        assert text.access == {"default"}
        assert set(text.facets["organization"]) == {group.id, plant.id}
        assert text.facets["collection"] == ("默认",)
        assert text.facets["sample"] == ("yes",)
        assert text.facets["industry"] == ("装备制造",)
    assert any(text.facets["has_outcome"] == ("yes",) for text in texts)
    assert all(
        f"{requirement}:proposed" in text.facets["requirement_status"]
        for text in texts
        for requirement in text.facets.get("requirement", ())
    )


def test_practices_are_found_by_whose_they_are(site: Site, folder: Path) -> None:
    list(site.ingester.ingest_paths([folder]))
    with site.store.reading() as reader:
        for asked in ("青禾装备集团有限公司", "第1机械厂", "装备制造"):
            tokens = query_tokens(asked)
            hits = reader.match_words(tokens, Scope(frozenset({"practice"})), 10)
            (first,) = reader.texts(ids=[hits[0].id])
            assert set(tokens) <= set(first.tokens)


def test_practices_are_found_by_words_and_vectors(site: Site, folder: Path) -> None:
    list(site.ingester.ingest_paths([folder]))
    embedder = parts().embedder
    query = embedder.embed_queries(["党员质量责任区"])[0]
    scope = Scope(kinds=frozenset({"practice"}))
    with site.store.reading() as reader:
        assert reader.match_words(["责任", "任区"], scope, 5)
        hits = reader.match_vector(query, embedder.fingerprint, scope, 20)
        assert {hit.id for hit in hits} == {node.id for node in reader.nodes(label="Practice")}


def test_a_document_without_practices_is_stored_and_said_so(site: Site, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("目录\n第 1 页\n", encoding="utf-8")
    report = site.ingester.ingest_file(tmp_path / "a.txt", Source("默认", "a.txt"))
    assert (report.status, report.practices) == ("stored", 0)
    assert "没有找到" in report.message


def test_a_folder_or_a_lost_file_is_reported(site: Site, tmp_path: Path) -> None:
    source = Source("默认", "a.txt")
    assert site.ingester.ingest_file(tmp_path, source).code == "is_directory"
    assert site.ingester.ingest_file(tmp_path / "none.txt", source).code == "not_found"
    big = tmp_path / "big.txt"
    with big.open("wb") as file:
        file.truncate(51_000_000)
    assert site.ingester.ingest_file(big, source).code == "too_large"


def test_an_unforeseen_error_is_reported_and_the_batch_goes_on(
    site: Site, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    derive = site.ingester.analyst.derive

    def fails_once(document: SourceDocument, given: object) -> object:
        if document.name == "1.txt":
            raise RuntimeError("unforeseen")
        return derive(document, given)  # type: ignore[arg-type]

    monkeypatch.setattr(site.ingester.analyst, "derive", fails_once)
    reports = list(site.ingester.ingest_paths([folder / "1.txt", folder / "5.md"]))
    assert [(report.status, report.code) for report in reports] == [("failed", "internal_error"), ("stored", "")]


def test_a_restricted_document_needs_leave(site: Site, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("内部资料\n" + case_text(1), encoding="utf-8")
    source = Source("默认", "a.txt")
    assert site.ingester.ingest_file(tmp_path / "a.txt", source).code == "restricted_marking"
    assert files_of(site) == set()
    report = site.ingester.ingest_file(tmp_path / "a.txt", source, access=("内部",), allow_restricted=True)
    assert report.status == "stored"
    with site.store.reading() as reader:
        assert {text.access for text in reader.texts()} == {frozenset({"内部"})}


def test_a_lost_original_is_kept_again(site: Site, folder: Path) -> None:
    source = Source("默认", "1.txt")
    site.ingester.ingest_file(folder / "1.txt", source)
    (original,) = files_of(site)
    site.originals.path(original).unlink()
    assert site.ingester.ingest_file(folder / "1.txt", source).status == "unchanged"
    assert files_of(site) == {original}


def test_what_is_stored_is_what_was_screened(site: Site, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(
        case_text(1) + "\n联系班长手机13812345678咨询质量责任区的做法。\n", encoding="utf-8"
    )
    site.ingester.ingest_file(tmp_path / "a.txt", Source("默认", "a.txt"))
    with site.store.reading() as reader:
        assert "13812345678" not in repr(contents(reader))


def test_a_full_disk_is_called_so_and_the_batch_goes_on(
    site: Site, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error is made up: a disk cannot be filled here. What is done about it is real."""
    kept = site.ingester.originals.keep
    calls: list[int] = []

    def keep(content: bytes) -> str:
        calls.append(len(content))
        if len(calls) == 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        return kept(content)

    monkeypatch.setattr(type(site.ingester.originals), "keep", lambda _, content: keep(content))
    reports = list(site.ingester.ingest_paths([folder]))
    assert [report.code for report in reports if report.code in {"disk_full", "internal_error"}] == ["disk_full"]
    assert any(report.status == "stored" for report in reports)
