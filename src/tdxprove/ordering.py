"""In which order code comes: what leads to a place before the place, and a loop before what is behind it."""

from __future__ import annotations

from collections.abc import Iterator

from tdxprove.image import Image
from tdxprove.instructions import TRAPS, UnsupportedInstructionError, decode

_RUN = 1e6
"""More than the instructions of any function: code that is not connected is numbered from the next multiple on."""


class Order:
    """Numbers for instructions, in reverse postorder of the control flow that direct jumps tell; calls come back.

    Code is numbered when it is asked for. What an indirect jump leads to comes before what it leads to itself.
    """

    def __init__(self, image: Image) -> None:
        self._image = image
        self._numbers: dict[int, float] = {}
        self._runs = 0

    def of(self, address: int) -> float:
        """The number of the instruction at an address."""
        if address not in self._numbers:
            self._number(address)
        return self._numbers[address]

    def _number(self, start: int) -> None:
        finished, met = self._explore(start)
        self._runs += 1
        first, width = (min(met) - 0.5, 0.5) if met else (self._runs * _RUN, float(len(finished)))
        for place, address in enumerate(reversed(finished)):
            self._numbers[address] = first + width * place / len(finished)

    def _explore(self, start: int) -> tuple[list[int], list[float]]:
        """Instructions in the order in which a depth-first search leaves them, and the numbers that it has met."""
        finished: list[int] = []
        met: list[float] = []
        seen = {start}
        pending = [(start, self._following(start))]
        while pending:
            address, following = pending[-1]
            target = next((one for one in following if one not in seen), None)
            if target is None:
                finished.append(address)
                pending.pop()
                continue
            seen.add(target)
            if target in self._numbers:
                met.append(self._numbers[target])
            else:
                pending.append((target, self._following(target)))
        return finished, met

    def _following(self, address: int) -> Iterator[int]:
        """Where an instruction leads: a jump first, so that what is not jumped over comes before the target."""
        try:
            decoded = decode(self._image.fetch(address) or b"")
        except UnsupportedInstructionError:
            return
        name = decoded.mnemonic.rpartition(" ")[2]
        target = decoded.target(address)
        if target is not None and name != "call":
            yield target
        if name not in {"jmp", "ret"} and name not in TRAPS:
            yield address + decoded.size
