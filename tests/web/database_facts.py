"""Print what is in a desk's database as JSON; run by itself with the environment of a desk."""

from __future__ import annotations

import json
import sys

import django


def counts() -> dict[str, int]:
    """Rows of every table."""
    from django.db import connection

    found = {}
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f'SELECT count(*) FROM "{table}"')
            found[table] = cursor.fetchone()[0]
    return found


def chains() -> dict[str, int]:
    """Events of every chain of the audit trail, each digest worked out anew."""
    from coercivity.desk.accounts.audit import verify
    from coercivity.desk.accounts.models import AuditEvent

    names = AuditEvent.objects.order_by("chain").values_list("chain", flat=True).distinct()
    return {name: verify(name) for name in names}


def balances() -> dict[str, str]:
    """What is left of every line whose quantity is known."""
    from coercivity.desk.licensing.models import Licence
    from coercivity.desk.licensing.services.ledger import balances_of

    rows = Licence.objects.prefetch_related("lines").order_by("reference")
    found = balances_of(list(rows))
    return {
        str(account): f"{balance.remaining.normalize():f}" for account, balance in found.items()
    }


def goes_on() -> dict[str, str]:
    """Act on the restored rows: numbers go on, history cannot be changed."""
    from django.db import DatabaseError, transaction

    from coercivity.desk.accounts.models import AuditEvent, Organisation, User
    from coercivity.desk.licensing.services import drafting
    from coercivity.licences import LicenceKind

    case = drafting.start_application(
        actor=User.objects.get(username="holder"),
        pack="rare_earth_magnets",
        kind=LicenceKind.INDIVIDUAL,
        authority=Organisation.objects.get(slug="export-office"),
    )
    try:
        with transaction.atomic():
            AuditEvent.objects.update(event="nothing happened")
        refused = ""
    except DatabaseError as error:
        refused = str(error)
    return {"case": case.reference, "refused": refused}


def main() -> None:
    django.setup()
    facts = {"counts": counts(), "chains": chains(), "balances": balances()}
    if "act" in sys.argv[1:]:
        facts["acts"] = goes_on()
    json.dump(facts, sys.stdout)


if __name__ == "__main__":
    main()
