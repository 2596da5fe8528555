"""Makes words.txt and pinyin.txt: `python -m queries.wordlist`, with jieba and pypinyin (both MIT) at hand.

`words.txt`: a word a line, with its weight after a tab when the project's texts use it; without one, it is a
common word of the language (most frequent in jieba's dictionary) and serves to tell words from slips.
`pinyin.txt`: a character a line and its readings without tones, commonest first. Neither library is needed at
run time: pypinyin alone would cost a search from the shell more than the search itself.
"""

import importlib
import json
import math
from collections import Counter
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

_HERE: Final = Path(__file__).parent
_FEWEST: Final = 3  # uses in the texts from which a word counts
_COMMON: Final = 24_000  # common words of the language
_LONGEST: Final = 6
_READINGS: Final = 2


def main() -> None:
    """Count, look up, write."""
    jieba: Any = importlib.import_module("jieba")
    pypinyin: Any = importlib.import_module("pypinyin")
    texts = labelled_texts()
    counts = Counter(word for text in texts for word in set(jieba.cut(text, HMM=False)) if _is_word(word))
    weights = {word: round(math.log(1 + len(texts) / count), 2) for word, count in counts.items() if count >= _FEWEST}
    with jieba.get_dict_file() as dictionary:
        entries = [line.decode("utf-8").split() for line in dictionary]
    by_use = sorted((-int(count), word) for word, count, *_ in entries if _is_word(word))
    common = {word for _, word in by_use[:_COMMON]}
    lines = [f"{word}\t{weights[word]}" if word in weights else word for word in sorted(common | weights.keys())]
    (_HERE / "words.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    table = []
    for code in range(0x4E00, 0x9FA6):
        character = chr(code)
        if len(character.encode("gb2312", "ignore")) == 2:
            readings = pypinyin.pinyin(character, style=pypinyin.Style.NORMAL, heteronym=True)[0]
            table.append(f"{character}\t{' '.join(dict.fromkeys(readings[:_READINGS]))}")
    (_HERE / "pinyin.txt").write_text("\n".join(table) + "\n", encoding="utf-8")


def labelled_texts() -> list[str]:
    """The project's labelled practice texts: what the language of practices is learned from."""
    return [
        json.loads(line)["text"]
        for file in sorted((files("analysis.alignment") / "training").iterdir(), key=lambda entry: entry.name)
        if file.name.endswith(".jsonl")
        for line in file.read_text(encoding="utf-8").splitlines()
    ]


def _is_word(word: str) -> bool:
    return 2 <= len(word) <= _LONGEST and all("\u4e00" <= character <= "\u9fff" for character in word)


if __name__ == "__main__":
    main()
