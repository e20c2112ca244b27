"""Judgements are added, never changed."""

from django.db import migrations

from coercivity.desk.append_only import append_only


class Migration(migrations.Migration):
    """Adds the triggers."""

    dependencies = [("register", "0001_tables"), ("accounts", "0002_append_only")]
    operations = [append_only("register_judgementrow")]
