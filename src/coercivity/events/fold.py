"""Fold claims into events: who supports, who contradicts, who only asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from coercivity.claims.compare import OPEN_FACTOR
from coercivity.claims.model import Claim, ClaimSet, TimeRef, Verdict, content_id
from coercivity.claims.vocabulary import Vocabulary, load_vocabulary
from coercivity.documents.model import Document
from coercivity.events.grouping import group_claims, judged_apart
from coercivity.events.model import PolicyEvent
from coercivity.events.parties import merged_items, state_party
from coercivity.events.table import merge_events, pack_events
from coercivity.events.titles import title_of
from coercivity.timeline import PartialDate

if TYPE_CHECKING:
    from coercivity.catalogue import Pack

__all__ = ["fold_claims"]

_ANNOUNCED = frozenset({"CONTROL_ANNOUNCED", "TIGHTENED", "SUSPENDED", "LIFTED"})
_ENDING = frozenset({"SUSPENDED", "LIFTED"})
_PEOPLE = frozenset({"MEETING", "DEAL", "TALKS_RESUMED"})
_KEPT_SLOTS = ("until", "instrument", "legal_basis", "status", "destination", "topic", "condition")


@dataclass(frozen=True)
class _Group:
    """Claims of one event, sorted by what they do to it."""

    claims: tuple[Claim, ...]
    supports: tuple[Claim, ...]
    denials: tuple[Claim, ...]
    questions: tuple[Claim, ...]
    planned: tuple[Claim, ...]


def fold_claims(
    claimset: ClaimSet,
    verdicts: Sequence[Verdict],
    pack: Pack,
    *,
    with_pack: bool = True,
) -> tuple[PolicyEvent, ...]:
    """Fold claims into events and join them with the pack's own.

    Parameters
    ----------
    claimset : ClaimSet
    verdicts : sequence of Verdict
        From :func:`coercivity.claims.reconcile`, possibly amended by judgements.
    pack : Pack
        Its ``events.yaml`` is merged in where an event is the same.
    with_pack : bool
        Whether to merge; otherwise only what the documents tell is returned.

    Returns
    -------
    tuple of PolicyEvent
        Sorted by id. No event is made of a question alone without saying so: its status is
        ``questioned``. Copies of one story count as one witness.
    """
    vocabulary = claimset.vocabulary or load_vocabulary(pack)
    documents = {document.id: document for document in claimset.documents}
    answers = _Answers(claimset, verdicts)
    events = [
        _event(group, answers, documents, vocabulary, pack)
        for group in group_claims(claimset, verdicts, vocabulary)
    ]
    if not with_pack:
        return tuple(sorted(events, key=lambda event: event.id))
    families = {claim.id: documents[claim.document].family for claim in claimset.claims}
    sourced = {c.id for c in claimset.claims if documents[c.document].source is not None}
    return merge_events(
        events,
        pack_events(pack),
        pack,
        vocabulary,
        families=families,
        sourced=sourced,
        apart=judged_apart(verdicts),
    )


def _event(
    claims: tuple[Claim, ...],
    answers: _Answers,
    documents: dict[str, Document],
    vocabulary: Vocabulary,
    pack: Pack,
) -> PolicyEvent:
    """Make the event of one group."""
    group = _sorted_out(claims)
    basis = group.supports or group.denials or group.planned or group.questions
    actor, misattributed = _actor(group, documents, vocabulary)
    wrong = {claim.id for claim in misattributed}
    supports = tuple(claim for claim in group.supports if claim.id not in wrong)
    contradicts = (*group.denials, *misattributed) if group.supports else group.denials
    when, date_conflict = _when(supports or basis)
    slots = _slots(group, supports or basis, documents)
    frame = claims[0].frame or ""
    flags = _flags(group, supports, bool(misattributed), date_conflict, actor, vocabulary, frame)
    families = {documents[c.document].family for c in (supports or basis)}
    items = merged_items((v for c in supports or basis for v in c.values("item")), vocabulary)
    counterparties = _counterparties(supports or basis, actor, vocabulary, pack)
    event = PolicyEvent(
        id="",
        frame=frame,
        title="",
        when=when,
        actor=state_party(actor, pack),
        counterparties=counterparties,
        items=items,
        place=_most_common(v for c in basis for v in c.values("place")),
        claims=tuple(claim.id for claim in claims),
        supports=tuple(claim.id for claim in supports),
        contradicts=tuple(claim.id for claim in contradicts),
        questions=tuple(claim.id for claim in group.questions),
        status=_status(group, len(families)),
        independent_families=len(families) if supports or group.denials else 0,
        slots=slots,
        open_statements=answers.to(claims),
        flags=flags,
        sources=tuple(sorted({documents[c.document].publisher for c in claims})),
    )
    return _named(event, pack)


def _named(event: PolicyEvent, pack: Pack) -> PolicyEvent:
    """Give an event its id and title."""
    key = content_id("event", event.frame, *sorted(event.claims))
    return replace(event, id=f"event_{key}", title=title_of(event, pack))


def _sorted_out(claims: tuple[Claim, ...]) -> _Group:
    asserted = [claim for claim in claims if claim.is_asserted]
    return _Group(
        claims=claims,
        supports=tuple(c for c in asserted if c.polarity == "affirmed"),
        denials=tuple(c for c in asserted if c.polarity == "negated"),
        questions=tuple(c for c in claims if c.polarity == "questioned"),
        planned=tuple(c for c in claims if c.modality != "actual" and c.polarity != "questioned"),
    )


def _status(group: _Group, n_families: int) -> str:
    if group.supports:
        return "confirmed" if n_families > 1 else "asserted"
    return "denied" if group.denials else "questioned"


def _actor(
    group: _Group, documents: dict[str, Document], vocabulary: Vocabulary
) -> tuple[str, tuple[Claim, ...]]:
    """Who acted, by votes of witness families, and the claims that name somebody else.

    A tie goes to the country the goods come from, then to the one official speakers name.
    """
    basis = group.supports or group.denials or group.planned or group.questions
    votes: dict[str, set[str]] = {}
    official: dict[str, int] = {}
    origins = {v for claim in basis for v in claim.values("origin")}
    for claim in basis:
        for value in claim.values("actor"):
            land = vocabulary.country_of(value) or value
            votes.setdefault(land, set()).add(documents[claim.document].family)
            official[land] = official.get(land, 0) + bool(claim.speaker and claim.speaker.official)
    if not votes:
        return "", ()
    land = min(
        votes,
        key=lambda name: (-len(votes[name]), name not in origins, -official[name], name),
    )
    bodies = sorted(
        {
            value
            for claim in basis
            for value in claim.values("actor")
            if vocabulary.country_of(value) == land and value != land
        }
    )
    others = tuple(
        claim
        for claim in group.supports
        if claim.values("actor")
        and all((vocabulary.country_of(v) or v) != land for v in claim.values("actor"))
    )
    return (bodies[0] if len(bodies) == 1 else land), others


def _when(claims: Iterable[Claim]) -> tuple[PartialDate | None, bool]:
    """Narrowest date of the act itself, and whether the claims' dates exclude each other."""
    dates = [found for claim in claims if (found := _act_date(claim)) is not None]
    if not dates:
        return None, False
    # Two spans of days exclude each other if, and only if, the latest beginning is after the
    # earliest end of some other: no need to try every pair.
    conflict = max(d.earliest for d in dates) > min(d.latest for d in dates)
    return min(dates, key=lambda d: ((d.latest - d.earliest).days, d.earliest, d.text)), conflict


