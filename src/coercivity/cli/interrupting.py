"""Hear an interrupt wherever it falls, and only once."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

_REPEAT_SECONDS: Final = 0.2


class Interrupts:
    """Whether the process was interrupted while a command ran.

    The interpreter raises an interrupt wherever the program stands. If that is a callback of an
    import or a library that catches everything, it is swallowed and the command would go on as
    if nobody had asked; if it is the loading of a compiled module, it comes out as another error.

    Attributes
    ----------
    heard : bool
        True from the first interrupt on.
    """

    def __init__(self) -> None:
        self.heard = False

    @contextmanager
    def listened_for(self) -> Iterator[None]:
        """Repeat an interrupt until it is being handled; nothing where signals are not ours."""
        if (
            threading.current_thread() is not threading.main_thread()
            or signal.getsignal(signal.SIGINT) is not signal.default_int_handler
        ):
            yield
            return
        before = signal.signal(signal.SIGALRM, self._again)
        signal.signal(signal.SIGINT, self._first)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            signal.signal(signal.SIGALRM, before)

    def _first(self, _number: int, _frame: FrameType | None) -> None:
        self.heard = True
        signal.setitimer(signal.ITIMER_REAL, _REPEAT_SECONDS, _REPEAT_SECONDS)
        raise KeyboardInterrupt

    def _again(self, _number: int, _frame: FrameType | None) -> None:
        # What is being tidied up because of the first must not be interrupted by a second.
        if not isinstance(sys.exception(), KeyboardInterrupt):
            raise KeyboardInterrupt
