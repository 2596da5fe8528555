"""Practices of four documents as ingest writes them: the smallest content that every question has an answer in."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from analysis.sentences import split_sentences
from analysis.tokens import index_tokens
from engines.embedder import Embedder
from engines.store import ChangeSet, IndexedText
from ontology.graph import Node, Relation, Value


@dataclass(frozen=True)
class Proposal:
    """A requirement that the practice is proposed or decided for."""

    requirement: str
    confidence: float
    status: str = "proposed"
    words: str = ""  # of the text, as the explanation quotes them
    sentence: int = 0  # of the text: the best one

    @property
    def clause(self) -> str:
        return self.requirement.rpartition("-")[0]


@dataclass(frozen=True)
class Sample:
    """One practice of a sample document."""

    title: str
    text: str
    organization: tuple[str, ...]
    proposals: tuple[Proposal, ...] = ()
    industry: str = "电力"
    ownership: str = "国有企业"
    outcomes: tuple[tuple[str, float, str, str, str], ...] = ()  # indicator, value, unit, direction, quote
    mechanisms: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    cites: tuple[str, ...] = ()
    external_id: str | None = None


@dataclass(frozen=True)
class Case:
    """One source: (collection, name), who may see it, and its practices."""

    collection: str
    name: str
    title: str
    practices: tuple[Sample, ...]
    access: tuple[str, ...] = ("default",)
    sample: bool = True
    warnings: tuple[str, ...] = field(default=())

    @property
    def id(self) -> str:
        return "doc-" + _short(f"{self.collection}\0{self.name}")


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def organization_id(path: Sequence[str]) -> str:
    return "org-" + _short("/".join(path))


def practice_id(case: Case, sample: Sample) -> str:
    return "practice-" + _short(f"{case.id}\0t:{sample.text}\0" + "0")


_LEVELS = ("集团", "单位", "党支部", "班组")


def change_set(case: Case, embedder: Embedder) -> ChangeSet:
    """Everything that storing the case writes."""
    nodes: dict[str, Node] = {}
    relations: list[Relation] = []
    texts: list[IndexedText] = []
    vectors = {}
    nodes[case.id] = Node(
        case.id,
        "Document",
        {
            "kind": "case",
            "kind_zh": "案例",
            "title": case.title,
            "collection": case.collection,
            "name": case.name,
            "content_hash": _short(case.name),
            "media_type": "text/plain",
            "access": case.access,
            "sample": case.sample,
            "warnings": case.warnings,
        },
    )
    embedded = embedder.embed_passages([f"{sample.title}\n{sample.text}" for sample in case.practices])
    at = 0
    for order, sample in enumerate(case.practices):
        id, passage = practice_id(case, sample), f"{case.id}-p{order}"
        start, end = at, at + len(sample.text)
        at = end + 1
        nodes[passage] = Node(
            passage,
            "Passage",
            {"text": sample.text, "document": case.id, "start": start, "end": end, "order": order, "page": 1},
        )
        relations.append(Relation(passage, "PART_OF", case.id))
        nodes[id] = Node(
            id,
            "Practice",
            {
                "title": sample.title,
                "text": sample.text,
                "external_id": sample.external_id,
                "industry": sample.industry,
                "ownership": sample.ownership,
                "organization": sample.organization[-1],
                "organization_id": organization_id(sample.organization),
                "document": case.id,
                "collection": case.collection,
                "access": case.access,
                "sample": case.sample,
                "abstained": not sample.proposals,
                "start": start,
                "end": end,
                "order": order,
            },
        )
        relations += [
            Relation(id, "PART_OF", case.id),
            Relation(id, "EVIDENCED_BY", passage, properties={"start": start, "end": end, "quote": sample.text}),
        ]
        _place(sample, id, nodes, relations)
        _outcomes(case, sample, id, start, nodes, relations)
        _propose(sample, id, start, relations)
        relations += [Relation(passage, "CITES", cited, properties={"role": "cited"}) for cited in sample.cites]
        texts.append(
            IndexedText(
                id,
                "practice",
                index_tokens(f"{sample.title}\n{sample.text}"),
                _facets(case, sample),
                frozenset(case.access),
            )
        )
        vectors[id] = embedded[order]
    return ChangeSet(
        owner=case.id,
        nodes=tuple(nodes.values()),
        relations=tuple(relations),
        texts=tuple(texts),
        vectors={embedder.fingerprint: vectors},
    )


def _place(sample: Sample, id: str, nodes: dict[str, Node], relations: list[Relation]) -> None:
    for depth in range(1, len(sample.organization) + 1):
        path = sample.organization[:depth]
        here = organization_id(path)
        if here not in nodes:
            nodes[here] = Node(
                here, "Organization", {"title": path[-1], "level": _LEVELS[depth - 1], "path": path[:depth]}
            )
            if depth > 1:
                relations.append(Relation(here, "PART_OF", organization_id(path[:-1])))
    relations.append(Relation(id, "CARRIED_OUT_BY", organization_id(sample.organization)))


def _outcomes(
    case: Case, sample: Sample, id: str, start: int, nodes: dict[str, Node], relations: list[Relation]
) -> None:
    for number, (indicator, value, unit, direction, quote) in enumerate(sample.outcomes):
        outcome = f"{id}-o{number}"
        place = start + sample.text.index(quote)
        said: dict[str, Value] = {
            "indicator": indicator,
            "value": value,
            "unit": unit,
            "direction": direction,
            "quote": quote,
        }
        nodes[outcome] = Node(
            outcome, "Outcome", {**said, "document": case.id, "start": place, "end": place + len(quote)}
        )
        relations.append(Relation(id, "HAS_OUTCOME", outcome))


def _propose(sample: Sample, id: str, start: int, relations: list[Relation]) -> None:
    clauses: dict[str, float] = {}
    for proposal in sample.proposals:
        meets = []
        if proposal.words:
            found = sample.text.index(proposal.words)
            meets = [
                {
                    "start": found,
                    "end": found + len(proposal.words),
                    "words": proposal.words,
                    "meets": proposal.words,
                    "basis": "label",
                }
            ]
        best = split_sentences(sample.text)[proposal.sentence]
        relations.append(
            Relation(
                id,
                "SATISFIES",
                proposal.requirement,
                properties={
                    "confidence": proposal.confidence,
                    "status": proposal.status,
                    "method": "auto" if proposal.status == "proposed" else "manual",
                    "model": "test",
                    "certainty": "inferred",
                    "explanation": json.dumps(meets, ensure_ascii=False),
                    "start": start + best.start,
                    "end": start + best.end,
                    "quote": best.text,
                },
            )
        )
        clauses[proposal.clause] = max(clauses.get(proposal.clause, 0.0), proposal.confidence)
    for clause, confidence in clauses.items():
        said: dict[str, Value] = {
            "confidence": confidence,
            "status": "proposed",
            "method": "auto",
            "model": "test",
            "certainty": "inferred",
        }
        relations.append(Relation(id, "EVIDENCES", clause, properties=said))
    relations += [Relation(id, "EMPLOYS", mechanism) for mechanism in sample.mechanisms]
    relations += [Relation(id, "ASSIGNED_TO", role, "mentioned") for role in sample.roles]
    relations += [Relation(id, "USES", term) for term in sample.terms]


def _facets(case: Case, sample: Sample) -> dict[str, tuple[str, ...]]:
    paths = [sample.organization[:depth] for depth in range(1, len(sample.organization) + 1)]
    facets = {
        "collection": (case.collection,),
        "document": (case.id,),
        "case": (f"{case.id}#{sample.organization}",),
        "organization": tuple(organization_id(path) for path in paths),
        "industry": (sample.industry,),
        "ownership": (sample.ownership,),
        "clause": tuple(sorted({proposal.clause for proposal in sample.proposals})),
        "requirement": tuple(proposal.requirement for proposal in sample.proposals),
        "status": tuple(sorted({proposal.status for proposal in sample.proposals})),
        "requirement_status": tuple(f"{proposal.requirement}:{proposal.status}" for proposal in sample.proposals),
        "mechanism": sample.mechanisms,
        "role": sample.roles,
        "has_outcome": ("yes" if sample.outcomes else "no",),
        "sample": ("yes" if case.sample else "no",),
    }
    return {name: values for name, values in facets.items() if values}


GROUP = "岭海能源集团"
PLANT = (GROUP, "岭海一电厂")
SHOP = (GROUP, "岭海一电厂", "锅炉党支部")
OTHER = ("东塘机械公司",)

ZONES = Sample(
    "锅炉党支部责任区",
    "锅炉党支部把四台机组划成七个质量党建责任区，每名党员包一台设备，缺陷当班处理。半年来设备缺陷下降35%。",
    SHOP,
    (Proposal("execution-6", 0.93, "accepted", "质量党建责任区"), Proposal("execution-8", 0.61, sentence=1)),
    outcomes=(("设备缺陷", 35.0, "%", "down", "设备缺陷下降35%"),),
    mechanisms=("m-quality-responsibility-zone",),
    roles=("r-party-members",),
    terms=("t-party-building",),
    cites=("gbt-32230",),
    external_id="A-001",
)
POSTS = Sample(
    "党员先锋岗挂牌",
    "运行部给十六个岗位挂上党员先锋岗的牌子，申报、晋升和摘牌都有办法，挂牌期间没有发生一起误操作。",
    PLANT,
    (Proposal("execution-7", 0.72), Proposal("institution-building-6", 0.66)),
    mechanisms=("v-party-vanguard-post",),
)
SURVEY = Sample(
    "下班组问卷",
    "质量部和党群部一起走了十二个班组，发问卷三百份，访谈九十人，写成一份诊断报告，列出二十七条短板。",
    PLANT,
    (Proposal("diagnosis-1", 0.9), Proposal("diagnosis-4", 0.88, "accepted", "诊断报告"), Proposal("diagnosis-2", 0.7)),
    mechanisms=("m-questionnaire", "m-interview"),
)
CIRCLES = Sample(
    "QC小组发布会",
    "公司办了第九届QC小组成果发布会，十四个课题按PDCA循环讲选题、原因、对策和效果，三项成果在兄弟厂推广。",
    OTHER,
    (Proposal("continual-improvement-2", 0.85),),
    industry="机械",
    ownership="民营企业",
    terms=("t-pdca",),
)
SUPPLIERS = Sample(
    "供应商质量大会",
    "公司请来五十家供应商开质量大会，先看问题零件，再讲质量方针和质量价值观，会后逐家签质量承诺。",
    OTHER,
    (Proposal("communication-2", 0.91, "accepted", "五十家供应商"), Proposal("code-of-conduct-2", 0.5, "rejected")),
    industry="机械",
    ownership="民营企业",
    roles=("r-suppliers",),
)
TRAINING = Sample(
    "废品当教材",
    "夜校每周讲一小时，教材是三百张废品照片，老师是干砸过的那个人，讲的是质量文化怎么落到手上。",
    OTHER,
    (Proposal("education-training-1", 0.83), Proposal("education-training-3", 0.8)),
    industry="机械",
    ownership="民营企业",
)
CHARITY = Sample(
    "爱心捐赠",
    "公司向灾区捐赠棉被三千床，职工义卖手工饼干，所得善款交给慈善总会。",
    OTHER,
    industry="机械",
    ownership="民营企业",
)
SECRET = Sample(
    "内部责任区台账",
    "研究院支部的质量党建责任区台账只在内部传阅，每个责任区每月评一次星级，评星结果和奖金挂钩。",
    ("西岗研究院",),
    (Proposal("execution-6", 0.97), Proposal("institution-building-4", 0.77)),
    mechanisms=("m-quality-responsibility-zone",),
)
CUSTOMERS = Sample(
    "不设外部客户的说明",
    "研究院只服务集团内部，没有外部顾客和供应商，经办公室研究，对外沟通一项不适用。",
    ("西岗研究院",),
    (Proposal("communication-2", 0.4, "not-applicable"),),
)

CASES = (
    Case("samples", "plant.txt", "岭海一电厂案例", (ZONES, POSTS, SURVEY)),
    Case(
        "samples",
        "machines.csv",
        "东塘机械公司案例表",
        (CIRCLES, SUPPLIERS, TRAINING, CHARITY),
        warnings=("有一行没有日期",),
    ),
    Case("inner", "institute.docx", "西岗研究院材料", (SECRET, CUSTOMERS), access=("inner",), sample=False),
)


def id_of(sample: Sample) -> str:
    """The practice id of one of the samples above."""
    return next(practice_id(case, each) for case in CASES for each in case.practices if each is sample)
