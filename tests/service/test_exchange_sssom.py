"""SSSOM: valid for the official tool, true to what people and the machine said, and taken in again unchanged."""

import csv
import io
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ontology import names
from ontology.graph import Relation
from ontology.rdf import node_to_rdf, to_turtle
from service.bootstrap import Application
from service.exchange.sssom_writing import record_id
from service.exchange.wording import inert, lively
from tests.conftest import system_part
from tests.service.exchange_site import GROUP, closing, exported, judged, pairs


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    with closing(judged(tmp_path_factory.mktemp("sssom") / "home")) as made:
        yield made


def table(content: bytes) -> list[dict[str, str]]:
    lines = content.decode("utf-8").split("\n")
    body = "\n".join(line for line in lines if not line.startswith("#"))
    return list(csv.DictReader(io.StringIO(body, newline=""), delimiter="\t", strict=True))


def by_pair(application: Application, **wanted: object) -> dict[tuple[str, str], dict[str, str]]:
    rows = table(exported(application, "sssom", **wanted))
    return {(row["subject_id"].removeprefix("id:"), row["object_id"].removeprefix("id:")): row for row in rows}


_VALIDATE = """
import sys
from sssom.parsers import parse_sssom_table
from sssom.validators import validate
for file in sys.argv[1:]:
    try:
        reports = validate(parse_sssom_table(file), fail_on_error=False)
        print(sum(len(report.results) for report in reports.values()))
    except Exception as error:
        print(type(error).__name__)
"""


@pytest.mark.needs("sssom")
def test_the_official_library_finds_it_valid(application: Application, tmp_path: Path) -> None:
    wanted: tuple[dict[str, object], ...] = ({}, {"accepted_only": True}, {"clauses": True, "organization": GROUP})
    files = []
    for place, each in enumerate(wanted):
        files.append(tmp_path / f"{place}.sssom.tsv")
        files[-1].write_bytes(exported(application, "sssom", **each))
    spoilt = tmp_path / "spoilt.sssom.tsv"
    spoilt.write_bytes(files[0].read_bytes().replace(b"semapv:CompositeMatching", b"semapv:Guesswork"))
    python = system_part("sssom")
    assert python is not None
    done = subprocess.run([python, "-c", _VALIDATE, *files, spoilt], capture_output=True, encoding="utf-8")
    *good, bad = done.stdout.split()
    assert good == ["0", "0", "0"], done.stderr
    assert bad != "0"  # it does look


def test_the_metadata_says_what_it_is(application: Application) -> None:
    import yaml

    text = exported(application, "sssom").decode("utf-8")
    meta = yaml.safe_load("\n".join(line[1:] for line in text.split("\n") if line.startswith("#")))
    assert meta["sssom_version"] == "1.1"
    assert meta["license"] == "https://w3id.org/sssom/license/unspecified"
    assert "非标准原文" in meta["mapping_set_description"]
    assert meta["curie_map"]["id"] == "https://zhiwen.example/id/"
    prefixes = {
        value.partition(":")[0]
        for row in table(exported(application, "sssom", clauses=True))
        for name, value in row.items()
        if value
        and name in ("subject_id", "object_id", "predicate_id", "mapping_justification", "record_id", "subject_source")
    }
    assert prefixes <= meta["curie_map"].keys()
    other = exported(application, "sssom", license="https://creativecommons.org/licenses/by/4.0/").decode("utf-8")
    assert '#license: "https://creativecommons.org/licenses/by/4.0/"' in other


def test_proposals_have_no_reviewer_and_decisions_have_one(application: Application) -> None:
    rows = by_pair(application)
    first, second, third, *others = pairs(application)
    accepted, rejected, aside = rows[first], rows[second], rows[third]
    assert accepted["predicate_id"] == "zw:satisfies"
    assert accepted["reviewer_label"] == "王质量"
    assert accepted["mapping_justification"] == "semapv:CompositeMatching"
    assert float(accepted["confidence"]) > 0
    assert (rejected["predicate_modifier"], rejected["mapping_justification"]) == (
        "Not",
        "semapv:ManualMappingCuration",
    )
    assert rejected["confidence"] == ""  # the model's figure is about the contrary
    assert (aside["predicate_id"], aside["predicate_modifier"]) == ("zw:notApplicable", "")
    manual = rows[first[0], "code-of-conduct-3"]
    assert (manual["mapping_justification"], manual["author_label"]) == ("semapv:ManualMappingCuration", "王质量、赵审")
    proposed = [row for pair, row in rows.items() if pair in others]
    assert proposed
    for row in proposed:
        assert row["reviewer_label"] == row["review_date"] == ""
        assert 0 < float(row["confidence"]) < 1


def test_clauses_come_on_wish_and_accepted_ones_alone(application: Application) -> None:
    assert all(row["predicate_id"] != "zw:evidences" for row in by_pair(application).values())
    assert any(row["predicate_id"] == "zw:evidences" for row in by_pair(application, clauses=True).values())
    assert {row["ext_status"] for row in by_pair(application, accepted_only=True).values()} == {"accepted"}


def test_a_record_has_the_id_of_the_same_statement_in_rdf(application: Application) -> None:
    practice, requirement = pairs(application)[0]
    with application.store.reading() as reader:
        (node,) = reader.nodes(ids=(practice,))
    turtle = to_turtle(node_to_rdf(node, [Relation(practice, "SATISFIES", requirement)], names.BASE_IRI))
    assert by_pair(application)[practice, requirement]["record_id"] == record_id(practice, "SATISFIES", requirement)
    assert record_id(practice, "SATISFIES", requirement) in turtle


@given(st.text(max_size=40))
def test_cells_are_inert_and_come_back_as_they_were(text: str) -> None:
    kept = "".join(c for c in text if c in "\t\n\r" or not (ord(c) < 32 or ord(c) == 127 or 0xD800 <= ord(c) < 0xE000))
    kept = kept.replace("\ufffe", "").replace("\uffff", "")
    made = str(inert(text))
    assert not made.startswith(("=", "+", "-", "@", "\t", "\r"))
    if not kept.startswith("'"):
        assert lively(made) == kept
