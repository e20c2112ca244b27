"""``demo_data``: fill an empty desk with invented cases."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from coercivity.desk.demo import accounts_text, fill_desk, is_filled
from coercivity.desk.moment import now

__all__ = ["Command"]


class Command(BaseCommand):
    """Fill an empty desk with invented cases, and say how to sign in."""

    help = "Fill an empty desk with invented cases, and say how to sign in."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Make the data unless they are there."""
        if not is_filled():
            self.stdout.write("making the demo data: once, up to a minute")
            self.stdout.flush()
            for line in fill_desk(now()):
                self.stdout.write(line)
        self.stdout.write(accounts_text())
