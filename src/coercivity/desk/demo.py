"""Demo data: invented organisations and cases, the same at every start.

Each app may have a module ``demo`` with ``fill(demo) -> str``; it is called in the order of the
apps and returns a line that says what it made. Organisations and people are made here first.
"""

from __future__ import annotations

import os
import random
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Final

from django.apps import apps
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils.module_loading import module_has_submodule

from coercivity.desk.accounts.models import Organisation, User
from coercivity.desk.accounts.roles import OrganisationKind, Role
from coercivity.desk.accounts.services import add_person

__all__ = ["SEED", "Demo", "accounts_text", "fill_desk", "is_filled"]

SEED: Final = 20251031

_KIND = OrganisationKind
_ORGANISATIONS: Final = (
    ("export-office", "Export Licence Office (invented)", _KIND.AUTHORITY, "CN", "Asia/Shanghai"),
    ("trade-office", "Trade Control Office (invented)", _KIND.AUTHORITY, "IN", "Asia/Kolkata"),
    ("port-customs", "Port Customs (invented)", _KIND.CUSTOMS, "CN", "Asia/Shanghai"),
    ("institute", "Institute for Supply (invented)", _KIND.RESEARCH, "IN", "Asia/Kolkata"),
    ("eastern-magnets", "Eastern Magnets (invented)", _KIND.COMPANY, "CN", "Asia/Shanghai"),
    ("river-alloys", "River Alloys (invented)", _KIND.COMPANY, "CN", "Asia/Shanghai"),
    ("northern-nutrients", "Northern Nutrients (invented)", _KIND.COMPANY, "CN", "Asia/Shanghai"),
    ("delta-motors", "Delta Motors (invented)", _KIND.COMPANY, "IN", "Asia/Kolkata"),
    ("monsoon-drives", "Monsoon Drives (invented)", _KIND.COMPANY, "IN", "Asia/Kolkata"),
    ("harvest-supply", "Harvest Supply (invented)", _KIND.COMPANY, "IN", "Asia/Kolkata"),
)
_PEOPLE: Final = (
    ("officer", "Olga Officer", "export-office", Role.OFFICER, "licensing"),
    ("adviser", "Adam Adviser", "export-office", Role.OFFICER, "end use"),
    ("chemist", "Chen Chemist", "export-office", Role.OFFICER, "technology"),
    ("decider", "Dora Decider", "export-office", Role.DECIDER, ""),
    ("countersigner", "Carl Countersigner", "export-office", Role.DECIDER, ""),
    ("appeals", "Ana Appeals", "export-office", Role.DECIDER, ""),
    ("auditor", "Asha Auditor", "export-office", Role.AUDITOR, ""),
    ("trade-officer", "Tara Officer", "trade-office", Role.OFFICER, "licensing"),
    ("trade-decider", "Tom Decider", "trade-office", Role.DECIDER, ""),
    ("trade-second", "Tina Second", "trade-office", Role.DECIDER, ""),
    ("customs", "Port customs gateway", "port-customs", Role.CUSTOMS, ""),
    ("analyst", "Ines Analyst", "institute", Role.ANALYST, ""),
    ("holder", "Hu Holder", "eastern-magnets", Role.HOLDER, ""),
    ("river", "Rui River", "river-alloys", Role.HOLDER, ""),
    ("northern", "Nora Northern", "northern-nutrients", Role.HOLDER, ""),
    ("importer", "Indra Importer", "delta-motors", Role.HOLDER, ""),
    ("monsoon", "Mani Monsoon", "monsoon-drives", Role.HOLDER, ""),
    ("harvest", "Hari Harvest", "harvest-supply", Role.HOLDER, ""),
)


@dataclass
class Demo:
    """What the parts of the demo share.

    Parameters
    ----------
    now : datetime
        Moment at which the demo is made; everything lies before it.
    rng : random.Random
        Seeded.
    organisations, people : dict
        By slug, by name.
    """

    now: datetime
    rng: random.Random = field(default_factory=lambda: random.Random(SEED))
    organisations: dict[str, Organisation] = field(default_factory=dict)
    people: dict[str, User] = field(default_factory=dict)

    def of(self, slug: str) -> Organisation:
        """Return an organisation."""
        return self.organisations[slug]

    def person(self, name: str) -> User:
        """Return a person."""
        return self.people[name]


def is_filled() -> bool:
    """Whether the demo data are there."""
    return Organisation.objects.filter(slug=_ORGANISATIONS[0][0]).exists()


def password() -> str:
    """Return the password of the demo accounts: given, or made once for this demo."""
    given = os.environ.get("DESK_DEMO_PASSWORD")
    if given:
        return given
    path = Path(settings.DESK_HOME) / "demo-password"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(9), "utf-8")
    return path.read_text("utf-8").strip()


def fill_desk(now: datetime) -> list[str]:
    """Make all demo data in one transaction.

    Returns
    -------
    list of str
        What was made, a line for each app.
    """
    demo = Demo(now)
    with transaction.atomic():
        _fill_accounts(demo)
        said = [f"{len(demo.organisations)} organisations, {len(demo.people)} accounts"]
        for name in ("licensing", "register", "explorer", "runs"):
            config = apps.get_app_config(name)
            if config.module is not None and module_has_submodule(config.module, "demo"):
                said.append(import_module(f"{config.name}.demo").fill(demo))
    return said


def _fill_accounts(demo: Demo) -> None:
    for slug, name, kind, country, zone in _ORGANISATIONS:
        demo.organisations[slug] = Organisation.objects.create(
            slug=slug, name=name, kind=kind, country=country, zone=zone
        )
    customs = demo.of("port-customs")
    customs.serves = demo.of("export-office")
    customs.save()
    # One hash for all: hashing is slow on purpose, and the demo has one password.
    hashed = make_password(password())
    for username, full_name, slug, role, team in _PEOPLE:
        user = add_person(
            username=username,
            full_name=full_name,
            organisation=demo.of(slug),
            role=role,
            team=team,
        )
        user.password = hashed
        user.save(update_fields=["password"])
        demo.people[username] = user


def accounts_text() -> str:
    """Return the demo accounts and their password, to be printed."""
    width = max(len(name) for name, *_ in _PEOPLE)
    titles = {slug: title for slug, title, *_ in _ORGANISATIONS}
    lines = [
        f"  {name:<{width}}  {role.value:<8}  {titles[slug]}" for name, _, slug, role, _ in _PEOPLE
    ]
    return "\n".join([f"Demo accounts (password of all: {password()})", *lines])
