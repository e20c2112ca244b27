"""Which events may change the register, and which are only flagged."""

from __future__ import annotations

from datetime import date as D

import pytest

from coercivity.controls import Query, determine
from coercivity.events.model import PolicyEvent
from coercivity.timeline import parse_partial


def event(frame="SUSPENDED", **given):
    values = {
        "id": "e1",
        "frame": frame,
        "title": "An act",
        "when": parse_partial("2025-03-01"),
        "actor": "ministry",
        "counterparties": (),
        "items": (),
        "place": "",
        "claims": ("c1",),
        "supports": ("c1",),
        "contradicts": (),
        "questions": (),
        "status": "asserted",
        "independent_families": 1,
        "slots": (("instrument", "1/2025"), ("until", "2025-06-01")),
        **given,
    }
    return PolicyEvent(**values)


def outcome(register, day=D(2025, 4, 1), **given):
    asked = {"item": "widget_x", "origin": "CN", "destination": "IN", "on": day, **given}
    return determine(register, Query(**asked)).outcome.value


@pytest.mark.parametrize("actor", ["ministry", "bureau"])
def test_an_explicit_act_of_the_issuer_counts(made, actor):
    register = made.register(events=[event(actor=actor)])
    (flag,) = register.flags
    assert flag.folded
    assert flag.measures == ("m1",)
    assert outcome(register) == "FREE"
    assert outcome(register, D(2025, 6, 1)) == "UNKNOWN_REFER"
    assert outcome(register, known_at=D(2025, 2, 28)) == "LICENCE_REQUIRED"


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"status": "questioned"}, "questioned"),
        ({"status": "denied"}, "denied"),
        ({"contradicts": ("c2",)}, "contradict"),
        ({"actor": ""}, "no authority is named"),
        ({"actor": "CN"}, "no authority is named"),
        ({"actor": "listed"}, "no authority is named"),
        ({"flags": ("no_named_authority",)}, "no authority is named"),
        ({"actor": "abroad"}, "Their Ministry does not issue 1/2025"),
        ({"slots": ()}, "no instrument"),
        ({"slots": (("instrument", "9/2025"),)}, "no instrument"),
        ({"when": None}, "day on which it takes effect"),
        ({"when": parse_partial("2025-03")}, "day on which it takes effect"),
        ({"frame": "LICENCE_GRANTED"}, "exception, not a repeal"),
    ],
)
def test_everything_else_leaves_the_state_and_is_flagged(made, given, reason):
    register = made.register(events=[event(**given)])
    (flag,) = register.flags
    assert not flag.folded
    assert reason in flag.reason
    assert outcome(register) == "LICENCE_REQUIRED"


def test_frames_that_touch_no_control_are_not_flagged(made):
    assert made.register(events=[event("MEETING")]).flags == ()


def test_lifted_for_one_country_is_a_relaxation_for_it(made):
    lifted = event("LIFTED", counterparties=("abroad",), slots=(("instrument", "i1"),))
    register = made.register(events=[lifted])
    assert outcome(register, destination="US") == "FREE"
    assert outcome(register, destination="IN") == "LICENCE_REQUIRED"


def test_lifted_for_good(made):
    register = made.register(events=[event("LIFTED", slots=(("instrument", "i1"),))])
    assert outcome(register, D(2030, 1, 1)) == "FREE"


def test_an_announcement_is_no_effect(made):
    plain = made.register(events=[event("CONTROL_ANNOUNCED", slots=(("instrument", "i1"),))])
    assert "takes effect" in plain.flags[0].reason


def test_what_the_register_has_is_not_added_again(made):
    suspension = made.act("suspend", D(2025, 3, 1), D(2025, 6, 1))
    register = made.register(suspension, events=[event()])
    assert not register.flags[0].folded
    assert "has this act already" in register.flags[0].reason
    assert len(register.actions) == 2
