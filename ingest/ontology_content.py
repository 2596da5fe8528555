"""Keeps the store's copy of the ontology up to date, and gives it to processes that need not parse Turtle."""

from typing import Final

from engines.store import ChangeSet, Reader, Record, Store
from ontology.content import graph_of
from ontology.model import Ontology

OWNER: Final = "ontology"
_CONTENT: Final = "ontology-content"  # apart from the fingerprint, which is read with every question
# Changes whenever an ontology's graph is laid out differently, so that an upgraded site writes it anew.
_FORM: Final = 2


def refresh_ontology(store: Store, ontology: Ontology) -> bool:
    """Write the ontology's graph, and the ontology itself as a record, unless the store holds just these.

    What documents state about nodes that stay is theirs and stays; with a node that vanishes go the
    relations to it. Documents derived under the earlier ontology are stale from then on.
    True when something was written. Raises `StoreError`, `SchemaViolation`.
    """
    with store.reading() as reader:
        if _stored_form(reader) == (ontology.fingerprint, _FORM):
            return False
    nodes, relations = graph_of(ontology)
    form = {"fingerprint": ontology.fingerprint, "form": _FORM}
    store.apply(
        ChangeSet(
            owner=OWNER,
            removes=(OWNER,),
            nodes=nodes,
            relations=relations,
            records=(
                Record("setting", OWNER, form),
                Record("setting", _CONTENT, {"ontology": ontology.model_dump(mode="json")}),
            ),
        )
    )
    return True


def load_stored_ontology(reader: Reader) -> Ontology | None:
    """The ontology that the store's graph was made from; `None` before the first `refresh_ontology`."""
    record = next(iter(reader.records("setting", key=_CONTENT)), None)
    return Ontology.model_validate(record.value["ontology"]) if record and record.value else None


def stored_fingerprint(reader: Reader) -> str | None:
    """The fingerprint of the ontology in the store, without loading it."""
    stored = _stored_form(reader)
    return stored[0] if stored else None


def _stored_form(reader: Reader) -> tuple[str, int] | None:
    record = next(iter(reader.records("setting", key=OWNER)), None)
    return (str(record.value["fingerprint"]), int(record.value["form"])) if record and record.value else None
