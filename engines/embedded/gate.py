"""The gate of readers: all who read at one time in a process see one generation."""

import threading
from collections.abc import Callable

from engines.store import StoreUnavailable

WAIT_S = 120.0


class GenerationGate:
    """Lets readers of the current generation in together; moving on waits until they have left.

    Who comes with a newer generation waits for the earlier readers, so a stream of them cannot
    keep a process in the past.
    """

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._readers = 0
        self._moving = False
        self._generation = -1

    def enter(self, generation: int, move: Callable[[int], None]) -> bool:
        """Come in at `generation`; False when the gate is past it already.

        When the gate is behind, `move(since)` is called while nobody reads; if it raises, the gate stays.
        """
        with self._condition:
            free = self._condition.wait_for(
                lambda: not self._moving and (self._readers == 0 or generation <= self._generation), timeout=WAIT_S
            )
            if not free:
                raise StoreUnavailable(f"等了 {WAIT_S:.0f} 秒，先前的读取仍未结束。请稍后重试。")
            if generation < self._generation:
                return False
            if generation == self._generation:
                self._readers += 1
                return True
            self._moving = True
            since = self._generation
        moved = False
        try:
            move(since)
            moved = True
        finally:
            with self._condition:
                self._moving = False
                if moved:
                    self._generation = generation
                    self._readers += 1
                self._condition.notify_all()
        return True

    def leave(self) -> None:
        """A reader goes."""
        with self._condition:
            self._readers -= 1
            if not self._readers:
                self._condition.notify_all()
