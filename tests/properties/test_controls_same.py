"""The fast ways give the answers of the plain one; a register survives every form of file."""

import string
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coercivity.controls import (
    ActionKind,
    Effect,
    EventFlag,
    Instrument,
    Measure,
    MeasureAction,
    MeasureType,
    Register,
    determine,
    determine_many,
    read_register,
    write_register,
)
from coercivity.controls.fold import fold
from properties.test_controls import DAYS, FIRST, ITEMS, PARTIES, queries, registers
from support.control_cases import Licence
from support.plain_determination import plainly

KNOWN = st.one_of(st.none(), DAYS)
MOMENTS = st.builds(
    lambda day, hours, zone: (
        datetime(day.year, day.month, day.day, tzinfo=timezone(timedelta(hours=zone)))
        + timedelta(hours=hours)
    ),
    DAYS,
    st.integers(0, 23),
    st.integers(-11, 13),
)


@st.composite
def wide_registers(draw):
    """Registers with issuers in several zones and acts upon single end users."""
    register = draw(registers())
    instruments, actions = {}, []
    for key, instrument in register.instruments.items():
        zone = draw(st.sampled_from(("UTC", "Asia/Shanghai", "America/New_York")))
        instruments[key] = replace(instrument, zone=zone)
    for action in register.actions:
        users = draw(st.sampled_from(((), (), ("listed",), ("unnamed",), ("Somebody", "clean"))))
        whole = action.kind is ActionKind.ENACT
        actions.append(action if whole else replace(action, end_users=users))
    return replace(register, instruments=instruments, actions=tuple(actions), _memo={})


@settings(max_examples=100)
@given(wide_registers(), st.lists(queries(KNOWN), min_size=1, max_size=6), st.data())
def test_determinations_equal_the_plain_law(register, asked, data):
    # The same register answers all, so that what it keeps is used.
    for query in asked:
        moment = data.draw(st.one_of(st.just(query.on), MOMENTS))
        query = replace(query, on=moment)
        found, plain = determine(register, query), plainly(register, query)
        assert found == plain
        assert found.to_json() == plain.to_json()


@settings(max_examples=50)
@given(wide_registers(), st.integers(0, 61), st.data())
def test_a_state_changes_only_on_the_days_of_its_acts(register, offset, data):
    for _, measure in register.measures():
        acts = register.actions_on(measure.id)
        covers = [data.draw(st.sampled_from((True, False, None))) for _ in acts]
        cuts = [d for a in acts for d in (a.start, a.until) if d is not None]
        day = FIRST + timedelta(days=offset)
        start = max((cut for cut in cuts if cut <= day), default=date.min)
        pairs = list(zip(acts, covers, strict=True))
        assert fold(measure.effect, pairs, day) == fold(measure.effect, pairs, start)


FIELDS = (
    *("item", "origin", "destination", "on", "end_use", "end_user", "known_at"),
    *("contains", "origin_content_share", "owned_by"),
)


def table_of(asked):
    return {name: [getattr(query, name) for query in asked] for name in FIELDS}


def as_objects(columns):
    return pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in columns.items()})


def as_categories(columns):
    frame = as_objects(columns)
    for name in ("item", "origin", "destination", "end_use", "end_user"):
        frame[name] = frame[name].astype("category")
    return frame.assign(on=pd.to_datetime(frame["on"]))


def as_arrow(columns):
    owners = pa.list_(pa.struct([("owner", pa.string()), ("share", pa.float64())]))
    rows = [
        None if row is None else [{"owner": owner, "share": share} for owner, share in row]
        for row in columns["owned_by"]
    ]
    plain = {n: v for n, v in columns.items() if n not in {"owned_by", "contains"}}
    table = pa.table(plain, schema=pa.schema([*_TYPES.items()]))
    contains = pa.array(columns["contains"], pa.list_(pa.string()))
    table = table.append_column("contains", contains)
    return table.append_column("owned_by", pa.array(rows, owners))


def as_dictionaries(columns):
    table = as_arrow(columns)
    for name in ("item", "origin", "destination", "end_use", "end_user"):
        place = table.column_names.index(name)
        table = table.set_column(place, name, table[name].dictionary_encode())
    return pa.concat_tables([table.slice(0, 2), table.slice(2)])


_TYPES = {
    **dict.fromkeys(("item", "origin", "destination", "end_use", "end_user"), pa.string()),
    "on": pa.date32(),
    "known_at": pa.date32(),
    "origin_content_share": pa.float64(),
}


@pytest.mark.parametrize("form", [as_objects, as_categories, as_arrow, as_dictionaries])
@settings(max_examples=30)
@given(data=st.data())
def test_tables_of_every_form_equal_single_questions(form, data):
    register = data.draw(wide_registers())
    asked = data.draw(st.lists(queries(KNOWN), min_size=1, max_size=10))
    found = determine_many(register, form(table_of(asked)))
    assert list(found) == [determine(register, query).outcome for query in asked]


