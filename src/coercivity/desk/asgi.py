"""The desk as an ASGI application, for uvicorn."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import django
from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase

__all__ = ["OneThreadHandler", "application"]

_Receive = Callable[[], Awaitable[Mapping[str, Any]]]
_Send = Callable[[Mapping[str, Any]], Awaitable[None]]


class OneThreadHandler(ASGIHandler):
    """Django's handler, with the whole way of a request through the desk in one thread.

    Middleware and views of the desk are synchronous. Django would go back and forth between the
    event loop and the request's thread for each layer that could be either, and every crossing
    waits for the other threads of the process. What streams is still streamed by the event loop.

    A thread that is done with a request takes another one. Django would start two for each, one to
    work and one to see the other end, and set up the access to the database anew in it. There are
    as many as there were requests at once; between two requests none holds a connection.
    """

    def __init__(self) -> None:
        # Not Django's own, which loads the middleware for the event loop.
        self.load_middleware(is_async=False)
        # Used by the event loop alone, so that no lock is needed.
        self._idle: list[ThreadPoolExecutor] = []

    async def __call__(self, scope: dict[str, Any], receive: _Receive, send: _Send) -> None:
        """Answer a request in a thread that nobody else uses meanwhile."""
        thread = self._idle.pop() if self._idle else ThreadPoolExecutor(1, "request")
        try:
            async with ThreadSensitiveContext(executor=thread):
                await super().__call__(scope, receive, send)
        finally:
            self._idle.append(thread)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        """Return the answer to a request."""
        return await sync_to_async(self.get_response, thread_sensitive=True)(request)


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coercivity.desk.settings")
django.setup(set_prefix=False)
application = OneThreadHandler()

from coercivity.desk.serving import make_ready  # noqa: E402 - Django must be set up first

make_ready()
