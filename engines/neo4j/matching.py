"""Words and vectors in Neo4j's indexes, the scope enforced while candidates are retrieved."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import Any

import numpy as np

from engines.embedded.encoding import scope_groups
from engines.neo4j.encoding import scope_word, word
from engines.neo4j.schema import WORDS, vector_index
from engines.store import Hit, OtherEmbedder, Scope, StoreError, Vector

# (statement, few=columns, **parameters) → rows; `few` as in `engines.neo4j.reading.View`
Run = Callable[..., list[dict[str, Any]]]
VectorSet = tuple[str, int, int, int]  # fingerprint, number, dimension, how many vectors

# Lucene takes 1,024 clauses in one query.
_MOST_TOKENS = 500
_MOST_SCOPE_WORDS = 450
# Of more tokens than fit, each part gives this many candidates.
_PART = 2_000
# Up to here all vectors are compared one by one: about as quick as the index, and exact.
EXACT_BELOW = 500
# Up to here those inside facets are: the index does not know them and would have to be asked again and again.
EXACT_INSIDE = 2_000
# What is asked of the vector index at most, before all inside the scope are compared.
_MOST_WANTED = 10_000
_MORE = 300  # asked of the index besides what is wanted: the more it is asked, the fewer it overlooks
_ALL = 2**31 - 2  # an int of the index
# Neo4j leaves the constant factor k1 + 1 out of BM25.
_BM25_FACTOR = 2.2

_FULLTEXT = f"CALL db.index.fulltext.queryNodes('{WORDS}', $query, {{limit: $most}}) YIELD node AS i, score AS s "


def match_words(run: Run, tokens: Sequence[str], scope: Scope, limit: int) -> list[Hit]:
    """See `Reader.match_words`."""
    groups = _groups(scope)
    if not tokens or limit < 1 or not all(groups):
        return []
    parts = list(_pieces(list(dict.fromkeys(map(word, tokens))), _MOST_TOKENS))
    # A filter that nearly all texts pass costs more than the search itself: first without it, and when all that comes
    # would have passed, that is the answer.
    wide = _groups(_wide_part(scope))
    for filters, checked in ((_groups(Scope(facets=scope.facets)), wide), (groups, [])):
        found = _by_words(run, parts, filters, checked, limit)
        if found is not None:
            break
    hits = [Hit(id, score * _BM25_FACTOR) for id, score in (found or {}).items()]
    return sorted(hits, key=lambda hit: (-hit.score, hit.id))[:limit]


def _wide_part(scope: Scope) -> Scope:
    return Scope(kinds=scope.kinds, access=scope.access)


def _by_words(
    run: Run, parts: list[list[str]], filters: list[list[str]], checked: list[list[str]], limit: int
) -> dict[str, float] | None:
    """Scores of the best texts that pass `filters`; None when some of them are not inside `checked`."""
    found: dict[str, float] = {}
    for clauses in _scope_queries(filters):
        total: dict[str, float] = defaultdict(float)
        for part in parts:
            query = f"{clauses}+_tokens:({' '.join(map(_quoted, part))})"
            best = _best(run, query, checked, limit if len(parts) == 1 else max(limit, _PART))
            if best is None:
                return None
            for id, score in best:
                total[id] += score
        # A text inside two parts of the scope has the same score in both.
        found.update(total)
    return found


def _best(run: Run, query: str, checked: list[list[str]], limit: int) -> list[tuple[str, float]] | None:
    """The best `limit` and all that are as good as the last of them: which of equals come first is the index's whim."""
    most = limit + 16
    while True:
        rows = run(
            _FULLTEXT + f"RETURN i._id AS id, s, {_inside(checked)} AS inside",
            few=("id", "s", "inside") if most <= _MOST_WANTED else (),
            query=query,
            most=most,
            groups=checked,
        )
        if not all(row["inside"] for row in rows):
            return None
        if len(rows) < most or rows[-1]["s"] < rows[limit - 1]["s"]:
            return [(row["id"], row["s"]) for row in rows]
        most *= 4


