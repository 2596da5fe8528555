"""Finds measured results stated in a practice: what changed, reached a level, was gained, won or did not happen.

A result is (a) a change of an indicator, (b) a level that a rate, score or business figure reached, (c) what was
saved or earned, (d) what was recognised or improved: awards, patents, suggestions made or adopted, problems solved,
improvements completed, (e) an adverse event that did not occur. Inputs and activity are none: people, meetings,
trainings, visits, posts or zones set up, money invested, rules issued, problems found; nor are goals, promises,
rules of reward, shares of a whole, poor baselines and dates.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from analysis import outcome_rules as rules
from analysis.quantities import Quantity, find_quantities
from analysis.sentences import split_sentences

Direction = Literal["up", "down", "level"]


@dataclass(frozen=True, slots=True)
class MeasuredOutcome:
    """A result at `start:end`, where `quote` stands.

    `value` is in `unit`: 万元 and 亿元 become 元, 成 and fractions %, 2.5万件 25000 件; of "from A to B" it is B.
    It is `None` for a range and for 几. `value_text` is the quantity as written. `direction` tells whether the
    indicator went up or down or is reported as a level; `None` where a thing is counted (patents, suggestions).
    """

    indicator: str
    value: float | None
    value_text: str
    unit: str | None
    direction: Direction | None
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class _Found:
    """A result inside one sentence, by positions in it; `indicator` may come from an earlier clause."""

    indicator: str
    quantity: tuple[int, int]
    value: float | None
    unit: str | None
    direction: Direction | None
    start: int
    end: int


class _Sentence:
    """One folded sentence, read from left to right, quantity by quantity."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.quantities = find_quantities(text)
        self.bounds = [-1, *(match.start() for match in rules.CLAUSE_END.finditer(text)), len(text)]
        self.found: list[_Found] = []
        self._clause = 0

    def clause(self, at: int) -> int:
        """Where the clause that holds `at` begins; `at` never decreases from call to call."""
        while self.bounds[self._clause + 1] < at:
            self._clause += 1
        return self.bounds[self._clause] + 1

    def right_of(self, quantity: Quantity, reach: int = 24) -> str:
        after = self.text[quantity.end : quantity.end + reach]
        end = rules.CLAUSE_END.search(after)
        return after[: end.start()] if end else after

    def earlier_indicator(self, clause_start: int) -> str | None:
        """What the sentence last spoke of: the last result's indicator, else the clause before this one."""
        if self.found and clause_start - self.found[-1].end <= rules.CARRY_REACH:
            return self.found[-1].indicator
        if self._clause == 0:
            return None
        before = self.text[self.bounds[self._clause - 1] + 1 : clause_start - 1][-60:]
        head = rules.last_head(before)
        if head:
            return head
        quantities = find_quantities(before)
        return (
            rules.noun_phrase(before[: quantities[0].start])[0]
            if quantities and not rules.person(quantities[0].unit)
            else None
        )


def find_outcomes(text: str) -> list[MeasuredOutcome]:
    """All measured results, by place; `text[o.start:o.end] == o.quote`. Linear in the length of the text."""
    folded = rules.read(text)
    outcomes: list[MeasuredOutcome] = []
    for span in split_sentences(folded):
        for offset, piece in _pieces(span.start, span.text):
            for found in _in_sentence(piece):
                start, end = offset + found.start, offset + found.end
                outcomes.append(
                    MeasuredOutcome(
                        found.indicator,
                        found.value,
                        text[offset + found.quantity[0] : offset + found.quantity[1]],
                        found.unit,
                        found.direction,
                        start,
                        end,
                        text[start:end],
                    )
                )
    return outcomes


def _pieces(start: int, sentence: str) -> Iterator[tuple[int, str]]:
    """A sentence is read whole; one without end, as broken files give, in pieces of bounded length."""
    for at in range(0, len(sentence), rules.LONGEST_SENTENCE):
        yield start + at, sentence[at : at + rules.LONGEST_SENTENCE]


def _in_sentence(text: str) -> list[_Found]:
    sentence = _Sentence(text)
    taken = -1
    for number, quantity in enumerate(sentence.quantities):
        if quantity.start < taken:
            continue
        clause_start = sentence.clause(quantity.start)
        left = text[max(clause_start, quantity.start - rules.LEFT_REACH) : quantity.start]
        right = sentence.right_of(quantity)
        if rules.person(quantity.unit) or rules.no_result(
            text[: quantity.start], left, right, text[quantity.end : quantity.end + rules.LOOK_AHEAD]
        ):
            continue
        transition = _transition(sentence, number, left, clause_start)
        if transition:
            sentence.found.append(transition)
            taken = transition.end
            continue
        series = _respectively(sentence, number, left)
        if series:
            sentence.found += series
            taken = series[-1].end
            continue
        found = _same_again(sentence, quantity) or _single(sentence, quantity, left, right, clause_start)
        if found:
            sentence.found.append(found)
    counted = {found.start for found in sentence.found}
    nothing = [found for found in _nothing_happened(text) if found.start not in counted]
    return sorted((*sentence.found, *nothing), key=lambda found: (found.start, found.quantity))


