"""An example of every page that has a parameter in its address, and who looks at it.

``{case}`` and the like stand for something in the demo data. ``EXAMPLES`` says where it is found:
who asks for which list, and which column of its first row names it.
"""

from __future__ import annotations

EXAMPLES = {
    "draft": ("holder", "/applications.json?state=draft", "reference"),
    "asked": ("holder", "/applications.json?state=awaiting_info", "reference"),
    "case": ("officer", "/applications.json?state=in_review", "reference"),
    "closed": ("officer", "/applications.json?state=refused_final", "reference"),
    "licence": ("decider", "/licences.json?state=active", "reference"),
    "own": ("holder", "/licences.json", "reference"),
    "tracked": ("importer", "/licences.json?posture=asserted", "reference"),
}
# The first link, on a page of the analyst, that leads to one.
LINKS = {
    "document": ("/evidence", "table a[href^='/evidence/documents/']"),
    "claim": ("/evidence/claims", "table a[href*='/claims/']"),
    "verdict": ("/evidence/verdicts", "table a[href*='/verdicts/']"),
    "event": ("/evidence/events", ".timeline a[href*='/events/']"),
    "instrument": ("/controls/instruments", "table a[href^='/controls/instruments/']"),
}
# Addresses that answer to a button and show nothing.
BUTTONS = {
    "explorer:start",
    "register:read",
    "register:restore",
    "register:withdraw",
    "runs:cancel",
    "runs:resume",
    "accounts:sign_out",
    "accounts:revoke_token",
    "licensing:submit",
    "licensing:remove_line",
    "licensing:remove_document",
}
# Answers that are files, not pages, or that machines read.
FILES = {
    "health", "licensing:document", "licensing:paper", "register:file", "register:judgement_file",
    "runs:progress", "runs:template", "explorer:picture", "explorer:table", "explorer:data",
    "explorer:netcdf",
}  # fmt: skip
# Pages that a walk looks at on its way and names there, because the demo data have no example.
WALKED = {
    "licensing:answer", "licensing:advise", "licensing:verdict", "register:undo", "runs:job",
    "runs:chain", "runs:compute", "explorer:result",
}  # fmt: skip

_DRAFT = "/applications/{draft}"
_CASE = "/applications/{case}"
_LICENCE = "/licences/{licence}"
_TRACKED = "/tracked/{tracked}"
_OFFICERS_ACTS = (
    "take", "return", "ask", "consult", "conclude", "no-licence-required", "close", "supersede",
    "stop", "lift-stop",
)  # fmt: skip
_DECIDERS_ACTS = (
    "propose", "countersign", "send-back", "allow-appeal", "dismiss-appeal", "let-stand",
)  # fmt: skip
_LICENCE_ACTS = (
    "suspend", "reinstate", "amend-quantity", "amend-conditions", "renew", "revoke", "cancel",
)  # fmt: skip

SAMPLES = {
    "licensing:tasks": ("holder", f"{_DRAFT}/tasks"),
    "licensing:parties": ("holder", f"{_DRAFT}/parties"),
    "licensing:party": ("holder", f"{_DRAFT}/parties/end_user"),
    "licensing:goods": ("holder", f"{_DRAFT}/goods"),
    "licensing:add_line": ("holder", f"{_DRAFT}/goods/add"),
    "licensing:line": ("holder", f"{_DRAFT}/goods/1"),
    "licensing:use": ("holder", f"{_DRAFT}/use"),
    "licensing:certificate": ("holder", f"{_DRAFT}/certificate"),
    "licensing:documents": ("holder", f"{_DRAFT}/documents"),
    "licensing:applications-discard": ("holder", f"{_DRAFT}/discard"),
    "licensing:applications-withdraw": ("holder", "/applications/{asked}/withdraw"),
    "licensing:applications-appeal": ("holder", "/applications/{asked}/appeal"),
    "licensing:case": ("officer", "/applications/{closed}"),
    "licensing:screening": ("officer", f"{_CASE}/screening"),
    "licensing:licence": ("decider", _LICENCE),
    "licensing:entries": ("customs", f"{_LICENCE}/ledger"),
    "licensing:licences-draw": ("customs", f"{_LICENCE}/draw"),
    "licensing:licences-surrender": ("holder", "/licences/{own}/surrender"),
    **{f"licensing:applications-{act}": ("officer", f"{_CASE}/{act}") for act in _OFFICERS_ACTS},
    **{f"licensing:applications-{act}": ("decider", f"{_CASE}/{act}") for act in _DECIDERS_ACTS},
    **{f"licensing:licences-{act}": ("decider", f"{_LICENCE}/{act}") for act in _LICENCE_ACTS},
    **{
        f"licensing:tracked-{act}": ("importer", f"{_TRACKED}/{act}")
        for act in ("assert", "quantity", "ship")
    },
    # The organisation of the analyst has documents and runs, the importer's has tables.
    **{
        f"register:{name}": ("analyst", f"/evidence/{name}")
        for name in ("claims", "verdicts", "events", "judgements")
    },
    "register:evidence": ("analyst", "/evidence"),
    "register:document": ("analyst", "{document}"),
    "register:describe": ("analyst", "{document}/describe"),
    "register:claim": ("analyst", "{claim}"),
    **{
        f"register:{act}": ("analyst", f"{{claim}}/{act}")
        for act in ("accept", "reject", "correct", "same", "different")
    },
    "register:verdict": ("analyst", "{verdict}"),
    "register:event": ("analyst", "{event}"),
    "register:instrument": ("analyst", "{instrument}"),
    "register:controls": (
        "analyst",
        "/controls?item=rare_earth_magnets:ndfeb_magnet_heavy&origin=CN&destination=IN"
        "&on=2025-11-15&end_use=civil",
    ),
    "register:in_force": ("analyst", "/controls/in-force?pack=rare_earth_magnets&on=2025-11-15"),
    "register:changes": (
        "analyst",
        "/controls/changes?pack=rare_earth_magnets&before=2025-06-01&after=2025-11-15",
    ),
    "runs:jobs": ("analyst", "/runs"),
    "runs:exposure": ("importer", "/exposure"),
    "runs:licence_effect": ("officer", "/runs/licence-effect/{case}"),
    "runs:hand_in": ("holder", "/exposure/new/rare_earth_magnets"),
}
