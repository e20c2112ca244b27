"""Signing in, what roles may do, tokens, the audit trail."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from coercivity.desk.accounts.audit import record, verify
from coercivity.desk.accounts.models import ApiToken, AuditEvent, StoredFile
from coercivity.desk.accounts.roles import PERMISSIONS_OF, Permission, Role
from coercivity.desk.accounts.services import (
    add_organisation,
    add_person,
    issue_token,
    revoke_token,
    user_of_token,
)
from coercivity.errors import InputError, InvariantError

pytestmark = pytest.mark.django_db


def test_a_stranger_is_sent_to_sign_in_and_comes_back(people) -> None:
    client = Client()
    answer = client.get(reverse("accounts:account"))
    assert answer.status_code == 302
    assert answer["Location"] == "/sign-in?next=%2Faccount"
    answer = client.post(
        answer["Location"],
        {"username": "holder", "password": "a long enough phrase", "next": "/account"},
    )
    assert answer.status_code == 302
    assert answer["Location"] == "/account"
    assert b"Acme Magnets" in client.get("/account").content


def test_sign_in_leads_nowhere_else(people) -> None:
    answer = Client().post(
        "/sign-in",
        {"username": "holder", "password": "a long enough phrase", "next": "//evil.example/"},
    )
    assert answer["Location"] == "/"


def test_sign_in_is_throttled_per_name(people) -> None:
    client = Client()
    for _ in range(5):
        answer = client.post("/sign-in", {"username": "holder", "password": "wrong"})
    assert answer.status_code == 429
    right = {"username": "holder", "password": "a long enough phrase"}
    assert client.post("/sign-in", right).status_code == 429
    other = {"username": "officer", "password": "a long enough phrase"}
    assert client.post("/sign-in", other).status_code == 302


def test_forms_without_their_token_are_refused(people) -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/sign-in", {"username": "holder", "password": "a long enough phrase"})
    assert answer.status_code == 403
    assert b"form could not be accepted" in answer.content


def test_headers_of_every_page(people, sign_in) -> None:
    answer = sign_in(people.holder).get("/")
    policy = answer["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "no-store, private"


def test_data_twins_ask_to_sign_in_with_a_status(people) -> None:
    answer = Client().get("/account.json")
    assert answer.status_code == 401
    assert answer.json()["error"] == "Sign in first"


def test_role_without_permission_is_refused(people, sign_in) -> None:
    assert sign_in(people.holder).get("/audit").status_code == 403
    assert sign_in(people.auditor).get("/audit").status_code == 200


def test_every_role_has_a_row_and_nobody_decides_and_reviews() -> None:
    assert set(PERMISSIONS_OF) == set(Role)
    for granted in PERMISSIONS_OF.values():
        assert not {Permission.REVIEW, Permission.DECIDE} <= granted
        assert not {Permission.APPLY, Permission.REVIEW} <= granted


def test_tokens_are_kept_as_digests_and_shown_once(people, sign_in) -> None:
    client = sign_in(people.customs)
    answer = client.post("/account/tokens/new", {"name": "gateway"})
    token = answer.context["new_token"]
    assert user_of_token(token) == people.customs
    row = ApiToken.objects.get()
    assert token not in (row.digest, row.name)
    assert token.encode() not in client.get("/account").content
    revoke_token(row, actor=people.customs)
    assert user_of_token(token) is None


def test_tokens_expire_and_belong_to_active_people(people) -> None:
    assert user_of_token(issue_token(people.customs, name="old", days=-1)) is None
    token = issue_token(people.customs, name="new")
    people.customs.is_active = False
    people.customs.save()
    assert user_of_token(token) is None
    assert user_of_token("desk_guess") is None


def test_somebody_elses_token_cannot_be_revoked(people, sign_in) -> None:
    issue_token(people.customs, name="gateway")
    token = ApiToken.objects.get()
    address = reverse("accounts:revoke_token", args=[token.pk])
    assert sign_in(people.officer).post(address).status_code == 404
    token.refresh_from_db()
    assert token.revoked_at is None


def test_roles_must_fit_the_organisation(people) -> None:
    with pytest.raises(InputError, match="company Acme Magnets has no decider"):
        add_person(
            username="x", full_name="X", organisation=people.acme, role=Role.DECIDER, password=None
        )
    with pytest.raises(InputError, match="time zone"):
        add_organisation(slug="x", name="X", kind="company", country="IN", zone="Asia/Nowhere")


def _events(people, count: int) -> None:
    with transaction.atomic():
        for number in range(count):
            record(
                "case/1",
                "noted",
                actor=people.officer,
                owner=people.acme,
                authority=people.authority,
                number=number,
            )


def test_audit_chain_is_verified(people) -> None:
    _events(people, 3)
    assert verify("case/1") == 3


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accounts_auditevent SET event = 'forged'",
        "DELETE FROM accounts_auditevent",
        "UPDATE accounts_storedfile SET size = 1",
        "DELETE FROM accounts_storedfile",
    ],
)
def test_database_refuses_to_change_what_is_only_added(people, statement: str) -> None:
    _events(people, 1)
    StoredFile.objects.create(sha256="a" * 64, size=3, content=b"abc")
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as c,
    ):
        c.execute(statement)


def test_forged_event_is_found_where_triggers_were_dropped(people) -> None:
    _events(people, 3)
    if connection.vendor == "postgresql":
        drop = "SET CONSTRAINTS ALL IMMEDIATE; ALTER TABLE accounts_auditevent DISABLE TRIGGER USER"
    else:
        drop = "DROP TRIGGER accounts_auditevent_no_update"
    with connection.cursor() as cursor:
        cursor.execute(drop)
        cursor.execute("UPDATE accounts_auditevent SET event = 'forged' WHERE number = 2")
    with pytest.raises(InvariantError, match="event 2"):
        verify("case/1")


def test_audit_is_seen_by_those_concerned(people, sign_in) -> None:
    _events(people, 2)
    assert sign_in(people.auditor).get("/audit.json").json()["total"] == 2
    assert sign_in(people.foreign_auditor).get("/audit.json").json()["total"] == 0


def test_audit_needs_a_transaction(people, monkeypatch) -> None:
    monkeypatch.setattr(
        "coercivity.desk.accounts.audit.connection", SimpleNamespace(in_atomic_block=False)
    )
    with pytest.raises(InvariantError, match="outside a transaction"):
        record("x", "noted", actor=None, owner=None, authority=None)
    assert not AuditEvent.objects.exists()
