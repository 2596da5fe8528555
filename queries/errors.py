"""What can be wrong with a question; the messages are Chinese and fit to be shown."""

from collections.abc import Sequence
from typing import Final

_WHAT: Final = {
    "node": "节点",
    "clause": "条款",
    "requirement": "要求要点",
    "organization": "单位",
    "collection": "材料集",
    "practice": "做法",
    "document": "文件",
    "mechanism": "载体与方法",
    "role": "角色",
    "relation": "关系",
    "phase": "阶段",
    "industry": "行业",
    "ownership": "单位性质",
}
_MOST: Final = 12  # values that a message names


class QuestionError(Exception):
    """A question that cannot be answered as it was put."""


class UnknownId(QuestionError):
    """An id or value that names nothing this reader may see: `what` says of which kind, `id` which; `known`: some that do."""

    def __init__(self, what: str, id: str, known: Sequence[str] = ()) -> None:
        some = "、".join(known[:_MOST]) + (f"等 {len(known)} 个" if len(known) > _MOST else "")
        super().__init__(f"没有这个{_WHAT[what]}：{id}" + (f"；现有：{some}" if known else ""))
        self.what = what
        self.id = id


class BadQuestion(QuestionError):
    """A value that the question cannot take; the message says which it can."""


class BadCursor(QuestionError):
    """A page cursor that this question did not give out."""

    def __init__(self) -> None:
        super().__init__("翻页标记 cursor 无效，或属于另一个查询；请从第一页重新开始")
