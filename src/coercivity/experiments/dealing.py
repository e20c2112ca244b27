"""Deal the draws of a large ensemble to its chunks of members.

The design spans all members: a Latin hypercube of ten thousand members is not forty of 250. It is
made column by column, held in memory while it is small and in a file beyond that, and every chunk
gets its own members of it. So a member has the same draws whatever the chunks are.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from coercivity.claims.distributions import Draws, dirichlet_shares, draw
from coercivity.errors import InputError
from coercivity.experiments.watch import WatchedDraws
from coercivity.network import build_network
from coercivity.units import convert

if TYPE_CHECKING:
    from coercivity.catalogue import Pack
    from coercivity.claims.quantities import PackQuantity
    from coercivity.experiments.study import Study

__all__ = ["Design", "Part", "PartDraws", "deal"]

FloatArray = NDArray[np.float64]

LARGEST_IN_MEMORY: Final = 2**27
"""Bytes of a design beyond which it is kept in a file."""


@dataclass(frozen=True, eq=False)
class PartDraws(WatchedDraws):
    """Draws of some members of a design.

    Attributes
    ----------
    dealt : mapping of str to float64[part, member]
        Shares of every split of the network, by its key.
    """

    dealt: Mapping[str, FloatArray] = field(default_factory=dict)

    def shares(self, key: str, parts: Sequence[str], *, concentration: str) -> FloatArray:
        """Return float64[part, member]: the shares that these members have in the whole design."""
        self.seen.add(concentration)
        return self.dealt[key]


@dataclass(frozen=True, eq=False)
class _SplitList(WatchedDraws):
    """Draws that write down which splits a network asks for."""

    splits: dict[str, tuple[tuple[str, ...], str]] = field(default_factory=dict)

    def shares(self, key: str, parts: Sequence[str], *, concentration: str) -> FloatArray:
        """Remember the split; return equal shares."""
        self.splits[key] = (tuple(parts), concentration)
        return np.full((len(parts), self.members), 1.0 / len(parts))


@dataclass(frozen=True, eq=False)
class Part:
    """What a process needs to run one chunk of a study.

    Parameters
    ----------
    number : int
        Which chunk.
    draws : PartDraws
        Of its members.
    """

    number: int
    draws: PartDraws


@dataclass(frozen=True, eq=False)
class Design:
    """Draws of all members.

    Parameters
    ----------
    study : Study
    values : float64[row, member]
        Quantities, then the parts of every split.
    quantities : tuple of str
        Ids of the first rows.
    splits : mapping of str to slice
        Rows of each split, by its key.
    units, undrawn : mapping of str to str
        As in :class:`~coercivity.claims.distributions.Draws`.
    inputs : tuple of str
        Quantities that are drawn and vary.
    """

    study: Study
    values: FloatArray
    quantities: tuple[str, ...]
    splits: Mapping[str, slice]
    units: Mapping[str, str]
    undrawn: Mapping[str, str]
    inputs: tuple[str, ...]

    def part(self, number: int) -> Part:
        """Return the draws of a chunk."""
        span = self.study.span(number)
        cut = np.ascontiguousarray(self.values[:, span])
        cut.flags.writeable = False
        draws = PartDraws(
            values_by_id={name: cut[row] for row, name in enumerate(self.quantities)},
            units=dict(self.units),
            members=cut.shape[1],
            seed=self.study.seed,
            inputs=self.inputs,
            undrawn=dict(self.undrawn),
            dealt={key: cut[rows] for key, rows in self.splits.items()},
        )
        return Part(number, draws)


def deal(
    study: Study,
    pack: Pack,
    quantities: Mapping[str, PackQuantity],
    *,
    folder: Path | None = None,
) -> Design:
    """Draw every quantity for all members of a study.

    Parameters
    ----------
    study : Study
    pack : Pack
    quantities : mapping of str to PackQuantity
        The pack's quantities.
    folder : Path, optional
        Where a design too large for memory is kept while it is used; by default the folder for
        temporary files.

    Returns
    -------
    Design
        The numbers of ``draw(quantities, members=study.members, seed=study.seed)``.

    Raises
    ------
    InputError
        If a quantity cannot be drawn, or there is no space for the design.
    """
    few = draw(quantities, members=2, seed=study.seed)
    names, splits = tuple(few), _splits_of(pack, few)
    n_rows = len(names) + sum(len(parts) for parts, _ in splits.values())
    values = _table((n_rows, study.members), folder)
    varying = []
    at_once = None if isinstance(values, np.memmap) else _drawn(study, quantities, names)
    for row, name in enumerate(names):
        column = _drawn(study, quantities, [name]) if at_once is None else at_once
        values[row] = column[name]
        if quantities[name].rule != "formula" and float(np.ptp(values[row])) > 0.0:
            varying.append(name)
    row = len(names)
    places = {}
    for key, (parts, concentration) in splits.items():
        places[key] = slice(row, row + len(parts))
        level = values[names.index(concentration)]
        values[places[key]] = dirichlet_shares(
            key,
            parts,
            members=study.members,
            seed=study.seed,
            concentration=convert(level, few.unit(concentration), "1"),
        )
        row += len(parts)
    return Design(
        study=study,
        values=values,
        quantities=names,
        splits=places,
        units=few.units,
        undrawn=few.undrawn,
        inputs=tuple(varying),
    )


def _drawn(study: Study, quantities: Mapping[str, PackQuantity], names: Sequence[str]) -> Draws:
    return draw(quantities, members=study.members, seed=study.seed, only=names)


def _splits_of(pack: Pack, few: Draws) -> dict[str, tuple[tuple[str, ...], str]]:
    """Parts and concentration of every split that the pack's network makes by chance."""
    listed = _SplitList(
        values_by_id=few.values_by_id,
        units=few.units,
        members=few.members,
        seed=few.seed,
        undrawn=few.undrawn,
    )
    build_network(pack, listed)
    return listed.splits


def _table(shape: tuple[int, int], folder: Path | None) -> FloatArray:
    """Space for a design: in memory, or in a file without a name that goes with the process."""
    size = 8 * shape[0] * shape[1]
    if size <= LARGEST_IN_MEMORY:
        return np.empty(shape)
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            # Without this, a full disk would end the process when a page is first touched.
            os.posix_fallocate(file.fileno(), 0, size)
            return np.memmap(file, dtype=np.float64, mode="r+", shape=shape)
    except OSError as error:
        raise InputError(
            f"no space for the draws of {shape[1]} members: {error.strerror or error}",
            where=str(folder or tempfile.gettempdir()),
            expected=f"{size / 1e9:.1f} GB",
            hint="make room or name another folder, then repeat the command with --resume",
        ) from error
