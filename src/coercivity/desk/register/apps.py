"""Registration with Django."""

from __future__ import annotations

from django.apps import AppConfig


class RegisterConfig(AppConfig):
    """The app as Django knows it."""

    name = "coercivity.desk.register"
    label = "register"
    verbose_name = "Register"