def _act_date(claim: Claim) -> PartialDate | None:
    """When the act happened; for an announcement, when it was announced."""
    when = claim.when
    if when is None and claim.frame in _ANNOUNCED and "clause of announce" in claim.rules:
        when = claim.said_at
    if when is None:
        return None
    return when.partial() or _bounded(when)


def _bounded(when: TimeRef) -> PartialDate | None:
    """Close the open side of "more than two weeks ago" at twice the distance; the text says so."""
    if when.latest is None or when.anchor is None:
        return None
    reach = max(1, (when.anchor - when.latest).days)
    earliest = when.latest - timedelta(days=reach * (OPEN_FACTOR - 1))
    text = f"before {when.latest + timedelta(days=1)}"
    return PartialDate(earliest, when.latest, "range", text)


def _slots(
    group: _Group, basis: Sequence[Claim], documents: dict[str, Document]
) -> tuple[tuple[str, str], ...]:
    """Further facts: known by when, how many, until when, by which instrument."""
    rows: dict[str, str] = {}
    known = [day for claim in basis if (day := _known_by(claim, documents)) is not None]
    if known:
        rows["known_by"] = min(known).isoformat()
    rows.update(_counts(group, basis))
    words = sorted({s.value for c in basis for s in c.slots if s.name == "recipient"})
    if words:
        rows["recipients"] = "; ".join(words)
    for name in _KEPT_SLOTS:
        values = sorted({value for claim in basis for value in claim.values(name)})
        if values:
            rows[name] = "; ".join(values)
    return tuple(sorted(rows.items()))


def _known_by(claim: Claim, documents: dict[str, Document]) -> date | None:
    """Last day on which the claim can first have been made."""
    if claim.said_at is not None and claim.said_at.latest is not None:
        return claim.said_at.latest
    published = documents[claim.document].published
    return published.value.latest if published is not None else None


