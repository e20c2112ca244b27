"""The desk as an ASGI application, for uvicorn."""

from __future__ import annotations

import os

import django
from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase

__all__ = ["OneThreadHandler", "application"]


class OneThreadHandler(ASGIHandler):
    """Django's handler, with the whole way of a request through the desk in one thread.

    Middleware and views of the desk are synchronous. Django would go back and forth between the
    event loop and the request's thread for each layer that could be either, and every crossing
    waits for the other threads of the process. What streams is still streamed by the event loop.
    """

    def __init__(self) -> None:
        # Not Django's own, which loads the middleware for the event loop.
        self.load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        """Return the answer to a request."""
        return await sync_to_async(self.get_response, thread_sensitive=True)(request)


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coercivity.desk.settings")
django.setup(set_prefix=False)
application = OneThreadHandler()

from coercivity.desk.serving import make_ready  # noqa: E402 - Django must be set up first

make_ready()
