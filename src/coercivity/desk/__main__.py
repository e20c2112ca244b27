"""``python -m coercivity.desk``: Django's own commands, with the desk's settings."""

from __future__ import annotations

import os
import sys

from django.core.management import execute_from_command_line


def main() -> None:
    """Run one management command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coercivity.desk.settings")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