@settings(max_examples=50)
@given(wide_registers(), st.lists(queries(), min_size=1, max_size=8), st.data())
def test_moments_fall_on_the_day_of_each_issuer(register, asked, data):
    asked = [replace(query, on=data.draw(MOMENTS)) for query in asked]
    single = [determine(register, query).outcome for query in asked]
    frame = as_objects(table_of(asked))
    assert list(determine_many(register, frame)) == single
    stamps = frame.assign(on=pd.to_datetime(frame["on"], utc=True))
    assert list(determine_many(register, stamps)) == single
    arrow = pa.array([query.on.astimezone(UTC) for query in asked], pa.timestamp("us", tz="UTC"))
    table = as_arrow(table_of([replace(query, on=FIRST) for query in asked]))
    place = table.column_names.index("on")
    assert list(determine_many(register, table.set_column(place, "on", arrow))) == single


@st.composite
def licences(draw):
    start = draw(DAYS)
    return Licence(
        id="g",
        items=draw(st.sampled_from((("a",), ("kind",), ("b", "m")))),
        origin=draw(st.sampled_from(("CN", "JP"))),
        destination=draw(st.sampled_from(("*", "EU", "US"))),
        granted_by=draw(DAYS),
        valid_from=start,
        valid_to=draw(st.sampled_from((None, start + timedelta(days=20)))),
        holder=draw(st.sampled_from(("*", "clean", "listed"))),
        is_tied=draw(st.booleans()),
    )


@settings(max_examples=50)
@given(wide_registers(), st.lists(queries(KNOWN), min_size=1, max_size=8), licences())
def test_general_licences_in_tables(register, asked, licence):
    single = [determine(register, q, general_licences=[licence]).outcome for q in asked]
    frame = as_objects(table_of(asked))
    assert list(determine_many(register, frame, general_licences=[licence])) == single


TEXT = st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=12)
IDS = st.text(alphabet=string.ascii_lowercase + "_", min_size=1, max_size=6)
MANY = st.lists(TEXT, max_size=3).map(tuple)
ANY_DAY = st.dates()
SHARES = st.one_of(st.none(), st.floats(0, 1, allow_nan=False))


@st.composite
def any_registers(draw):
    """Registers whose every field is anything that it may be."""
    instruments = {}
    for key in draw(st.lists(IDS, min_size=1, max_size=3, unique=True)):
        measures = tuple(
            Measure(
                id=f"{key}.{number}",
                instrument=key,
                article=draw(TEXT),
                type=draw(st.sampled_from(list(MeasureType))),
                effect=draw(st.sampled_from(list(Effect))),
                **{n: draw(MANY) for n in ("items", "origins", "destinations", "end_users")},
                **{n: draw(MANY) for n in ("not_destinations", "end_uses", "contains_any")},
                de_minimis_share=draw(SHARES),
                ownership_share=draw(SHARES),
                note=draw(TEXT),
            )
            for number in range(draw(st.integers(0, 2)))
        )
        texts = {n: draw(TEXT) for n in ("issuer", "number", "title", "zone", "jurisdiction")}
        instruments[key] = Instrument(
            id=key,
            published_on=draw(ANY_DAY),
            measures=measures,
            url=draw(TEXT),
            sources=draw(MANY),
            facts=draw(MANY),
            note=draw(TEXT),
            **texts,
        )
    actions = []
    for number, key in enumerate(instruments):
        start = draw(st.dates(max_value=date(9000, 1, 1)))
        actions.append(
            MeasureAction(
                id=f"act {number}",
                instrument=draw(st.sampled_from((key, ""))),
                target=key,
                kind=draw(st.sampled_from((ActionKind.ENACT,))),
                start=start,
                until=draw(st.sampled_from((None, start + timedelta(days=1)))),
                announced_on=draw(ANY_DAY),
                recorded_on=draw(ANY_DAY),
                destinations=draw(MANY),
                items=draw(MANY),
                end_users=draw(MANY),
                effect=draw(st.sampled_from((None, *Effect))),
                sources=draw(MANY),
                facts=draw(MANY),
                hypothetical=draw(st.booleans()),
                note=draw(TEXT),
            )
        )
    flags = tuple(
        EventFlag(draw(IDS), draw(st.booleans()), draw(TEXT), draw(MANY))
        for _ in range(draw(st.integers(0, 2)))
    )
    return Register(instruments, tuple(actions), ITEMS, PARTIES, draw(TEXT), flags)


@pytest.mark.parametrize("ending", [".yaml", ".parquet", ".json"])
@settings(max_examples=40, deadline=None)
@given(register=any_registers())
def test_a_register_is_read_as_it_was_written(ending, register):
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"register{ending}"
        write_register(register, path)
        again = read_register(path, items=ITEMS, parties=PARTIES)
        assert [p.name for p in Path(folder).iterdir()] == [path.name], "something is left behind"
    assert again == register
    assert list(again.instruments) == list(register.instruments)


@settings(max_examples=25, deadline=None)
@given(wide_registers(), queries(KNOWN))
def test_a_register_that_was_read_answers_as_before(register, query):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "register.parquet"
        write_register(register, path)
        again = read_register(path, items=ITEMS, parties=PARTIES)
    assert determine(again, query).to_json() == determine(register, query).to_json()
