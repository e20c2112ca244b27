"""Make the tables and a smaller demo; run by itself with the environment of a desk.

One organisation has evidence, or none if so said: reading it takes most of the time.

Usage: python -m browser.small_demo [applications licences [--without-evidence]]
"""

from __future__ import annotations

import sys

import django

N_APPLICATIONS, N_LICENCES = 36, 14
FEW_MEMBERS = 8


def main() -> None:
    django.setup()
    from django.core.management import call_command

    from coercivity.desk.explorer import demo as runs
    from coercivity.desk.licensing import demo
    from coercivity.desk.register import demo as evidence

    given = [int(text) for text in sys.argv[1:3]] or [N_APPLICATIONS, N_LICENCES]
    demo.N_APPLICATIONS, demo.N_LICENCES = given
    # They wait before those of the tests and must not keep the worker busy.
    runs.MEMBERS = FEW_MEMBERS
    evidence._REVIEWERS = () if "--without-evidence" in sys.argv else ("analyst",)
    call_command("migrate", verbosity=0, interactive=False)
    call_command("demo_data")


if __name__ == "__main__":
    main()
