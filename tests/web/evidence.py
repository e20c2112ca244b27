"""Own-written notes about one briefing, and how tests bring them in."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from coercivity.desk.register import reading_process
from coercivity.desk.register.models import EvidenceDocument, EvidenceSet
from coercivity.desk.register.services import adding
from coercivity.desk.register.services.reading import read_waiting

PACK = "rare_earth_magnets"
DATED = """date 2025-10-31

The Ministry of External Affairs said on Thursday that China has granted licences to some Indian \
companies to import rare earth magnets. Spokesperson Randhir Jaiswal gave no number.

Asked whether four companies hold licences, Jaiswal did not say.
"""
UNDATED = """The Ministry of External Affairs said on Thursday that China has granted licences to \
four Indian companies to import rare earth magnets.

<script>alert("no")</script> & "quoted" words stay words.
"""


def upload(text: str | bytes, name: str = "note.txt") -> SimpleUploadedFile:
    data = text.encode() if isinstance(text, str) else text
    return SimpleUploadedFile(name, data, content_type="text/html")


@lru_cache(maxsize=64)
def _read(key: tuple[tuple[str, Any], ...]) -> Any:
    payload = {name: _thawed(value) for name, value in key}
    return reading_process.ask(payload)


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return ("dict", tuple((k, _frozen(v)) for k, v in sorted(value.items())))
    return value


def _thawed(value: Any) -> Any:
    if isinstance(value, tuple) and value[:1] == ("dict",):
        return {k: _thawed(v) for k, v in value[1]}
    return value


def ask_once(payload: dict[str, Any]) -> Any:
    """Read as the desk does, each text once for all tests."""
    return _read(tuple((name, _frozen(value)) for name, value in payload.items()))


def add_note(user: Any, text: str, name: str, **said: str) -> EvidenceDocument:
    """Add a note through the services, and read it."""
    row = adding.add_upload(actor=user, pack=PACK, upload=upload(text, name), **said)
    read_waiting(row.within, ask=ask_once)
    row.refresh_from_db()
    return row


def add_both(user: Any) -> EvidenceSet:
    """Add the two notes."""
    add_note(user, DATED, "dated.txt")
    return add_note(user, UNDATED, "undated.txt").within
