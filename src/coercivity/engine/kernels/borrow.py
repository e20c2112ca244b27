"""Arrays that a kernel only borrows, so that it need not count references to them.

Each view of an array counts a reference to its memory and takes it back, by atomic instructions on
a number that all threads share: in loops over short pieces this takes longer than the work itself,
and the more so on several threads.  A borrowed array has no such number.  Whoever calls the kernel
holds the arrays meanwhile.
"""

from __future__ import annotations

from typing import Any

from numba.core import cgutils
from numba.extending import intrinsic

__all__ = ["borrow"]


def _borrow(typingctx: Any, array: Any) -> Any:
    """Return the same array without the count of references to its memory."""
    nothing: Any = cgutils.get_null_value

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        view = context.make_array(array)(context, builder, value=values[0])
        view.meminfo = nothing(view.meminfo.type)
        view.parent = nothing(view.parent.type)
        return view._getvalue()

    return array(array), generate


borrow: Any = intrinsic(_borrow)
