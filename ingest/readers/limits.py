"""How much a file may cost before it is refused."""

from dataclasses import dataclass

_MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes, times in seconds. Real sizes count: declared ones are not believed.

    ratio:  largest expansion of a package's member, asked only of members beyond `ratio_from`
            (an honest, repetitive document had 68).
    memory: address space of the reading process; `seconds` bounds its time by the clock and on the processor.
    """

    file: int = 50 * _MB
    expanded: int = 200 * _MB
    member: int = 64 * _MB
    members: int = 5_000
    ratio: int = 200
    ratio_from: int = 8 * _MB
    result: int = 256 * _MB
    rows: int = 200_000
    cells: int = 10_000_000
    seconds: float = 60.0
    memory: int = 1 << 30


DEFAULT_LIMITS = Limits()
