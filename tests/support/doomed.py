"""Functions that workers run in tests: some end badly."""

from __future__ import annotations

import os
import time


def doubled(setup, payload, beat):
    """Return the setup and twice the payload."""
    beat(0)
    print("noise on standard output")
    return setup, payload * 2


def each(setup, payload, beat):
    """Work on numbers one by one; some kill the worker, raise, hang or ask for too much memory."""
    found = []
    for place, number in enumerate(payload):
        beat(place)
        if number == "kill":
            os.kill(os.getpid(), 9)
        elif number == "raise":
            raise ValueError("it will not do")
        elif number == "hang":
            time.sleep(600)
        elif number == "eat":
            found.append(bytearray(2**40))
        else:
            found.append(number)
    return found
