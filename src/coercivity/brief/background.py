"""Threads whose work nobody waits for yet."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress
from typing import Final

_NICENESS: Final = 10


def give_way() -> None:
    """Let other threads of the process go first from now on; threads started by this one too.

    Only Linux tells threads of one process apart; elsewhere nothing happens. It changes when
    things are done, never what.
    """
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
