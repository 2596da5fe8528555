"""The table of words is taught what people ask for, and can be had as if some of it had never been taught."""

import numpy as np
import pytest

from engines.embedding import taught
from engines.embedding.static import StaticEmbedder


@pytest.fixture(scope="module")
def shipped() -> StaticEmbedder:
    return StaticEmbedder.load()


def _nearness(embedder: StaticEmbedder, asked: str, text: str) -> float:
    question, answer = embedder.embed_queries([asked])[0], embedder.embed_passages([text])[0]
    return float(question @ answer)


def _lead(embedder: StaticEmbedder, asked: str, texts: list[str], answer: int) -> float:
    """How much nearer the question is to its answer than to any other text."""
    near = [_nearness(embedder, asked, text) for text in texts]
    return near.pop(answer) - max(near)


def test_people_find_what_practices_call_otherwise(shipped: StaticEmbedder) -> None:
    untaught = taught.taught([])
    practices = [
        "公司党委建立合理化建议征集制度，对采纳的建议按创效额奖励，鼓励一线员工提出改进意见。",
        "支部组织党员到供应商现场，帮助其整改来料缺陷，签订质量共建协议。",
        "车间设立质量曝光台，每周公示不合格品与责任班组，开展警示教育。",
    ]
    for asked, answer in (("提个点子没人理，谁还愿意提", 0), ("外协件老是出毛病，能不能上门带一带", 1)):
        after, before = (_lead(each, asked, practices, answer) for each in (shipped, untaught))
        assert after > max(0.0, before) + 0.1


def test_a_table_can_be_taught_without_what_is_measured_on(shipped: StaticEmbedder) -> None:
    questions = taught.read_questions()
    asked, other = questions[0], questions[-1]
    texts = ["甲公司设立质量党员示范岗，公开承诺。", "乙公司请客户代表评议产品。"]
    file_of = {asked.answers[0]: texts[0], other.answers[0]: texts[1]}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(taught, "digest", {text: id for id, text in file_of.items()}.__getitem__)
        everything = taught.taught(texts)
        without = taught.taught(texts, without=frozenset({asked.group}))
        nothing = taught.taught(texts, without=frozenset(question.group for question in questions))
    assert _nearness(everything, asked.asked, texts[0]) > _nearness(without, asked.asked, texts[0])
    np.testing.assert_array_equal(nothing.table, taught.taught([]).table)


def test_words_that_only_hold_a_sentence_together_still_mean_nothing(shipped: StaticEmbedder) -> None:
    untaught = taught.taught([])
    for text in ("the", "of", "is there any", "ing"):
        assert not shipped.embed_queries([text]).any()
    assert (shipped.table != untaught.table).any(axis=1).sum() > 5_000


def test_the_shipped_rows_before_teaching_belong_to_the_shipped_table(shipped: StaticEmbedder) -> None:
    with np.load(taught.UNTAUGHT, allow_pickle=False) as kept:
        assert str(kept["of"]) == shipped.fingerprint
