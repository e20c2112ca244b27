"""``coercivity claims review``: a person accepts, rejects, corrects, joins and parts claims."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from coercivity.cli.choices import AsJson, PackName
from coercivity.cli.evidence import Extractors, Folder, Judgements, Read, read_evidence
from coercivity.cli.showing import console, emit_json, emit_lines, emit_table, emit_text
from coercivity.errors import CoercivityError, UsageError

if TYPE_CHECKING:
    from coercivity.events import Judgement, ReviewItem

CONTEXT = 160
"""Code points of the document shown on each side of a claim."""

_KEYS = "accept, reject, correct, same event, different event, undo, next, quit"


def add_to(app: typer.Typer) -> None:
    """Add the command to the tree of claims.

    Parameters
    ----------
    app : typer.Typer
        The tree.
    """
    app.command("review")(review)


@dataclass(frozen=True)
class _Signature:
    """Who judges, and when; when nothing is given, at the moment of each judgement."""

    who: str
    at: str

    @property
    def when(self) -> str:
        return self.at or datetime.now(UTC).isoformat(timespec="seconds")


def review(
    folder: Folder,
    accept: Annotated[
        list[str] | None, typer.Option("--accept", metavar="ID", help="Accept this claim.")
    ] = None,
    reject: Annotated[
        list[str] | None,
        typer.Option("--reject", metavar="ID", help="Leave this claim out from now on."),
    ] = None,
    correct: Annotated[
        tuple[str, str] | None,
        typer.Option(
            "--correct",
            metavar="ID SLOT=VALUE",
            help="Correct a slot, or frame, polarity, modality, when or said_at; an empty value "
            "empties it.",
        ),
    ] = None,
    same: Annotated[
        tuple[str, str] | None,
        typer.Option("--same", metavar="A B", help="These two claims are about one event."),
    ] = None,
    different: Annotated[
        tuple[str, str] | None,
        typer.Option("--different", metavar="A B", help="These two are about different events."),
    ] = None,
    undo: Annotated[
        bool, typer.Option("--undo", help="Take back the last judgement that stands.")
    ] = False,
    undo_row: Annotated[
        str, typer.Option("--undo-row", metavar="ID", help="Take back this judgement.")
    ] = "",
    by: Annotated[
        str, typer.Option("--by", envvar="COERCIVITY_REVIEWER", help="Who judges; needed.")
    ] = "",
    at: Annotated[
        str,
        typer.Option(
            "--at", metavar="TIME", help="When, as ISO 8601.", show_default="the moment of each"
        ),
    ] = "",
    note: Annotated[str, typer.Option("--note", help="Why; kept with the judgement.")] = "",
    listing: Annotated[
        bool, typer.Option("--list", help="Print the file of judgements and judge nothing.")
    ] = False,
    judgements: Judgements = None,
    extractor: Extractors = None,
    pack: PackName = "",
    as_json: AsJson = False,
) -> int:
    """Review claims: conflicts first. Judgements are rows added to a file, used on every run.

    Without an option that judges, a terminal is asked claim by claim, and a pipe gets the queue.
    """
    read = read_evidence(folder, pack, judgements=judgements, extractors=extractor)
    if listing:
        _list(read, as_json=as_json)
        return read.tell()
    orders = _orders(accept, reject, correct, same, different)
    signature = _Signature(by, _checked_time(at))
    if undo or undo_row or orders:
        _need_name(by)
        rows = [_write(read, order, signature, note) for order in orders]
        if undo or undo_row:
            rows.append(_undo(read, undo_row, signature, note))
        for row in rows:
            emit_json(row.to_json()) if as_json else emit_text(_told(row))
        return read.tell()
    if as_json or not sys.stdin.isatty():
        _show_queue(read, as_json=as_json)
        return read.tell()
    _need_name(by)
    _ask(read, signature, note)
    return read.tell()


Order = tuple[str, str, str, Mapping[str, str]]


def _orders(
    accept: list[str] | None,
    reject: list[str] | None,
    correct: tuple[str, str] | None,
    same: tuple[str, str] | None,
    different: tuple[str, str] | None,
) -> list[Order]:
    """Return what is to be judged, in the order of the options' help."""
    orders: list[Order] = [("accept", claim, "", {}) for claim in accept or ()]
    orders += [("reject", claim, "", {}) for claim in reject or ()]
    if correct:
        orders.append(("correct", correct[0], "", _change(correct[1])))
    if same:
        orders.append(("same_event", *same, {}))
    if different:
        orders.append(("different_event", *different, {}))
    return orders


def _change(text: str) -> dict[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name.strip():
        raise UsageError(
            f"{text!r} is no correction", where="--correct", expected="SLOT=VALUE, such as count=4"
        )
    return {name.strip(): value.strip()}


def _checked_time(text: str) -> str:
    if not text:
        return ""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"{text!r} is not a time",
            where="--at",
            expected="ISO 8601, such as 2025-10-31 or 2025-10-31T09:00:00+00:00",
        ) from None
    return text


def _need_name(by: str) -> None:
    if not by.strip():
        raise UsageError(
            "nobody is named who judges",
            where="--by",
            expected="a name",
            hint="give --by NAME, or set COERCIVITY_REVIEWER",
        )


def _write(read: Read, order: Order, signature: _Signature, note: str) -> Judgement:
    from coercivity.events import write_judgement

    action, claim, other, changes = order
    return write_judgement(
        read.file,
        read.claims,
        action,
        claim=claim,
        other=other,
        changes=changes or None,
        who=signature.who,
        when=signature.when,
        note=note,
    )


