"""A site whose practices were judged in every way, with texts that a spreadsheet would like to run."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.review import Verdict
from ingest.source import Source
from service.bootstrap import Application
from service.exchange.operations import ExportRequest, FormatName
from service.samples_loading import load_samples
from tests.service.conftest import settings_for

CASES = """编号,企业,行业,案例名称,主要做法,获奖情况
E-1,岭源化工集团/一分厂,化工,=HYPERLINK("http://x"),=1+1 公司每季度召开供应商质量大会，向三十家供应商讲解质量价值观和质量方针，会后签订承诺书。,省质量奖
E-2,岭源化工集团/一分厂/二车间,化工,质量责任区,车间党支部划出五个质量责任区，每区由一名党员包保，负责首件确认和异常报告，返工率下降28%。,
E-3,岭源化工集团,化工,诊断,集团用访谈、问卷、观察和文件审查的办法开展质量文化诊断，问卷回收1021份，形成诊断报告。,
E-4,南桥物流有限公司,物流,篮球赛,公司工会举办职工篮球赛，十二支队伍参加，决赛现场座无虚席。,
"""
GROUP = "岭源化工集团"


def site(home: Path, *, samples: bool = False) -> Application:
    """An application over the cases (collection 一厂), nothing of them judged yet."""
    application = Application(settings_for(home))
    file = home.parent / f"{home.name}.csv"
    file.write_text(CASES, encoding="utf-8")
    report = application.ingester.ingest_file(file, Source("一厂", "清单.csv"), replace=False)
    assert report.status == "stored", report
    if samples:
        load_samples(application)
    return application


def pairs(application: Application, *, collection: str = "一厂") -> list[tuple[str, str]]:
    """(practice, requirement) of every proposal, the likeliest first."""
    with application.store.reading() as reader:
        own = {node.id for node in reader.nodes(label="Practice") if node.properties["collection"] == collection}
        found = [
            one
            for one in reader.relations(type="SATISFIES")
            if one.source in own and one.properties["method"] != "manual"
        ]
    found.sort(key=lambda one: (-float(str(one.properties["confidence"])), one.source, one.target))
    return [(one.source, one.target) for one in found]


def judged(home: Path, *, samples: bool = False) -> Application:
    """The same, with an accepted, a rejected and a set-aside pair, and one that nobody had proposed."""
    application = site(home, samples=samples)
    first, second, third, *_ = pairs(application)
    said = (
        Verdict(*first, "accepted", "full", "王质量", "=现场核对\t台账|属实"),
        Verdict(*second, "rejected", None, "李核", "与要求要点无关"),
        Verdict(*third, "not-applicable", None, "李核", "本单位不设此岗"),
        Verdict(first[0], "code-of-conduct-3", "accepted", "partial", "王质量、赵审"),
    )
    outcomes = application.reviewer.decide_many(said)
    assert all(outcome.outcome == "recorded" for outcome in outcomes), outcomes
    return application


def exported(application: Application, format: FormatName, **wanted: object) -> bytes:
    with application.operations.exchange.export(format, ExportRequest.model_validate(wanted)) as given:
        return b"".join(given.pieces)


def statuses(application: Application) -> dict[tuple[str, str], tuple[object, ...]]:
    """(practice, requirement) → status, degree, reviewer, reason, of all that a person has decided."""
    with application.store.reading() as reader:
        return {
            (one.source, one.target): tuple(
                one.properties.get(name) for name in ("status", "relation", "reviewer", "comment")
            )
            for one in reader.relations(type="SATISFIES")
            if one.properties["status"] != "proposed"
        }


@contextmanager
def closing(application: Application) -> Iterator[Application]:
    try:
        yield application
    finally:
        application.close()
