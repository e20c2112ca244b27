"""``read_documents``: read what waits to be read."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from coercivity.desk.register.models import EvidenceSet
from coercivity.desk.register.services.reading import read_again, read_all

__all__ = ["Command"]


class Command(BaseCommand):
    """Read the documents that wait, of every organisation."""

    help = "Read the documents that wait, of every organisation."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the option that reads everything anew."""
        parser.add_argument(
            "--all", action="store_true", help="Read every document anew, after an update."
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Read, and say what is left."""
        if options["all"]:
            for within in EvidenceSet.objects.all():
                read_again(within)
        left = read_all()
        self.stdout.write(f"{left} documents still wait" if left else "no document waits")