def _counts(group: _Group, basis: Sequence[Claim]) -> dict[str, str]:
    """How many: a number only if every witness that gives one gives the same, and none declines."""
    stated = [claim for claim in basis if claim.polarity != "questioned"]
    said = {value for claim in stated for value in claim.values("count")}
    asked = {value for claim in group.questions for value in claim.values("count")} - {"unknown"}
    rows: dict[str, str] = {}
    numbers = sorted(said - {"unknown"})
    if said:
        rows["count"] = numbers[0] if len(numbers) == 1 and "unknown" not in said else "unknown"
    elif asked:
        rows["count"] = "unknown"
    if len(said) > 1:
        rows["count_reported"] = "; ".join(sorted(said, key=lambda v: (v == "unknown", v)))
    if asked:
        rows["count_questioned"] = "; ".join(sorted(asked))
    return rows


def _flags(
    group: _Group,
    supports: Sequence[Claim],
    actor_conflict: bool,
    date_conflict: bool,
    actor: str,
    vocabulary: Vocabulary,
    frame: str,
) -> tuple[str, ...]:
    """Return what must be said with the event."""
    counts = {v for c in supports for v in c.values("count")} - {"unknown"}
    named = any(_is_named_authority(claim, actor, vocabulary) for claim in supports)
    checks = {
        "actor_conflict": actor_conflict,
        "count_conflict": len(counts) > 1,
        "date_conflict": date_conflict,
        "hedged": bool(supports) and all(claim.hedges for claim in supports),
        "no_named_authority": frame in _ENDING and not named,
        "planned": _only(group, lambda claim: claim.modality != "possible"),
        "possible": _only(group, lambda claim: claim.modality == "possible"),
    }
    return tuple(sorted(name for name, is_so in checks.items() if is_so))


def _only(group: _Group, fits: Callable[[Claim], bool]) -> bool:
    """Whether nobody states an act, and some tell it in a mood that fits."""
    return not group.supports and any(fits(claim) for claim in group.planned)


def _is_named_authority(claim: Claim, actor: str, vocabulary: Vocabulary) -> bool:
    """Whether a control's end rests on an authority that is named, not on "officials say"."""
    if vocabulary.kinds.get(actor) == "authority" or claim.values("legal_basis"):
        return True
    speaker = claim.speaker
    land = vocabulary.country_of(actor) or actor
    return (
        speaker is not None and speaker.official and bool(speaker.party) and speaker.country == land
    )


def _counterparties(
    claims: Sequence[Claim], actor: str, vocabulary: Vocabulary, pack: Pack
) -> tuple[str, ...]:
    """Whom it concerns; a country whose firms are named too is left out."""
    found: set[str] = set()
    for claim in claims:
        for slot in claim.slots:
            if slot.kind not in ("country", "party"):
                continue
            if slot.name in ("recipient", "applicant", "destination"):
                found.add(slot.value)
            elif slot.name == "participant":
                found.add(state_party(slot.value, pack))
    persons = {vocabulary.country_of(v) for v in found if vocabulary.kinds.get(v) == "person"}
    states = {v for v in found if state_party(vocabulary.country_of(v), pack) == v}
    return tuple(
        sorted(v for v in found if not (v in states and vocabulary.country_of(v) in persons))
    )


def _most_common(values: Iterable[str]) -> str:
    counts: dict[str, int] = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    return min(counts, key=lambda value: (-counts[value], value)) if counts else ""


class _Answers:
    """Answers given to questions that leave them open, found once for all events."""

    def __init__(self, claimset: ClaimSet, verdicts: Sequence[Verdict]) -> None:
        self._order = {claim.id: place for place, claim in enumerate(claimset.claims)}
        self._by_group: dict[str, list[str]] = {}
        self._divergent: dict[str, set[str]] = {}
        for claim in claimset.claims:
            if claim.kind == "answer" and claim.group:
                self._by_group.setdefault(claim.group, []).append(claim.id)
        for verdict in verdicts:
            if verdict.relation == "DIVERGENT_QUOTE":
                self._divergent.setdefault(verdict.a, set()).add(verdict.b)
                self._divergent.setdefault(verdict.b, set()).add(verdict.a)

    def to(self, claims: tuple[Claim, ...]) -> tuple[str, ...]:
        """Return the answers to the questions among some claims, and their counterparts."""
        groups = {c.group for c in claims if c.group and c.polarity == "questioned"}
        waiting = [answer for group in groups for answer in self._by_group.get(group, ())]
        found: set[str] = set()
        while waiting:
            answer = waiting.pop()
            if answer not in found:
                found.add(answer)
                waiting.extend(self._divergent.get(answer, ()))
        return tuple(sorted(found & self._order.keys(), key=self._order.__getitem__))
