"""Lists as CSV: no cell is a formula."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import transaction

from coercivity.desk.accounts.audit import record
from coercivity.desk.listing import safe_cell


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
