"""What a service that never writes has in place of the parts that would: see `ZHIWEN_STORE_READ_ONLY`."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, NoReturn

from engines.store import ChangeSet, Reader, Store, StoreError, StoreStatus
from service.jobs import Jobs


class StoreReadOnly(StoreError):
    """Somebody asked for a change of a store that this process only reads."""

    def __init__(self) -> None:
        super().__init__(
            "本服务以只读方式打开知识库（ZHIWEN_STORE_READ_ONLY=true），不能存入、删除、核定或改动设置；请在可写的一端操作。"
        )


class ReadOnlyStore:
    """A store that answers and refuses every change."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def apply(self, changes: ChangeSet) -> int:
        raise StoreReadOnly

    def reading(self) -> AbstractContextManager[Reader]:
        return self._store.reading()

    def status(self) -> StoreStatus:
        return self._store.status()

    def backup(self, target: str) -> None:
        self._store.backup(target)

    def close(self) -> None:
        self._store.close()


class NoJobs(Jobs):
    """Takes no uploads, and leaves alone what another process of the same home has not finished."""

    @contextmanager
    def running(self) -> Iterator[None]:
        yield

    def folder(self) -> Path:
        self._refuse()

    def submit(self, *_: Any, **__: Any) -> dict[str, Any]:
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise StoreReadOnly
