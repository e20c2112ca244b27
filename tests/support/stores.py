"""Compare chunked stores, array by array, bit by bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from coercivity.results.chunked import open_chunked


def everything(folder: Path) -> dict[str, np.ndarray]:
    """Every array of a store, read."""
    found = {}
    for group in sorted(path.parent.name for path in folder.glob("*/.zgroup")):
        data = open_chunked(folder, group).data.load()
        found |= {f"{group}/{name}": data[name].to_numpy() for name in data.variables}
    return found


def assert_same(first: Path, second: Path) -> None:
    one, two = everything(first), everything(second)
    assert sorted(one) == sorted(two)
    for name, values in one.items():
        assert values.dtype == two[name].dtype, name
        assert values.tobytes() == two[name].tobytes(), name
