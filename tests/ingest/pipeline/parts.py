"""The real parts an ingester is made of, and what a store holds, for tests and for the processes they start."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from analysis.alignment.model import Aligner
from analysis.annotate import Annotator
from analysis.citations import CitationFinder
from engines.embedded.store import open_embedded
from engines.embedder import Embedder
from engines.embedding.fitted import FittedEmbedder
from engines.store import Reader, Store
from ingest.ontology_content import refresh_ontology
from ingest.pipeline import Ingester
from ingest.review import Reviewer
from ontology.load import load_ontology
from ontology.model import Ontology


@dataclass(frozen=True)
class Parts:
    """What does not change from test to test and takes time to load."""

    ontology: Ontology
    aligner: Aligner
    annotator: Annotator
    citation_finder: CitationFinder
    embedder: Embedder


@cache
def parts() -> Parts:
    ontology = load_ontology()
    return Parts(ontology, Aligner.load(ontology), Annotator(ontology), CitationFinder(ontology), FittedEmbedder.load())


class Site:
    """A home folder with an open store and the ontology in it."""

    def __init__(self, home: Path, *, ontology: Ontology | None = None) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.home = home
        self.ontology = ontology or parts().ontology
        self.store: Store = open_embedded(home / "zhiwen.db")
        refresh_ontology(self.store, self.ontology)
        self.ingester = ingester(self.store, home / "files", self.ontology)
        self.originals = self.ingester.originals
        self.reviewer = Reviewer(self.store, self.ontology, self.ingester.analyst.judge, self.originals)

    def close(self) -> None:
        self.store.close()


def ingester(store: Store, files: Path, ontology: Ontology | None = None) -> Ingester:
    known = parts()
    if ontology is None or ontology.fingerprint == known.ontology.fingerprint:
        return Ingester(
            store, known.ontology, known.aligner, known.annotator, known.citation_finder, known.embedder, files
        )
    return Ingester(
        store, ontology, Aligner.load(ontology), Annotator(ontology), CitationFinder(ontology), known.embedder, files
    )


def contents(reader: Reader, owner: str = "") -> dict[str, Any]:
    """All that the truth holds (of one owner), in a form that compares equal when it is the same."""
    return {
        "nodes": [(node.id, node.label, _set(node.properties)) for node in reader.nodes(owner=owner)],
        "relations": [(r.source, r.type, r.kind, r.target, _set(r.properties)) for r in reader.relations(owner=owner)],
        "texts": [(t.id, t.kind, t.tokens, dict(t.facets), t.access) for t in reader.texts(owner=owner)],
    }


def _set(properties: Any) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if value is not None}


def files_of(site: Site) -> set[str]:
    return {path.name for path in site.originals.folder.iterdir() if path.name != ".lock"}


def case_text(number: int, practices: int = 3) -> str:
    """A sectioned case of a made-up enterprise, different for every number."""
    return "\n".join(_case_lines(number, practices))


def _case_lines(number: int, practices: int) -> Iterator[str]:
    yield f"第{number}机械厂质量提升案例"
    yield f"企业：青禾装备集团有限公司第{number}机械厂"
    yield "行业：装备制造"
    yield "性质：国企"
    yield "日期：2024年5月"
    yield "一、背景情况"
    yield f"第{number}机械厂返修多、客户意见大，党委决定把质量作为全年的头等大事。"
    yield "二、主要做法"
    for item in range(1, practices + 1):
        yield f"（{'一二三四五六七八九十'[item - 1]}）{_HEADINGS[(number + item) % len(_HEADINGS)]}"
        yield _BODIES[(number + item) % len(_BODIES)].format(number=number, item=item)
    yield "三、取得成效"
    yield f"{number}年来废品率下降{number % 50 + 1}%，客户满意度提高到98.{number % 10}%。"
    yield "四、经验启示"
    yield "质量工作要靠全体员工，党员要走在前面。"


_HEADINGS = ("划分党员质量责任区", "组织党员攻关", "抓好全员质量培训", "把质量要求写进制度", "开展质量文化评价")
_BODIES = (
    "厂党委把车间划成{number}个责任区，每个责任区由一名党员负责，公示指标，每月由支部检查第{item}次并通报结果。",
    "支部书记牵头成立{item}个攻关小组，围绕板坯裂纹开展攻关，全年提出提案{number}件，解决难题{item}项，按GB/T 32230的要求总结推广。",
    "每季度组织全员质量培训，请老师傅讲授质量故事，第{item}期参训{number}人次，考试合格后才能上岗，成绩记入党员积分。",
    "修订质量责任制度{number}项，明确领导班子、中层干部和一线员工各自的质量职责，违反第{item}条的取消评先资格。",
    "年底由质量部会同党群部对质量文化建设情况开展评价，发放问卷{number}份，找出短板{item}项，列入下一年度改进计划。",
)
