"""Fold, both times, diff, timeline, hypotheses, bad actions."""

from __future__ import annotations

from datetime import date as D

import pytest

from coercivity.controls import Phase, Query, action_from, build_register, determine
from coercivity.errors import InputError, NotFoundError

UNTIL = D(2025, 6, 1)


def phase(register, day, known_at=None):
    return {s.measure.id: s.phase for s in register.states(day, known_at)}.get("m1")


def outcome(register, day, **given):
    asked = {"item": "widget_x", "origin": "CN", "destination": "IN", "on": day, **given}
    return determine(register, Query(**asked)).outcome.value


def hypothesis(**row):
    return action_from({"id": "h", "target": "m1", **row}, hypothetical=True)


def test_both_times(made):
    register = made.register()
    assert phase(register, D(2025, 1, 31)) is Phase.NOT_YET_EFFECTIVE
    assert phase(register, D(2025, 2, 1)) is Phase.IN_FORCE
    assert phase(register, D(2025, 2, 1), D(2025, 1, 9)) is None
    assert phase(register, D(2025, 2, 1), D(2025, 1, 10)) is Phase.IN_FORCE


def test_a_record_before_publication_is_not_known_before_publication(made):
    early = made.act("enact", D(2025, 2, 1), announced=D(2025, 1, 1), recorded_on=D(2025, 1, 1))
    register = build_register(made.pack(actions=[early]))
    assert phase(register, D(2025, 2, 1), D(2025, 1, 9)) is None
    assert phase(register, D(2025, 2, 1), D(2025, 1, 10)) is Phase.IN_FORCE


def test_suspension_ends_in_the_unknown(made):
    register = made.register(made.act("suspend", D(2025, 3, 1), UNTIL))
    assert phase(register, D(2025, 2, 28)) is Phase.IN_FORCE
    assert phase(register, D(2025, 3, 1)) is Phase.SUSPENDED
    assert phase(register, D(2025, 5, 31)) is Phase.SUSPENDED
    assert phase(register, UNTIL) is Phase.UNKNOWN
    assert outcome(register, UNTIL) == "UNKNOWN_REFER"


def test_open_suspension_does_not_end(made):
    register = made.register(made.act("suspend", D(2025, 3, 1)))
    assert phase(register, D(2035, 1, 1)) is Phase.SUSPENDED


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        (("resume", UNTIL), "LICENCE_REQUIRED"),
        (("suspend", UNTIL, D(2026, 1, 1)), "FREE"),
        (("extend", UNTIL, D(2026, 1, 1)), "FREE"),
        (("repeal", D(2025, 5, 1)), "FREE"),
    ],
)
def test_a_later_source_settles_it(made, later, expected):
    kind, *days = later
    register = made.register(
        made.act("suspend", D(2025, 3, 1), UNTIL),
        made.act(kind, *days, id="later", announced=D(2025, 5, 1)),
    )
    assert outcome(register, D(2025, 7, 1)) == expected
    assert outcome(register, D(2025, 7, 1), known_at=D(2025, 4, 30)) == "UNKNOWN_REFER"


def test_an_extension_ends_in_the_unknown_too(made):
    register = made.register(
        made.act("suspend", D(2025, 3, 1), UNTIL),
        made.act("extend", UNTIL, D(2026, 1, 1)),
    )
    found = determine(
        register, Query(item="widget_x", origin="CN", destination="IN", on=D(2026, 1, 1))
    )
    assert found.outcome == "UNKNOWN_REFER"
    assert found.knowledge_ends == D(2026, 1, 1)


def test_an_extension_may_name_the_act_it_prolongs(made):
    register = made.register(
        made.act("suspend", D(2025, 3, 1), UNTIL, id="pause"),
        made.act("relax", D(2025, 3, 2), D(2025, 4, 1), effect="exempt", destinations=("US",)),
        made.act("extend", UNTIL, D(2026, 1, 1), target="pause"),
    )
    assert outcome(register, D(2025, 8, 1)) == "FREE"


def test_suspended_before_effect_and_resumed_before_effect(made):
    register = made.register(
        made.act("suspend", D(2025, 1, 20), UNTIL),
        made.act("resume", D(2025, 1, 25)),
    )
    assert phase(register, D(2025, 1, 22)) is Phase.SUSPENDED
    assert phase(register, D(2025, 1, 26)) is Phase.NOT_YET_EFFECTIVE
    assert phase(register, D(2025, 2, 1)) is Phase.IN_FORCE


def test_a_control_that_sets_its_own_end_expires(made):
    enact = made.act("enact", D(2025, 2, 1), UNTIL)
    register = build_register(made.pack(actions=[enact]))
    assert phase(register, D(2025, 5, 31)) is Phase.IN_FORCE
    assert phase(register, UNTIL) is Phase.EXPIRED
    assert outcome(register, UNTIL) == "FREE"


def test_relaxation_for_one_destination(made):
    relax = made.act("relax", D(2025, 3, 1), effect="exempt", destinations=("US",))
    register = made.register(relax)
    assert outcome(register, D(2025, 3, 1), destination="US") == "FREE"
    assert outcome(register, D(2025, 3, 1), destination="IN") == "LICENCE_REQUIRED"
    (state,) = register.states(D(2025, 3, 1))
    assert state.phase is Phase.IN_FORCE
    assert state.parts == (relax["id"],)


