"""Results as netCDF files: same results, same bytes; all of it or nothing.

Numbers keep their full precision. Files are packed with zstandard, one of the filters that come
with netCDF-C since 4.9; programs that read HDF5 without netCDF need its plugin (filter 32015).
Where this installation lacks it, zlib is used, at about four times the cost.
"""

from __future__ import annotations

import os
import tempfile
import threading
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from coercivity.errors import InputError, NotFoundError
from coercivity.results.model import Results

__all__ = ["open_results", "save_results"]

_LEVEL = 1
"""Level of compression: larger is slower and saves little on such series."""

_ONE_AT_A_TIME = threading.Lock()
"""The netCDF and HDF5 libraries must not be entered by two threads at once."""


def save_results(results: Results, path: str | Path) -> Path:
    """Write results to a netCDF file.

    The file is written beside its place and moved there when it is complete.

    Parameters
    ----------
    results : Results
    path : str or Path
        Ends in ``.nc``; the folder is made if it is missing.

    Returns
    -------
    Path

    Raises
    ------
    InputError
        If the file cannot be written: no space, no permission, a folder in its place.
    """
    target = Path(path)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(
            prefix=f".{target.name}.", suffix=".part", dir=target.parent
        )
    except OSError as error:
        raise _unwritable(target, error) from error
    os.close(handle)
    part = Path(name)
    try:
        _write(results.data, part)
        part.chmod(0o644)
        part.replace(target)
    except (OSError, RuntimeError) as error:
        raise _unwritable(target, error) from error
    finally:
        part.unlink(missing_ok=True)
    return target


def _write(data: xr.Dataset, path: Path) -> None:
    """Write a dataset; nothing in the file depends on the clock or the machine."""
    packed = _compression()
    encoding: dict[str, dict[str, Any]] = {
        str(name): {**packed, **_chunks(variable)}
        for name, variable in data.data_vars.items()
        if variable.size and np.issubdtype(variable.dtype, np.number)
    }
    encoding["day"] = {"units": "days since 1970-01-01", "dtype": "int32"}
    with _ONE_AT_A_TIME:
        data.to_netcdf(path, engine="netcdf4", format="NETCDF4", encoding=encoding)


def _chunks(variable: xr.DataArray) -> dict[str, Any]:
    """One chunk per row of a series: one site is read alone, and fits a processor's cache."""
    return {"chunksizes": (1, *variable.shape[1:])} if variable.ndim > 2 else {}


def _compression() -> dict[str, Any]:
    """Lossless compression that this installation of netCDF can write."""
    import netCDF4

    if getattr(netCDF4, "__has_zstandard_support__", False):
        return {"compression": "zstd", "complevel": _LEVEL}
    return {"compression": "zlib", "complevel": _LEVEL, "shuffle": True}


def _unwritable(path: Path, error: Exception) -> InputError:
    """Error of a file that cannot be written."""
    cause = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return InputError(
        f"the results cannot be written: {cause}",
        where=str(path),
        expected="a folder with space that this user may write to",
        hint="choose another place, or make room; nothing was left behind",
    )


def open_results(path: str | Path) -> Results:
    """Read results from a netCDF file.

    Parameters
    ----------
    path : str or Path

    Raises
    ------
    NotFoundError
        If there is no such file.
    InputError
        If the file is not one of ours.
    """
    source = Path(path)
    if not source.is_file():
        raise NotFoundError("no such file", where=str(source), expected="a results file (.nc)")
    try:
        with _ONE_AT_A_TIME, xr.open_dataset(source, engine="netcdf4") as opened:
            data = opened.load()
    except (OSError, ValueError, RuntimeError) as error:
        raise InputError(
            "the file is not readable as results", where=str(source), expected="netCDF"
        ) from error
    missing = [name for name in ("start", "days") if name not in data.attrs]
    if missing or "line_down_day" not in data:
        raise InputError(
            "the file holds no results of a simulation",
            where=str(source),
            expected="a file written by save_results",
        )
    return Results(data)