def _inside(groups: list[list[str]]) -> str:
    """An expression: whether `i` has a key of each of `$groups`."""
    return "all(g IN $groups WHERE any(k IN g WHERE k IN i._scope))" if groups else "true"


def _groups(scope: Scope) -> list[list[str]]:
    return [[scope_word(key) for key in keys] for keys in scope_groups(scope)]


def _scope_queries(groups: list[list[str]]) -> Iterator[str]:
    """Clauses that demand one word of every group and add nothing to the score; several where they are too many for one."""
    if sum(map(len, groups)) <= _MOST_SCOPE_WORDS:
        yield "".join(f"+_scope:({' '.join(words)})^0 " for words in groups)
        return
    share = max(1, _MOST_SCOPE_WORDS // len(groups))
    for chosen in product(*(list(_pieces(words, share)) for words in groups)):
        yield "".join(f"+_scope:({' '.join(words)})^0 " for words in chosen)


def _pieces(items: list[str], size: int) -> Iterator[list[str]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _quoted(token: str) -> str:
    escaped = token.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def match_vector(
    run: Run, sets: Sequence[VectorSet], vector: Vector, embedder: str, scope: Scope, limit: int
) -> list[Hit]:
    """See `Reader.match_vector`. Exact among few; else by the index, which may miss a near one now and then."""
    found = _vector_set(sets, embedder)
    if found is None:
        return []
    number, dimension, count = found
    if vector.shape != (dimension,) or not np.isfinite(vector).all():
        raise StoreError(f"查询向量应为 {dimension} 维的有限数，送来的是 {vector.shape}。")
    groups = _groups(scope)
    length = float(np.linalg.norm(vector))
    if limit < 1 or not length or not all(groups):
        return []
    search = _VectorSearch(run, number, count, (vector / length).tolist(), groups)
    rows = search.exactly(limit) if count <= EXACT_BELOW else search.within(scope, limit)
    hits = [Hit(id, min(1.0, max(-1.0, 2 * score - 1))) for id, score in rows]
    return sorted(hits, key=lambda hit: (-hit.score, hit.id))[:limit]


def _vector_set(sets: Sequence[VectorSet], embedder: str) -> tuple[int, int, int] | None:
    """Number, dimension and size of an embedder's vector set; None when there are no vectors at all."""
    for fingerprint, number, dimension, count in sets:
        if fingerprint == embedder and count:
            return number, dimension, count
    others = sorted({fingerprint for fingerprint, _, _, count in sets if count})
    if others:
        raise OtherEmbedder(
            f"库中的向量由 {'、'.join(others)} 生成，没有 {embedder} 的向量；两者不能混用。请用 zhiwen rebuild 重新生成。"
        )
    return None


class KnownSets:
    """The vector sets of one generation, shared by the views of a store: counting them takes longer than a small search."""

    def __init__(self) -> None:
        self._known: tuple[int, list[VectorSet]] | None = None

    def at(self, generation: int) -> list[VectorSet] | None:
        """The sets as of that generation, when they are known."""
        known = self._known
        return known[1] if known is not None and known[0] == generation else None

    def keep(self, generation: int, sets: list[VectorSet]) -> None:
        """Remember the sets of a generation, in place of another's."""
        self._known = generation, sets


def vector_sets(run: Run) -> list[VectorSet]:
    """Every set, ended ones included."""
    rows = run("MATCH (v:_VectorSet) RETURN v._fingerprint AS f, v._number AS n, v._dimension AS d ORDER BY f, n")
    if not rows:
        return []
    counting = " UNION ALL ".join(f"MATCH (i:_Set{row['n']}) RETURN {row['n']} AS n, count(i) AS c" for row in rows)
    counts = {row["n"]: row["c"] for row in run(counting)}
    return [(row["f"], row["n"], row["d"], counts.get(row["n"], 0)) for row in rows]


class _VectorSearch:
    """One query vector among the vectors of one set; scores are Neo4j's, (1 + cosine) / 2."""

    def __init__(self, run: Run, number: int, count: int, vector: list[float], groups: list[list[str]]) -> None:
        self._run, self._count, self._vector, self._groups = run, count, vector, groups
        self._label, self._property = f"_Vec{number}", f"_v{number}"
        self._index = vector_index(number)

    def within(self, scope: Scope, limit: int) -> list[tuple[str, float]]:
        """The best `limit` in a large set."""
        if scope.facets:
            few = self._among(limit, EXACT_INSIDE)
            if few is not None:
                return few
        # As for words: the index is much quicker without conditions, and most often they change nothing.
        wide = _groups(_wide_part(scope))
        conditions = False
        wanted = limit + _MORE
        while wanted <= min(self._count, _MOST_WANTED):
            rows = self._by_index(scope, wide, wanted, conditions)
            if not conditions and not all(row["fits"] for row in rows):
                conditions = True
                continue
            inside = [(row["id"], row["s"]) for row in rows if row["inside"]]
            # Among equals at the end the index takes whichever comes first: look until they are all seen.
            if len(inside) >= limit and (rows[-1]["s"] < inside[limit - 1][1]):
                return inside
            if len(rows) < wanted:
                break
            wanted *= 4
        return self.exactly(limit)

    def _by_index(self, scope: Scope, wide: list[list[str]], wanted: int, conditions: bool) -> list[dict[str, Any]]:
        """The nearest `wanted`, best first: whether they `fits` kinds and access, and are `inside` the whole scope.

        `conditions`: only those of the right kind and access.
        """
        parameters: dict[str, Any] = {"vector": self._vector, "wanted": wanted, "groups": self._groups, "wide": wide}
        head = where = ""
        if conditions:
            asked = []
            if scope.kinds:
                head, asked = "UNWIND $kinds AS kind ", ["i._kind = kind"]
                parameters["kinds"] = sorted(scope.kinds)
            if scope.access is not None:
                head += "MATCH (a:_AccessSet) WHERE any(l IN a._labels WHERE l IN $access) WITH *, a._key AS access "
                asked.append("i._access = access")
                parameters["access"] = sorted(scope.access)
            where = f"WHERE {' AND '.join(asked)} "
        return self._run(
            f"{head}MATCH (i:{self._label}) SEARCH i IN (VECTOR INDEX {self._index} FOR $vector {where}LIMIT $wanted) SCORE AS s "
            f"RETURN i._id AS id, s, {_inside(self._groups)} AS inside, "
            f"{_inside(wide).replace('$groups', '$wide')} AS fits ORDER BY s DESC, id LIMIT $wanted",
            few=("id", "s", "inside", "fits"),
            **parameters,
        )

    def _among(self, limit: int, most: int) -> list[tuple[str, float]] | None:
        """The best inside the scope, compared one by one; None when a part of the scope holds more than `most`."""
        found: dict[str, float] = {}
        for filters in _scope_queries(self._groups):
            row = self._run(
                f"{_FULLTEXT} WITH collect(i) AS found CALL (found) {{ "
                f"UNWIND CASE WHEN size(found) < $most THEN found ELSE [] END AS i WITH i WHERE i:{self._label} "
                f"WITH i._id AS id, vector.similarity.cosine(i.{self._property}, $vector) AS s ORDER BY s DESC, id LIMIT $limit "
                "RETURN collect([id, s]) AS best } RETURN size(found) AS size, best",
                query=filters.strip(),
                most=most + 1,
                vector=self._vector,
                limit=limit,
            )[0]
            if row["size"] > most:
                return None
            found.update((id, score) for id, score in row["best"])
        return list(found.items())

    def exactly(self, limit: int) -> list[tuple[str, float]]:
        """The best `limit` inside the scope, compared one by one however many they are."""
        if self._groups:
            return self._among(limit, _ALL) or []
        rows = self._run(
            f"MATCH (i:{self._label}) WITH i._id AS id, vector.similarity.cosine(i.{self._property}, $vector) AS s "
            "RETURN id, s ORDER BY s DESC, id LIMIT $limit",
            vector=self._vector,
            limit=limit,
        )
        return [(row["id"], row["s"]) for row in rows]