def test_relaxation_for_part_of_a_group_is_undecided_for_the_group(made):
    register = made.register(
        made.act("relax", D(2025, 3, 1), effect="exempt", destinations=("DE",))
    )
    found = determine(
        register, Query(item="widget_x", origin="CN", destination="EU", on=D(2025, 3, 1))
    )
    assert found.outcome == "UNKNOWN_REFER"
    assert any("country of destination" in fact for fact in found.missing)


def test_relaxed_while_suspended_is_relaxed_when_resumed(made):
    register = made.register(
        made.act("suspend", D(2025, 3, 1), UNTIL),
        made.act("relax", D(2025, 4, 1), effect="require_declaration"),
        made.act("resume", D(2025, 5, 1)),
    )
    assert outcome(register, D(2025, 4, 15)) == "FREE"
    assert outcome(register, D(2025, 5, 1)) == "DECLARATION"


def test_actions_upon_an_instrument_reach_all_its_measures(made):
    register = made.register(
        made.act("suspend", D(2025, 3, 1), UNTIL, target="i1"),
        measures=(made.measure(), made.measure(id="m2", items=("widget_plain",))),
    )
    assert outcome(register, D(2025, 4, 1), item="widget_plain") == "FREE"
    assert outcome(register, D(2025, 4, 1)) == "FREE"


def test_hypotheses_leave_the_register_as_it_is(made):
    register = made.register()
    other = register.with_actions([hypothesis(kind="repeal", **{"from": D(2025, 3, 1)})])
    assert outcome(other, D(2025, 3, 1)) == "FREE"
    assert outcome(register, D(2025, 3, 1)) == "LICENCE_REQUIRED"
    assert outcome(other, D(2025, 3, 1), known_at=D(2025, 1, 15)) == "FREE"
    assert other.horizon() == register.horizon()


def test_diff_between_days_and_between_states_of_knowledge(made):
    register = made.register(made.act("suspend", D(2025, 3, 1), UNTIL))
    (change,) = register.diff(D(2025, 2, 15), D(2025, 3, 15))
    assert (change.before.phase, change.after.phase) == (Phase.IN_FORCE, Phase.SUSPENDED)
    day = D(2025, 4, 1)
    (change,) = register.diff(day, day, known_before=D(2025, 2, 1), known_after=D(2025, 3, 1))
    assert (change.before.phase, change.after.phase) == (Phase.IN_FORCE, Phase.SUSPENDED)
    (change,) = register.diff(day, day, known_before=D(2025, 1, 1), known_after=D(2025, 3, 1))
    assert change.before is None
    assert change.measure == "m1"
    assert register.diff(day, day) == ()


def test_timeline_and_change_dates(made):
    register = made.register(made.act("suspend", D(2025, 3, 1), UNTIL))
    rows = register.timeline()
    assert [row.start for row in rows] == [D(2025, 2, 1), D(2025, 3, 1)]
    assert rows[1].measures == ("m1",)
    assert len(register.timeline(D(2025, 2, 20))) == 1
    assert register.change_dates() == (D(2025, 2, 1), D(2025, 3, 1), UNTIL)
    assert register.change_dates(D(2025, 2, 1), UNTIL) == (D(2025, 3, 1),)


def test_state_as_a_table(made):
    table = made.register().state(D(2025, 2, 1))
    assert list(table["measure"]) == ["m1"]
    assert list(table["phase"]) == ["in_force"]
    assert made.register().state(D(2025, 2, 1), D(2020, 1, 1)).empty


def test_only_some_instruments(made):
    second = made.instrument(made.measure(id="m2"), id="i2", number="2/2025")
    enact = made.act("enact", D(2025, 2, 1), id="e2", instrument="i2", target="i2")
    register = made.register(enact, instruments=(made.instrument(), second))
    alone = register.only(["i2"])
    assert [s.measure.id for s in alone.states(D(2025, 3, 1))] == ["m2"]
    assert register.only([]).states(D(2025, 3, 1)) == ()
    with pytest.raises(NotFoundError, match="i9"):
        register.only(["i9"])


def test_an_instrument_left_out_does_not_act_upon_the_others(made):
    other = made.instrument(made.measure(id="m2", effect="none"), id="i2", number="2/2025")
    suspend = made.act("suspend", D(2025, 3, 1), D(2025, 6, 1), instrument="i2")
    register = made.register(suspend, instruments=(made.instrument(), other))
    assert outcome(register, D(2025, 4, 1)) == "FREE"
    assert outcome(register.only(["i1"]), D(2025, 4, 1)) == "LICENCE_REQUIRED"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"kind": "repeal", "target": "m9"}, "target 'm9' is no measure"),
        ({"kind": "suspend", "until": D(2025, 3, 1)}, "it ends .* before it starts"),
        ({"kind": "relax"}, "names no new effect"),
        ({"kind": "extend", "until": D(2026, 1, 1)}, "nothing with an end date"),
        ({"kind": "repeal", "id": "enact_2025-02-01"}, "the id is used twice"),
    ],
)
def test_wrong_actions_are_named(made, row, message):
    register = made.register()
    given = {"id": "h", "target": "m1", "from": D(2025, 3, 1), **row}
    with pytest.raises(InputError, match=message) as caught:
        register.with_actions([action_from(given, hypothetical=True)])
    assert caught.value.exit_code == 3


def test_a_measure_that_is_never_enacted_is_an_error(made):
    with pytest.raises(InputError, match="never enacted"):
        build_register(made.pack(actions=[]))
