"""Routes of the register."""

from __future__ import annotations

from django.urls import path

from coercivity.desk.pages import pages
from coercivity.desk.register.views import (
    claims,
    controls,
    documents,
    events,
    instruments,
    judging,
    lists,
)

app_name = "register"

_DOCUMENT = "evidence/documents/<int:pk>"
_CLAIM = f"{_DOCUMENT}/claims/<str:claim>"

urlpatterns = [
    *pages("evidence", lists.evidence, name="evidence", csv=True),
    *pages("evidence/add", documents.add, name="add"),
    *pages("evidence/fetch", documents.fetch, name="fetch"),
    *pages("evidence/take-over", documents.take_over, name="take_over"),
    *pages("evidence/claims", lists.claims, name="claims", csv=True),
    *pages("evidence/verdicts", lists.verdicts, name="verdicts", csv=True),
    *pages("evidence/events", lists.events, name="events", csv=True),
    *pages("evidence/judgements", lists.judgements, name="judgements", csv=True),
    *pages("evidence/judgements/<int:pk>/undo", judging.undo, name="undo"),
    path("evidence/<int:within>/judgements", judging.judgement_file, name="judgement_file"),
    *pages("evidence/<int:within>/events/<str:event>", events.event, name="event"),
    *pages("evidence/<int:within>/verdicts/<str:verdict>", claims.verdict, name="verdict"),
    *pages(_DOCUMENT, documents.document, name="document"),
    path(f"{_DOCUMENT}/file", documents.file, name="file"),
    *pages(f"{_DOCUMENT}/describe", documents.describe, name="describe"),
    path(f"{_DOCUMENT}/read", documents.read, name="read"),
    path(f"{_DOCUMENT}/withdraw", documents.withdraw, name="withdraw"),
    path(f"{_DOCUMENT}/restore", documents.restore, name="restore"),
    *pages(f"{_CLAIM}/accept", judging.accept, name="accept"),
    *pages(f"{_CLAIM}/reject", judging.reject, name="reject"),
    *pages(f"{_CLAIM}/correct", judging.correct, name="correct"),
    *pages(f"{_CLAIM}/same", judging.same, name="same"),
    *pages(f"{_CLAIM}/different", judging.different, name="different"),
    *pages(_CLAIM, claims.claim, name="claim"),
    *pages("controls", controls.controls, name="controls"),
    *pages("controls/in-force", instruments.in_force, name="in_force", csv=True),
    *pages("controls/changes", instruments.changes, name="changes", csv=True),
    *pages("controls/acts", instruments.acts, name="acts", csv=True),
    *pages("controls/instruments", instruments.instruments, name="instruments", csv=True),
    *pages(
        "controls/instruments/<str:pack>/<str:instrument>", instruments.instrument,
        name="instrument",
    ),
]  # fmt: skip
