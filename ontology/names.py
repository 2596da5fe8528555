"""The names that everything else agrees on: namespaces, the ids the code must know, and CURIEs.

Overlays are always written with these addresses; a site's own base is a matter of what is exported.
"""

from typing import Final

BASE_IRI: Final = "https://zhiwen.example/id/"
VOCABULARY: Final = "https://zhiwen.example/ontology#"
KINDS: Final = "https://zhiwen.example/kind/"
SHAPES: Final = "https://zhiwen.example/shapes/"

PREFIXES: Final[dict[str, str]] = {
    "zw": VOCABULARY,
    "id": BASE_IRI,
    "kind": KINDS,
    "dcterms": "http://purl.org/dc/terms/",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "sh": "http://www.w3.org/ns/shacl#",
}

STANDARD: Final = "std-party-led-quality-culture"
NOTE: Final = "compilation-note"
TERMS_CLAUSE: Final = "terms-definitions"


def expand(curie: str) -> str:
    """`zw:clause` → its IRI; `KeyError` for a prefix that is not in `PREFIXES`."""
    prefix, _, local = curie.partition(":")
    return PREFIXES[prefix] + local


def shorten(iri: str) -> str:
    """The CURIE of an IRI, or, for things, the id alone; what no prefix covers stays as it is."""
    if iri.startswith(BASE_IRI):
        return iri.removeprefix(BASE_IRI)
    for prefix, namespace in PREFIXES.items():
        if iri.startswith(namespace):
            return f"{prefix}:{iri.removeprefix(namespace)}"
    return iri


def primary(language: str | None) -> str:
    """The language itself, without region or script: `zh-Hans` is `zh`."""
    return (language or "").partition("-")[0].lower()


def local(iri: str) -> str:
    """The last part of an IRI: the id of a thing, the name of a class, property, kind or phase."""
    return iri.rsplit("#", 1)[-1].rsplit("/", 1)[-1]
