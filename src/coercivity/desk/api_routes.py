"""Routers of the apps, put under the API."""

from __future__ import annotations

from coercivity.desk.api import api
from coercivity.desk.licensing.api import router as licensing
from coercivity.desk.register.api import router as register
from coercivity.desk.runs.api import router as runs

__all__ = ["api"]

api.add_router("", licensing)
api.add_router("", register)
api.add_router("", runs)