def _same_again(sentence: _Sentence, quantity: Quantity) -> _Found | None:
    """分别增14%和19%: a second figure of what was just found to change, with nothing but 和 or 、 between."""
    last = sentence.found[-1] if sentence.found else None
    if last is None or last.unit != quantity.unit or last.direction in (None, "level"):
        return None
    if not rules.LIST_LINK.fullmatch(sentence.text[last.end : quantity.start]):
        return None
    return _result(quantity, last.indicator, last.direction, last.start)


def _single(sentence: _Sentence, quantity: Quantity, left: str, right: str, clause_start: int) -> _Found | None:
    return (
        _change(sentence, quantity, left, clause_start)
        or _yield(sentence, quantity, left, right)
        or _change_of(quantity, left)
        or _gain(quantity, left)
        or _streak(quantity, left)
        or _level(sentence, quantity, left, right, clause_start)
    )


def _result(
    quantity: Quantity, indicator: str, direction: Direction | None, start: int, end: int | None = None
) -> _Found:
    return _Found(
        indicator,
        (quantity.start, quantity.end),
        quantity.value,
        quantity.unit,
        direction,
        start,
        quantity.end if end is None else end,
    )


def _transition(sentence: _Sentence, number: int, left: str, clause_start: int) -> _Found | None:
    """由92.1%提升至98.6%: two quantities of one unit, and what leads from one to the other."""
    if number + 1 >= len(sentence.quantities):
        return None
    first, second = sentence.quantities[number : number + 2]
    between = sentence.text[first.end : second.start]
    move = rules.MOVE.fullmatch(between)
    if first.unit != second.unit or not move or not rules.changes(move["verb"] or "", first.unit):
        return None
    origin = rules.ORIGIN.search(left)
    if not origin and not move["verb"]:
        return None
    direction = rules.direction_of(move["verb"] or "")
    if direction is None and first.value is not None and second.value is not None and first.value != second.value:
        direction = "up" if second.value > first.value else "down"
    offset = first.start - len(left)
    named = left[: origin.start()] if origin else left
    indicator, start = (move["np"], len(left)) if move["np"] else rules.noun_phrase(named)
    position = offset + start
    if not indicator:
        found = sentence.earlier_indicator(clause_start)
        if found is None:
            return None
        indicator, position = found, offset + (origin.start() if origin else len(left))
    if not rules.indicates(indicator) or (first.count and not rules.countable(indicator, direction)):
        return None
    begin = offset + origin.start() if origin else first.start
    return _Found(indicator, (begin, second.end), second.value, second.unit, direction, position, second.end)


def _respectively(sentence: _Sentence, number: int, left: str) -> list[_Found]:
    """A、B和C分别增长8%、23%和27%: as many indicators as quantities, in the same order."""
    match = rules.RESPECTIVELY.search(left) if "分别" in left or "依次" in left else None
    if not match:
        return []
    run = [sentence.quantities[number]]
    for following in sentence.quantities[number + 1 :]:
        if not rules.LIST_LINK.fullmatch(sentence.text[run[-1].end : following.start]):
            break
        run.append(following)
    names = [rules.noun_phrase(name)[0] for name in rules.LIST_LINK.split(match["list"]) if name.strip()]
    if len(names) != len(run) or len(run) < 2 or not all(name and rules.indicates(name) for name in names):
        return []
    direction = rules.direction_of(match["verb"]) or "level"
    start = run[0].start - len(left) + match.start()
    return [_result(quantity, name, direction, start) for name, quantity in zip(names, run, strict=True)]


def _change(sentence: _Sentence, quantity: Quantity, left: str, clause_start: int) -> _Found | None:
    """废品率下降35%, 投诉同比下降四成; also 提升到98% without where from."""
    match = rules.CHANGED.search(left)
    if not match or not rules.changes(match["verb"], quantity.unit):
        return None
    offset = quantity.start - len(left)
    direction = rules.direction_of(match["verb"])
    indicator, start = rules.noun_phrase(left[: match.start()])
    if not indicator and _gain(quantity, left):
        return None  # 建议350条，增效260万元: what is gained there says itself what it is
    if not indicator:
        indicator, start = sentence.earlier_indicator(clause_start) or "", len(left) - len(left.lstrip())
    if not rules.indicates(indicator) or (quantity.count and not rules.countable(indicator, direction)):
        return None
    return _result(quantity, indicator, direction, offset + start)


def _change_of(quantity: Quantity, left: str) -> _Found | None:
    """降低成本20%, 减少返工12次: the verb before its object."""
    match = rules.CHANGED_BEFORE.search(left)
    if not match or not rules.indicates(match["np"]) or not rules.changes(match["verb"], quantity.unit):
        return None
    direction = rules.direction_of(match["verb"])
    if quantity.count and not rules.countable(match["np"], direction):
        return None
    return _result(quantity, match["np"], direction, quantity.start - len(left) + match.start())


