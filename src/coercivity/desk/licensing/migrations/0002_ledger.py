"""The library's ledger tables, and triggers for the tables to which rows are only added."""

from typing import Any

from django.db import migrations

from coercivity.desk.append_only import append_only
from coercivity.licences.sql_schema import create_statements, drop_statements


def make(apps: Any, schema_editor: Any) -> None:
    """Execute the library's statements."""
    for statement in create_statements(schema_editor.connection.vendor):
        schema_editor.execute(statement, params=None)


def drop(apps: Any, schema_editor: Any) -> None:
    """Undo them."""
    for statement in drop_statements(schema_editor.connection.vendor):
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    """Adds the ledger and the triggers."""

    dependencies = [("licensing", "0001_tables"), ("accounts", "0002_append_only")]
    operations = [
        migrations.RunPython(make, drop),
        append_only(
            "licensing_statechange",
            "licensing_licencechange",
            "licensing_screeningdecision",
            "licensing_licenceassertion",
        ),
    ]
