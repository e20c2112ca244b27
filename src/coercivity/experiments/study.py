"""A study: everything that decides the numbers of a large ensemble, and how it is cut."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from coercivity.engine.method import Method
from coercivity.errors import UsageError
from coercivity.experiments.ground import span_of
from coercivity.experiments.scenarios import find_scenario, load_scenarios

if TYPE_CHECKING:
    from coercivity.catalogue import Pack

__all__ = ["CHUNK", "Study", "make_study", "pack_digest"]

CHUNK: Final = 250
"""Members per chunk: a chunk of the largest embedded pack, all scenarios, takes 0.12 GB."""


@dataclass(frozen=True)
class Study:
    """What is run, in plain values, so that any process on any machine can run a part of it.

    Parameters
    ----------
    pack : str
        Name of an embedded pack, or the path of a pack's folder on every machine.
    pack_sha256 : str
        Of all its files.
    scenarios : tuple of str
        Ids, in the order of the pack.
    members, seed, chunk : int
        Members of the ensemble, seed of all draws, members per chunk.
    start : date
        Day 0.
    days : int
        Length of the run.
    known_at : date or None
        Count only acts recorded by this day.
    method : Method
        Parameters of the engine.
    held : tuple of (str, float)
        Quantities held at one value, by id, each in its own unit.
    """

    pack: str
    pack_sha256: str
    scenarios: tuple[str, ...]
    members: int
    seed: int
    chunk: int
    start: date
    days: int
    known_at: date | None = None
    method: Method = field(default_factory=Method)
    held: tuple[tuple[str, float], ...] = ()

    @property
    def end(self) -> date:
        """Day after the last."""
        return self.start + timedelta(days=self.days)

    @property
    def n_chunks(self) -> int:
        """Number of chunks."""
        return -(-self.members // self.chunk)

    def span(self, number: int) -> slice:
        """Return the members of a chunk."""
        first = number * self.chunk
        return slice(first, min(first + self.chunk, self.members))

    def identity(self) -> dict[str, Any]:
        """Return what decides the numbers, apart from members and chunk, as plain values."""
        from coercivity import __version__

        return {
            "coercivity": __version__,
            "pack_sha256": self.pack_sha256,
            "scenarios": list(self.scenarios),
            "seed": self.seed,
            "start": self.start.isoformat(),
            "days": self.days,
            "known_at": self.known_at.isoformat() if self.known_at else None,
            "method": asdict(self.method),
            # Only where something is held: stores from before are still what they were.
            **({"held": dict(self.held)} if self.held else {}),
        }


def make_study(
    pack: Pack,
    *,
    members: int,
    seed: int = 1,
    scenarios: Sequence[str] | None = None,
    with_baseline: bool = True,
    chunk: int = CHUNK,
    end: date | None = None,
    known_at: date | None = None,
    method: Method | None = None,
    held: Mapping[str, float] | None = None,
) -> Study:
    """Describe a large ensemble.

    Parameters
    ----------
    pack : Pack
    members, seed : int
        Number of members, and seed of all draws.
    scenarios : sequence of str, optional
        By default all of the pack.
    with_baseline : bool
        Whether the pack's baseline is run too when it was not named.
    chunk : int
        Members per chunk; memory grows with it.
    end : date, optional
        Day after the last; by default the pack's ``network_end``. A later day extends the run:
        the network has no data of its own by date, licences without end stay, and what nobody
        knows about later controls is drawn or assumed as the scenario says.
    known_at : date, optional
        Count only acts recorded by this day.
    method : Method, optional
    held : mapping of str to float, optional
        Quantities held at one value; see :mod:`coercivity.experiments.holding`.

    Returns
    -------
    Study

    Raises
    ------
    UsageError
        If members or chunk is not positive, or the run has no day.
    NotFoundError
        If a scenario is unknown.
    """
    for name, value in (("members", members), ("chunk", chunk)):
        if value < 1:
            raise UsageError(f"{name} is {value}", where=name, expected="one or more")
    if seed < 0:
        raise UsageError(f"seed is {seed}", where="seed", expected="zero or more")
    start, days = span_of(pack, end)
    return Study(
        pack=_pack_name(pack),
        pack_sha256=pack_digest(pack),
        scenarios=_chosen(pack, scenarios, with_baseline=with_baseline),
        members=members,
        seed=seed,
        chunk=min(chunk, members),
        start=start,
        days=days,
        known_at=known_at,
        method=method or Method(),
        held=tuple(sorted((name, float(value)) for name, value in (held or {}).items())),
    )


def _chosen(pack: Pack, wanted: Sequence[str] | None, *, with_baseline: bool) -> tuple[str, ...]:
    """Ids in the order of the pack, the baseline among them."""
    known = load_scenarios(pack)
    names = {find_scenario(known, name).id for name in wanted or ()}
    baseline = str(pack.meta.get("baseline_scenario") or "")
    if names and with_baseline and baseline:
        names.add(baseline)
    return tuple(s.id for s in known if not names or s.id in names)


def _pack_name(pack: Pack) -> str:
    """Name of an embedded pack, which may lie elsewhere on another machine, or the path."""
    from coercivity.catalogue.pack import packs_folder

    if pack.root.resolve().parent == packs_folder().resolve():
        return pack.root.name
    return str(pack.root.resolve())


def pack_digest(pack: Pack) -> str:
    """Return the SHA-256, hexadecimal, of the sorted names and bytes of a pack's files."""
    digest = hashlib.sha256()
    for path in sorted(p for p in pack.root.rglob("*") if p.is_file()):
        if path.name.startswith(".") or path.suffix in (".pyc", ".swp"):
            continue
        digest.update(path.relative_to(pack.root).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
