"""Demo cases in every state, and licences with draw-downs; every name in them is invented."""

from __future__ import annotations

from typing import Final

from coercivity.desk import packs
from coercivity.desk.demo import Demo
from coercivity.desk.licensing.demo_cases import play
from coercivity.desk.licensing.demo_licences import renew, use
from coercivity.desk.licensing.models import Application, Licence
from coercivity.desk.licensing.services import tracking
from coercivity.licences import ApplicationState

__all__ = ["fill"]

N_APPLICATIONS: Final = 200
N_LICENCES: Final = 60
_N_RENEWED: Final = 3
_LIMIT: Final = "licence_statutory_days"

_S = ApplicationState
_GRANTING: Final = (_S.APPROVED,) * 7 + (_S.APPROVED_IN_PART,)
_OTHERS: Final = tuple(state for state in _S if state not in _GRANTING)


def fill(demo: Demo) -> str:
    """Make the cases, the licences and what importers track."""
    authority = demo.of("export-office")
    authority.deadline_working_days = _statutory_days()
    authority.save()
    n_granted = N_LICENCES - _N_RENEWED
    targets = [_GRANTING[n % len(_GRANTING)] for n in range(n_granted)]
    targets += [_OTHERS[n % len(_OTHERS)] for n in range(N_APPLICATIONS - n_granted)]
    demo.rng.shuffle(targets)
    for number, target in enumerate(targets):
        play(demo, number, target)
    licences = list(Licence.objects.order_by("id"))
    for number, licence in enumerate(licences):
        use(demo, number, licence)
    active = Licence.objects.filter(state="active", valid_to__gt=demo.now.date()).order_by("id")
    for licence in list(active)[:_N_RENEWED]:
        renew(demo, licence)
    tracked = sum(
        tracking.import_from_pack(actor=demo.person(name), pack=pack)
        for name in ("importer", "harvest")
        for pack in packs.names()
    )
    native = Licence.objects.filter(posture="native").count()
    return (
        f"{Application.objects.count()} applications, {native} licences, "
        f"{tracked} foreign licences tracked as sources tell of them"
    )


def _statutory_days() -> int | None:
    """Return the working days that a pack's sources give for a decision, if they all agree."""
    from coercivity.claims import load_quantities

    for name in packs.names():
        found = load_quantities(packs.opened(name)).get(_LIMIT)
        if found is None:
            continue
        values = {c.value for c in found.claims if c.scope != "different" and c.unit == found.unit}
        if len(values) == 1 and isinstance(value := values.pop(), (int, float)):
            return int(value)
    return None
