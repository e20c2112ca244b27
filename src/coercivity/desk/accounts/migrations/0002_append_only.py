"""Refuse changes of the audit trail and of stored files."""

from django.db import migrations

from coercivity.desk.append_only import append_only


class Migration(migrations.Migration):
    """Adds the triggers."""

    dependencies = [("accounts", "0001_tables")]
    operations = [append_only("accounts_auditevent", "accounts_storedfile")]
