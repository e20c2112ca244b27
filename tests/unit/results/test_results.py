import errno
import os
import stat
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coercivity.engine import Record, simulate
from coercivity.engine.schedule import CLOSED, open_schedule
from coercivity.errors import InputError, NotFoundError, UsageError
from coercivity.results import (
    bands,
    days_of_cover,
    licence_table,
    line_down_table,
    load_variables,
    make_results,
    not_built,
    open_results,
    save_results,
)
from support.engine_networks import START, compile_spec, pair


@pytest.fixture
def results():
    spec = pair(days_cover=5.0, lead=3)
    spec.n_members = 4
    spec.slots[0].cover = np.array([5.0, 7.0, 9.0, 11.0])
    net = compile_spec(spec)
    base = open_schedule(START, 30, n_lanes=1, n_members=4)
    gate = np.array([[0], [CLOSED]], np.int8)
    schedule = replace(
        base,
        gate_days=np.array([0, 4], np.int32),
        gate=gate,
        reason=np.full(gate.shape, -1, np.int32),
    )
    return simulate(net, schedule, record=Record(sites=["maker", "mine"], flows={"ore": [0]}))


def test_every_variable_is_described_and_every_described_one_is_made(results):
    catalogue = load_variables()
    assert set(catalogue) == set(results.data.data_vars)
    for name, entry in catalogue.items():
        assert results[name].dims == entry.dims
        assert results[name].attrs["units"] == entry.unit
        assert entry.description


def test_bands_are_quantiles_of_the_members(results):
    table = bands(results, "site_output", quantiles=(0.0, 0.5, 1.0))
    day = table[(table["site_selected"] == "maker") & (table["day"] == pd.Timestamp("2025-01-14"))]
    # On day 13 the members with 5 days of stock (down on day 12) make nothing.
    assert day[["q00", "q50", "q100"]].to_numpy()[0].tolist() == [0.0, 100.0, 100.0]
    assert day["mean"].item() == pytest.approx(75.0)
    assert table.attrs["units"] == {"maker": "t/day", "mine": "t/day"}
    share = bands(results, "output_sector", relative=True)
    assert share["q50"].iloc[0] == pytest.approx(1.0)
    assert share.attrs["units"] == {"cars": "share"}


def test_bands_need_a_daily_variable_and_shares(results):
    with pytest.raises(UsageError, match="by row, day and member"):
        bands(results, "lost_output")
    with pytest.raises(UsageError, match="shares from 0 to 1"):
        bands(results, "site_output", quantiles=(1.5,))
    with pytest.raises(UsageError, match="no baseline"):
        bands(results, "shipped", relative=True)
    with pytest.raises(NotFoundError, match="no variable 'weather'"):
        bands(results, "weather")


def test_line_down_table_counts_and_dates(results):
    table = line_down_table(results, sites=["maker"], quantiles=(0.0, 1.0))
    row = table.iloc[0]
    assert row["share"] == 1.0
    assert row["q00"] == pd.Timestamp(START + timedelta(days=4 + 3 + 5))
    assert row["q100"] == pd.Timestamp(START + timedelta(days=4 + 3 + 11))
    assert table.attrs["units"]["share"] == "share"
    with pytest.raises(NotFoundError):
        line_down_table(results, sites=["nobody"])


def test_not_built_is_the_loss_by_site_and_by_sector(results):
    table = not_built(results, quantiles=(0.0, 1.0))
    assert table["site"].tolist() == ["maker"]
    assert table["q100"].item() == pytest.approx(100.0 * 18)
    assert table["q00"].item() == pytest.approx(100.0 * 12)
    assert table["unit"].item() == "t"
    by_sector = not_built(results, by="sector")
    assert by_sector[["sector", "item"]].to_numpy().tolist() == [["cars", "car"]]
    with pytest.raises(UsageError):
        not_built(results, by="colour")


def test_days_of_cover_are_blank_without_inputs(results):
    table = days_of_cover(results)
    assert table[table["site_selected"] == "mine"]["q50"].isna().all()
    maker = table[table["site_selected"] == "maker"]
    assert maker["q50"].iloc[0] == pytest.approx(8.0)
    assert table.attrs["units"] == {"maker": "day", "mine": "day"}


def test_licence_table_is_empty_without_licences(results):
    assert licence_table(results).empty


def test_files_are_the_same_bytes_and_come_back_whole(results, tmp_path):
    first = save_results(results, tmp_path / "new" / "a.nc")
    second = save_results(results, tmp_path / "b.nc")
    assert first.read_bytes() == second.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.nc", "new"]
    again = open_results(first)
    assert again.attrs["start"] == "2025-01-01"
    for name, variable in results.data.data_vars.items():
        np.testing.assert_array_equal(variable.to_numpy(), again.data[name].to_numpy())
    assert again["site_output"].attrs["units"] == results["site_output"].attrs["units"]
    table = line_down_table(again)
    pd.testing.assert_frame_equal(table, line_down_table(results))
    assert stat.S_IMODE(first.stat().st_mode) == 0o644


def test_results_from_a_file_cannot_explain_themselves(results, tmp_path):
    again = open_results(save_results(results, tmp_path / "a.nc"))
    with pytest.raises(UsageError, match="read from a file"):
        again.why("maker", START)


def test_a_full_disk_leaves_nothing_behind(results, tmp_path, monkeypatch):
    target = tmp_path / "a.nc"
    target.write_bytes(b"old")

    def full(self, other):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(InputError, match="No space left on device") as raised:
        save_results(results, target)
    assert raised.value.exit_code == 3
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.nc"]


def test_a_place_that_is_no_folder_is_refused(results, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="cannot be written"):
        save_results(results, tmp_path / "file" / "a.nc")


def test_what_is_not_ours_is_refused(tmp_path):
    with pytest.raises(NotFoundError):
        open_results(tmp_path / "none.nc")
    (tmp_path / "text.nc").write_text("not netCDF")
    with pytest.raises(InputError, match="not readable as results"):
        open_results(tmp_path / "text.nc")
    import xarray as xr

    xr.Dataset({"a": ("x", [1.0])}).to_netcdf(tmp_path / "other.nc")
    with pytest.raises(InputError, match="no results of a simulation"):
        open_results(tmp_path / "other.nc")


def test_an_undescribed_variable_is_refused():
    with pytest.raises(NotFoundError, match="not described"):
        make_results({"weather": np.zeros(1)}, coords={}, attrs={})


@pytest.mark.parametrize("zstandard", [True, False])
def test_files_keep_every_bit_with_either_compression(results, tmp_path, monkeypatch, zstandard):
    import netCDF4

    if zstandard and not netCDF4.__has_zstandard_support__:
        pytest.skip("this installation of netCDF cannot write zstandard")
    monkeypatch.setattr(netCDF4, "__has_zstandard_support__", zstandard)
    path = save_results(results, tmp_path / "a.nc")
    with netCDF4.Dataset(path) as opened:
        series = opened["site_output"]
        assert series.filters()["zstd"] == zstandard
        assert series.filters()["zlib"] != zstandard
        assert series.chunking() == [1, *series.shape[1:]]
    for name, variable in results.data.data_vars.items():
        np.testing.assert_array_equal(variable.to_numpy(), open_results(path).data[name].to_numpy())
