"""Jump labels of the Linux kernel: branches that it switches by static keys."""

from __future__ import annotations

from tdxprove import symbols
from tdxprove.rewritten import Rewritten, Variant
from tdxprove.tables import Memory, entries, in_code, is_code, relative

_NOPS = {b"\xeb": 2, b"\xe9": 5, b"\x66\x90": 2, b"\x0f\x1f\x44\x00\x00": 5, b"\x3e\x8d\x74\x26\x00": 5}
"""How a jump label looks, and its length (Linux arch/x86/kernel/jump_label.c)."""

_BRANCH = 1
"""Bit 0 of the key: the label jumps where the key is disabled (Linux include/linux/jump_label.h)."""


def jump_labels(image: Memory) -> dict[int, Rewritten | None]:
    """Read `__jump_table` (include/linux/jump_label.h: s32 code, s32 target, s64 key, each relative to its place)."""
    found: dict[int, Rewritten | None] = {}
    for place, entry in entries(image, "__jump_table", 16, needed=8):
        code, target = relative(place, entry), relative(place, entry, 4)
        key = entry[8:] or image.read(place + 8, 8)
        bits = _key(code, None if key is None else (place + 8 + int.from_bytes(key, "little")) % (1 << 64))
        size = label_size(image, code)
        twice = code in found
        found[code] = None
        if not twice and size is not None and is_code(image, target):
            name, value = bits
            jump, on = Variant({name: value}, target), Variant({name: 1 - value}, code + size)
            found[code] = Rewritten("jump label", (jump, on))
    return in_code(image, "__jump_table", found)


def _key(code: int, key: int | None) -> tuple[str, int]:
    """The bit of a static key, and its value where the label jumps."""
    if key is None:
        return symbols.system(f"static_key_of_{code:#x}"), 1
    return symbols.system(f"static_key_{key & ~3:#x}"), 0 if key & _BRANCH else 1


def label_size(image: Memory, code: int) -> int | None:
    """Bytes of the jump or nop of a jump label; None if there is neither."""
    known = image.read(code, 5) or image.read(code, 2) or image.read(code, 1) or b""  # a linker settles the rest
    return next((size for pattern, size in _NOPS.items() if known.startswith(pattern)), None)
