"""What `zhiwen doctor` looks at: each finding says what is, and what to do when it is wrong."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from engines.store import StoreError
from ontology.load import load_ontology, validate_ontology
from service.bootstrap import Application, opened
from service.settings import Settings

_LEAST_FREE = 500 * 1024 * 1024  # bytes; below this a growing base may soon fail to commit


@dataclass(frozen=True, slots=True)
class Finding:
    subject: str
    well: bool
    message: str

    def as_json(self) -> dict[str, object]:
        return {"id": self.subject, "well": self.well, "message": self.message}


def examine(settings: Settings) -> list[Finding]:
    """All findings; a check that cannot be made because an earlier one failed is left out."""
    findings = [_home(settings), _space(settings), _ontology(settings)]
    if all(finding.well for finding in findings):
        findings += _store(settings)
    return findings


def _home(settings: Settings) -> Finding:
    home = settings.home
    if not home.exists():
        above = next(folder for folder in home.parents if folder.exists())
        if not os.access(above, os.W_OK | os.X_OK):
            return Finding("数据目录", False, f"{home} 尚不存在，也不能在 {above} 下建立；请改正权限或 ZHIWEN_HOME")
        return Finding("数据目录", True, f"{home} 尚不存在，首次存入材料或启动服务时建立")
    if not home.is_dir():
        return Finding("数据目录", False, f"{home} 不是文件夹；请把 ZHIWEN_HOME 设为一个文件夹")
    if not os.access(home, os.W_OK | os.X_OK):
        return Finding("数据目录", False, f"{home} 不可写；请改正权限，或把 ZHIWEN_HOME 设为可写的文件夹")
    return Finding("数据目录", True, str(home))


def _space(settings: Settings) -> Finding:
    place = next(folder for folder in (settings.home, *settings.home.parents) if folder.exists())
    free = shutil.disk_usage(place).free
    message = f"可用 {free / 1e9:.1f} GB"
    return Finding(
        "磁盘", free >= _LEAST_FREE, message if free >= _LEAST_FREE else message + "；请清理或扩容，至少留出 0.5 GB"
    )


def _ontology(settings: Settings) -> Finding:
    if problems := validate_ontology(settings.overlay):
        return Finding("本体", False, "；".join(str(problem) for problem in problems))
    ontology = load_ontology(settings.overlay)
    extra = f"，含本单位的补充 {len(ontology.overlay_files)} 个文件" if ontology.overlay_files else ""
    return Finding("本体", True, f"条款 {len(ontology.clauses)}，要求要点 {len(ontology.requirements)}{extra}")


def _store(settings: Settings) -> Iterator[Finding]:
    if settings.store_file and not settings.store_file.exists():
        yield Finding("知识库", True, f"{settings.store} 尚不存在，首次使用时建立")
        return
    try:
        with opened(settings) as application:
            yield _contents(application)
            for subject, check in (
                ("原始文件", _originals),
                ("模型", _model),
                ("向量", _vectors),
                ("推导", _derived),
            ):
                yield _checked(subject, check, application)
    except StoreError as error:
        yield Finding("知识库", False, str(error))


def _contents(application: Application) -> Finding:
    status = application.store.status()
    held = f"做法 {status.nodes.get('Practice', 0)}，第 {status.generation} 代"
    return Finding("知识库", True, f"{status.engine} {status.location}：{held}")


def _checked(subject: str, check: Callable[[Application], Finding], application: Application) -> Finding:
    try:
        return check(application)
    except (OSError, ValueError) as error:
        return Finding(subject, False, f"{error}；请重新安装本软件")


def _originals(application: Application) -> Finding:
    with application.store.reading() as reader:
        hashes = {
            str(node.properties["content_hash"])
            for node in reader.nodes(label="Document")
            if node.properties.get("content_hash")
        }
    missing = [each for each in hashes if not (application.settings.files / each).is_file()]
    if missing:
        message = f"{len(missing)} 份材料的原始文件不在 {application.settings.files} 中，无法重建；请从备份恢复，或重新存入这些材料"
        return Finding("原始文件", False, message)
    return Finding("原始文件", True, f"{len(hashes)} 个，齐全")


def _model(application: Application) -> Finding:
    return Finding("模型", True, f"对条款 {application.aligner.model}，向量 {application.embedder.fingerprint}")


def _vectors(application: Application) -> Finding:
    status = application.store.status()
    mine = status.vector_sets.get(application.embedder.fingerprint, 0)
    others = sum(status.vector_sets.values()) - mine
    if mine < status.texts:
        setting = application.settings.embedder
        message = f"{status.texts - mine} 条做法没有当前模型的向量；请运行 zhiwen rebuild --embedder {setting}"
        return Finding("向量", False, message)
    return Finding("向量", True, f"{mine} 个" + (f"，另有其他模型的 {others} 个" if others else ""))


def _derived(application: Application) -> Finding:
    stale = application.operations.stale_documents()
    if stale:
        return Finding("推导", False, f"{stale} 份材料由旧的本体或模型推导而来；请运行 zhiwen rebuild")
    return Finding("推导", True, "全部材料都由现在的本体和模型推导而来")
