"""Gather the evidence: documents, claims, events, register, licences, quantities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coercivity.brief.dossier import Asked, Evidence, PackClaim
from coercivity.errors import InputError, NotFoundError

if TYPE_CHECKING:
    from coercivity.catalogue import Pack
    from coercivity.claims.apart import ApartReader
    from coercivity.claims.model import ClaimSet, Verdict
    from coercivity.claims.quantities import PackQuantity
    from coercivity.controls import Register
    from coercivity.documents import DocumentSet
    from coercivity.events import PolicyEvent
    from coercivity.licences import AssertedLicence, CountSummary
    from coercivity.options import Options


@dataclass(frozen=True)
class Gathering:
    """Evidence on its way: what needs no claim is there, and the documents are being read.

    Parameters
    ----------
    pack : Pack
    as_of : datetime.date
    own_notes : bool
        Whether the documents are the pack's own restated notes.
    documents : DocumentSet
        Those published by the day.
    left_out : tuple of str
        Names of the others.
    reader : ApartReader
        Has been handed the documents.
    quantities : mapping of str to PackQuantity
        All quantities of the pack; no document changes them.
    judgements : Path or None
        File of what people judged about the documents; it need not be there.
    """

    pack: Pack
    as_of: date
    own_notes: bool
    documents: DocumentSet
    left_out: tuple[str, ...]
    reader: ApartReader
    quantities: Mapping[str, PackQuantity]
    judgements: Path | None = None


def gather(pack: Pack, *, folder: Path | None, as_of: date, options: Options) -> Evidence:
    """Read documents and work out what was known and in force on a day.

    Parameters
    ----------
    pack : Pack
        The subject.
    folder : Path or None
        Folder of documents; ``None`` reads the pack's own restated notes.
    as_of : datetime.date
        Only what was known on this day.
    options : Options
        Progress and threads.

    Returns
    -------
    Evidence
        All a brief says before anything is simulated.

    Raises
    ------
    InputError
        If the day is before the network starts, or no document can be read.
    NotFoundError
        If the folder is not there or holds no document.
    """
    from coercivity.claims.apart import ApartReader

    with ApartReader(options) as reader:
        return finish(begin(pack, folder=folder, as_of=as_of, options=options, reader=reader))


def begin(
    pack: Pack, *, folder: Path | None, as_of: date, options: Options, reader: ApartReader
) -> Gathering:
    """Hand the documents to a reader and load the quantities; see :func:`gather`.

    Parameters
    ----------
    pack, folder, as_of, options
        As for :func:`gather`.
    reader : ApartReader
        Reads while the caller goes on; it must stay open until :func:`finish` returns.

    Returns
    -------
    Gathering
        For :func:`finish`.

    Raises
    ------
    InputError, NotFoundError
        As :func:`gather`.
    """
    from coercivity.claims.quantities import load_quantities
    from coercivity.events import judgements_file

    _check_day(pack, as_of)
    options.progress("read documents", 0.0)
    documents, left_out = _documents(pack, folder, as_of)
    reader.start(documents, pack)
    return Gathering(
        pack=pack,
        as_of=as_of,
        own_notes=folder is None,
        documents=documents,
        left_out=left_out,
        reader=reader,
        quantities=load_quantities(pack),
        judgements=judgements_file(folder) if folder is not None else None,
    )


def finish(begun: Gathering) -> Evidence:
    """Wait for the claims and work out what follows from them; see :func:`gather`.

    Parameters
    ----------
    begun : Gathering
        From :func:`begin`.

    Returns
    -------
    Evidence
        All a brief says before anything is simulated.
    """
    from coercivity.claims.quantities import summarise_all
    from coercivity.controls import build_register
    from coercivity.events import fold_claims
    from coercivity.licences import load_application_counts, load_licences

    pack, as_of = begun.pack, begun.as_of
    # What needs no claim comes first: the documents are still being read.
    licences = tuple(row for row in load_licences(pack) if row.granted_by <= as_of)
    applications = load_application_counts(pack)
    summaries, pack_claims = summarise_all(begun.quantities), _pack_claims(pack)
    licensees = _licensees(pack, as_of)
    claims, verdicts = _judged(begun.reader.claims(), begun.judgements)
    events = tuple(fold_claims(claims, verdicts, pack))
    register = build_register(pack, [event for event in events if event.origin != "pack"])
    known = (event for event in events if _is_known(event, pack, as_of))
    return Evidence(
        pack=pack,
        as_of=as_of,
        documents=begun.documents,
        left_out=begun.left_out,
        own_notes=begun.own_notes,
        claims=claims,
        verdicts=verdicts,
        events=tuple(sorted(known, key=_by_date)),
        register=register,
        determinations=_determinations(pack, register, licences, licensees, as_of),
        licences=licences,
        licensees=licensees,
        applications=tuple(row for row in applications if row.as_of.earliest <= as_of),
        quantities=begun.quantities,
        summaries=summaries,
        pack_claims=pack_claims,
    )


def _judged(claims: ClaimSet, file: Path | None) -> tuple[ClaimSet, tuple[Verdict, ...]]:
    """Compare the claims as people judged them; what was judged is said in the notes."""
    from coercivity.events import judge, read_judgements

    rows, torn = read_judgements(file) if file is not None and file.is_file() else ((), ())
    judged = judge(claims, rows)
    told = [f"{judged.n_applied} judgement(s) of people were applied"] if judged.n_applied else []
    notes = (*claims.notes, *told, *judged.notes, *(str(problem) for problem in torn))
    return replace(judged.claims, notes=notes), judged.verdicts


def _check_day(pack: Pack, as_of: date) -> None:
    start, end = pack.meta.get("network_start"), pack.meta.get("network_end")
    if start is not None and as_of < start:
        raise InputError(
            f"the date of the brief, {as_of}, is before the network starts",
            where="as-of",
            expected=f"a day from {start} on" + (f", such as {pack.meta['default_as_of']}"),
            hint="choose a later day, or a pack that begins earlier",
        )
    if end is not None and as_of > end:
        raise InputError(
            f"the date of the brief, {as_of}, is after the network ends",
            where="as-of",
            expected=f"a day up to {end}",
            hint="choose an earlier day, or a pack that reaches further",
        )


def _documents(pack: Pack, folder: Path | None, as_of: date) -> tuple[DocumentSet, tuple[str, ...]]:
    """Read the documents and put those published later aside."""
    from coercivity.documents import from_pack, read_folder

    if folder is None:
        found = from_pack(pack)
    else:
        if not folder.is_dir():
            raise NotFoundError(
                f"no folder at {folder}",
                where="documents",
                expected="a folder of .txt or .html documents",
                hint="check the path",
            )
        found = read_folder(folder)
        if not found.documents and found.problems:
            raise InputError(
                f"no document in {folder.name} could be read",
                where="documents",
                hint="correct or remove the files named below",
                problems=found.problems,
            )
        if not found.documents:
            raise NotFoundError(
                f"no documents in {folder.name}", where="documents", expected=".txt or .html files"
            )
    late = {
        document.name
        for document in found.documents
        if document.published is not None and document.published.value.earliest > as_of
    }
    kept = tuple(document for document in found.documents if document.name not in late)
    return replace(found, documents=kept), tuple(sorted(late))


def _is_known(event: PolicyEvent, pack: Pack, as_of: date) -> bool:
    """Whether an event had happened, or been told of, by the day."""
    if event.when is not None:
        return bool(event.when.earliest <= as_of)
    published = [
        source.published
        for name in event.sources
        for source in (pack.sources.get(name),)
        if source is not None and source.published is not None
    ]
    return not published or min(stamp.earliest for stamp in published) <= as_of


def _by_date(event: PolicyEvent) -> tuple[Any, ...]:
    if event.when is not None:
        return (event.when.earliest, event.when.latest, event.id)
    known_by = event.slot("known_by")
    try:
        day = date.fromisoformat(known_by)
    except ValueError:
        day = date.max
    return (day, day, event.id)


def _pack_claims(pack: Pack) -> dict[str, PackClaim]:
    """Index what sources say in the pack's table of events by the ids that events use."""
    from coercivity.events.table import pack_claim_id

    found: dict[str, PackClaim] = {}
    for row in pack.table("events"):
        for place, claim in enumerate(row["claims"]):
            key = pack_claim_id(row["id"], claim["source"], place)
            stamp = claim.get("when")
            found[key] = PackClaim(
                id=key,
                source=claim["source"],
                says=claim["says"],
                stance=claim.get("polarity") or "affirmed",
                when=stamp.text if stamp else "",
                fact=claim.get("fact") or "",
                note=claim.get("note") or "",
            )
    return found


def _licensees(pack: Pack, as_of: date) -> CountSummary:
    from coercivity.licences import count_of_licensees

    return count_of_licensees(pack, known_at=as_of)


def _determinations(
    pack: Pack,
    register: Register,
    licences: tuple[AssertedLicence, ...],
    licensees: CountSummary,
    as_of: date,
) -> tuple[Asked, ...]:
    """Answer the questions of the pack as known on the day."""
    from coercivity.controls import Query, determine

    general = [row for row in licences if row.kind.value == "general"]
    own = [row for row in licences if row.kind.value != "general"]
    asked: list[Asked] = []
    for row in pack.meta.get("determinations") or ():
        on = row.get("on") or as_of
        query = Query(
            item=row["item"],
            origin=row["origin"],
            destination=row["destination"],
            on=on,
            end_use=row.get("end_use") or "civil",
            known_at=as_of,
        )
        focus = pack.meta.get("focus") or {}
        counted = licensees.text if row["destination"] == focus.get("country") else None
        found = determine(
            register, query, general_licences=general, licences=own, licensees=counted
        )
        label = str(row.get("label") or pack.item(row["item"]).name)
        asked.append(Asked(label, found))
    return tuple(asked)
