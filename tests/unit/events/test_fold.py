"""Claims folded into events: support, contradiction, questions, witnesses, state."""

from __future__ import annotations

from datetime import date

from coercivity.claims import reconcile
from coercivity.events import fold_claims, pack_events, policy_state

HEAD = "date 2024-03-15\n\n"
GRANT = "Norway has granted licences to several Chilean firms to import lenses."


def folded(claims, pack):
    return fold_claims(claims, reconcile(claims), pack)


def only(events, frame):
    (event,) = [event for event in events if event.frame == frame]
    return event


def test_two_witnesses_confirm_one_asserts(read, lenses):
    other = "Several Chilean firms have received licences from Norway to import lenses."
    two = only(folded(read(HEAD + GRANT, HEAD + other), lenses), "LICENCE_GRANTED")
    assert (two.status, two.independent_families) == ("confirmed", 2)
    one = only(folded(read(HEAD + GRANT), lenses), "LICENCE_GRANTED")
    assert (one.status, one.independent_families) == ("asserted", 1)


def test_copies_count_once(read, lenses):
    story = (
        HEAD + GRANT + " The firms had waited for five months, and some had stopped their lines."
    )
    event = only(folded(read(story, story + "\n\nShare this"), lenses), "LICENCE_GRANTED")
    assert event.independent_families == 1
    assert event.status == "asserted"
    assert len(event.supports) == 2


def test_question_alone_is_questioned(read, lenses):
    text = HEAD + "A reporter asked whether Norway had granted licences to four Chilean firms."
    event = only(folded(read(text), lenses), "LICENCE_GRANTED")
    assert event.status == "questioned"
    assert event.independent_families == 0
    assert not event.supports
    assert event.slot("count") == "unknown"
    assert event.slot("count_questioned") == "4"


def test_denied_event(read, lenses):
    event = only(folded(read(HEAD + "Norway has not granted licences to Chilean firms."), lenses),
                 "LICENCE_GRANTED")  # fmt: skip
    assert event.status == "denied"
    assert event.contradicts
    assert not event.supports


def test_majority_names_the_grantor_and_the_other_contradicts(read, lenses):
    claims = read(
        HEAD + GRANT,
        HEAD + "Licences for lenses have been given to some Chilean companies by Oslo.",
        HEAD + "Chile has granted licences to Chilean firms to import lenses from Norway.",
    )
    event = only(folded(claims, lenses), "LICENCE_GRANTED")
    assert event.actor == "norway"
    assert "actor_conflict" in event.flags
    assert [claims.get(name).values("actor") for name in event.contradicts] == [("CL",)]
    assert len(event.supports) == 2


def test_tie_goes_to_the_country_the_goods_come_from(read, lenses):
    claims = read(
        HEAD + GRANT,
        HEAD + "Chile has granted licences to Chilean firms to import lenses from Norway.",
    )
    assert only(folded(claims, lenses), "LICENCE_GRANTED").actor == "norway"


def test_day_of_statement_is_not_day_of_grant(read, lenses):
    text = HEAD + "The Norwegian trade ministry said on Thursday that " + GRANT
    event = only(folded(read(text), lenses), "LICENCE_GRANTED")
    assert event.when is None
    assert event.slot("known_by") == "2024-03-14"


def state(claims, lenses, **asked):
    question = {"actor": "NO", "items": ["lens"], "destination": "CL", "on": date(2024, 3, 31)}
    return policy_state(folded(claims, lenses), lenses, **(question | asked))


CONTROL = "Norway announced export controls on lenses on January 10, 2024. "


def test_licence_never_lifts_a_control(read, lenses):
    found = state(read(HEAD + CONTROL + GRANT), lenses)
    assert found.status == "in force"
    assert [row["count"] for row in found.exceptions] == ["unknown"]
    assert found.exceptions[0]["grant_date"] == "unknown"


def test_named_authority_can_lift_and_officials_cannot(read, lenses):
    named = "The Norwegian trade ministry lifted the controls on lenses on March 1, 2024."
    assert state(read(HEAD + CONTROL + named), lenses).status == "lifted"
    vague = "Norway has lifted its controls on lenses, officials say."
    found = state(read(HEAD + CONTROL + vague), lenses)
    assert found.status == "in force"
    assert any("no authority is named" in flag for flag in found.flags)


def test_planned_or_asked_lifting_changes_nothing(read, lenses):
    for text in (
        "The Norwegian trade ministry will lift the controls on lenses.",
        "A reporter asked whether the Norwegian trade ministry had lifted the controls on lenses.",
        "The Norwegian trade ministry denied that it had lifted the controls on lenses.",
        "The Norwegian trade ministry has not lifted the controls on lenses.",
    ):
        assert state(read(HEAD + CONTROL + text), lenses).status == "in force", text


def test_lifting_for_one_is_not_lifting_for_all(read, lenses):
    text = "The Norwegian trade ministry lifted the controls on lenses for Peru on March 1, 2024."
    claims = read(HEAD + CONTROL + text)
    assert state(claims, lenses).status == "in force"
    assert state(claims, lenses, destination="").status == "in force"
    assert state(claims, lenses, destination="PE").status == "lifted"


def test_nothing_told_is_unknown(read, lenses):
    assert state(read(HEAD + "Chile raised the matter with Norway."), lenses).status == "unknown"


def test_only_what_was_known_by_the_day(read, lenses):
    claims = read(HEAD + CONTROL)
    assert state(claims, lenses, on=date(2024, 1, 9)).status == "unknown"
    assert state(claims, lenses, on=date(2024, 1, 10)).status == "in force"


def test_pack_events_name_their_claims(pack):
    events = pack_events(pack)
    assert [event.id for event in events] == sorted(event.id for event in events)
    for event in events:
        assert set(event.supports) | set(event.contradicts) | set(event.questions) == set(
            event.claims
        )
        assert all(name.startswith(f"{event.id}:") for name in event.claims)
        assert event.status in ("asserted", "confirmed", "denied", "questioned")
        if event.status == "confirmed":
            assert event.independent_families > 1


def test_events_of_documents_join_the_packs(pack):
    from coercivity.claims import extract
    from coercivity.documents import from_pack

    claims = extract(from_pack(pack), pack)
    events = folded(claims, pack)
    joined = {event.id: event for event in events if event.origin == "both"}
    licences = joined["indian_firms_licensed"]
    assert licences.when is None
    assert licences.slot("count") == "unknown"
    assert "actor_conflict" in licences.flags
    assert licences.actor == "china_government"
    assert {e.id for e in pack_events(pack)} <= {e.id for e in events}
    in_pack = {e.id: e for e in pack_events(pack)}["indian_firms_licensed"]
    assert set(in_pack.claims) < set(licences.claims)
    found = policy_state(
        events, pack, actor="CN", items=["rare_earth_magnet"], destination="IN",
        on=date(2025, 10, 31),
    )  # fmt: skip
    assert found.status == "in force"


def test_folding_is_deterministic_and_json_ready(read, lenses):
    import json

    claims = read(HEAD + CONTROL + GRANT, HEAD + "Chile raised the matter with Norway.")
    one = [event.to_json() for event in folded(claims, lenses)]
    assert json.dumps(one) == json.dumps([event.to_json() for event in folded(claims, lenses)])


def test_every_act_is_in_exactly_one_event(read, lenses):
    claims = read(HEAD + CONTROL + GRANT, HEAD + GRANT + " Chile raised the matter with Norway.")
    events = folded(claims, lenses)
    acts = sorted(c.id for c in claims if c.frame and c.frame != "QUANTITY")
    assert sorted(name for event in events for name in event.claims) == acts
