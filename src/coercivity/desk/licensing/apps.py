"""Registration with Django."""

from __future__ import annotations

from django.apps import AppConfig


class LicensingConfig(AppConfig):
    """The app as Django knows it."""

    name = "coercivity.desk.licensing"
    label = "licensing"
    verbose_name = "Licensing"
