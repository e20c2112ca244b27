"""Registration with Django."""

from __future__ import annotations

from django.apps import AppConfig


class ExplorerConfig(AppConfig):
    """The app as Django knows it."""

    name = "coercivity.desk.explorer"
    label = "explorer"
    verbose_name = "Explorer"
