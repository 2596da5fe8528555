"""Do both engines give the same answers? Pages, HTTP and command line over the same generated practices.

    python -m bench.same_answers --size 10000 --laws laws.jsonl.zst

Questions about the graph must be answered equally, to the letter and in order; ranked ones with an overlap of the first
ten of at least 0.9 each (one of them may differ) and only from inside the scope. Ends with 1 when anything differs.
"""

import argparse
import json
import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bench.engines import say, server
from bench.material import sentences, write_case_lists
from bench.serving import ZHIWEN, Service, environment_of, served

LEAST_OVERLAP = 0.9
# Path → answer; the second argument is whether people's browsers ask.
Ask = Callable[[str, bool], str]
Side = Sequence[Any]


@dataclass
class Comparison:
    """What was asked and what differed; `overlaps` of the first ten of every ranked question that had any answer."""

    equal: int = 0
    different: list[str] = field(default_factory=list)
    overlaps: list[float] = field(default_factory=list)
    same_order: int = 0
    outside: list[str] = field(default_factory=list)

    def note(self, what: str, one: object, two: object) -> None:
        """One question about the graph."""
        if one == two:
            self.equal += 1
        else:
            self.different.append(what)

    def note_ranked(self, what: str, one: list[str], two: list[str]) -> None:
        """The first ten of a ranked question."""
        if one or two:
            overlap = len(set(one) & set(two)) / max(len(one), len(two))
            self.overlaps.append(overlap)
            self.same_order += one == two
            # Of fewer than ten results one may differ as well: the vector index is approximate.
            if overlap < LEAST_OVERLAP and max(len(one), len(two)) - len(set(one) & set(two)) > 1:
                self.different.append(f"{what}: overlap {overlap:.2f}")

    @property
    def problems(self) -> list[str]:
        return [*self.different, *(f"outside the scope: {each}" for each in self.outside)]

    def __str__(self) -> str:
        ranked = len(self.overlaps)
        mean = sum(self.overlaps) / ranked if ranked else 1.0
        return (
            f"{self.equal} answers about the graph equal; {ranked} ranked ones: overlap of the first ten "
            f"{mean:.4f} on average, {min(self.overlaps, default=1.0):.2f} at least, {self.same_order} in the same order; "
            f"{len(self.problems)} differences"
        )


def compare_http(one: Ask, two: Ask, questions: Sequence[str], seed: int = 3) -> Comparison:
    """The same questions to both, as programs and as browsers ask them."""
    chance, result = random.Random(seed), Comparison()

    def both(path: str, page: bool = False) -> tuple[str, str]:
        return one(path, page), two(path, page)

    listed = {
        kind: json.loads(one(f"/v1/{kind}", False))["results"]
        for kind in ("clauses", "requirements", "terms", "documents")
    }
    practices: list[str] = []
    enterprises: dict[str, str] = {}
    for question in questions:
        answers = [json.loads(answer) for answer in both(f"/v1/search?q={quote(question)}")]
        result.note_ranked(f"search {question}", *map(_ids, answers))
        for hit in answers[0]["results"]:
            practices.append(hit["practice"]["id"])
            enterprises[hit["practice"]["organization"]["id"]] = hit["practice"]["organization"]["name"]
    owners = sorted(enterprises)
    for turn, question in enumerate(questions):
        name = enterprises[owners[turn % len(owners)]]
        path = f"q={quote(question)}&organization={quote(name)}"
        answers = [json.loads(answer) for answer in both(f"/v1/search?{path}")]
        result.note_ranked(f"search {path}", *map(_ids, answers))
        for answer in answers:
            inside = all(hit["practice"]["organization"]["name"] == name for hit in answer["results"])
            result.outside += [] if inside else [path]
        result.note_ranked(f"page /search?{path}", *map(_practices_of, both(f"/search?{path}", True)))
    for path in _graph_paths(listed, _some(chance, practices, 40), owners[:10]):
        result.note(path, *map(json.loads, both(path)))
    for path in _pages(listed, _some(chance, practices, 20), owners[:5]):
        result.note("page " + path, *map(_body, both(path, True)))
    return result


def _some(chance: random.Random, ids: Iterable[str], count: int) -> list[str]:
    every = sorted(set(ids))
    return chance.sample(every, min(count, len(every)))


