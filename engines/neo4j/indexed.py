"""The searchable part of a change set: texts and vectors, kept together in one node an id."""

from collections.abc import Iterable, Mapping
from typing import Any

import neo4j
import numpy as np

from engines.embedded.encoding import encode_scope
from engines.neo4j.encoding import access_key, batches, driver_vector, scope_words, word
from engines.store import ChangeSet, IndexedText, StoreError

_TEXT_PROPERTIES = ("_owner", "_kind", "_keys", "_tokens", "_words", "_scope", "_access")


class IndexedPart:
    """Texts and vectors of a change set. Encodes on creation, so that the store's lock is held briefly."""

    def __init__(self, changes: ChangeSet, vector_sets: Mapping[str, int]) -> None:
        self._texts = {text.id: _text_row(text, changes.owner) for text in changes.texts}
        self._access = {access_key(text.access): sorted(text.access) for text in changes.texts}
        self._dimensions = {e: next(iter(vectors.values())).size for e, vectors in changes.vectors.items() if vectors}
        self._vectors = {
            vector_sets[embedder]: {id: (driver_vector(v), bool(np.any(v))) for id, v in vectors.items()}
            for embedder, vectors in changes.vectors.items()
            if vectors
        }

    def __bool__(self) -> bool:
        return bool(self._texts or self._vectors)

    def run(self, tx: neo4j.ManagedTransaction, owner: str, removed: list[str]) -> None:
        """Take away what `removed` owners have and this does not, then put what this has."""
        self._tx, self._owner = tx, owner
        if removed:
            self._remove(removed)
        self._refuse_other_dimension()
        self._put()

    def _each(self, statement: str, rows: Iterable[Any]) -> list[dict[str, Any]]:
        answers: list[dict[str, Any]] = []
        for batch in batches(list(rows)):
            answers += self._tx.run("CYPHER 25 UNWIND $rows AS r " + statement, rows=list(batch)).data()
        return answers

    def _remove(self, removed: list[str]) -> None:
        rows = self._tx.run(
            "CYPHER 25 CALL () { MATCH (i:_Item) WHERE i._owner IN $owners RETURN i UNION MATCH (i:_Item) WHERE i._vector_owner IN $owners RETURN i } "
            "RETURN i._id AS id, i._owner AS owner, i._vector_owner AS vector_owner, "
            "[l IN labels(i) WHERE l STARTS WITH '_Set' | toInteger(substring(l, 4))] AS sets, i:_Text AS text",
            owners=removed,
        ).data()
        whole: list[str] = []
        texts: list[str] = []
        vectors: list[tuple[int, str]] = []
        bare: list[str] = []
        gone = set(removed)
        for row in rows:
            id, sets = row["id"], set(row["sets"])
            text_goes = row["owner"] in gone and not (row["owner"] == self._owner and id in self._texts)
            kept = (
                {n for n, those in self._vectors.items() if id in those}
                if row["vector_owner"] == self._owner
                else set()
            )
            sets_go = sets - kept if row["vector_owner"] in gone else set()
            has_text = row["text"] and not text_goes
            if not has_text and sets_go == sets:
                whole.append(id)
                continue
            if text_goes:
                texts.append(id)
            vectors += ((number, id) for number in sets_go)
            if sets and sets_go == sets:
                bare.append(id)
        self._each("MATCH (i:_Item {_id: r}) DELETE i", whole)
        nulls = ", ".join(f"i.{name} = null" for name in _TEXT_PROPERTIES)
        self._each(f"MATCH (i:_Item {{_id: r}}) REMOVE i:_Text SET {nulls}", texts)
        for number in sorted({number for number, _ in vectors}):
            statement = f"MATCH (i:_Item {{_id: r}}) REMOVE i:_Set{number}, i:_Vec{number} SET i._v{number} = null"
            self._each(statement, [id for n, id in vectors if n == number])
        self._each("MATCH (i:_Item {_id: r}) SET i._vector_owner = null", bare)

    def _refuse_other_dimension(self) -> None:
        rows = [{"f": fingerprint, "d": dimension} for fingerprint, dimension in self._dimensions.items()]
        others = self._each(
            "MATCH (v:_VectorSet {_fingerprint: r.f}) WHERE v._dimension <> r.d "
            "RETURN v._fingerprint AS f, v._number AS number, v._dimension AS there, r.d AS sent",
            rows,
        )
        for row in others:
            if self._tx.run(f"MATCH (i:_Set{row['number']}) RETURN i LIMIT 1").single() is not None:
                raise StoreError(f"向量集 {row['f']} 为 {row['there']} 维，送来的是 {row['sent']} 维，未予保存。")

    def _put(self) -> None:
        sets = [{"key": key, "labels": labels} for key, labels in self._access.items()]
        rows: list[dict[str, Any]] = [{"id": id, "p": properties, "a": []} for id, properties in self._texts.items()]
        if rows:
            rows[0]["a"] = sets
        self._refuse_taken(
            self._each(
                "MERGE (i:_Item {_id: r.id}) WITH r, i, coalesce(i._owner, r.p._owner) AS owner "
                "FOREACH (_ IN CASE WHEN owner = r.p._owner THEN [1] ELSE [] END | SET i:_Text, i += r.p) "
                "FOREACH (a IN r.a | MERGE (s:_AccessSet {_key: a.key}) ON CREATE SET s._labels = a.labels) "
                "WITH r, owner WHERE owner <> r.p._owner RETURN r.id AS id",
                rows,
            )
        )
        for number, vectors in self._vectors.items():
            for usable, label in (
                (True, f"SET i:_Set{number}:_Vec{number}"),
                (False, f"SET i:_Set{number} REMOVE i:_Vec{number}"),
            ):
                given = [
                    {"id": id, "o": self._owner, "v": vector}
                    for id, (vector, nonzero) in vectors.items()
                    if nonzero == usable
                ]
                self._refuse_taken(
                    self._each(
                        "MERGE (i:_Item {_id: r.id}) WITH r, i, coalesce(i._vector_owner, r.o) AS owner "
                        f"{label} SET i._vector_owner = r.o WITH i, r, owner "
                        f"CALL db.create.setNodeVectorProperty(i, '_v{number}', r.v) "
                        "WITH r, owner WHERE owner <> r.o RETURN r.id AS id",
                        given,
                    )
                )

    def _refuse_taken(self, taken: list[dict[str, Any]]) -> None:
        if taken:
            raise StoreError(f"{taken[0]['id']} 的检索内容已属于另一来源，{self._owner} 不能改写它。")


def _text_row(text: IndexedText, owner: str) -> dict[str, Any]:
    keys = encode_scope(text)
    words = [word(token) for token in text.tokens]
    return {
        "_owner": owner,
        "_kind": text.kind,
        "_keys": keys,
        "_tokens": " ".join(words),
        "_words": " ".join(text.tokens) if words != list(text.tokens) else None,
        "_scope": scope_words(text.kind, keys),
        "_access": access_key(text.access),
    }
