"""The words in tantivy, in memory: BM25 over the tokens we made, inside a scope."""

import sqlite3
from collections.abc import Iterator, Sequence

import tantivy

from engines.embedded.encoding import scope_groups, scope_keys
from engines.embedded.truth import EVERYTHING, changed_texts, gone_since
from engines.store import Hit, Scope

_BUILD_HEAP_BYTES = 60_000_000  # for two threads
_UPDATE_HEAP_BYTES = 15_000_000
_FEWEST_STALE = 1_000


class WordProjection:
    """An index over all texts. Deleted texts count in BM25's statistics until their segment is merged away."""

    def __init__(self) -> None:
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
        builder.add_text_field("tokens", tokenizer_name="whitespace", index_option="freq")
        builder.add_text_field("scope", tokenizer_name="raw", index_option="basic")
        self._schema = builder.build()
        self._index = tantivy.Index(self._schema)
        self._stale = 0
        self._searcher = self._index.searcher()

    def advance(self, truth: sqlite3.Connection, since: int) -> bool:
        """Take over what changed after `since`; False when more is stale than alive."""
        changed = changed_texts(truth, since)
        if since == EVERYTHING:
            self._add(self._index.writer(_BUILD_HEAP_BYTES, 2), changed)
            return True
        gone = [id for (id,) in gone_since(truth, since, "texts")]
        altered = list(changed)
        if not gone and not altered:
            return True
        writer = self._index.writer(_UPDATE_HEAP_BYTES, 1)
        before = self._searcher.num_docs
        for id in (*gone, *(id for id, *_ in altered)):
            writer.delete_documents_by_term("id", id)
        self._add(writer, iter(altered))
        self._stale += max(0, before + len(altered) - self._searcher.num_docs)
        return self._stale <= max(_FEWEST_STALE, self._searcher.num_docs)

    def _add(self, writer: tantivy.IndexWriter, texts: Iterator[tuple[str, str, str, str]]) -> None:
        for id, kind, scope, tokens in texts:
            writer.add_document(tantivy.Document(id=[id], tokens=[tokens], scope=scope_keys(kind, scope)))
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()
        self._searcher = self._index.searcher()

    def match(self, tokens: Sequence[str], scope: Scope, limit: int) -> list[Hit]:
        """The best `limit` texts with any of the tokens, ties by id."""
        groups = scope_groups(scope)
        if not tokens or limit < 1 or not all(groups):
            return []
        query = self._query(list(dict.fromkeys(tokens)), groups)
        alive = self._searcher.num_docs
        wanted = limit + 16
        while True:
            found = self._searcher.search(query, max(1, min(wanted, alive)), count=False).hits
            # Among equals at the end tantivy takes whichever comes first: look until they are all seen.
            if wanted >= alive or len(found) < wanted or found[-1][0] < found[limit - 1][0]:
                break
            wanted *= 4
        least = found[limit - 1][0] if len(found) >= limit else 0.0
        hits = [
            Hit(str(self._searcher.doc(address).get_first("id")), score) for score, address in found if score >= least
        ]
        return sorted(hits, key=lambda hit: (-hit.score, hit.id))[:limit]

    def _query(self, tokens: list[str], groups: list[list[str]]) -> tantivy.Query:
        must, should = tantivy.Occur.Must, tantivy.Occur.Should
        words = tantivy.Query.boolean_query(
            [(should, tantivy.Query.term_query(self._schema, "tokens", token, "freq")) for token in tokens]
        )
        if not groups:
            return words
        return tantivy.Query.boolean_query([(must, words), *((must, self._filter(keys)) for keys in groups)])

    def _filter(self, keys: list[str]) -> tantivy.Query:
        """Texts with one of the keys, adding nothing to the score."""
        if len(keys) == 1:
            inside = tantivy.Query.term_query(self._schema, "scope", keys[0], "basic")
        else:
            inside = tantivy.Query.term_set_query(self._schema, "scope", keys)
        return tantivy.Query.const_score_query(inside, 0.0)

    def close(self) -> None:
        """Nothing is held outside this process's memory."""
