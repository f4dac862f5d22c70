"""Objects that are given together are one program, as `ld -r` would make it, and stay files of their own in reports."""

from __future__ import annotations
