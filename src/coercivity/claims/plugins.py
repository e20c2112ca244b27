"""Extractors from outside: whatever proposes claims, they are taken only with exact spans.

A plug-in registers a callable under the entry point group ``coercivity.extractors``. It is given a
document and yields proposals. A proposal becomes a claim only if every span it names slices the
document's text to the words it gives, if it uses the frames and terms of this room, and if it does
not state as a fact what the product's own reader found only inside a question. Everything else is
refused with the reason, and counted. Nothing is called unless it is asked for by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import EntryPoint, entry_points

from coercivity.claims.gazetteer import Entity, find_mentions
from coercivity.claims.model import FRAMES, Claim, ClaimSet, Slot, Speaker, TimeRef, content_id
from coercivity.claims.vocabulary import Vocabulary
from coercivity.documents.model import Document, Span, make_span
from coercivity.errors import CoercivityError, InputError, NotFoundError, Problem
from coercivity.timeline import parse_partial

__all__ = [
    "GROUP",
    "Extractor",
    "ExtractorReport",
    "ProposedClaim",
    "ProposedSlot",
    "add_proposed",
    "extractor_names",
    "load_extractor",
]

GROUP = "coercivity.extractors"
"""Entry point group under which plug-ins register."""

POLARITIES = ("affirmed", "negated", "questioned")
MODALITIES = ("actual", "possible", "planned", "demanded", "hypothetical")
MODES = ("direct", "mixed", "indirect", "narration", "question")


@dataclass(frozen=True)
class ProposedSlot:
    """One role of a proposed claim.

    Parameters
    ----------
    name, value : str
        As in :class:`~coercivity.claims.Slot`. The value is an id or country code of the pack that
        the words name, a number whose digits they hold, or the words themselves.
    start, end : int
        Code points of the document's raw text, half-open.
    exact : str
        The words there.
    """

    name: str
    value: str
    start: int
    end: int
    exact: str


@dataclass(frozen=True)
class ProposedClaim:
    """What an extractor says a document says.

    Parameters
    ----------
    start, end : int
        Code points of the document's raw text, half-open.
    exact : str
        The words there.
    frame : str
        One of :data:`coercivity.claims.FRAMES`.
    polarity : str
        ``affirmed``, ``negated`` or ``questioned``.
    modality : str
        ``actual``, ``possible``, ``planned``, ``demanded`` or ``hypothetical``.
    mode : str
        ``direct``, ``mixed``, ``indirect``, ``narration`` or ``question``.
    slots : tuple of ProposedSlot
        Every one with its own words.
    speaker : ProposedSlot or None
        Who is made to say it; its value is the name to show.
    when : ProposedSlot or None
        When it happened; its value is a date such as ``2025-10-30``, ``2025-10`` or ``FY25``.
    hedges : tuple of str
        Words that weaken it, each found in `exact`.
    """

    start: int
    end: int
    exact: str
    frame: str
    polarity: str = "affirmed"
    modality: str = "actual"
    mode: str = "narration"
    slots: tuple[ProposedSlot, ...] = ()
    speaker: ProposedSlot | None = None
    when: ProposedSlot | None = None
    hedges: tuple[str, ...] = ()


Extractor = Callable[[Document], Iterable[ProposedClaim]]
"""Anything that proposes claims of a document."""


@dataclass(frozen=True)
class ExtractorReport:
    """What became of the proposals of one extractor.

    Parameters
    ----------
    name : str
        Name of the entry point.
    n_accepted : int
        Proposals that became claims.
    refused : tuple of Problem
        One per proposal that did not, with the document and the reason.
    failures : tuple of Problem
        Documents for which the extractor itself failed.
    """

    name: str
    n_accepted: int = 0
    refused: tuple[Problem, ...] = ()
    failures: tuple[Problem, ...] = field(default=())

    def __str__(self) -> str:
        text = f"extractor {self.name}: {self.n_accepted} claim(s) taken"
        if self.refused:
            text += f", {len(self.refused)} refused"
        if self.failures:
            text += f", {len(self.failures)} document(s) failed"
        return text


@dataclass(frozen=True)
class _Beside:
    """What the product's own reader knows of a document: a proposal must fit it."""

    claims: tuple[Claim, ...]
    vocabulary: Vocabulary | None


def extractor_names() -> tuple[str, ...]:
    """Return the names of the extractors that are installed, sorted."""
    return tuple(sorted({point.name for point in entry_points(group=GROUP)}))


def load_extractor(name: str) -> Extractor:
    """Return the extractor registered under a name.

    Raises
    ------
    NotFoundError
        If none is.
    InputError
        If it cannot be imported, is not callable, or two packages claim the name.
    """
    points: list[EntryPoint] = sorted(entry_points(group=GROUP, name=name), key=lambda p: p.value)
    if not points:
        raise NotFoundError(
            f"no extractor {name!r} is installed",
            where="--extractor",
            expected=" ".join(extractor_names()) or "an installed package that registers one",
            hint=f"see the how-to guide on plug-ins; the group is {GROUP}",
        )
    if len({point.value for point in points}) > 1:
        places = ", ".join(point.value for point in points)
        raise InputError(f"two packages register the extractor {name!r}", where=places)
    try:
        loaded = points[0].load()
    except Exception as error:
        raise InputError(
            f"the extractor {name!r} cannot be loaded ({type(error).__name__}: {error})",
            where=points[0].value,
            expected="a module that can be imported",
        ) from error
    if not callable(loaded):
        raise InputError(f"the extractor {name!r} is not callable", where=points[0].value)
    extractor: Extractor = loaded
    return extractor


