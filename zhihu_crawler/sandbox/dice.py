"""Numbers that follow from a name: the same name gives the same numbers, on any machine, in any order of asking."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")
_MASK = (1 << 64) - 1


class Dice:
    """A run of numbers drawn from its name; nothing is remembered between two of the same name."""

    __slots__ = ("_state",)

    def __init__(self, *name: object) -> None:
        digest = blake2b("\0".join(map(str, name)).encode(), digest_size=8).digest()
        self._state = int.from_bytes(digest, "big")

    def below(self, limit: int) -> int:
        """Return a number from 0 to ``limit`` - 1; ``limit`` is at most 2**31."""
        self._state = (self._state * 6364136223846793005 + 1442695040888963407) & _MASK
        return (self._state >> 33) % limit

    def between(self, low: int, high: int) -> int:
        """Return a number from ``low`` to ``high``, both included."""
        return low + self.below(high - low + 1)

    def pick(self, choices: Sequence[T]) -> T:
        """Return one of the choices."""
        return choices[self.below(len(choices))]

    def chance(self, rate: float) -> bool:
        """Say yes in ``rate`` (0 to 1) of all names."""
        return self.below(1 << 30) < rate * (1 << 30)

    def digits(self, count: int) -> str:
        """Return so many decimal digits."""
        return "".join(str(self.below(10)) for _ in range(count))


def hex_of(*name: object, length: int = 32) -> str:
    """Return so many hexadecimal digits (at most 128) that follow from a name."""
    return blake2b("\0".join(map(str, name)).encode(), digest_size=(length + 1) // 2).hexdigest()[:length]
