"""What contract sets say of functions that are not followed: the trust that every proof with them rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Assigned:
    """An object that a function may change: what its argument `argument` (from 1) points to.

    It has `size` bytes or, where `size_in` is not 0, as many as that argument says.
    """

    argument: int
    size: int = 0
    size_in: int = 0


@dataclass(frozen=True)
class Vouched:
    """What a contract set says of functions whose code is in the file and is not followed, by name.

    Args:
        noreturn: they do not return.
        transparent: they change nothing.
        conventional: they keep the calling convention and issue no TDX call.
        library: they copy or fill memory as tdxprove.library says; they are followed where sizes are not known.
        filling: the same as conventional, and they write the objects of which they are handed the address.
        pointers: variables, and what they point to is conventional.
        assigns: functions, each with the objects in their caller's frame that it may change; they are conventional.
        returned: functions, in the file or outside, with the number of the argument that the pointer which they return
            leads into, if to something of their caller's, or 0 if it never does.
    """

    noreturn: frozenset[str] = frozenset()
    transparent: frozenset[str] = frozenset()
    conventional: frozenset[str] = frozenset()
    filling: frozenset[str] = frozenset()
    library: frozenset[str] = frozenset()
    pointers: frozenset[str] = frozenset()
    assigns: frozenset[tuple[str, tuple[Assigned, ...]]] = frozenset()
    returned: frozenset[tuple[str, int]] = frozenset()

    def __or__(self, other: Vouched) -> Vouched:
        """What either of two sets says."""
        return Vouched(
            self.noreturn | other.noreturn,
            self.transparent | other.transparent,
            self.conventional | other.conventional,
            self.filling | other.filling,
            self.library | other.library,
            self.pointers | other.pointers,
            self.assigns | other.assigns,
            self.returned | other.returned,
        )


def vouched_from(data: Mapping[str, Any], base: Vouched | None) -> Vouched:
    """What a contract file says, and what the one says that it extends, but for what stands in it anew."""
    returned = {name: said["leads_into"] for name, said in data.get("returned_pointers", {}).items()}
    assigns = {name: tuple(_assigned(one) for one in said["objects"]) for name, said in data.get("assigns", {}).items()}
    own = Vouched(
        frozenset(data.get("noreturn_in_image", ())),
        frozenset(data.get("transparent_in_image", ())),
        frozenset(data.get("conventional_in_image", ())),
        frozenset(data.get("filling_in_image", ())),
        frozenset(data.get("library_in_image", ())),
        frozenset(data.get("conventional_pointers", ())),
        frozenset(assigns.items()),
        frozenset(returned.items()),
    )
    if base is None:
        return own
    return own | replace(
        base,
        returned=frozenset(pair for pair in base.returned if pair[0] not in returned),
        assigns=frozenset(pair for pair in base.assigns if pair[0] not in assigns),
    )


def _assigned(said: Mapping[str, int]) -> Assigned:
    return Assigned(said["argument"], said.get("bytes", 0), said.get("bytes_in", 0))