def _undo(read: Read, row: str, signature: _Signature, note: str) -> Judgement:
    from coercivity.events import undo_judgement

    return undo_judgement(read.file, row, who=signature.who, when=signature.when, note=note)


def _told(row: Judgement) -> str:
    """One line about a judgement that was written."""
    what = f"undone: {row.action}" if row.undoes else row.action
    about = " ".join(filter(None, (row.claim, row.other)))
    changes = ", ".join(f"{name}={value}" for name, value in row.changes)
    parts = [row.id, what, about, changes, f"by {row.who}", f"at {row.when}", row.note]
    return "  ".join(part for part in parts if part)


def _list(read: Read, *, as_json: bool) -> None:
    from coercivity.events import effective_judgements

    if as_json:
        emit_lines(row.to_json() for row in read.judgements)
        return
    standing = {row.id for row in effective_judgements(read.judgements)}
    emit_table(
        ("row", "stands", "action", "claim", "other", "changes", "who", "when", "note"),
        [
            (
                row.id,
                "undoes " + row.undoes if row.undoes else "yes" if row.id in standing else "no",
                row.action,
                row.claim,
                row.other,
                ", ".join(f"{name}={value}" for name, value in row.changes),
                row.who,
                row.when,
                row.note,
            )
            for row in read.judgements
        ],
    )


def _queue(read: Read) -> tuple[ReviewItem, ...]:
    from coercivity.events import review_queue

    return review_queue(read.claims, read.judged().verdicts, read.judgements)


def _show_queue(read: Read, *, as_json: bool) -> None:
    items = _queue(read)
    if as_json:
        emit_lines(item.to_json() for item in items)
        return
    names = {document.id: document.name for document in read.claims.documents}
    emit_table(
        ("claim", "reason", "document", "frame", "polarity", "slots", "text"),
        [
            (
                item.claim.id,
                item.reason,
                names[item.claim.document],
                item.claim.frame or "",
                item.claim.polarity,
                _slots(item),
                item.claim.text,
            )
            for item in items
        ],
    )


def _slots(item: ReviewItem) -> str:
    return ", ".join(f"{slot.name}={slot.value}" for slot in item.claim.slots)


def _ask(read: Read, signature: _Signature, note: str) -> None:
    """Go through the queue with the person at the terminal."""
    items = _queue(read)
    emit_text(f"{len(items)} claim(s) to review; judgements go to {read.file}")
    for place, item in enumerate(items, start=1):
        _show(read, item, place, len(items))
        if not _decide(read, item, signature, note):
            return
    emit_text("nothing is left to review")


def _decide(read: Read, item: ReviewItem, signature: _Signature, note: str) -> bool:
    """Ask until the person goes on to the next claim; false if they stop."""
    while True:
        answer = typer.prompt(f"[{_KEYS}]", default="next").strip().lower()
        try:
            if answer in ("quit", "q"):
                return False
            if answer in ("next", "n", ""):
                return True
            if answer in ("undo", "u"):
                emit_text(_told(_undo(read, "", signature, note)))
                continue
            row = _write(read, _order(answer, item), signature, note)
        except CoercivityError as error:
            emit_text(str(error))
            continue
        emit_text(_told(row))
        if row.action in ("accept", "reject"):
            return True


def _order(answer: str, item: ReviewItem) -> Order:
    """Turn an answer into what is to be judged; asks for what it needs."""
    claim = item.claim.id
    if answer in ("accept", "a"):
        return ("accept", claim, "", {})
    if answer in ("reject", "r"):
        return ("reject", claim, "", {})
    if answer in ("correct", "c"):
        return ("correct", claim, "", _change(typer.prompt("slot=value")))
    if answer in ("same event", "same", "s"):
        return ("same_event", claim, typer.prompt("id of the other claim").strip(), {})
    if answer in ("different event", "different", "d"):
        return ("different_event", claim, typer.prompt("id of the other claim").strip(), {})
    raise UsageError(f"{answer!r} is no answer", expected=_KEYS)


def _show(read: Read, item: ReviewItem, place: int, n_items: int) -> None:
    """Show one claim in its context, its slots, and the claims it meets."""
    from rich.text import Text

    claim, screen = item.claim, console()
    document = read.claims.document_of(claim)
    screen.print()
    screen.print(Text(f"{place}/{n_items}  {claim.id}  {item.reason}", style="bold"))
    screen.print(Text(f"{document.publisher}, {claim.frame}, {claim.polarity}, {claim.modality}"))
    before = document.text[max(0, claim.span.start - CONTEXT) : claim.span.start]
    after = document.text[claim.span.end : claim.span.end + CONTEXT]
    text = Text(" ".join(before.split()) + " ", style="dim")
    text.append(" ".join(claim.span.exact.split()), style="not dim bold")
    text.append(" " + " ".join(after.split()))
    screen.print(text)
    if claim.speaker is not None:
        screen.print(Text(f"said by {claim.speaker.name}"))
    screen.print(Text(_slots(item)))
    for verdict in item.verdicts:
        if verdict.b:
            other = verdict.b if verdict.a == claim.id else verdict.a
            words = " ".join(read.claims.get(other).span.exact.split())
            screen.print(Text(f"{verdict.relation}  {other}  {words}  ({verdict.rule})"))
