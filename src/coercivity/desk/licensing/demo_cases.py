"""One demo case after the other, played through the services at dates of the past."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache, partial
from typing import Any, Final

from django.core.files.uploadedfile import SimpleUploadedFile

from coercivity.desk import packs
from coercivity.desk.accounts.models import User
from coercivity.desk.demo import Demo
from coercivity.desk.licensing.models import Application
from coercivity.desk.licensing.services import deciding, drafting, review
from coercivity.desk.licensing.services.moving import today_at
from coercivity.desk.moment import fixed, now
from coercivity.licences import ApplicationState, LicenceKind

__all__ = ["play"]

_S = ApplicationState
_BUYERS: Final = ("Delta Motors (invented)", "Monsoon Drives (invented)")
_MAKERS: Final = ("First Plant (invented)", "Second Plant (invented)", "Third Plant (invented)")
_EXPORTERS: Final = ("holder", "river", "northern")
_QUANTITIES: Final = ("2.5", "4", "8", "12", "20", "35.75")
_CONDITIONS: Final = (
    ["no_military_use"],
    ["no_military_use", "no_reexport_to:US"],
    ["no_military_use", "no_transfer", "end_user_only"],
)

Step = Callable[["_Play"], object]


class _Play:
    """A case on its way to the state it is meant to show.

    Parameters
    ----------
    demo : Demo
        Shared: organisations, people, randomness.
    number : int
        Of the case.
    """

    def __init__(self, demo: Demo, number: int) -> None:
        self.demo, self.rng = demo, demo.rng
        names = packs.names()
        self.pack = names[number % len(names)]
        self.holder: User = demo.person(_EXPORTERS[number % len(_EXPORTERS)])
        self.officer = demo.person("officer")
        self.buyer = _BUYERS[number % len(_BUYERS)]
        self.maker = _MAKERS[number % len(_MAKERS)]
        self.quantity = Decimal(self.rng.choice(_QUANTITIES))
        self.case: Application

    def draft(self) -> None:
        """Write the application."""
        actor = self.holder
        self.case = drafting.start_application(
            actor=actor,
            pack=self.pack,
            kind=LicenceKind.INDIVIDUAL,
            authority=self.demo.of("export-office"),
        )
        put = partial(drafting.set_party, self.case, actor=actor)
        put(role="consignee", name=self.buyer, country="IN")
        put(role="end_user", name=self.maker, country="IN", address="Invented Street 1")
        item, unit = self._item()
        drafting.put_line(self.case, actor=actor, item=item, quantity=self.quantity, unit=unit)
        drafting.set_use(
            self.case,
            actor=actor,
            origin="CN",
            destination="IN",
            end_use=self._use(),
            text="Made into parts for civil use at the plant named.",
        )
        drafting.set_certificate(self.case, actor=actor, fields=self._certificate(item))
        for kind in ("end_user_certificate", "contract"):
            upload = SimpleUploadedFile(f"{kind}.pdf", _paper())
            drafting.add_document(self.case, actor=actor, kind=kind, upload=upload)

    def _item(self) -> tuple[str, str]:
        """Choose an item that weighs something."""
        items = packs.opened(self.pack).items.values()
        found = sorted(item.id for item in items if item.unit == "t" and item.control_codes)
        found = found or sorted(item.id for item in items if item.unit == "t")
        return self.rng.choice(found), "t"

    def _certificate(self, item: str) -> dict[str, Any]:
        day = now().date().isoformat()
        return {
            "number": f"EUC-{self.rng.randrange(10**6):06d}",
            "consignee": self.buyer,
            "end_user": self.maker,
            "destination": "IN",
            "end_use": self._use(),
            "goods": [{"item": item, "quantity": f"{self.quantity:f}", "unit": "t"}],
            "undertakings": ["no_military_use", "no_transfer", "end_user_only"],
            "signatory": "Invented Name",
            "office": "Head of purchasing",
            "signed_on": day,
            "valid_from": day,
            "endorsements": [],
            "consignee_statement": "The consignee buys for the plant, its own.",
            "original": True,
        }

    def _use(self) -> str:
        return "ev" if "ev" in packs.end_uses(self.pack) else "civil"

    def fresh(self) -> Application:
        """Return the case as it is now."""
        self.case.refresh_from_db()
        return self.case

    def ask(self) -> object:
        """Ask the applicant."""
        due = today_at(self.case.authority) + timedelta(days=2)
        return review.ask(
            self.fresh(), actor=self.officer, question="Which product is it for?", due_on=due
        )

    def consult(self) -> object:
        """Ask two teams."""
        for team in ("end use", "technology"):
            review.consult(
                self.fresh(), actor=self.officer, team=team, question="What is your view?"
            )
        return None

    def advise(self) -> object:
        """Let the teams answer."""
        for name in ("adviser", "chemist"):
            person = self.demo.person(name)
            advice = self.case.advice.get(team=person.team)
            review.give_advice(advice, actor=person, recommendation="approve", text="No objection.")
        return None

    def propose(self, outcome: str) -> object:
        """Propose a decision."""
        today = today_at(self.case.authority)
        share = Decimal("0.5") if outcome == "approve_in_part" else Decimal(1)
        length = self.rng.choice((60, 120, 180, 270))
        return deciding.propose(
            self.fresh(),
            actor=self.demo.person("decider"),
            outcome=outcome,
            grounds="End user and end use are in order."
            if outcome != "refuse"
            else "The end use could not be established.",
            granted=[self.quantity * share],
            conditions=self.rng.choice(_CONDITIONS),
            valid_from=today,
            valid_to=today + timedelta(days=length),
        )

    def countersign(self) -> object:
        """Let a second person sign."""
        return deciding.countersign(self.fresh(), actor=self.demo.person("countersigner"))


def _by_officer(service: Any, reason: str = "") -> Step:
    if not reason:
        return lambda play: service(play.fresh(), actor=play.officer)
    return lambda play: service(play.fresh(), actor=play.officer, reason=reason)


def _by_holder(service: Any, **said: str) -> Step:
    return lambda play: service(play.fresh(), actor=play.holder, **said)


def _by_appeals(service: Any, reason: str) -> Step:
    return lambda play: service(play.fresh(), actor=play.demo.person("appeals"), reason=reason)


_SUBMIT = _by_holder(drafting.submit)
_TAKE = _by_officer(review.take)
_CONCLUDE = _by_officer(review.conclude, "The file is complete.")
_HANDED_IN: Final[tuple[Step, ...]] = (_Play.draft, _SUBMIT)
_TAKEN: Final[tuple[Step, ...]] = (*_HANDED_IN, _TAKE)
_REVIEWED: Final[tuple[Step, ...]] = (*_TAKEN, _Play.consult, _Play.advise, _CONCLUDE)


def _decided(outcome: str) -> tuple[Step, ...]:
    return (*_REVIEWED, lambda play: play.propose(outcome), _Play.countersign)


_APPEAL = _by_holder(deciding.appeal, grounds="The end use is shown in the new papers.")
_SCRIPTS: Final[dict[ApplicationState, tuple[Step, ...]]] = {
    _S.DRAFT: (_Play.draft,),
    _S.DISCARDED: (_Play.draft, _by_holder(drafting.discard)),
    _S.SUBMITTED: _HANDED_IN,
    _S.RETURNED: (*_HANDED_IN, _by_officer(review.return_to_applicant, "The contract is blank.")),
    _S.IN_REVIEW: _TAKEN,
    _S.AWAITING_INFO: (*_TAKEN, _Play.ask),
    _S.CONSULTING: (*_TAKEN, _Play.consult),
    _S.PENDING_DECISION: _REVIEWED,
    _S.PENDING_COUNTERSIGN: (*_REVIEWED, lambda play: play.propose("approve")),
    _S.UNDER_APPEAL: (*_decided("refuse"), _APPEAL),
    _S.STOPPED: (*_TAKEN, _by_officer(review.stop, "A new measure was announced.")),
    _S.REFUSED: _decided("refuse"),
    _S.APPROVED: _decided("approve"),
    _S.APPROVED_IN_PART: _decided("approve_in_part"),
    _S.REFUSED_FINAL: (
        *_decided("refuse"),
        _APPEAL,
        _by_appeals(deciding.dismiss_appeal, "Nothing new was shown."),
    ),
    _S.WITHDRAWN: (*_TAKEN, _by_holder(drafting.withdraw, reason="The order was cancelled.")),
    _S.CLOSED_NO_RESPONSE: (
        *_TAKEN,
        _Play.ask,
        _by_officer(review.close_without_response, "No answer came."),
    ),
    _S.SUPERSEDED: (*_TAKEN, _by_officer(review.supersede, "Filed anew with other goods.")),
    _S.NO_LICENCE_REQUIRED: (
        *_TAKEN,
        _by_officer(review.find_no_licence_required, "The goods are outside the measures."),
    ),
}


def play(demo: Demo, number: int, target: ApplicationState) -> None:
    """Bring one case to a state, its steps spread over days of the past.

    Parameters
    ----------
    demo : Demo
        Shared.
    number : int
        Of the case.
    target : ApplicationState
        State it ends in.
    """
    script = _SCRIPTS[target]
    at = demo.now - timedelta(days=demo.rng.randint(45, 320), minutes=demo.rng.randrange(600))
    running = _Play(demo, number)
    for step in script:
        with fixed(at):
            step(running)
        at = _later(demo, at, len(script))


def _later(demo: Demo, at: datetime, n_steps: int) -> datetime:
    """Return a later moment that leaves room for the steps to come."""
    left = (demo.now - at) / timedelta(days=1)
    # A question is open for two days: what closes it comes after that.
    longest = max(min(left / (n_steps + 1), 20.0), 0.2)
    return at + timedelta(days=demo.rng.uniform(0.6, 1.0) * longest)


@lru_cache(maxsize=1)
def _paper() -> bytes:
    """Return a PDF that says what it is."""
    from reportlab.pdfgen import canvas

    file = io.BytesIO()
    page = canvas.Canvas(file, invariant=True)
    page.drawString(72, 760, "Invented document of a demonstration.")
    page.save()
    return file.getvalue()
