"""Inputs, errors, checkpoints and explanations of the cascade of failures."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coercivity.engine import cascade, cascade_checkpoint, cascade_graph
from coercivity.engine.cascade import CascadeMethod, systemic_risk
from coercivity.engine.cascade_graph import build_firm_graph
from coercivity.engine.cascade_why import LOST_SALES, NON_ESSENTIAL_INPUTS, why_failure
from coercivity.errors import InputError, UsageError
from coercivity.network.generate import generate_firms
from coercivity.options import Options

NAMES = ["ore", "metal", "rival", "magnet", "motor", "paint"]


@pytest.fixture
def firms():
    return pd.DataFrame(
        {
            "sector": ["mine", "smelter", "smelter", "parts", "parts", "chemistry"],
            "output": [10.0, 8.0, 2.0, 9.0, 30.0, 4.0],
        },
        index=NAMES,
    )


@pytest.fixture
def lanes():
    rows = [
        ("ore", "metal", 6.0),
        ("ore", "rival", 1.0),
        ("metal", "magnet", 5.0),
        ("magnet", "motor", 6.0),
        ("paint", "motor", 2.0),
    ]
    return pd.DataFrame(rows, columns=["supplier", "buyer", "weight"])


@pytest.fixture
def needs():
    sectors = ["chemistry", "mine", "parts", "smelter"]
    table = pd.DataFrame(2, index=sectors, columns=sectors)
    table.loc["chemistry"] = 1
    return table


@pytest.fixture(scope="module")
def network():
    return generate_firms(700, 3500, seed=11, n_sectors=20)


@pytest.fixture(scope="module")
def graph(network):
    return build_firm_graph(network.firms, network.lanes, essentiality=network.essentiality)


def same(left, right):
    assert list(left.data_vars) == list(right.data_vars)
    assert left.failure.values.tolist() == right.failure.values.tolist()
    for name in left.data_vars:
        assert left[name].values.tobytes() == right[name].values.tobytes(), name


class TestAnswer:
    def test_labels_follow_the_table_of_firms(self, firms, lanes, needs):
        found = systemic_risk(build_firm_graph(firms, lanes, essentiality=needs))
        assert list(found.failure.values) == NAMES
        assert bool(found.converged.all())
        assert (found.esri >= found.direct - 1e-15).all()
        assert found.esri.attrs["units"] == "share of the output of all firms"
        np.testing.assert_allclose(found.direct, firms["output"] / firms["output"].sum())

    def test_chosen_firms_and_scenarios(self, firms, lanes, needs):
        graph = build_firm_graph(firms, lanes, essentiality=needs)
        every = systemic_risk(graph)
        some = systemic_risk(graph, failures=["motor", "ore"])
        assert list(some.failure.values) == ["motor", "ore"]
        assert float(some.esri[1]) == float(every.esri.sel(failure="ore"))
        named = systemic_risk(
            graph, failures={"one": "ore", "two": ["ore", "paint"], "part": {"ore": 0.5}}
        )
        assert float(named.esri[0]) == float(every.esri.sel(failure="ore"))
        assert float(named.esri[1]) > float(named.esri[0]) > float(named.esri[2]) > 0.0

    def test_losses_have_labels(self, firms, lanes, needs):
        graph = build_firm_graph(firms, lanes, essentiality=needs)
        found = systemic_risk(graph, failures=["ore"], keep_losses=True)
        losses = found.loss_downstream.sel(failure="ore")
        assert float(losses.sel(firm="magnet")) == 1.0
        assert float(losses.sel(firm="paint")) == 0.0
        worse = np.maximum(losses, found.loss_upstream.sel(failure="ore"))
        weights = firms["output"] / firms["output"].sum()
        assert float(found.esri[0]) == pytest.approx(float(worse.values @ weights))

    def test_a_firm_without_lanes_loses_itself_only(self, firms, lanes, needs):
        lonely = pd.concat([firms, pd.DataFrame({"sector": ["mine"], "output": [3.0]}, ["far"])])
        found = systemic_risk(build_firm_graph(lonely, lanes, essentiality=needs))
        assert float(found.esri.sel(failure="far")) == pytest.approx(3.0 / 66.0)

    def test_no_lanes_at_all_and_no_output(self, firms, lanes):
        nothing = build_firm_graph(firms[["sector"]], lanes.iloc[:0])
        assert systemic_risk(nothing).esri.values.tolist() == [0.0] * 6

    def test_lanes_of_weight_zero_change_nothing(self, firms, lanes, needs):
        extra = pd.DataFrame([("motor", "ore", 0.0)], columns=lanes.columns)
        more = pd.concat([lanes, extra], ignore_index=True)
        left = systemic_risk(build_firm_graph(firms, lanes, essentiality=needs))
        same(left, systemic_risk(build_firm_graph(firms, more, essentiality=needs)))

    def test_without_classes_everything_is_essential(self, firms, lanes, needs):
        strict = systemic_risk(build_firm_graph(firms, lanes))
        loose = systemic_risk(build_firm_graph(firms, lanes, essentiality=needs))
        assert float(strict.esri_downstream[5]) > float(loose.esri_downstream[5])

    def test_a_cascade_cut_off_says_so(self, graph):
        found = systemic_risk(graph, failures=[0, 1], method=CascadeMethod(max_steps=2))
        assert found.steps.values.tolist() == [2, 2]
        assert not found.converged.any()
        assert (found.last_change > found.attrs["tolerance"]).all()

    def test_progress_ends_with_one(self, graph):
        seen = []
        systemic_risk(graph, options=Options(progress=lambda *stage: seen.append(stage)))
        assert seen[-1] == ("systemic risk", 1.0)
        assert [share for _, share in seen] == sorted(share for _, share in seen)


class TestSameBits:
    @pytest.mark.parametrize("block_size", [1, 3, 8, 64, 1000])
    @pytest.mark.parametrize("threads", [1, 3])
    def test_whatever_the_blocks_and_threads(self, graph, threads, block_size):
        expected = systemic_risk(graph, options=Options(threads=1), block_size=32)
        found = systemic_risk(graph, options=Options(threads=threads), block_size=block_size)
        same(expected, found)

    def test_whatever_else_fails(self, graph):
        every = systemic_risk(graph)
        order = np.random.default_rng(0).permutation(700)[:90]
        found = systemic_risk(graph, failures=order)
        same(every.sel(failure=order), found)


class TestBadInput:
    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"weight": np.nan}, "lanes, row 1: weight is not a finite number"),
            ({"weight": np.inf}, "lanes, row 1: weight is not a finite number"),
            ({"weight": -1.0}, "lanes, row 1: negative weight"),
            ({"buyer": "ore"}, "lanes, row 1: a firm supplies itself"),
            ({"buyer": "nobody"}, "lanes, row 1: unknown buyer"),
            ({"supplier": "nobody"}, "lanes, row 1: unknown supplier"),
        ],
    )
    def test_lanes(self, firms, lanes, change, message):
        for column, value in change.items():
            lanes.loc[1, column] = value
        with pytest.raises(InputError, match=message):
            build_firm_graph(firms, lanes)

    def test_weights_that_are_words(self, firms, lanes):
        lanes["weight"] = "much"
        with pytest.raises(InputError, match="no numbers"):
            build_firm_graph(firms, lanes)

    def test_many_bad_rows_are_counted(self, firms):
        lanes = pd.DataFrame({"supplier": ["ore"] * 50, "buyer": "metal", "weight": -1.0})
        with pytest.raises(InputError, match="30 more rows"):
            build_firm_graph(firms, lanes)

    def test_index_out_of_range(self, network):
        lanes = network.lanes.copy()
        lanes.loc[3, "buyer"] = 700
        with pytest.raises(InputError, match="lanes, row 3: unknown buyer"):
            build_firm_graph(network.firms, lanes)

    @pytest.mark.parametrize("sector", ["space", None])
    def test_unknown_sector(self, firms, lanes, needs, sector):
        firms.loc["paint", "sector"] = sector
        with pytest.raises(InputError, match="firms, row paint: unknown sector"):
            build_firm_graph(firms, lanes, essentiality=needs)

    def test_doubled_firm(self, firms, lanes):
        firms.index = ["ore", *NAMES[:-1]]
        with pytest.raises(InputError, match="second firm"):
            build_firm_graph(firms, lanes)

    @pytest.mark.parametrize("value", [np.nan, -1.0, 1.0])
    def test_output_that_does_not_cover_the_lanes(self, firms, lanes, value):
        firms.loc["metal", "output"] = value
        with pytest.raises(InputError, match="column output, row metal"):
            build_firm_graph(firms, lanes)

    def test_classes(self, firms, lanes, needs):
        with pytest.raises(InputError, match="named unlike"):
            build_firm_graph(firms, lanes, essentiality=needs.iloc[:2])
        needs.iloc[0, 0] = 3
        with pytest.raises(InputError, match="0, 1 and 2"):
            build_firm_graph(firms, lanes, essentiality=needs)

    def test_missing_columns_and_no_firms(self, firms, lanes):
        with pytest.raises(InputError, match="no column weight"):
            build_firm_graph(firms, lanes.drop(columns="weight"))
        with pytest.raises(InputError, match="no firms"):
            build_firm_graph(firms.iloc[:0], lanes)

    def test_more_rows_than_int32_counts(self, firms, lanes, monkeypatch):
        with pytest.raises(InputError, match="2147483648 rows are more than int32"):
            cascade_graph._check_counts(10, 2**31)
        monkeypatch.setattr(cascade_graph, "_LIMIT", 4)
        with pytest.raises(InputError, match="6 rows are more"):
            build_firm_graph(firms, lanes)

    @pytest.mark.parametrize(
        ("failures", "message"),
        [
            (["nobody"], "no such firm: nobody"),
            ({"a": []}, "without firms"),
            ({"a": ["ore", "ore"]}, "one twice"),
            ({"a": {"ore": 1.5}}, "loss of 1.5"),
            ({"a": {"ore": np.nan}}, "loss of nan"),
        ],
    )
    def test_failures(self, firms, lanes, failures, message):
        with pytest.raises(InputError, match=message):
            systemic_risk(build_firm_graph(firms, lanes), failures=failures)

    def test_contradictions(self, graph, tmp_path):
        with pytest.raises(UsageError):
            CascadeMethod(tolerance=-1.0)
        with pytest.raises(UsageError):
            CascadeMethod(max_steps=0)
        with pytest.raises(UsageError):
            systemic_risk(graph, block_size=0)
        with pytest.raises(UsageError):
            systemic_risk(graph, keep_losses=True, checkpoint=tmp_path)


@pytest.fixture
def chunks(monkeypatch):
    """Cut the 700 failures of the test network into seven blocks."""
    monkeypatch.setattr(cascade, "CHUNK", 100)


class TestCheckpoint:
    def test_goes_on_where_it_was(self, graph, tmp_path, chunks, monkeypatch):
        expected = systemic_risk(graph)
        same(expected, systemic_risk(graph, checkpoint=tmp_path))
        files = sorted(tmp_path.glob("*.npy"))
        assert len(files) == 7
        whole = {path.name: path.read_bytes() for path in files}
        for path in files[2:5]:
            path.unlink()
        (tmp_path / "failures_00000200.part").write_bytes(b"half a block")
        ran = []
        run = cascade.run_chunk
        monkeypatch.setattr(
            cascade, "run_chunk", lambda *a, **k: (ran.append(k["chunk"].start), run(*a, **k))
        )
        same(expected, systemic_risk(graph, checkpoint=tmp_path))
        assert sorted(ran) == [200, 300, 400]
        assert {p.name: p.read_bytes() for p in tmp_path.glob("*.npy")} == whole

    def test_belongs_to_one_network_and_method(self, network, graph, tmp_path, chunks):
        systemic_risk(graph, checkpoint=tmp_path)
        with pytest.raises(InputError, match=r"another run: method differ"):
            systemic_risk(graph, checkpoint=tmp_path, method=CascadeMethod(tolerance=1e-3))
        with pytest.raises(InputError, match=r"failures, n_failures differ"):
            systemic_risk(graph, checkpoint=tmp_path, failures=[1, 2])
        lanes = network.lanes.copy()
        lanes.loc[0, "weight"] *= 1.0 + 1e-15
        other = build_firm_graph(
            network.firms.assign(output=lambda t: t["output"] * 2),
            lanes,
            essentiality=network.essentiality,
        )
        with pytest.raises(InputError, match=r"network differ"):
            systemic_risk(other, checkpoint=tmp_path)

    def test_damaged_files_are_named(self, graph, tmp_path, chunks):
        systemic_risk(graph, checkpoint=tmp_path)
        path = tmp_path / "failures_00000300.npy"
        path.write_bytes(path.read_bytes()[:-8])
        with pytest.raises(InputError, match=r"failures_00000300\.npy"):
            systemic_risk(graph, checkpoint=tmp_path)
        (tmp_path / "manifest.json").write_text("{")
        with pytest.raises(InputError, match=r"manifest\.json"):
            systemic_risk(graph, checkpoint=tmp_path)

    def test_a_folder_of_something_else_is_left_alone(self, graph, tmp_path):
        (tmp_path / "thesis.txt").write_text("all I have")
        with pytest.raises(InputError, match="other files"):
            systemic_risk(graph, checkpoint=tmp_path)
        assert [p.name for p in tmp_path.iterdir()] == ["thesis.txt"]

    def test_a_full_disk_leaves_nothing_half_written(self, graph, tmp_path, chunks, monkeypatch):
        def full(*arguments, **options):
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr(cascade_checkpoint.np, "save", full)
            with pytest.raises(InputError, match="No space left on device"):
                systemic_risk(graph, checkpoint=tmp_path)
        assert [p.name for p in tmp_path.iterdir()] == ["manifest.json"]
        same(systemic_risk(graph), systemic_risk(graph, checkpoint=tmp_path))

    def test_killed_and_taken_up_again(self, tmp_path):
        script = (
            "import sys; from pathlib import Path\n"
            "from coercivity.engine import cascade\n"
            "from coercivity.engine.cascade_graph import build_firm_graph\n"
            "from coercivity.network.generate import generate_firms\n"
            "from coercivity.options import Options\n"
            "cascade.CHUNK = 20\n"
            "net = generate_firms(1500, 9000, seed=2, n_sectors=30)\n"
            "graph = build_firm_graph(net.firms, net.lanes, essentiality=net.essentiality)\n"
            "found = cascade.systemic_risk(\n"
            "    graph, checkpoint=sys.argv[1], options=Options(threads=2))\n"
            "Path(sys.argv[2]).write_bytes(\n"
            "    b''.join(found[name].values.tobytes() for name in sorted(found.variables)))\n"
        )

        def start(folder, answer):
            return subprocess.Popen([sys.executable, "-c", script, str(folder), str(answer)])

        whole, killed = tmp_path / "whole", tmp_path / "killed"
        assert start(whole, tmp_path / "expected").wait() == 0
        process = start(killed, tmp_path / "none")
        while len(list(killed.glob("*.npy"))) < 5 and process.poll() is None:
            time.sleep(0.002)
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        n_kept = len(list(killed.glob("*.npy")))
        assert 5 <= n_kept < 75
        assert not (tmp_path / "none").exists()
        assert start(killed, tmp_path / "found").wait() == 0
        assert (tmp_path / "found").read_bytes() == (tmp_path / "expected").read_bytes()
        files = sorted(path.name for path in whole.iterdir())
        assert len(files) == 76
        for name in files:
            assert (killed / name).read_bytes() == (whole / name).read_bytes()

    def test_manifest_says_what_it_belongs_to(self, graph, tmp_path, chunks):
        systemic_risk(graph, checkpoint=tmp_path)
        manifest = json.loads((tmp_path / "manifest.json").read_text())
        assert manifest["network"] == graph.fingerprint()
        assert manifest["method"]["tolerance"] == 1e-9


class TestWhy:
    def test_names_the_binding_sector_and_the_path(self, firms, lanes, needs):
        graph = build_firm_graph(firms, lanes, essentiality=needs)
        answer = why_failure(graph, "ore").set_index("firm")
        assert answer.loc["magnet", "binding"] == "smelter"
        assert answer.loc["magnet", "partner"] == "metal"
        assert answer.loc["magnet", "path"] == ("ore", "metal", "magnet")
        assert answer.loc["motor", "path"] == ("ore", "metal", "magnet", "motor")
        assert set(answer["channel"]) == {"downstream"}
        assert "paint" not in answer.index

    def test_lost_sales(self, firms, lanes, needs):
        graph = build_firm_graph(firms, lanes, essentiality=needs)
        answer = why_failure(graph, "motor").set_index("firm")
        assert answer.loc["metal", "channel"] == "upstream"
        assert answer.loc["metal", "binding"] == LOST_SALES
        assert answer.loc["metal", "path"] == ("motor", "magnet", "metal")
        assert answer.loc["paint", "loss"] == pytest.approx(0.5)

    def test_inputs_that_are_not_essential(self, firms, lanes, needs):
        graph = build_firm_graph(firms, lanes, essentiality=needs)
        answer = why_failure(graph, {"paint": 1.0}).set_index("firm")
        assert answer.loc["motor", "binding"] == NON_ESSENTIAL_INPUTS
        assert answer.loc["motor", "loss"] == pytest.approx(0.25)

    def test_contributions_add_up_to_the_index(self, graph):
        answer = why_failure(graph, 3, n_firms=700)
        found = systemic_risk(graph, failures=[3])
        total = answer["contribution"].sum() + float(found.direct[0])
        assert total == pytest.approx(float(found.esri[0]), abs=1e-12)
        assert answer["contribution"].is_monotonic_decreasing
        assert all(path[0] == 3 for path in answer["path"])
        assert all(row.path[-1] == row.firm for row in answer.itertuples())

    def test_bad_questions(self, graph):
        with pytest.raises(UsageError):
            why_failure(graph, 3, n_firms=0)
        with pytest.raises(InputError, match="no such firm"):
            why_failure(graph, "nobody")


def test_the_checkpoint_folder_is_made(graph, tmp_path, chunks):
    folder = tmp_path / "deep" / "down"
    systemic_risk(graph, failures=[1], checkpoint=str(folder))
    assert sorted(p.name for p in Path(folder).iterdir()) == [
        "failures_00000000.npy",
        "manifest.json",
    ]
