"""How the kernels are compiled.

``outer`` functions are called from Python and cached on disk; ``inner`` ones are called from
compiled code alone, so they need no Python wrapper, and live in the cache of their caller.
``lean`` ones are inner functions that make no array and count no references to those they are
given: for functions that are called every day.  ``woven`` ones become part of their caller: for
those that are called for every row, where handing the tables over takes longer than the work.
Division follows IEEE 754 (no test for zero in the loops) and no floating-point rule is relaxed:
results are the same bits in blocks of any size.

The cache looks at the file of the outer function only.  After a change to an inner one, delete
``__pycache__`` of this folder.
"""

from __future__ import annotations

from typing import Any

from numba import njit

__all__ = ["inner", "lean", "outer", "woven"]

_INNER: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
_LEAN: dict[str, Any] = {**_INNER, "_nrt": False}

outer: Any = njit(cache=True, nogil=True, error_model="numpy")
inner: Any = njit(nogil=True, error_model="numpy", **_INNER)
lean: Any = njit(nogil=True, error_model="numpy", **_LEAN)
woven: Any = njit(nogil=True, error_model="numpy", forceinline=True, **_LEAN)