def add_proposed(
    claimset: ClaimSet, extractors: Mapping[str, Extractor]
) -> tuple[ClaimSet, tuple[ExtractorReport, ...]]:
    """Add the claims that plug-ins propose and that pass every check.

    Parameters
    ----------
    claimset : ClaimSet
        As the product's own reader made it.
    extractors : mapping of str to callable
        By name; they are called for every document, in order of name.

    Returns
    -------
    ClaimSet
        With the further claims at their places. Each names the plug-in in its rules and is never
        of high confidence. A claim that reads like one of the product's own is still the same
        document's: it adds no witness.
    tuple of ExtractorReport
        What was taken, refused and why. One failing document does not stop the others.
    """
    added: dict[str, Claim] = {}
    reports = []
    known = {claim.id for claim in claimset.claims}
    own: dict[str, list[Claim]] = {}
    for claim in claimset.claims:
        own.setdefault(claim.document, []).append(claim)
    for name in sorted(extractors):
        report = ExtractorReport(name)
        for document in claimset.documents:
            beside = _Beside(tuple(own.get(document.id, ())), claimset.vocabulary)
            found, report = _of_document(document, extractors[name], beside, report)
            added.update((claim.id, claim) for claim in found if claim.id not in known)
        reports.append(report)
    order = {document.id: place for place, document in enumerate(claimset.documents)}
    claims = sorted(
        (*claimset.claims, *added.values()),
        key=lambda c: (order[c.document], c.span.start, c.span.end, c.frame or "", c.id),
    )
    notes = (*claimset.notes, *(str(report) for report in reports))
    return replace(claimset, claims=tuple(claims), notes=notes), tuple(reports)


def _of_document(
    document: Document, extractor: Extractor, beside: _Beside, report: ExtractorReport
) -> tuple[list[Claim], ExtractorReport]:
    """Take what one extractor proposes for one document."""
    try:
        proposals = list(extractor(document))
    except CoercivityError as error:
        failed = tuple(replace(p, where=_where(document, p.where)) for p in error.problems)
        return [], replace(report, failures=(*report.failures, *failed))
    except Exception as error:
        # A plug-in may fail in any way; the documents after this one must still be read.
        problem = Problem(f"the extractor failed ({type(error).__name__}: {error})", document.name)
        return [], replace(report, failures=(*report.failures, problem))
    claims, refused = [], list(report.refused)
    for number, proposal in enumerate(proposals, start=1):
        try:
            claims.append(_accepted(document, proposal, beside, report.name))
        except InputError as error:
            where = f"{document.name}, proposal {number} of {report.name}"
            refused.append(replace(error.problem, where=where))
    taken = report.n_accepted + len(claims)
    return claims, replace(report, n_accepted=taken, refused=tuple(refused))


def _where(document: Document, place: str) -> str:
    return f"{document.name}, {place}" if place else document.name


def _accepted(document: Document, proposal: ProposedClaim, beside: _Beside, name: str) -> Claim:
    """Make a claim of a proposal.

    Raises
    ------
    InputError
        With the reason, if it may not become one.
    """
    if not isinstance(proposal, ProposedClaim):
        raise InputError(f"a {type(proposal).__name__} is no proposal", expected="a ProposedClaim")
    _check_terms(proposal)
    span = checked_span(document, proposal.start, proposal.end, proposal.exact, "the claim")
    slots = tuple(
        _slot(document, slot, beside.vocabulary, name)
        for slot in sorted(proposal.slots, key=lambda slot: (slot.name, slot.start, slot.value))
    )
    _check_hedges(proposal)
    _check_factuality(proposal, span, beside.claims)
    asked = proposal.polarity == "questioned"
    return Claim(
        id=content_id(
            document.id,
            f"extractor {name}",
            proposal.frame,
            proposal.polarity,
            span.start,
            span.end,
            *(f"{s.name}:{s.span.start if s.span else -1}:{s.value}" for s in slots),
        ),
        document=document.id,
        text=" ".join(span.exact.split()),
        span=span,
        cue=None,
        speaker=_speaker(document, proposal, name),
        mode="question" if asked else proposal.mode,
        kind="question" if asked else "fact",
        polarity=proposal.polarity,
        modality=proposal.modality,
        hedges=tuple(sorted(proposal.hedges)),
        said_at=None,
        when=_when(document, proposal, name),
        frame=proposal.frame,
        slots=slots,
        quantities=(),
        rules=(f"extractor {name}",),
        confidence="low" if proposal.hedges else "medium",
        depth=1 if proposal.speaker else 0,
    )


