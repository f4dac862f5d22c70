"""Places that read as calls or jumps are found wherever they stand, and lead where the displacement says."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from tdxprove import displacements
from tdxprove.binary import Section
from tdxprove.displacements import near

OPCODE = re.compile(rb"(?=[\xe8\xe9]|\x0f[\x80-\x8f])")


def one_by_one(section: Section, code: bytes) -> set[tuple[int, int]]:
    """What every place leads to."""
    found = set()
    for match in OPCODE.finditer(code):
        end = match.start() + (6 if code[match.start()] == 0x0F else 5)
        if end <= len(code):
            displacement = int.from_bytes(code[end - 4 : end], "little", signed=True)
            found.add((section.address + match.start(), (section.address + end + displacement) % (1 << 64)))
    return found


INSTRUCTIONS = st.one_of(
    st.binary(min_size=1, max_size=3),
    st.builds(
        lambda opcode, displacement: opcode + displacement.to_bytes(4, "little", signed=True),
        st.sampled_from([b"\xe8", b"\xe9", b"\x0f\x84", b"\x0f\x8f", b"\x0f\x80\xe8"]),
        st.one_of(st.integers(-300, 300), st.integers(-(1 << 31), (1 << 31) - 1), st.integers(-70_000, 70_000)),
    ),
)
ADDRESSES = st.sampled_from([0, 0x1000, 0xFFF0, 0x1_0000_0000 - 8, 0xFFFF_FFFF_8100_0000, (1 << 64) - 0x1_0000])


@given(st.lists(INSTRUCTIONS, max_size=60).map(b"".join), ADDRESSES, st.data())
def test_all_that_leads_to_a_wanted_place_is_found(code: bytes, address: int, data: st.DataObject) -> None:
    section = Section(".text", address, len(code), executable=True, writable=False)
    every = one_by_one(section, code)
    targets = sorted({target for _, target in every})
    wanted = set(data.draw(st.lists(st.sampled_from(targets), max_size=8)) if targets else ()) | {address}
    expected = {(place, target) for place, target in every if target in wanted}
    whole = displacements._STRETCH
    try:
        for stretch in (7, 64, whole):
            displacements._STRETCH = stretch  # type: ignore[misc]
            found = list(near(section, code, wanted))
            assert set(found) == expected
            assert len(found) == len(expected)
    finally:
        displacements._STRETCH = whole  # type: ignore[misc]


def test_nothing_is_wanted() -> None:
    section = Section(".text", 0, 5, executable=True, writable=False)
    assert not list(near(section, b"\xe8\0\0\0\0", ()))