def _graph_paths(
    listed: Mapping[str, list[dict[str, Any]]], practices: Sequence[str], owners: Sequence[str]
) -> list[str]:
    paths = [f"/v1/{kind}" for kind in listed] + ["/v1/coverage", "/v1/coverage?collection=" + quote("默认")]
    paths += [f"/v1/requirements/{each['id']}/practices?limit=100" for each in listed["requirements"]]
    paths += [f"/v1/coverage?organization={owner}" for owner in owners]
    paths += [f"/v1/practices/{id}" for id in practices]
    near = [each["id"] for kind in ("clauses", "requirements") for each in listed[kind][::4]]
    near += [*practices[:15], *owners]
    paths += [f"/v1/trace/{id}?depth=2&direction={direction}" for id in near for direction in ("in", "out", "both")]
    paths += [f"/v1/trace/{each['id']}?depth=3&direction=both" for each in listed["terms"][:5]]
    return paths


def _pages(listed: Mapping[str, list[dict[str, Any]]], practices: Sequence[str], owners: Sequence[str]) -> list[str]:
    ids = [each["id"] for kind in ("clauses", "requirements") for each in listed[kind][:20]]
    return ["/", "/clauses", *(f"/id/{id}" for id in [*ids, *practices, *owners])]


def _ids(answer: dict[str, Any]) -> list[str]:
    return [hit["practice"]["id"] for hit in answer["results"]]


def _practices_of(page: str) -> list[str]:
    """The practices that a page links to, in order."""
    return list(dict.fromkeys(re.findall(r'href="/id/(practice-[0-9a-z-]+)', page)))[:10]


def _body(page: str) -> str:
    return page.partition("<body")[2]


def compare_commands(one: Mapping[str, str], two: Mapping[str, str], questions: Sequence[str]) -> Comparison:
    """The same commands over both environments."""
    result = Comparison()
    for words in (("coverage",), ("trace", "gbt-32230"), ("trace", "execution-6", "--direction", "in", "--depth", "1")):
        result.note(" ".join(words), *(_said(words, environment) for environment in (one, two)))
    for question in questions:
        answers = [_said(("search", question), environment) for environment in (one, two)]
        result.note_ranked(f"zhiwen search {question}", *map(_ids, answers))
    return result


def _said(words: Sequence[str], environment: Mapping[str, str]) -> Any:
    done = subprocess.run(
        [str(ZHIWEN), *words, "--json"], env=dict(environment), stdout=subprocess.PIPE, check=True, encoding="utf-8"
    )
    return json.loads(done.stdout)


def questions_of(texts: Sequence[str], count: int, seed: int = 5) -> list[str]:
    """Pieces of some texts, of 6 to 20 characters."""
    chance = random.Random(seed)
    asked = []
    for text in chance.sample(list(texts), min(count, len(texts))):
        length = chance.randint(6, 20)
        start = chance.randrange(max(1, len(text) - length))
        asked.append(text[start : start + length])
    return asked


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=10_000, help="practices")
    parser.add_argument("--laws", type=Path, help="statutes as further text material")
    parser.add_argument("--questions", type=int, default=100)
    given = parser.parse_args()
    pool = sentences(None) + (sentences(given.laws) if given.laws else [])
    with tempfile.TemporaryDirectory(prefix="zhiwen-same-") as made:
        folder = Path(made)
        texts = write_case_lists(folder / "cases", given.size, pool)
        one = environment_of(folder / "one")
        say(f"ingesting {given.size:,} practices …")
        ingest = [str(ZHIWEN), "ingest", str(folder / "cases"), "--json"]
        subprocess.run(ingest, env=one, check=True, stdout=subprocess.DEVNULL)
        with server(folder / "server") as (login, _):
            secrets = {"ZHIWEN_NEO4J_USER": login["user"], "ZHIWEN_NEO4J_PASSWORD": login["password"]}
            two = environment_of(folder / "two", ZHIWEN_STORE=login["uri"], **secrets)
            copying = [str(ZHIWEN), "copy", "--from", str(folder / "one" / "zhiwen.db"), "--to", login["uri"]]
            subprocess.run(copying, env=two, check=True)
            questions = questions_of(texts, given.questions)
            say("asking over HTTP …")
            with served(one) as first, served(two) as second:
                by_http = compare_http(_asking(first), _asking(second), questions)
            say("asking by command line …")
            by_command = compare_commands(one, two, questions[:5])
    print(f"pages and HTTP: {by_http}\ncommand line: {by_command}")
    problems = by_http.problems + by_command.problems
    for problem in problems[:40]:
        print(f"  {problem}")
    sys.exit(bool(problems))


def _asking(service: Service) -> Ask:
    return lambda path, page: service.text(path, accept="text/html" if page else "application/json")


if __name__ == "__main__":
    main()