def _gain(quantity: Quantity, left: str) -> _Found | None:
    """节约成本120余万元, 创效390余万元: an amount of money, time, energy or material."""
    match = None if quantity.count or quantity.share or quantity.unit in rules.NO_GAIN else rules.GAINED.search(left)
    if not match:
        return None
    saved = match["saved"] is not None
    return _result(quantity, match["what"], "down" if saved else "up", quantity.start - len(left) + match.start("what"))


def _streak(quantity: Quantity, left: str) -> _Found | None:
    """连续安全生产1686天."""
    match = rules.STREAK.search(left) if quantity.unit in rules.STREAK_UNITS else None
    if not match:
        return None
    return _result(quantity, match["what"], "level", quantity.start - len(left) + match.start())


def _level(sentence: _Sentence, quantity: Quantity, left: str, right: str, clause_start: int) -> _Found | None:
    """合格率达到99.5%, 营业收入1261亿元, 一次验收100%合格."""
    offset = quantity.start - len(left)
    if rules.BASELINE.search(left):
        return None
    controlled = rules.CONTROLLED.search(left)
    if controlled:
        return _result(quantity, controlled["head"], "level", offset + controlled.start())
    match = rules.LEVEL.search(left)
    if match and rules.fits(match["head"], quantity.unit, right):
        indicator, start = rules.noun_phrase(left[: match.end("head")])
        survey = rules.of_survey(indicator, sentence.text[max(0, offset - rules.LOOK_AHEAD) : quantity.start])
        if indicator and rules.indicates(indicator) and not survey:
            halved = sentence.text.startswith("减半", quantity.start)
            return _result(quantity, indicator, "down" if halved else "level", offset + start)
    same = bool(sentence.found) and sentence.found[-1].unit == quantity.unit
    if rules.REACHED_ALONE.fullmatch(left) and (quantity.share or quantity.unit == "分" or same):
        carried = sentence.earlier_indicator(clause_start)
        if carried and (sentence.found or rules.last_head(carried)):
            return _result(quantity, carried, "level", offset + len(left) - len(left.lstrip()))
    after = rules.PASSED.match(right) if quantity.unit == "%" and rules.PASSED_WHAT.search(left) else None
    indicator, start = rules.noun_phrase(left) if after else ("", 0)
    if after and indicator and rules.indicates(indicator):
        return _result(quantity, indicator + after["what"], "level", offset + start, quantity.end + after.end())
    return None


def _yield(sentence: _Sentence, quantity: Quantity, left: str, right: str) -> _Found | None:
    """提出提案2583件, 获12项专利, 整改问题120多项, 4项成果获奖: things counted."""
    if not quantity.count or (quantity.unit == "次" and not rules.WON.search(left)) or rules.NOT_YIELD.search(left):
        return None
    offset = quantity.start - len(left)
    for pattern in rules.YIELDS_BEFORE:
        match = pattern.search(left)
        if match:
            return _result(quantity, match["what"], None, offset + match.start())
    after = rules.YIELD_AFTER.match(right)
    verb = rules.YIELD_VERB.match(left)
    if after and verb and rules.goes_with(verb["verb"], after):
        return _result(
            quantity, after[after.lastgroup or 0], None, offset + verb.start("verb"), quantity.end + after.end()
        )
    won = rules.WON_AFTER.match(right)
    if won:
        return _result(quantity, won["what"] or won["prize"], None, quantity.start, quantity.end + won.end())
    alone = rules.SOLVED_ALONE.search(left)
    named = rules.PROBLEM_NAMED.search(sentence.text, max(0, offset - rules.CARRY_REACH), offset) if alone else None
    if alone and named:
        return _result(quantity, alone["what"] + named[0], None, offset + alone.start())
    return None


def _nothing_happened(text: str) -> Iterator[_Found]:
    """连续三年零投诉, 未发生质量事故, 事故为零."""
    for zero in rules.ZERO.finditer(text):
        left = text[max(0, zero.start() - rules.LEFT_REACH) : zero.start()]
        cue = rules.ZERO_CUE.search(left)
        slogan = rules.ZERO_SLOGAN.match(zero["right"]) or rules.ZERO_WISH.search(left)
        if cue and not slogan and not rules.no_result(text[: zero.start()], left, ""):
            start = zero.start() - len(left) + cue.start()
            yield _Found(zero["what"], (zero.start(), zero.end("what")), 0.0, None, "level", start, zero.end("what"))
    for absent in rules.ABSENT.finditer(text):
        left = text[max(0, absent.start() - rules.LEFT_REACH) : absent.start()]
        right = text[absent.end() : absent.end() + 12]
        if not rules.no_result(text[: absent.start()], left, right):
            words = (absent.start(), absent.end())
            yield _Found(absent["what"] or absent["nil"], words, 0.0, None, "level", *words)
