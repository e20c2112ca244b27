"""Bounds on what one document, or one file of many, may cost; beyond them it is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from coercivity.errors import InputError, UsageError

__all__ = ["LIMITS", "Limits"]

MIB: Final = 2**20


@dataclass(frozen=True)
class Limits:
    """How large things may be.

    Parameters
    ----------
    document_bytes : int
        Bytes of one document: a file, a record of an archive after unpacking, a line of a table.
    text_length : int
        Code points of one document's text, which a small PDF can exceed by far.
    unpacked_bytes : int
        Bytes that a packed file may always unpack to.
    unpacked_ratio : int
        Times its own size that a larger packed file may unpack to. Web archives unpack to about
        five times their size, a bomb to a thousand.
    records : int
        Documents of one archive or table.
    pages : int
        Pages of one PDF.
    seconds : float
        Time for one PDF, and for one document in a worker process.
    worker_bytes : int
        Memory of one worker process.

    Raises
    ------
    UsageError
        If one is not positive.
    """

    document_bytes: int = 32 * MIB
    text_length: int = 20_000_000
    unpacked_bytes: int = 256 * MIB
    unpacked_ratio: int = 100
    records: int = 10_000_000
    pages: int = 2_000
    seconds: float = 60.0
    worker_bytes: int = 4096 * MIB

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not value > 0:
                raise UsageError(f"{name} is {value}", where="limits", expected="more than 0")

    def check_bytes(self, n_bytes: int, *, where: str) -> None:
        """Refuse a document that is too large.

        Raises
        ------
        InputError
            With both sizes.
        """
        if n_bytes > self.document_bytes:
            raise _too_large(
                f"more than {self.document_bytes / MIB:.3g} MiB in one document", where
            )

    def check_text(self, length: int, *, where: str) -> None:
        """Refuse a text that is too long.

        Raises
        ------
        InputError
            With the limit.
        """
        if length > self.text_length:
            raise _too_large(f"a text of more than {self.text_length} code points", where)

    def unpacked(self, packed: int) -> int:
        """Return the bytes that a packed file may unpack to.

        Parameters
        ----------
        packed : int
            Its size in bytes.
        """
        return max(self.unpacked_bytes, packed * self.unpacked_ratio)


def _too_large(what: str, where: str) -> InputError:
    return InputError(
        what,
        where=where,
        expected="a document within the limits",
        hint="split it, or raise the limit if it is meant to be so large",
    )


LIMITS: Final = Limits()
"""The limits where none are given."""
