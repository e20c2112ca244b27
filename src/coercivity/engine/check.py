"""Checks of what comes in, so that a wrong number is an error and never a result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from coercivity.errors import InputError, Problem
from coercivity.network.compiled import CompiledNetwork

if TYPE_CHECKING:
    from coercivity.engine.schedule import Schedule

__all__ = ["check_network", "check_schedule"]

_SHOWN = 20


def check_network(net: CompiledNetwork) -> None:
    """Refuse numbers that the engine cannot work with.

    Parameters
    ----------
    net : CompiledNetwork

    Raises
    ------
    InputError
        With one problem per offending row: NaN or infinite, negative, a coefficient or yield
        that is not positive, a lead time under one day, base shares that do not sum to one.
    """
    tables: tuple[tuple[str, NDArray[Any], tuple[str, ...], bool], ...] = (
        ("capacity", net.capacity, net.site_ids, False),
        ("x0", net.x0, net.site_ids, False),
        ("final_demand", net.final_demand, net.site_ids, False),
        ("finished_stock", net.finished_stock, net.site_ids, False),
        ("coef", net.coef, net.slot_ids, True),
        ("yield_", net.yield_, net.slot_ids, True),
        ("base_share", net.base_share, net.slot_ids, False),
        ("cover", net.cover, net.slot_ids, False),
        ("stock0", net.stock0, net.slot_ids, False),
        ("tau", net.tau, net.slot_ids, True),
        ("flow0", net.flow0, net.lane_ids, False),
        ("weight", net.weight, net.lane_ids, False),
    )
    problems: list[Problem] = []
    for name, table, labels, positive in tables:
        problems += _bad_numbers(name, table, labels, positive=positive)
    problems += _bad_leads(net)
    problems += _bad_shares(net)
    if problems:
        raise InputError(
            "the network holds numbers that cannot be simulated",
            where="network",
            hint="correct the rows named below in the pack or the tables",
            problems=problems[:_SHOWN],
        )


def _bad_numbers(
    name: str, table: NDArray[Any], labels: tuple[str, ...], *, positive: bool
) -> list[Problem]:
    """Rows with NaN, infinite or negative values, or zero where positive is needed."""
    low = table <= 0.0 if positive else table < 0.0
    bad = np.flatnonzero((~np.isfinite(table) | low).any(axis=1))
    expected = "finite numbers above zero" if positive else "finite numbers, zero or more"
    return [
        Problem(f"{name} holds {_first_bad(table[row], positive)}", labels[row], expected)
        for row in bad
    ]


def _first_bad(row: NDArray[np.float64], positive: bool) -> float:
    """Return the first value of a row that fails."""
    low = row <= 0.0 if positive else row < 0.0
    return float(row[np.flatnonzero(~np.isfinite(row) | low)[0]])


def _bad_leads(net: CompiledNetwork) -> list[Problem]:
    """Lanes whose goods would arrive on the day of departure or earlier."""
    bad = np.flatnonzero((net.lead < 1).any(axis=1))
    return [
        Problem(
            f"lead time is {int(net.lead[row].min())} days",
            net.lane_ids[row],
            "one day or more: what leaves today can be used tomorrow at the earliest",
        )
        for row in bad
    ]


def _bad_shares(net: CompiledNetwork) -> list[Problem]:
    """Find groups whose base shares do not sum to one."""
    problems = []
    for group, name in enumerate(net.group_ids):
        first, last = net.group_slot_ptr[group], net.group_slot_ptr[group + 1]
        total = net.base_share[first:last].sum(axis=0)
        if not np.allclose(total, 1.0, rtol=0.0, atol=1e-9):
            problems.append(
                Problem(f"base shares sum to {float(total.min())}", name, "shares that sum to 1")
            )
    return problems


def check_schedule(schedule: Schedule, net: CompiledNetwork) -> None:
    """Refuse a schedule that does not fit the network.

    Parameters
    ----------
    schedule : Schedule
    net : CompiledNetwork

    Raises
    ------
    InputError
        If the run starts before the network's baseline, is empty, or an array has the wrong
        shape, order or values.
    """
    if schedule.network_start is not None and schedule.start < schedule.network_start:
        raise InputError(
            f"the run starts on {schedule.start}, before the network does",
            where="start",
            expected=f"{schedule.network_start} or later, the day of the network's baseline",
            hint="start later, or give a network for the earlier date",
        )
    if schedule.days < 1:
        raise InputError(f"the run has {schedule.days} days", where="days", expected="at least one")
    problems = [
        *_bad_gates(schedule, net),
        *_bad_room(schedule, net),
        *_bad_caps(schedule, net),
        *_bad_shocks(schedule, net),
    ]
    if problems:
        raise InputError("the schedule does not fit the network", problems=problems)


def _shape(name: str, table: NDArray[Any], expected: tuple[int, ...]) -> list[Problem]:
    """Problem of a wrong shape; a last axis of one stands for all members."""
    if table.shape in (expected, (*expected[:-1], 1)):
        return []
    return [Problem(f"shape is {table.shape}", name, f"shape {expected}")]


def _steps(name: str, days: NDArray[np.int32]) -> list[Problem]:
    """Problem of steps that do not start on day 0 or do not increase."""
    if days.size and days[0] == 0 and (np.diff(days) > 0).all():
        return []
    return [Problem("days are not increasing from 0", name, "strictly increasing, the first is 0")]


def _bad_gates(schedule: Schedule, net: CompiledNetwork) -> list[Problem]:
    """Problems of gates and reasons."""
    shape = (schedule.gate_days.size, net.n_lanes)
    found = _steps("gate_days", schedule.gate_days)
    for name, table in (("gate", schedule.gate), ("reason", schedule.reason)):
        if table.shape != shape:
            found.append(Problem(f"shape is {table.shape}", name, f"shape {shape}"))
    if schedule.gate.size and not (schedule.gate.min() >= 0 and schedule.gate.max() <= 3):
        found.append(Problem("holds an unknown code", "gate", "0, 1, 2 or 3"))
    if schedule.reason.size and not schedule.reason.max() < len(schedule.reasons):
        found.append(Problem("points past the list of reasons", "reason", "a position or -1"))
    return found + _shape("unknown_open", schedule.unknown_open, (net.n_members,))


def _groups(name: str, table: NDArray[np.int32], n_lanes: int, n_groups: int) -> list[Problem]:
    """Problems of a lane → group table."""
    if table.shape != (n_lanes,):
        return [Problem(f"shape is {table.shape}", name, f"shape {(n_lanes,)}")]
    if table.size and not (table.min() >= -1 and table.max() < n_groups):
        return [Problem("names an unknown group", name, f"-1 to {n_groups - 1}")]
    return []


def _amounts(name: str, table: NDArray[np.float64], *, infinite: bool) -> list[Problem]:
    """Problems of amounts: NaN or negative, infinite where that means nothing."""
    bad = np.isnan(table) | (table < 0.0)
    if not infinite:
        bad |= np.isinf(table)
    return [Problem("holds NaN or a negative amount", name, "amounts")] if bad.any() else []


def _bad_room(schedule: Schedule, net: CompiledNetwork) -> list[Problem]:
    """Problems of licence room."""
    room = schedule.room
    if room is None:
        return []
    shape = (len(room.credit_ids), net.n_members)
    found = _groups("lane_licence", room.lane_licence, net.n_lanes, len(room.group_ids))
    for name in ("credit_day", "credit_expiry", "credit_amount"):
        found += _shape(name, getattr(room, name), shape)
    return found + _amounts("credit_amount", room.credit_amount, infinite=False)


def _bad_caps(schedule: Schedule, net: CompiledNetwork) -> list[Problem]:
    """Problems of caps."""
    caps = schedule.caps
    if caps is None:
        return []
    found = _groups("lane_cap", caps.lane_cap, net.n_lanes, len(caps.cap_ids))
    found += _steps("caps.days", caps.days)
    found += _shape("caps.rate", caps.rate, (caps.days.size, len(caps.cap_ids), net.n_members))
    return found + _amounts("caps.rate", caps.rate, infinite=True)


def _bad_shocks(schedule: Schedule, net: CompiledNetwork) -> list[Problem]:
    """Problems of shocks."""
    shocks = schedule.shocks
    if shocks is None:
        return []
    found = _steps("shocks.days", shocks.days)
    for name in ("capacity", "demand"):
        table = getattr(shocks, name)
        if table is not None:
            shape = (shocks.days.size, net.n_sites, net.n_members)
            found += _shape(f"shocks.{name}", table, shape)
            found += _amounts(f"shocks.{name}", table, infinite=False)
    if shocks.lead_extra is not None:
        shape_lanes = (shocks.days.size, net.n_lanes)
        if shocks.lead_extra.shape != shape_lanes or (shocks.lead_extra < 0).any():
            found.append(
                Problem(
                    f"shape is {shocks.lead_extra.shape}, or a delay is negative",
                    "shocks.lead_extra",
                    f"shape {shape_lanes}, zero or more",
                )
            )
    return found
