"""Lists: as CSV no cell is a formula, as a table every cell is escaped and set as its kind."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.http import QueryDict
from django.utils.html import format_html

from coercivity.desk.accounts.audit import record
from coercivity.desk.accounts.templatetags.desk import row_markup
from coercivity.desk.listing import Column, Listing, safe_cell


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\n=1"])
def test_texts_like_formulas_get_a_quote(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize(
    ("value", "cell"),
    [(Decimal("-2.50"), "-2.50"), (-3, "-3"), (None, ""), ("a=b", "a=b"), (True, "True")],
)
def test_other_cells_stay(value: object, cell: str) -> None:
    assert safe_cell(value) == cell


@pytest.mark.django_db
def test_csv_holds_every_page_and_escapes(people, sign_in) -> None:
    with transaction.atomic():
        for number in range(30):
            record(
                "case/1",
                "=cmd|' /C calc'!A0" if number == 7 else "noted",
                actor=people.officer,
                owner=people.acme,
                authority=people.authority,
            )
    client = sign_in(people.auditor)
    answer = client.get("/audit.csv")
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert len(lines) == 31
    assert sum(",'=cmd" in line for line in lines) == 1
    page = client.get("/audit.json?page=2&q=noted").json()
    assert (page["total"], page["pages"], len(page["rows"])) == (29, 2, 4)


def table(*rows: tuple[object, object]) -> str:
    """Return the markup of rows of two columns, the first of which is linked."""
    columns: list[Column[Any]] = [
        Column("name", 'A "name"', lambda row: row[0], lambda row: f"/things?a=1&b={row[0]}"),
        Column("value", "Value", lambda row: row[1]),
        Column("count", "Count", lambda row: 1234, numeric=True),
    ]
    return row_markup(Listing(columns, rows, rows, len(rows), 1, 1, QueryDict()))


def test_cells_are_escaped_wherever_their_words_stand() -> None:
    evil = "<script>'\"&"
    html = table((evil, evil))
    assert "<script>" not in html
    safe = "&lt;script&gt;&#x27;&quot;&amp;"
    assert html.count(safe) == 3
    assert f'<a href="/things?a=1&amp;b={safe}">{safe}</a></th>' in html
    assert 'data-label="A &quot;name&quot;"' in html
    # What the desk itself marked as safe stays as it is.
    assert "<b>x</b>" in table(("a", format_html("<b>{}</b>", "x")))


@pytest.mark.parametrize(
    ("value", "kind", "words"),
    [
        (date(2025, 10, 31), "day", "2025-10-31"),
        ("2025-10-31", "day", "2025-10-31"),
        ("x" * 30, "", "x" * 30),
        ("x" * 31, "long", "x" * 31),
        ("x" * 81, "longer", "x" * 81),
        (None, "", '<span class="quiet">not stated</span>'),
        (Decimal("2.50"), "", "2.5"),
    ],
)
def test_a_cell_is_set_as_its_kind(value: object, kind: str, words: str) -> None:
    html = table(("a", value))
    label = f' class="{kind}"' if kind else ""
    assert f'<td role="cell" data-label="Value"{label}>{words}</td>' in html
    assert '<td role="cell" data-label="Count" class="number">1,234</td></tr>' in html
    assert re.match(r'<tr role="row"><th scope="row" role="rowheader" data-label=', html)


def test_equal_values_of_other_types_read_differently() -> None:
    from coercivity.desk.accounts.templatetags.desk import _drawn

    assert [_drawn(value, is_number=False)[1] for value in (1, True, "1", 0, False, None)] == [
        "1", "yes", "1", "0", "no", '<span class="quiet">not stated</span>',
    ]  # fmt: skip
    assert _drawn("<b>", is_number=True) == (' class="number">', "&lt;b&gt;")


def test_a_closed_account_may_nothing_and_is_led_nowhere(people) -> None:
    from coercivity.desk.navigation import entries_for

    assert entries_for(people.officer)
    people.officer.is_active = False
    assert entries_for(people.officer) == []
    assert people.officer.permissions == frozenset()
