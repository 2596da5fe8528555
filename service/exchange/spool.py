"""Work whose outcome goes to a client that may be slow: done at once by a thread, handed on as it grows.

So the store's view is held for as long as the reading takes, and not for as long as a client takes.
"""

from collections.abc import Callable, Iterator
from tempfile import TemporaryFile
from threading import BoundedSemaphore, Condition, Thread
from typing import IO, Final

_PIECE: Final = 1 << 16
# At work at a time: each holds what it gathers in memory.
_AT_ONCE: Final = BoundedSemaphore(2)
Put = Callable[[bytes], None]


class _Abandoned(Exception):
    """The client has gone."""


class Spool:
    """One outcome on its way. Use `started()`, then `pieces()` to the end, or close that iterator.

    work: is given a function that takes the next piece. goes_on: the work is finished though the client has gone.
    """

    def __init__(self, work: Callable[[Put], None], *, goes_on: bool = False) -> None:
        self._work = work
        self._goes_on = goes_on
        self._changed = Condition()
        self._file: IO[bytes] = TemporaryFile()  # noqa: SIM115 - lives as long as the answer
        self._size = 0
        self._error: BaseException | None = None
        self._done = False
        self._abandoned = False

    def started(self) -> None:
        """Returns once there is something to send. Raises what went wrong before that."""
        Thread(target=self._run, name="spool", daemon=True).start()
        with self._changed:
            self._changed.wait_for(lambda: self._size or self._done)
            if self._error is not None:
                self._file.close()
                raise self._error

    def pieces(self) -> Iterator[bytes]:
        """The content as it grows. A fault in the middle breaks the answer off, so that nobody takes it for whole."""
        sent = 0
        try:
            while piece := self._after(sent):
                sent += len(piece)
                yield piece
        finally:
            with self._changed:
                self._abandoned = True
                if self._done:
                    self._file.close()

    def _after(self, sent: int) -> bytes:
        """What follows the first `sent` bytes; empty at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._size > sent or self._done)
            if self._size > sent:
                self._file.seek(sent)
                return self._file.read(min(_PIECE, self._size - sent))
            if self._error is not None:
                raise self._error
            return b""

    def _run(self) -> None:
        try:
            with _AT_ONCE:
                self._work(self._put)
        except _Abandoned:
            pass
        except BaseException as error:  # handed to the thread that answers
            self._error = error
        finally:
            with self._changed:
                self._done = True
                if self._abandoned:
                    self._file.close()
                self._changed.notify_all()

    def _put(self, piece: bytes) -> None:
        with self._changed:
            if self._abandoned:
                if self._goes_on:
                    return
                raise _Abandoned
            self._file.seek(self._size)
            self._file.write(piece)
            self._size += len(piece)
            self._changed.notify_all()
