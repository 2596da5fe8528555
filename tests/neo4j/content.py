"""Larger documents of made-up words, the same on every run."""

import random

import numpy as np

from engines.store import ChangeSet, IndexedText
from ontology.graph import Node, Relation

CLAUSES = [f"c{number}" for number in range(14)]
REQUIREMENTS = [f"r{number}" for number in range(40)]
DIMENSION = 32


def ontology() -> ChangeSet:
    """Clauses, requirements and terms."""
    nodes = [Node(id, "Clause", {"title": f"条 {id}", "order": place}) for place, id in enumerate(CLAUSES)]
    nodes += [Node(id, "Requirement", {"title": f"要点 {id}", "order": place}) for place, id in enumerate(REQUIREMENTS)]
    nodes += [Node(f"t{number}", "Term", {"title": f"词 {number}"}) for number in range(30)]
    sets = [
        Relation(CLAUSES[place % 14], "SETS", id, properties={"certainty": "inferred"})
        for place, id in enumerate(REQUIREMENTS)
    ]
    sets += [Relation(id, "PART_OF", CLAUSES[0], properties={"order": place}) for place, id in enumerate(CLAUSES[1:])]
    related = [Relation("t0", "RELATED", "t1", "cooperatesWith"), Relation("t0", "RELATED", "t1", "coreOf")]
    return ChangeSet(owner="ontology", removes=("ontology",), nodes=tuple(nodes), relations=(*sets, *related))


def words_of(rng: random.Random, count: int) -> list[str]:
    """Words of which some are frequent and most rare."""
    return [f"词{int(rng.paretovariate(0.7)) % 5000}" for _ in range(count)]


def large_document(number: int, practices: int = 20) -> ChangeSet:
    """One document of an organisation in a group, its practices with evidence, texts and vectors."""
    rng = random.Random(number)
    noise = np.random.default_rng(number)
    doc, org = f"doc-{number:05}", f"org-{number % 10}"
    access = ("default",) if number % 4 else ("staff",)
    common: dict[str, str | tuple[str, ...]] = {"document": doc, "collection": f"批次{number % 3}", "access": access}
    whose = {"industry": f"行业 {number % 4}", "ownership": "国有企业"}
    nodes = [
        Node(
            doc,
            "Document",
            {"title": f"案例 {number}", "kind": "case", "collection": f"批次{number % 3}", "access": access},
        ),
        Node(org, "Organization", {"title": f"企业 {number % 10}", "level": "单位"}),
        Node("org-top", "Organization", {"title": "集团", "level": "集团"}),
    ]
    relations = [Relation(org, "PART_OF", "org-top")]
    texts, vectors = [], {}
    for place in range(practices):
        practice, passage, outcome = (
            f"practice-{number:05}-{place:02}",
            f"{doc}-p{place:02}",
            f"outcome-{number:05}-{place:02}",
        )
        tokens = words_of(rng, rng.randint(20, 90))
        text = "".join(tokens)
        nodes += [
            Node(passage, "Passage", {"text": text, "start": 0, "end": len(text), "document": doc, "order": place}),
            Node(practice, "Practice", {"title": f"做法 {place}", "text": text, "order": place, **whose, **common}),
        ]
        relations += [
            Relation(passage, "PART_OF", doc),
            Relation(practice, "PART_OF", doc),
            Relation(practice, "EVIDENCED_BY", passage, properties={"start": 0, "end": 9, "quote": text[:9]}),
            Relation(practice, "CARRIED_OUT_BY", org),
            Relation(
                practice,
                "EVIDENCES",
                rng.choice(CLAUSES),
                properties={"confidence": rng.random(), "status": "proposed"},
            ),
            Relation(passage, "CITES", rng.choice(CLAUSES), properties={"role": "cited", "dated": False}),
        ]
        met = sorted(rng.sample(REQUIREMENTS, 2))
        status = rng.choice(["proposed", "accepted", "rejected"])
        relations += [
            Relation(practice, "SATISFIES", id, properties={"confidence": rng.random(), "status": status}) for id in met
        ]
        relations += [Relation(practice, "USES", f"t{n}") for n in rng.sample(range(30), 2)]
        if place % 3 == 0:
            nodes.append(Node(outcome, "Outcome", {"indicator": "合格率", "value": rng.random(), "unit": "%"}))
            relations.append(Relation(practice, "HAS_OUTCOME", outcome))
        facets = {
            "organization": (org, "org-top"),
            "document": (doc,),
            "collection": (f"批次{number % 3}",),
            "requirement": tuple(met),
        }
        texts.append(IndexedText(practice, "practice", tuple(tokens), facets, frozenset(access)))
        vectors[practice] = noise.standard_normal(DIMENSION).astype(np.float32)
    return ChangeSet(
        owner=doc,
        removes=(doc,),
        nodes=tuple(nodes),
        relations=tuple(relations),
        texts=tuple(texts),
        vectors={"made-up": vectors},
    )
