"""Django for the tests of the desk; nothing outside this folder is affected."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coercivity.desk.settings_for_checks")

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.test import Client  # noqa: E402

from coercivity.desk.accounts.models import Organisation, User  # noqa: E402
from coercivity.desk.accounts.roles import OrganisationKind, Role  # noqa: E402

BACKEND = "django.contrib.auth.backends.ModelBackend"
PASSWORD = "a long enough phrase"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the test database in a file: write-ahead logging and threads need one."""
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        folder: Path = tmp_path_factory.mktemp("desk")
        database.setdefault("TEST", {})["NAME"] = str(folder / "test.sqlite3")
    return


def organisation(slug: str, kind: OrganisationKind, **values: object) -> Organisation:
    """Add an organisation."""
    defaults = {"name": slug.replace("-", " ").title(), "country": "IN", "zone": "Asia/Kolkata"}
    return Organisation.objects.create(slug=slug, kind=kind, **{**defaults, **values})


def person(username: str, at: Organisation, role: Role, **values: object) -> User:
    """Add a person who signs in with ``PASSWORD``."""
    user = User(username=username, full_name=username.title(), organisation=at, role=role, **values)
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def people(db: None) -> SimpleNamespace:
    """Two companies, two authorities, a customs service, and somebody in every role.

    ``people.holder`` belongs to ``people.acme``; ``people.officer``, ``officer2``, ``decider``,
    ``decider2``, ``auditor`` to ``people.authority``; ``people.customs`` to its customs service;
    ``people.stranger`` (holder), ``people.foreign_officer``, ``people.foreign_decider`` and
    ``people.foreign_auditor`` elsewhere.
    """
    kinds = OrganisationKind
    acme = organisation("acme-magnets", kinds.COMPANY)
    other = organisation("other-motors", kinds.COMPANY)
    authority = organisation(
        "authority", kinds.AUTHORITY, country="CN", zone="Asia/Shanghai", party="mofcom"
    )
    elsewhere = organisation("elsewhere", kinds.AUTHORITY, country="IN")
    customs = organisation("customs", kinds.CUSTOMS, country="CN", serves=authority)
    research = organisation("institute", kinds.RESEARCH)
    return SimpleNamespace(
        acme=acme,
        other=other,
        authority=authority,
        elsewhere=elsewhere,
        customs_service=customs,
        institute=research,
        holder=person("holder", acme, Role.HOLDER),
        stranger=person("stranger", other, Role.HOLDER),
        officer=person("officer", authority, Role.OFFICER, team="chemistry"),
        officer2=person("officer2", authority, Role.OFFICER, team="end use"),
        decider=person("decider", authority, Role.DECIDER),
        decider2=person("decider2", authority, Role.DECIDER),
        auditor=person("auditor", authority, Role.AUDITOR),
        foreign_officer=person("foreign-officer", elsewhere, Role.OFFICER),
        foreign_decider=person("foreign-decider", elsewhere, Role.DECIDER),
        foreign_auditor=person("foreign-auditor", elsewhere, Role.AUDITOR),
        analyst=person("analyst", research, Role.ANALYST),
        customs=person("customs", customs, Role.CUSTOMS),
    )


@pytest.fixture
def sign_in() -> Callable[[User], Client]:
    """Return a browser in which a person is signed in; forms are checked for their token."""

    def signed_in(user: User) -> Client:
        client = Client()
        client.force_login(user, backend=BACKEND)
        return client

    return signed_in
