"""What is wrong with an ontology file, in words that its editor can act on."""

from collections.abc import Sequence
from dataclasses import dataclass

_SHOWN = 20


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One fault. `file` names files (joined by “、”), `line` counts from 1 and is known for syntax errors only.

    `rule` is the stable name of the rule, `message` says in Chinese what is wrong and what to do.
    """

    file: str
    line: int | None
    node: str | None
    rule: str
    message: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file} 第{self.line}行"
        node = f" · 节点 {self.node}" if self.node else ""
        return f"{place}{node} · 规则 {self.rule}：{self.message}"


class OntologyInvalid(Exception):
    """The ontology, usually a site's overlay, cannot be used. The message is Chinese and complete."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        lines = [f"本体文件有{len(self.problems)}处问题，未予采用：", *map(str, self.problems[:_SHOWN])]
        if len(self.problems) > _SHOWN:
            lines.append(f"……另有{len(self.problems) - _SHOWN}处，改正以上问题后再试。")
        super().__init__("\n".join(lines))
