"""Deleting, rebuilding and renewing the ontology: nothing left behind, nothing lost."""

from pathlib import Path

import pytest

from ingest.document_changes import read_analysis
from ingest.ontology_content import load_stored_ontology, refresh_ontology, stored_fingerprint
from ingest.rebuild import rebuild, stale_documents
from ingest.removal import delete_collection, delete_document
from ingest.source import Source
from ontology.model import Ontology
from tests.ingest.pipeline.parts import Site, case_text, contents, files_of


def _state(site: Site) -> tuple[object, ...]:
    status = site.store.status()
    with site.store.reading() as reader:
        records = [record for kind in ("decision", "analysis", "job", "key") for record in reader.records(kind)]
        return (
            status.nodes,
            status.relations,
            status.texts,
            status.vector_sets,
            contents(reader),
            records,
            files_of(site),
        )


def _ingest(site: Site, tmp_path: Path, number: int, collection: str = "默认", **options: bool) -> str:
    path = tmp_path / f"{number}.txt"
    path.write_text(case_text(number), encoding="utf-8")
    report = site.ingester.ingest_file(path, Source(collection, path.name), **options)  # type: ignore[arg-type]
    assert report.document
    return report.document


def test_deleting_leaves_nothing(site: Site, tmp_path: Path) -> None:
    empty = _state(site)
    first = _ingest(site, tmp_path, 1)
    with_one = _state(site)
    second = _ingest(site, tmp_path, 2)
    assert delete_document(site.store, site.originals, second)
    assert _state(site) == with_one
    assert delete_document(site.store, site.originals, first)
    assert _state(site) == empty
    assert not delete_document(site.store, site.originals, first)


def test_a_shared_original_stays_while_it_is_needed(site: Site, tmp_path: Path) -> None:
    one = _ingest(site, tmp_path, 1, "甲")
    other = _ingest(site, tmp_path, 1, "乙")
    delete_document(site.store, site.originals, one)
    assert len(files_of(site)) == 1
    delete_document(site.store, site.originals, other)
    assert files_of(site) == set()


def test_a_collection_goes_at_once_and_alone(site: Site, tmp_path: Path) -> None:
    _ingest(site, tmp_path, 1, "甲")
    with_one = _state(site)
    _ingest(site, tmp_path, 2, "乙")
    _ingest(site, tmp_path, 3, "乙")
    generation = site.store.status().generation
    assert [source.name for source in delete_collection(site.store, site.originals, "乙")] != []
    assert site.store.status().generation == generation + 1
    assert _state(site) == with_one
    assert delete_collection(site.store, site.originals, "乙") == []


@pytest.mark.parametrize("document", ["std-party-led-quality-culture", "gbt-32230", "doc-000000000000", ""])
def test_only_ingested_documents_can_be_deleted(site: Site, document: str) -> None:
    before = _state(site)
    assert not delete_document(site.store, site.originals, document)
    assert _state(site) == before


def test_rebuilding_changes_nothing_when_nothing_has_changed(site: Site, tmp_path: Path) -> None:
    _ingest(site, tmp_path, 1)
    _ingest(site, tmp_path, 2, sample=True)
    before = _state(site)
    seen: list[tuple[int, int]] = []
    reports = list(rebuild(site.ingester, progress=lambda done, total, _: seen.append((done, total))))
    assert [(report.status, report.practices) for report in reports] == [("rebuilt", 3)] * 2
    assert seen == [(0, 2), (1, 2), (2, 2)]
    assert _state(site) == before
    assert list(rebuild(site.ingester, only_stale=True)) == []


def test_a_lost_original_is_reported_and_the_others_are_rebuilt(site: Site, tmp_path: Path) -> None:
    _ingest(site, tmp_path, 1)
    _ingest(site, tmp_path, 2)
    before = _state(site)[:5]
    with site.store.reading() as reader:
        node = next(iter(reader.nodes(ids=[Source("默认", "1.txt").document])))
    site.originals.path(str(node.properties["content_hash"])).unlink()
    reports = {report.source.name: (report.status, report.code) for report in rebuild(site.ingester)}
    assert reports == {"1.txt": ("failed", "original_missing"), "2.txt": ("rebuilt", "")}
    assert _state(site)[:5] == before


def test_rebuilding_sweeps_what_nobody_needs(site: Site, tmp_path: Path) -> None:
    _ingest(site, tmp_path, 1)
    before = files_of(site)
    site.originals.path("0" * 64).write_bytes(b"left behind")
    (site.originals.folder / f".{'1' * 64}.0123abcd").write_bytes(b"half writ")
    list(rebuild(site.ingester))
    assert files_of(site) == before


def test_the_ontology_is_written_once_and_loads_from_the_store(site: Site) -> None:
    generation = site.store.status().generation
    assert not refresh_ontology(site.store, site.ontology)
    assert site.store.status().generation == generation
    with site.store.reading() as reader:
        assert load_stored_ontology(reader) == site.ontology
        assert stored_fingerprint(reader) == site.ontology.fingerprint


def _without(ontology: Ontology, requirement: str) -> Ontology:
    kept = tuple(one for one in ontology.requirements if one.id != requirement)
    gaps = tuple(gap for gap in ontology.gaps if gap.subject != requirement)
    fields = {name: getattr(ontology, name) for name in Ontology.model_fields}
    return Ontology(**{**fields, "requirements": kept, "gaps": gaps, "fingerprint": "another"})


def test_a_vanished_requirement_leaves_nothing_dangling_and_makes_documents_stale(site: Site, tmp_path: Path) -> None:
    document = _ingest(site, tmp_path, 5)
    with site.store.reading() as reader:
        proposed = next(iter(reader.relations(owner=document, type="SATISFIES")))
        others = [r for r in reader.relations(owner=document) if r.target != proposed.target]
        version = read_analysis(reader, document).version
    site.reviewer.decide(proposed.source, proposed.target, "accepted")
    changed = _without(site.ontology, proposed.target)
    assert refresh_ontology(site.store, changed)
    with site.store.reading() as reader:
        left = list(reader.relations(owner=document))
        known = {node.id for node in reader.nodes()}
    assert {(r.source, r.type, r.target) for r in left} == {(r.source, r.type, r.target) for r in others}
    assert all(r.source in known and r.target in known for r in left)
    again = Site(site.home, ontology=changed)
    try:
        with again.store.reading() as reader:
            assert [node.id for node in stale_documents(reader, again.ingester.analyst.version)] == [document]
            assert stale_documents(reader, version) == []
        assert [report.status for report in rebuild(again.ingester, only_stale=True)] == ["rebuilt"]
        with again.store.reading() as reader:
            assert stale_documents(reader, again.ingester.analyst.version) == []
            assert not any(
                proposed.target in value
                for text in reader.texts()
                for values in text.facets.values()
                for value in values
            )
        # The decision waits for the requirement to come back.
        refresh_ontology(again.store, site.ontology)
        list(rebuild(site.ingester, only_stale=True))
        with again.store.reading() as reader:
            found = [
                r
                for r in reader.relations(type="SATISFIES")
                if (r.source, r.target) == (proposed.source, proposed.target)
            ]
        assert [r.properties["status"] for r in found] == ["accepted"]
    finally:
        again.close()
