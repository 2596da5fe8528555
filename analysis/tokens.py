"""Turns text into the words that are indexed and searched: Han bigrams, words, numbers, document numbers."""

import re
import unicodedata
from typing import Final

from analysis.identifiers import find_identifiers
from analysis.traditional import simplified

# Han (with 々〇 and all extensions) and kana are cut into bigrams; they have no spaces to cut at.
_CUT: Final = "\u3005-\u3007\u3041-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUN: Final = re.compile(
    rf"(?P<han>[{_CUT}]+)|(?P<number>\d+(?:,\d\d\d)*(?:\.\d+)*)(?![^\W\d_{_CUT}])|(?P<word>[^\W_{_CUT}]+)"
)
_APOSTROPHE: Final = re.compile("(?<=[a-z])['’](?=[a-z])")

# What asks, and says nothing about the thing asked for. Longer forms come first.
_SCAFFOLD: Final = re.compile(
    r"请问一下|请问|麻烦(?:您|你)?|(?:我|我们)?(?:想要?|希望|需要)(?:知道|了解|问问?|查一?下?|看看|找一?下?)|想(?:问|找|查|看)(?:一下|下|看)?"
    r"|(?:请|帮我|给我|替我){1,3}(?:们)?(?:查询?|找出?|列出|列举|介绍|说明|推荐|看看|搜索?)(?:一?下|一些|几个)?|帮我|查一下|找一下|说一下"
    r"|(?:有)?(?:哪些|哪个|哪几个|什么样的?|什么)(?:企业|公司|单位|具体|好|典型|优秀|成功|可行)?的?(?:做法|案例|实践|材料|证据|例子|经验|措施|方法|办法|事例|资料)?(?:可以|能够?|可)?(?:用来|用于)?(?:佐证|证明|支撑|满足|符合|体现|说明)(?:了|到)?"
    r"|(?:有)?(?:哪些|哪几个|哪几家|哪家|哪个|哪里)(?:企业|公司|单位|地方)?(?:的)?(?:做法|案例|实践|材料|证据|例子|经验)?"
    r"|有没有(?:人|企业|单位)?(?:相关|类似)?的?(?:做法|案例|实践|例子|经验)?|是不是|是否|能不能|可不可以|可否|能否"
    r"|(?:应该|应当|应|该|要|可以|能)?(?:怎么样|怎么|怎样|咋样?|如何)(?:去|来|才能|做到|做好|做|办|搞|弄)?|怎么办|为什么|为何|什么是|是什么|指的是|是啥|什么|是谁"
    r"|(?:的)?(?:相关|有关|类似)?(?:做法|案例|例子)(?:有哪些|有什么|是什么)|有哪些|有什么|有多少|多少"
    r"|的?(?:相关|有关|类似|好的?)?(?:做法|案例|例子|事例)(?![一-鿿])|关于|有关|(?<![一-鿿])请(?=[一-鿿])|(?<![目标有])的(?!确|放矢|士)|[吗呢吧啊呀么](?![一-鿿])"
)
_ENGLISH: Final = frozenset(
    re.findall(
        "[a-z]+",
        "a an and are as at be by can could did do does for from give has have how i in is it list me my of on or our "
        "please show tell that the their there these this those to us was we were what when where which who why will "
        "with would you your find about any some practice practices satisfy satisfies example examples into onto up "
        "out off over then than so if but because while during until through across between against within per plus "
        "both each every all other others another same own still just really actually even also only too again "
        "already now they them its his her he she him not no nor one ones thing things someone anyone something "
        "anything get gets got getting make makes made making take takes taking put puts let lets go goes going come "
        "comes been being must may might shall need needs want wants like use uses using try way ways more most many "
        "much several few such very having doing done dont doesnt isnt whether whose whom once before after ahead "
        "away around along instead rather quite well good bad new old big small right left back down here etc able "
        "via without first second third two three four five six seven eight nine ten next last later early often "
        "never always set pick bring keep kept keeps look see know play say says said add start starts tie tied under "
        "inside behind beside among based newly should become ",
    )
)


def _normal(text: str) -> str:
    folded = simplified(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()))
    return _APOSTROPHE.sub("", folded) if "'" in folded or "’" in folded else folded


def _append_runs(text: str, tokens: list[str]) -> None:
    for match in _RUN.finditer(text):
        run = match[0]
        if match.lastgroup == "han":
            if len(run) == 1:
                tokens.append(run)
            else:
                tokens.extend([run[at : at + 2] for at in range(len(run) - 1)])
        elif match.lastgroup == "number":
            tokens.append(run.replace(",", ""))
        else:
            tokens.append(run)


def _cut(normal: str) -> tuple[str, ...]:
    tokens: list[str] = []
    position = 0
    for item in find_identifiers(normal):
        _append_runs(normal[position : item.start], tokens)
        # The number's own parts come from its canonical spelling, so that every spelling gives the same.
        _append_runs(item.display.lower(), tokens)
        tokens.extend(item.keys)
        position = item.end
    _append_runs(normal[position:] if position else normal, tokens)
    return tuple(tokens)


def index_tokens(text: str) -> tuple[str, ...]:
    """The tokens of a text in order, repeats included; `()` when it holds no letter, digit or ideograph.

    After NFKC, case folding and with simplified characters: bigrams of every run of Han characters (a lone one stays itself), Latin
    words, numbers without thousands separators. A document number gives its parts and, besides, itself
    as one token, with and without its edition, in one spelling: "GB／T32230-2015" → gb, t, 32230, 2015,
    gb/t32230, gb/t32230-2015.
    """
    return _cut(_normal(text))


def query_tokens(text: str) -> tuple[str, ...]:
    """`index_tokens` of a question without its question words (哪些, 如何, 请问, 的, "which" …).

    A text of nothing but such words keeps them all: never `()` unless `index_tokens` is.
    """
    normal = _normal(text)
    kept = tuple(token for token in _cut(_SCAFFOLD.sub(" ", normal)) if token not in _ENGLISH)
    return kept or _cut(normal)
