"""Registration with Django."""

from __future__ import annotations

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """The app as Django knows it."""

    name = "coercivity.desk.accounts"
    label = "accounts"
    verbose_name = "Accounts"
