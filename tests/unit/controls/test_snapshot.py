"""What a register keeps to answer fast changes no answer, has bounds, and is shared."""

import copy
import pickle
from datetime import date as D
from datetime import timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from coercivity.catalogue import Item
from coercivity.controls import (
    MeasureType,
    Query,
    action_from,
    build_register,
    counterparts,
    crosswalk,
    determine,
    determine_codes,
    determine_many,
    rules,
)
from coercivity.controls.crosswalk import SCHEMES
from coercivity.controls.gates import OUTCOMES
from coercivity.controls.rulings import snapshot_of
from coercivity.errors import InputError, NotFoundError
from support.plain_determination import plainly

DAY = D(2025, 10, 31)


@pytest.fixture(scope="module")
def register(pack):
    return build_register(pack)


def questions(register, n_days=40):
    return [
        Query(
            item=item,
            origin="CN",
            destination=destination,
            on=D(2025, 3, 1) + timedelta(days=37 * n),
            end_user=user,
        )
        for item in list(register.items)[::6]
        for destination in ("IN", "US", "EU")
        for user in (None, "jaxa", "Somebody")
        for n in range(n_days // 2)
    ]


def test_days_between_two_records_share_a_snapshot(register):
    first, second = snapshot_of(register, D(2025, 4, 10)), snapshot_of(register, D(2025, 5, 1))
    assert first is second
    assert snapshot_of(register, D(2025, 5, 14)) is not first
    assert snapshot_of(register, D(1990, 1, 1)).rules == ()


def test_full_caches_are_emptied_and_answers_stay(pack, monkeypatch):
    small = build_register(pack)
    monkeypatch.setattr(rules, "MOST_KEPT", 8)
    monkeypatch.setattr(rules.keep, "__kwdefaults__", {"most": 8})
    asked = questions(small)[::7]
    for query in asked:
        assert determine(small, query) == plainly(small, query)
    snapshot = snapshot_of(small, None)
    assert max(len(rule._nodes) for rule in snapshot.rules) <= 8
    assert len(snapshot._rulings) <= 8


def test_scenarios_share_what_is_worked_out_about_other_measures(register):
    row = {
        "id": "h",
        "target": "mofcom_gac_18_2025",
        "kind": "repeal",
        "from": D(2026, 1, 1),
    }
    other = register.with_actions([action_from(row, hypothetical=True)])
    ours = {rule.measure.id: rule for rule in snapshot_of(register, None).rules}
    theirs = {rule.measure.id: rule for rule in snapshot_of(other, None).rules}
    assert ours["mofcom_1_2026_military"] is theirs["mofcom_1_2026_military"]
    assert ours["mofcom_gac_18_2025_smco"] is not theirs["mofcom_gac_18_2025_smco"]
    asked = Query(item="smco_magnet", origin="CN", destination="IN", on=D(2026, 2, 1))
    assert determine(register, asked).outcome == "LICENCE_REQUIRED"
    assert determine(other, asked).outcome == "FREE"


def test_items_of_the_caller_stand_in_for_those_of_the_pack(register):
    asked = Query(item="new_magnet", origin="CN", destination="IN", on=DAY)
    with pytest.raises(NotFoundError):
        determine(register, asked)
    item = Item("new_magnet", "New magnet", "t", "component", ("Dy",), parents=("smco_magnet",))
    items = {**register.items, "new_magnet": item}
    assert determine(register, asked, items=items).query.item == "new_magnet"
    with pytest.raises(NotFoundError):
        determine(register, asked)


def test_answers_can_be_copied_and_sent_to_another_process(register):
    asked = Query(item="gallium", origin="CN", destination="US", on=DAY, end_use=None)
    found = determine(register, asked)
    for again in (pickle.loads(pickle.dumps(found)), copy.deepcopy(found)):
        assert again == found
        assert again.to_json() == found.to_json()


def test_a_table_must_have_its_columns_and_days(register):
    frame = pd.DataFrame({"item": ["gallium"], "origin": ["CN"], "destination": ["US"]})
    with pytest.raises(InputError, match="no column 'on'"):
        determine_many(register, frame)
    with pytest.raises(InputError, match="blank"):
        determine_many(register, frame.assign(on=[None]))
    with pytest.raises(InputError, match=r"'31\.10\.2025' is not a date"):
        determine_many(register, frame.assign(on=["31.10.2025"]))
    with pytest.raises(InputError, match="is no share"):
        determine_many(register, frame.assign(on=[DAY], origin_content_share=[1.5]))
    with pytest.raises(InputError, match="is no share"):
        determine_many(register, frame.assign(on=[DAY], owned_by=[(("a", 2.0),)]))
    with pytest.raises(NotFoundError, match="'ZZ' is not a country"):
        determine_many(register, frame.assign(on=[DAY], destination=["ZZ"]))
    with pytest.raises(NotFoundError, match="no item is called None"):
        determine_many(register, frame.assign(on=[DAY], item=[None]))
    with pytest.raises(NotFoundError, match="no item is called 'galium'"):
        determine_many(register, frame.assign(on=[DAY], item=["galium"]))


def test_an_empty_table_has_no_answers(register):
    frame = pd.DataFrame({"item": [], "origin": [], "destination": [], "on": []})
    assert list(determine_many(register, frame)) == []
    assert determine_codes(register, frame).dtype == np.int8


def test_values_that_no_row_has_are_not_looked_up(register):
    codes = pa.array([0, 0], pa.int32())
    item = pa.DictionaryArray.from_arrays(codes, pa.array(["gallium", "no such item"]))
    table = pa.table(
        {"item": item, "origin": ["CN"] * 2, "destination": ["US"] * 2, "on": [DAY] * 2}
    )
    (first, second) = determine_codes(register, table)
    assert OUTCOMES[first] == OUTCOMES[second] == "PRESUMED_DENIED"


def test_wide_keys_are_found_by_hash(register, monkeypatch):
    from coercivity.controls import batch

    asked = questions(register)
    frame = pd.DataFrame([query.__dict__ for query in asked], dtype=object)
    dense = determine_codes(register, frame)
    monkeypatch.setattr(batch, "_DENSE_BITS", 2)
    assert (determine_codes(register, frame) == dense).all()
    monkeypatch.setattr(batch, "_BLOCK", 7)
    assert (determine_codes(register, frame) == dense).all()
    assert [OUTCOMES[code] for code in dense] == [determine(register, q).outcome for q in asked]


def test_every_kind_of_measure_stands_beside_each_scheme_with_a_source():
    assert {(row.measure_type, row.scheme) for row in crosswalk()} == {
        (kind, scheme) for kind in MeasureType for scheme in SCHEMES
    }
    for row in crosswalk():
        assert row.edition
        assert row.source.startswith("https://")
        assert row.note
        # A code is never without the name it stands for.
        assert row.label or not row.code
    (mast, _, _) = counterparts(MeasureType.EXPORT_BAN)
    assert (mast.scheme, mast.edition, mast.code) == ("MAST", "2019", "P31")
