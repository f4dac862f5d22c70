"""What tdxprove raises when it cannot answer, each with the exit status that the command ends with."""

from __future__ import annotations

from typing import ClassVar


class TdxproveError(Exception):
    """Base of all errors with a cause outside this program; the message is one line that a user can act on."""

    exit_status: ClassVar[int] = 2
    """Exit status of the command when this error ends it."""


class SpecError(TdxproveError):
    """Raised when a specification file cannot be read, breaks its schema or contradicts itself."""


class MissingVariableError(SpecError):
    """Raised when a contract names a variable that the file neither defines nor refers to."""


class ImageError(TdxproveError):
    """Raised when the input file cannot be read as what it claims to be."""


class NoCodeError(ImageError):
    """Raised when the input file was read and holds no machine code: beside others that do, it is passed over."""


class UsageError(TdxproveError):
    """Raised when the arguments of a call or of the command do not fit together."""


class ToolError(TdxproveError):
    """Raised when a program that is needed, such as a compiler, is missing or fails."""