def checked_span(document: Document, start: int, end: int, exact: str, what: str) -> Span:
    """Return a span of a document's text if it holds just the words it should.

    Raises
    ------
    InputError
        If it lies outside the text or holds other words.
    """
    if not all(type(bound) is int for bound in (start, end)):
        raise InputError(f"the span of {what} is not given in whole code points")
    if not 0 <= start < end <= len(document.text):
        raise InputError(
            f"the span {start}:{end} of {what} lies outside the text",
            expected=f"{_short(exact)} inside its {len(document.text)} code points",
        )
    span = make_span(document, start, end)
    if span.exact != exact:
        raise InputError(
            f"the span {start}:{end} of {what} holds {_short(span.exact)}, not {_short(exact)}",
            expected="code points of the raw text, half-open, that slice to the words given",
        )
    return span


def _short(text: object) -> str:
    words = str(text)
    return repr(words if len(words) <= 40 else f"{words[:37]}...")


def _check_terms(proposal: ProposedClaim) -> None:
    for name, value, known in (
        ("frame", proposal.frame, FRAMES),
        ("polarity", proposal.polarity, POLARITIES),
        ("modality", proposal.modality, MODALITIES),
        ("mode", proposal.mode, MODES),
    ):
        if value not in known:
            raise InputError(f"{name} {_short(value)} is not known", expected=" ".join(known))
    if proposal.frame == "QUANTITY":
        raise InputError(
            "numbers are not taken from plug-ins",
            expected="a frame of an act; units and hedges of numbers are read here",
        )
    for slot in proposal.slots:
        if not slot.name or not slot.value:
            raise InputError("a slot has no name or no value", expected="both, and the words")


def _check_hedges(proposal: ProposedClaim) -> None:
    for hedge in proposal.hedges:
        if hedge not in proposal.exact:
            raise InputError(f"the hedge {_short(hedge)} is not in the words of the claim")


def _check_factuality(proposal: ProposedClaim, span: Span, own: Sequence[Claim]) -> None:
    """Refuse to make a fact of what the text only asks, denies or plans.

    A proposal that states an act is measured against what the product's own reader found in the
    same words: there a question, a denial or a plan of the same act stays what it is.
    """
    if proposal.polarity == "questioned" or proposal.modality != "actual":
        return
    if span.exact.rstrip(' \t\r\n"”’»').endswith("?"):
        raise InputError("it states as a fact what the text asks", expected="polarity questioned")
    near = [claim for claim in own if claim.span.overlaps(span)]
    for claim in near:
        if claim.kind == "question" and claim.span.contains(span):
            raise InputError(
                "it states as a fact what stands inside a question", expected="polarity questioned"
            )
    same = [claim for claim in near if claim.frame == proposal.frame]
    if same and not any(c.is_asserted and c.polarity == proposal.polarity for c in same):
        found = same[0]
        raise InputError(
            f"it states as {proposal.polarity} what is {found.polarity} and {found.modality} here",
            expected="the polarity and modality of the words",
        )


def _slot(document: Document, slot: ProposedSlot, vocabulary: Vocabulary | None, name: str) -> Slot:
    """Make a slot whose value its words bear out."""
    span = checked_span(document, slot.start, slot.end, slot.exact, f"slot {slot.name}")
    kind = _kind(slot, _named(span.exact, vocabulary))
    return Slot(slot.name, slot.value, span, kind, f"extractor {name}")


def _named(words: str, vocabulary: Vocabulary | None) -> dict[str, Entity]:
    """Return what words name, by id or country code."""
    if vocabulary is None:
        return {}
    return {
        entity.value: entity
        for mention in find_mentions(words, vocabulary.gazetteer)
        for entity in mention.entities
    }


def _kind(slot: ProposedSlot, named: Mapping[str, Entity]) -> str:
    """Kind of a slot's value.

    Raises
    ------
    InputError
        If the words name something else.
    """
    entity = named.get(slot.value)
    if entity is not None:
        return "country" if entity.is_place else "item" if entity.kind == "item" else "party"
    if slot.value in slot.exact.replace(",", "").split() and slot.value.replace(".", "").isdigit():
        return "number"
    if slot.value.casefold().split() == slot.exact.casefold().split():
        return "text"
    raise InputError(
        f"the words {_short(slot.exact)} of slot {slot.name} do not name {_short(slot.value)}",
        expected=" ".join(sorted(named)) or "the words themselves",
    )


def _speaker(document: Document, proposal: ProposedClaim, name: str) -> Speaker | None:
    who = proposal.speaker
    if who is None:
        return None
    span = checked_span(document, who.start, who.end, who.exact, "the speaker")
    return Speaker(name=who.value or span.exact, rule=f"extractor {name}", span=span)


def _when(document: Document, proposal: ProposedClaim, name: str) -> TimeRef | None:
    given = proposal.when
    if given is None:
        return None
    span = checked_span(document, given.start, given.end, given.exact, "the date")
    found = parse_partial(given.value, where="the date")
    return TimeRef(
        span,
        found.text,
        found.earliest,
        found.latest,
        found.precision,
        rule=f"extractor {name}",
    )
