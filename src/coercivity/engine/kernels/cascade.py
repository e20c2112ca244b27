"""The cascade of failed firms, many failures side by side.

Firms are ordered by sector.  The last axis of every state array is the failure, so that an index
is followed once for a whole block.  Losses, 1 - h, are kept instead of production levels h: they
are zero wherever a cascade has not come, and stay so bit by bit.

A row is worked out only after one of the rows it reads has changed.  It is a pure function of
those rows, so leaving it out changes no bit.  Columns never meet: a failure has the same bits in
any column of a block of any width.
"""

from __future__ import annotations

import numpy as np

from coercivity.engine.kernels.compile import inner, outer

__all__ = ["BOTH", "CHANGE", "DOWN", "N_RESULTS", "STEPS", "UP", "cascade"]

BOTH, DOWN, UP, STEPS, CHANGE = range(5)
"""Rows of the results: share of output lost by the worse channel, by each; steps; last change."""
N_RESULTS = 5

_OUT, _IN, _PASSED, _SOLD, _FLOOR = range(5)
"""Tables of the state: downstream and upstream loss; what customers and suppliers see of them;
least loss by the shock."""
_N_TABLES = 5


@inner
def _downstream(  # type: ignore[no-untyped-def]
    state, shocked, todo, changed, change, work, group_ptr, lane_ptr, suppliers, shares
):
    """Loss of each firm by missing inputs: that of its worst group of suppliers."""
    n_columns = state.shape[2]
    for i in range(state.shape[1]):
        if todo[i] == 0:
            continue
        todo[i] = 0
        for c in range(n_columns):
            work[1, c] = 0.0
        for g in range(group_ptr[i], group_ptr[i + 1]):
            for c in range(n_columns):
                work[0, c] = 0.0
            for k in range(lane_ptr[g], lane_ptr[g + 1]):
                j, share = suppliers[k], shares[k]
                for c in range(n_columns):
                    work[0, c] += share * state[_PASSED, j, c]
            for c in range(n_columns):
                work[1, c] = work[0, c] if work[0, c] > work[1, c] else work[1, c]
        changed[i] = _settle(state, _OUT, i, shocked[i], change, work[1])


@inner
def _upstream(  # type: ignore[no-untyped-def]
    state, shocked, todo, changed, change, work, customer_ptr, customers, shares
):
    """Loss of each firm by lost sales."""
    n_columns = state.shape[2]
    for i in range(state.shape[1]):
        if todo[i] == 0:
            continue
        todo[i] = 0
        for c in range(n_columns):
            work[0, c] = 0.0
        for k in range(customer_ptr[i], customer_ptr[i + 1]):
            j, share = customers[k], shares[k]
            for c in range(n_columns):
                work[0, c] += share * state[_SOLD, j, c]
        changed[i] = _settle(state, _IN, i, shocked[i], change, work[0])


@inner
def _settle(state, table, i, shocked, change, loss):  # type: ignore[no-untyped-def]
    """Write a row of losses between the shock and one; return 1 if a bit of it is new."""
    n_columns, new = loss.size, 0
    for c in range(n_columns):
        loss[c] = loss[c] if loss[c] < 1.0 else 1.0
    if shocked > 0:
        for c in range(n_columns):
            loss[c] = max(loss[c], state[_FLOOR, i, c])
    for c in range(n_columns):
        step = abs(loss[c] - state[table, i, c])
        change[c] = step if step > change[c] else change[c]
        new |= step != 0.0
        state[table, i, c] = loss[c]
    return 1 if new else 0


@inner
def _show_inputs(  # type: ignore[no-untyped-def]
    state, todo, changed, work, sector_ptr, market, buyer_ptr, buyers, replaceable
):
    """Pass losses on to customers, less what others in the sector can replace."""
    n_columns = state.shape[2]
    for k in range(sector_ptr.size - 1):
        first, end, any_changed = sector_ptr[k], sector_ptr[k + 1], False
        for i in range(first, end):
            any_changed = any_changed or changed[i] == 1
        if not any_changed:
            continue
        if replaceable:
            for c in range(n_columns):
                work[0, c] = 0.0
            for i in range(first, end):
                for c in range(n_columns):
                    work[0, c] += market[i] * (1.0 - state[_OUT, i, c])
            for c in range(n_columns):
                work[0, c] = 1.0 / work[0, c]
        for i in range(first, end):
            new = 0
            for c in range(n_columns):
                share = market[i] * work[0, c] if replaceable else 1.0
                passed = state[_OUT, i, c] * (share if share < 1.0 else 1.0)
                new |= passed != state[_PASSED, i, c]
                state[_PASSED, i, c] = passed
            if new:
                for b in range(buyer_ptr[i], buyer_ptr[i + 1]):
                    todo[buyers[b]] = 1
            changed[i] = 0


@inner
def _show_sales(state, todo, changed, seller_ptr, sellers):  # type: ignore[no-untyped-def]
    """Pass losses on to suppliers."""
    for i in range(state.shape[1]):
        if changed[i] == 0:
            continue
        changed[i] = 0
        for c in range(state.shape[2]):
            state[_SOLD, i, c] = state[_IN, i, c]
        for b in range(seller_ptr[i], seller_ptr[i + 1]):
            todo[sellers[b]] = 1


