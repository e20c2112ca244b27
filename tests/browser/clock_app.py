"""The desk as its users meet it, with a clock that a header puts forward.

A licence expires because days pass. The tests cannot wait and do not write into the database; they
send ``x-days-later`` and the desk answers as it would on that day. Only the server of the tests
serves this application.
"""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from coercivity.desk.moment import fixed

HEADER = b"x-days-later"


def make():
    """Return the application; settings are read here and not on import."""
    from coercivity.desk.asgi import application as desk

    async def application(scope, receive, send) -> None:
        days = dict(scope.get("headers", ())).get(HEADER)
        if days is None:
            await desk(scope, receive, send)
            return
        with fixed(timezone.now() + timedelta(days=int(days))):
            await desk(scope, receive, send)

    return application
