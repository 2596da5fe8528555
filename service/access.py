"""Keys for programs and pages: made on the command line, kept as hashes, checked on every request."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from engines.store import ChangeSet, Reader, Record, Store

SCOPES: Final = ("read", "review", "ingest", "admin")  # each holds the ones before it
OPEN: Final = "本机"  # who asks where no key exists


@dataclass(frozen=True, slots=True)
class Key:
    """A key as stored: never the secret itself."""

    name: str
    scope: str
    created_at: str


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: a key's name and scope; `scope` is `None` where no key exists and nobody is told apart."""

    name: str
    scope: str | None


def create_key(store: Store, name: str, scope: str) -> str:
    """Store a new key and return its secret, which is shown once. Raises `ValueError` for a taken name."""
    if scope not in SCOPES:
        raise ValueError(f"权限应为 {'、'.join(SCOPES)} 之一，不是 {scope}")
    with store.reading() as reader:
        if any(reader.records("key", key=name)):
            raise ValueError(f"已有名为 {name} 的密钥；请先撤销，或换一个名称")
    secret = "zw-" + secrets.token_urlsafe(32)
    value = {"scope": scope, "hash": _hash(secret), "created_at": datetime.now(UTC).isoformat(timespec="seconds")}
    store.apply(ChangeSet(records=(Record("key", name, value),)))
    return secret


def revoke_key(store: Store, name: str) -> bool:
    """Delete the key; False when there is none of that name."""
    with store.reading() as reader:
        exists = any(reader.records("key", key=name))
    if exists:
        store.apply(ChangeSet(records=(Record("key", name, None),)))
    return exists


def list_keys(reader: Reader) -> list[Key]:
    return [
        Key(record.key, str(record.value["scope"]), str(record.value["created_at"]))
        for record in reader.records("key")
        if record.value
    ]


def find_key(reader: Reader, secret: str) -> Key | None:
    """The key whose secret this is."""
    digest = _hash(secret)
    for record in reader.records("key"):
        if record.value and hmac.compare_digest(str(record.value["hash"]), digest):
            return Key(record.key, str(record.value["scope"]), str(record.value["created_at"]))
    return None


def allows(key: Key, scope: str) -> bool:
    return SCOPES.index(key.scope) >= SCOPES.index(scope)


def _hash(secret: str) -> str:
    # The secret has 256 random bits, so a plain hash is enough: there is nothing to guess.
    return hashlib.sha256(secret.encode()).hexdigest()
