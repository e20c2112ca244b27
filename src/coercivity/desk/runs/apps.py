"""Registration with Django."""

from __future__ import annotations

from django.apps import AppConfig


class RunsConfig(AppConfig):
    """The app as Django knows it."""

    name = "coercivity.desk.runs"
    label = "runs"
    verbose_name = "Runs"

    def ready(self) -> None:
        """Make the kinds of jobs known, and add what a licence changes to the page of a case."""
        from coercivity.desk.licensing.panels import add_panel
        from coercivity.desk.runs.licence_panel import effect_panel
        from coercivity.desk.runs.simulating import add_kinds

        add_kinds()
        add_panel(effect_panel)
