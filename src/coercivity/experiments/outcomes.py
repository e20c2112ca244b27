"""What an ensemble says, as a few plain tables: the numbers behind every picture of a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from coercivity.errors import UsageError
from coercivity.experiments.comparison import compare, lost_output, sectors, total_of
from coercivity.experiments.sensitivity import rank_quantities
from coercivity.experiments.tables import cover_bands, export_flows, licence_ledger

if TYPE_CHECKING:
    import pandas as pd

    from coercivity.experiments.ensemble import Ensemble

__all__ = ["outcome_tables", "reference_scenario"]

LOWEST_COVERS: Final = 6
"""Places shown for each scenario: those whose median stock falls lowest."""


def reference_scenario(ensemble: Ensemble) -> str:
    """Return the scenario that stands for what is reported, or the first that is no baseline.

    Parameters
    ----------
    ensemble : Ensemble

    Returns
    -------
    str
        Id; the baseline itself if nothing else was run.
    """
    wanted = (ensemble.setting.pack.meta.get("phrases") or {}).get("reference")
    others = [name for name in ensemble.results if name != ensemble.baseline]
    if wanted in others:
        return str(wanted)
    return others[0] if others else ensemble.baseline


def outcome_tables(ensemble: Ensemble) -> dict[str, pd.DataFrame]:
    """Return the tables of an ensemble.

    Parameters
    ----------
    ensemble : Ensemble

    Returns
    -------
    dict of str to pandas.DataFrame
        ``lost``, ``bands`` and ``stops`` as in
        :class:`~coercivity.experiments.comparison.Comparison`; ``cover``, ``flows`` and
        ``licences`` with the columns ``scenario_id, scenario`` before those of
        :mod:`coercivity.experiments.tables`; ``ranking`` of the quantities behind the lost output
        of :func:`reference_scenario`, empty where it cannot be made. Tables without rows are empty
        frames.
    """
    compared = compare(ensemble)
    return {
        "lost": compared.lost,
        "bands": compared.bands,
        "stops": compared.stops,
        "cover": _joined(_covers(ensemble)),
        "flows": _joined(_flows(ensemble)),
        "licences": _joined(_licences(ensemble)),
        "ranking": _ranking(ensemble),
    }


def _joined(frames: Iterator[pd.DataFrame]) -> pd.DataFrame:
    import pandas as pd

    found = [frame for frame in frames if len(frame)]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame()


def _marked(ensemble: Ensemble, scenario: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Put the scenario before the columns of a table."""
    title = ensemble.plans[scenario].scenario.title
    rest = frame.drop(columns="scenario", errors="ignore")
    marks = {"scenario_id": scenario, "scenario": title}
    return rest.assign(**marks)[[*marks, *rest.columns]]


def _covers(ensemble: Ensemble) -> Iterator[pd.DataFrame]:
    for name in ensemble.results:
        if name == ensemble.history:
            # Set beside observations: it keeps no stocks.
            continue
        frame = cover_bands(ensemble, name)
        if not len(frame):
            continue
        lowest = frame.groupby("place_id", sort=True)["p50"].min().sort_values(kind="stable")
        order = {place: rank for rank, place in enumerate(lowest.index[:LOWEST_COVERS])}
        kept = frame[frame["place_id"].isin(order)]
        kept = kept.assign(_rank=kept["place_id"].map(order))
        kept = kept.sort_values(["_rank", "date"], kind="stable").drop(columns="_rank")
        yield _marked(ensemble, name, kept)


def _flows(ensemble: Ensemble) -> Iterator[pd.DataFrame]:
    for name in ensemble.results:
        if name != ensemble.baseline:
            yield _marked(ensemble, name, export_flows(ensemble, name))


def _licences(ensemble: Ensemble) -> Iterator[pd.DataFrame]:
    for name in ensemble.results:
        frame = licence_ledger(ensemble, name)
        if len(frame):
            named = frame.assign(allowances=[", ".join(ids) for ids in frame["allowances"]])
            yield _marked(ensemble, name, named)


def _ranking(ensemble: Ensemble) -> pd.DataFrame:
    """Quantities by their share of the variance of lost output; empty if there is nothing to rank.

    A few members, or an outcome that does not vary, are no fault of the run.
    """
    import pandas as pd

    name = reference_scenario(ensemble)
    whole = total_of(ensemble.setting.pack)
    known = sectors(ensemble)
    if name == ensemble.baseline or not known:
        return pd.DataFrame()
    is_summed = whole is not None and any(sector.unit == whole.unit for sector in known)
    try:
        lost = lost_output(ensemble, name, sector=None if is_summed else known[0].id)
        found = rank_quantities(
            ensemble.draws,
            lost,
            quantities=ensemble.setting.quantities,
            name="lost output",
            among=ensemble.used(name),
            seed=ensemble.setting.seed,
        )
    except UsageError:
        return pd.DataFrame()
    table = found.table.assign(sources=[", ".join(row) for row in found.table["sources"]])
    return _marked(ensemble, name, table)


def plain_columns(table: pd.DataFrame) -> Mapping[str, list[object]]:
    """Return a table as lists of plain values, ready for JSON: dates as text, gaps as None.

    Parameters
    ----------
    table : pandas.DataFrame

    Returns
    -------
    dict of str to list
        By column; numbers to nine figures, so that the last bits of a sum do not matter.
    """
    import pandas as pd

    found: dict[str, list[object]] = {}
    for name in table.columns:
        column = table[name]
        if pd.api.types.is_datetime64_any_dtype(column):
            texts = column.dt.strftime("%Y-%m-%d")
            found[str(name)] = [None if pd.isna(value) else str(value) for value in texts]
        else:
            found[str(name)] = [_plain(value) for value in column.tolist()]
    return found


def _plain(value: object) -> object:
    if value is None or value != value:
        return None
    if isinstance(value, float):
        return float(f"{value:.9g}")
    return value if isinstance(value, bool | int) else str(value)
