"""Make the tables and a smaller demo; run by itself with the environment of a desk.

One organisation has evidence, or none if so said: reading it takes most of the time. The runs of
the demo are cancelled, so that the worker of a test comes to the test's own at once. Everybody is
signed in, as ``sessions.json`` says: checking a password takes a core half a second, on purpose.

Usage: python -m browser.small_demo [applications licences [--without-evidence]]
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import django

N_APPLICATIONS, N_LICENCES = 36, 14
FEW_MEMBERS = 8
SESSIONS = "sessions.json"


def cancel_runs() -> None:
    from coercivity.desk.runs.models import Job
    from coercivity.desk.runs.services.asking import cancel

    for job in Job.objects.select_related("created_by"):
        cancel(job, actor=job.created_by)


def sign_everybody_in() -> dict[str, str]:
    """Return the key of a new session by username."""
    from django.contrib import auth
    from django.contrib.sessions.backends.db import SessionStore

    from coercivity.desk.accounts.models import User

    keys = {}
    for user in User.objects.all():
        session = SessionStore()
        session[auth.SESSION_KEY] = str(user.pk)
        session[auth.BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[auth.HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        keys[user.username] = session.session_key
    return keys


def main() -> None:
    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from coercivity.desk.explorer import demo as runs
    from coercivity.desk.licensing import demo
    from coercivity.desk.register import demo as evidence

    given = [int(text) for text in sys.argv[1:3]] or [N_APPLICATIONS, N_LICENCES]
    demo.N_APPLICATIONS, demo.N_LICENCES = given
    runs.MEMBERS = FEW_MEMBERS
    evidence._REVIEWERS = () if "--without-evidence" in sys.argv else ("analyst",)
    call_command("migrate", verbosity=0, interactive=False)
    call_command("demo_data")
    cancel_runs()
    path = Path(settings.DESK_HOME) / SESSIONS
    path.write_text(json.dumps(sign_everybody_in()), "utf-8")


if __name__ == "__main__":
    main()
