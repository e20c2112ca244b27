"""Pictures: same bytes every time, a description, no outside reference, nothing by colour alone."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from datetime import date

import altair
import numpy as np
import pandas as pd
import pytest
from jsonschema import Draft7Validator

from coercivity import figures
from coercivity.errors import InputError
from coercivity.figures.figure import WIDTH
from coercivity.figures.grammar import records

SVG = "{http://www.w3.org/2000/svg}"
DAYS = pd.date_range("2025-04-01", periods=120)


def _bands(column: str, names: list[str], scenarios: tuple[str, ...] = ("a", "b")) -> pd.DataFrame:
    frames = []
    for i, name in enumerate(names):
        for j, scenario in enumerate(scenarios):
            middle = np.linspace(1.0, 0.3 + 0.1 * i + 0.2 * j, len(DAYS))
            frames.append(
                pd.DataFrame(
                    {
                        column: name,
                        "scenario": scenario,
                        "date": DAYS,
                        "p05": middle * 0.8,
                        "p50": middle,
                        "p95": middle * 1.1,
                    }
                )
            )
    return pd.concat(frames)


def _all() -> dict[str, figures.Figure]:
    licences = _bands("licence", ["L1"], ("a",)).assign(unit="t")
    comparison = pd.DataFrame(
        {"scenario": ["x", "y"], "p05": [1e4, 0.0], "p50": [2e4, 5.0], "p95": [3e4, 9.0]}
    )
    stops = pd.DataFrame(
        {
            "place": ["line 1", "line 2"],
            "p05": pd.to_datetime(["2025-06-01", None]),
            "p50": pd.to_datetime(["2025-07-01", None]),
            "p95": pd.to_datetime(["2025-09-01", None]),
            "share_down": [0.97, 0.02],
        }
    )
    flows = pd.DataFrame(
        {"destination": ["IN", "US"], "before": [100.0, 50.0], "after": [20.0, 60]}
    )
    ranking = pd.DataFrame(
        {
            "title": ["imports", "split"],
            "index": [0.5, 0.1],
            "low": [0.4, 0.0],
            "high": [0.6, 0.2],
            "kind": ["conflict between sources", "assumption"],
            "values": ["540 · 870 · 2,850 t", ""],
        }
    )
    history = pd.DataFrame(
        {
            "title": "exports",
            "unit": "t",
            "date": pd.to_datetime(["2025-05-01", "2025-06-01"]),
            "p05": [900.0, 2000.0],
            "p50": [1000.0, 2500.0],
            "p95": [1300.0, 3000.0],
            "observed": [1238.0, 3188.0],
            "hit": [True, False],
        }
    )
    events = pd.DataFrame(
        {
            "title": ["licence granted", "ban denied & <odd>"],
            "earliest": ["2025-10-30", "2025-04-04"],
            "latest": ["2025-10-31", "2025-04-04"],
            "status": ["confirmed", "denied"],
        }
    )
    controls = pd.DataFrame(
        {
            "control": ["18/2025", "61/2025", "61/2025", "61/2025"],
            "state": ["in force", "in force", "suspended", "unknown"],
            "start": ["2025-04-04", "2025-10-09", "2025-11-07", "2026-11-10"],
            "end": [None, "2025-11-07", "2026-11-10", None],
        }
    )
    return {
        "bands": figures.output_bands(_bands("sector", ["s1", "s2"])),
        "cover": figures.days_of_cover(_bands("place", ["p"])),
        "licences": figures.licence_remaining(licences),
        "scenarios": figures.scenario_comparison(comparison, unit="vehicles", baseline="none"),
        "stops": figures.line_down_dates(stops),
        "flows": figures.supply_flows(flows, unit="t/month"),
        "sensitivity": figures.sensitivity_bars(ranking, outcome="lost output"),
        "history": figures.against_history(history),
        "timeline": figures.event_timeline(events),
        "controls": figures.controls_in_force(
            controls, start=date(2025, 4, 1), end=date(2027, 1, 1), as_of=date(2025, 10, 31)
        ),
    }


@pytest.fixture(scope="module")
def drawn() -> dict[str, figures.Figure]:
    return _all()


def test_same_tables_give_the_same_bytes_in_any_order(drawn: dict[str, figures.Figure]) -> None:
    again = _all()
    assert {name: f.svg for name, f in again.items()} == {n: f.svg for n, f in drawn.items()}
    alone = figures.output_bands(_bands("sector", ["s1", "s2"]))
    assert alone.svg == drawn["bands"].svg


def test_every_picture_is_wellformed_described_and_self_contained(
    drawn: dict[str, figures.Figure],
) -> None:
    for name, figure in drawn.items():
        root = ET.fromstring(figure.svg)
        title, desc = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
        assert title is not None, name
        assert title.text == figure.title, name
        assert desc is not None, name
        assert desc.text == figure.alt, name
        assert len(figure.alt) > 40, name
        outside = figure.svg.replace('xmlns="http://www.w3.org/2000/svg"', "")
        assert not re.search(r"https?:|url\((?!#)|<script|@import|<image", outside), name
        assert "width=" not in figure.svg.split(">", 1)[0]


def test_every_chart_is_what_the_published_schema_allows(
    drawn: dict[str, figures.Figure],
) -> None:
    validator = Draft7Validator(altair.load_schema())
    for name, figure in drawn.items():
        problems = [error.message[:200] for error in validator.iter_errors(figure.spec)]
        assert not problems, name


def test_the_schema_refuses_what_is_misspelt(drawn: dict[str, figures.Figure]) -> None:
    validator = Draft7Validator(altair.load_schema())
    spec = json.loads(json.dumps(drawn["scenarios"].spec))
    spec["layer"][1]["encoding"]["x"]["axis"]["tickcount"] = 4
    assert not validator.is_valid(spec)


def test_drawing_loads_no_second_description_of_charts() -> None:
    code = (
        "import sys, pandas as pd; from coercivity import figures;"
        "figures.supply_flows(pd.DataFrame({'destination': ['IN'], 'before': [1.0],"
        " 'after': [2.0]}), unit='t');"
        "sys.exit('altair' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_rows_hold_only_what_json_can_carry() -> None:
    table = pd.DataFrame(
        {
            "value": [1 / 3, np.nan, np.inf],
            "day": ["2025-04-01", None, "2025-04-03"],
            "hit": [True, False, True],
        }
    )
    rows = records(table, "value", "day", "hit")
    assert rows[0] == {"value": 0.333333, "day": "2025-04-01", "hit": True}
    assert [row["value"] for row in rows[1:]] == [None, None]
    json.dumps(rows, allow_nan=False)


def test_labels_of_many_lines_do_not_meet() -> None:
    long = "A very long destination name that has to be broken into more than four lines of text"
    table = pd.DataFrame({"destination": [long, "IN"], "before": [2.0, 1.0], "after": [1.0, 2.0]})
    spec = figures.supply_flows(table, unit="t").spec
    lines = max(row["label"].count("\n") + 1 for row in spec["data"]["values"])
    assert lines > 3
    assert spec["height"] >= 2 * 14 * lines


def test_ids_are_local_to_the_figure_and_all_references_resolve(
    drawn: dict[str, figures.Figure],
) -> None:
    seen: set[str] = set()
    for figure in drawn.values():
        ids = re.findall(r'\bid="([^"]+)"', figure.svg)
        assert len(ids) == len(set(ids))
        assert not seen & set(ids)
        seen |= set(ids)
        assert set(re.findall(r"url\(#([^)]+)\)", figure.svg)) <= set(ids)


def test_letters_have_one_size_on_a_narrow_screen(drawn: dict[str, figures.Figure]) -> None:
    for name, figure in drawn.items():
        box = re.search(r'viewBox="([^"]+)"', figure.svg)
        assert box is not None
        width = float(box.group(1).split()[2])
        assert WIDTH <= width <= 1.06 * WIDTH, (name, width)


def test_series_differ_by_dashes_and_not_by_colour_alone(drawn: dict[str, figures.Figure]) -> None:
    lines = re.findall(
        r'<path[^>]*class="[^"]*"[^>]*>|stroke-dasharray="[^"]+"', drawn["bands"].svg
    )
    dashes = {part for part in lines if part.startswith("stroke-dasharray")}
    assert len(dashes) >= 2
    controls = drawn["controls"].svg
    assert all(state in controls for state in ("in force", "suspended", "unknown"))


def test_titles_state_a_finding(drawn: dict[str, figures.Figure]) -> None:
    assert drawn["history"].title == "1 of 2 observations lie inside the simulated 5 to 95 % band"
    assert drawn["sensitivity"].title.startswith("Settling the conflict over imports")
    assert "97 %" in drawn["stops"].title
    assert "2 controls are in force, 0 suspended" in drawn["controls"].title
    assert drawn["timeline"].title.endswith("1 of them denied")


def test_a_conflict_within_the_error_of_nothing_is_not_said_to_matter() -> None:
    ranking = pd.DataFrame(
        {
            "title": ["stock"],
            "index": [0.03],
            "low": [0.0],
            "high": [0.1],
            "kind": ["conflict between sources"],
            "values": ["10 · 40 day"],
        }
    )
    figure = figures.sensitivity_bars(ranking, outcome="lost output")
    assert figure.title.startswith("No disagreement between sources clearly matters")


def test_a_line_that_not_all_members_stop_has_an_open_bar(
    drawn: dict[str, figures.Figure],
) -> None:
    table = drawn["stops"].table.assign(p95=pd.to_datetime([None, None]))
    assert 'stroke-dasharray="5,4"' in figures.line_down_dates(table).svg
    assert 'stroke-dasharray="5,4"' not in drawn["stops"].svg


def test_a_miss_is_said_and_drawn_as_a_miss(drawn: dict[str, figures.Figure]) -> None:
    assert "observed, outside" in drawn["history"].svg
    assert "1 of 2 inside" in drawn["history"].alt


def test_an_empty_or_wrong_table_is_an_error_that_names_the_columns() -> None:
    with pytest.raises(InputError, match="empty"):
        figures.days_of_cover(_bands("place", ["p"]).iloc[:0])
    with pytest.raises(InputError, match="lacks the columns p05") as caught:
        figures.days_of_cover(_bands("place", ["p"]).drop(columns="p05"))
    assert caught.value.exit_code == 3


def test_a_band_that_misses_values_is_still_drawn() -> None:
    table = _bands("place", ["p"], ("a",)).reset_index(drop=True)
    table.loc[10:20, ["p05", "p50", "p95"]] = np.nan
    assert "<svg" in figures.days_of_cover(table).svg