@inner
def _keep(state, work, weights, of_column, done, steps, change, results, kept):  # type: ignore[no-untyped-def]
    """Add up the losses of the columns that are done."""
    n_columns = state.shape[2]
    for c in range(n_columns):
        for row in range(3):
            work[row, c] = 0.0
    for i in range(state.shape[1]):
        weight = weights[i]
        for c in range(n_columns):
            down, up = state[_OUT, i, c], state[_IN, i, c]
            work[BOTH, c] += weight * (down if down > up else up)
            work[DOWN, c] += weight * down
            work[UP, c] += weight * up
    for c in range(n_columns):
        if not done[c]:
            continue
        f = of_column[c]
        for row in range(3):
            results[row, f] = work[row, c]
        results[STEPS, f], results[CHANGE, f] = steps[c], change[c]
        if kept.shape[1] > 0:
            for i in range(state.shape[1]):
                kept[0, f, i], kept[1, f, i] = state[_OUT, i, c], state[_IN, i, c]


@inner
def _clear(state, shocked, work, of_column, resting, shock_ptr, shock_firms):  # type: ignore[no-untyped-def]
    """Empty the columns at rest.  Zeros stay as they are, so that no row has to be worked out."""
    for c in range(resting.size):
        f = of_column[c]
        work[0, c] = 0.0 if resting[c] else 1.0
        if resting[c] and f >= 0:
            for k in range(shock_ptr[f], shock_ptr[f + 1]):
                shocked[shock_firms[k]] -= 1
                state[_FLOOR, shock_firms[k], c] = 0.0
    for table in range(_FLOOR):
        for i in range(state.shape[1]):
            for c in range(state.shape[2]):
                state[table, i, c] *= work[0, c]


@inner
def _load(state, shocked, down_changed, up_changed, c, firms, losses):  # type: ignore[no-untyped-def]
    """Shock a column."""
    for k in range(firms.size):
        i, loss = firms[k], losses[k]
        state[_FLOOR, i, c] = loss
        state[_OUT, i, c] = state[_IN, i, c] = loss
        shocked[i] += 1
        down_changed[i] = up_changed[i] = 1


@outer
def cascade(  # type: ignore[no-untyped-def]
    group_ptr, lane_ptr, suppliers, input_shares, customer_ptr, customers, sale_shares,
    buyer_ptr, buyers, seller_ptr, sellers, sector_ptr, market, weights,
    shock_ptr, shock_firms, shock_losses, first, end, width, tolerance, max_steps, replaceable,
    results, kept,
):  # fmt: skip
    """Let the failures `first` to `end` run until none of their losses changes any more.

    Columns at rest take the next failures as soon as a quarter of the block rests.

    Parameters
    ----------
    group_ptr, lane_ptr, suppliers, input_shares
        Firm to groups of inputs, group to lanes; supplier and share of each lane.
    customer_ptr, customers, sale_shares
        Firm to the lanes it sells on; customer and share of output.
    buyer_ptr, buyers, seller_ptr, sellers
        Who has to look again when a firm's output, or its purchases, change.
    sector_ptr, market, weights
        Sector to firms; market output of each firm; share of all output.
    shock_ptr, shock_firms, shock_losses
        Failure to shocked firms; the share that each cannot produce.
    first, end, width
        Failures to run, and how many side by side.
    tolerance, max_steps, replaceable
        When to stop; whether market shares limit what is lost.
    results : float64[N_RESULTS, failure], written
    kept : float64[2, failure or 0, firm], written
        Losses downstream and upstream of every firm.
    """
    n = weights.size
    state = np.zeros((_N_TABLES, n, width))
    shocked, work = np.zeros(n, np.int32), np.zeros((3, width))
    down_todo, up_todo = np.zeros(n, np.uint8), np.zeros(n, np.uint8)
    down_changed, up_changed = np.zeros(n, np.uint8), np.zeros(n, np.uint8)
    of_column, steps = np.full(width, -1, np.int64), np.zeros(width, np.int64)
    change, done = np.zeros(width), np.zeros(width, np.bool_)
    resting = np.ones(width, np.bool_)
    upcoming, n_running = first, 0
    while upcoming < end or n_running > 0:
        if upcoming < end and 4 * n_running <= 3 * width:
            _clear(state, shocked, work, of_column, resting, shock_ptr, shock_firms)
            for c in range(width):
                of_column[c] = -1 if resting[c] else of_column[c]
                if resting[c] and upcoming < end:
                    low, high = shock_ptr[upcoming], shock_ptr[upcoming + 1]
                    _load(state, shocked, down_changed, up_changed, c,
                          shock_firms[low:high], shock_losses[low:high])  # fmt: skip
                    of_column[c], steps[c], resting[c] = upcoming, 0, False
                    upcoming, n_running = upcoming + 1, n_running + 1
        _show_inputs(state, down_todo, down_changed, work, sector_ptr, market,
                     buyer_ptr, buyers, replaceable)  # fmt: skip
        _show_sales(state, up_todo, up_changed, seller_ptr, sellers)
        change[:] = 0.0
        _downstream(state, shocked, down_todo, down_changed, change, work,
                    group_ptr, lane_ptr, suppliers, input_shares)  # fmt: skip
        _upstream(state, shocked, up_todo, up_changed, change, work,
                  customer_ptr, customers, sale_shares)  # fmt: skip
        any_done = False
        for c in range(width):
            steps[c] += 1
            done[c] = not resting[c] and (change[c] <= tolerance or steps[c] >= max_steps)
            any_done = any_done or done[c]
        if any_done:
            _keep(state, work, weights, of_column, done, steps, change, results, kept)
            for c in range(width):
                if done[c]:
                    resting[c], n_running = True, n_running - 1
