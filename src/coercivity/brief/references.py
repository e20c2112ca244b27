"""Links from the text to the evidence, and the appendices that hold it.

Whoever writes a section asks :class:`References` for a link; what was asked for gets
an entry in an appendix. So no link of a brief leads nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from coercivity.brief.content import Column, Entry, Line, Piece, Table
from coercivity.brief.wording import exact, number, sentence_case, short_day

if TYPE_CHECKING:
    from coercivity.brief.dossier import Evidence, PackClaim
    from coercivity.claims import Claim
    from coercivity.claims.quantities import QuantityClaim

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]+")


def anchor(kind: str, name: str) -> str:
    """Return the anchor of an entry.

    Parameters
    ----------
    kind : str
        ``q`` quantity, ``c`` claim, ``s`` source, ``i`` instrument, ``d`` document, ``e`` event.
    name : str
        Id of the entry.

    Returns
    -------
    str
        A name that may stand in an address.
    """
    return f"{kind}-{_UNSAFE.sub('-', name)}"


class References:
    """Collect what the text refers to.

    Parameters
    ----------
    evidence : Evidence
        Where entries are looked up.
    """

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._pack_claims = evidence.pack_claims
        self._text_claims = {claim.id: claim for claim in evidence.claims}
        self._documents = {document.id: document for document in evidence.claims.documents}
        self._asked: dict[str, set[str]] = {kind: set() for kind in "qcsid"}

    def quantity(self, name: str, text: str = "") -> Piece:
        """Link to a quantity with all its claims.

        Parameters
        ----------
        name : str
            Id of the quantity.
        text : str
            Words shown; the title by default.
        """
        found = self._evidence.quantities[name]
        if name not in self._asked["q"]:
            self._ask("q", name)
            for part in _NAME.findall(found.formula):
                if part in self._evidence.quantities:
                    self.quantity(part)
        return Piece(text or found.title, href=f"#{anchor('q', name)}", title=found.title)

    def source(self, name: str, text: str = "") -> Piece:
        """Link to a source; an id that the pack does not know is shown without a link."""
        found = self._evidence.pack.sources.get(name)
        if found is None:
            return Piece(text or name)
        self._ask("s", name)
        return Piece(text or found.publisher, href=f"#{anchor('s', name)}", title=found.url)

    def sources(self, names: Iterable[str]) -> Line:
        """Links to several sources, joined by commas; one publisher is named once."""
        parts: list[str | Piece] = []
        shown: set[str] = set()
        for name in names:
            piece = self.source(name)
            if piece.text in shown:
                continue
            shown.add(piece.text)
            parts += [", ", piece] if parts else [piece]
        return tuple(parts)

    def instrument(self, name: str, text: str = "") -> Piece:
        """Link to an instrument."""
        found = self._evidence.register.instruments.get(name)
        if found is None:
            return Piece(text or name)
        self._ask("i", name)
        for source in found.sources:
            self._ask("s", source)
        return Piece(text or found.label, href=f"#{anchor('i', name)}", title=found.title)

    def claim(self, name: str, text: str = "") -> Piece:
        """Link to a claim, shown by its witness unless other words are given."""
        if name in self._text_claims:
            claim = self._text_claims[name]
            self._ask("c", name)
            self._ask("d", claim.document)
            document = self._documents[claim.document]
            if document.source is not None:
                self._ask("s", document.source.id)
            return Piece(text or document.publisher, href=f"#{anchor('c', name)}")
        if name in self._pack_claims:
            entry = self._pack_claims[name]
            self._ask("c", name)
            self._ask("s", entry.source)
            publisher = self._evidence.pack.sources.get(entry.source)
            shown = text or (publisher.publisher if publisher else entry.source)
            return Piece(shown, href=f"#{anchor('c', name)}")
        return Piece(text or name)

    def words(self, name: str) -> str:
        """Return what a claim says; empty if it is not known."""
        if name in self._text_claims:
            return str(self._text_claims[name].text)
        return self._pack_claims[name].says if name in self._pack_claims else ""

    def document(self, name: str) -> Piece:
        """Link to a document that was read."""
        found = self._documents[name]
        self._ask("d", name)
        if found.source is not None:
            self._ask("s", found.source.id)
        return Piece(found.publisher, href=f"#{anchor('d', name[:12])}")

    def anything(self, name: str) -> Piece:
        """Link to whatever an id names: a quantity, an instrument, a claim or a source."""
        if name in self._evidence.quantities:
            return self.quantity(name)
        if name in self._evidence.register.instruments:
            return self.instrument(name)
        if name in self._text_claims or name in self._pack_claims:
            return self.claim(name)
        return self.source(name)

    def _ask(self, kind: str, name: str) -> None:
        self._asked[kind].add(name)

    def quantity_entries(self) -> tuple[Entry, ...]:
        """Entries of the quantities referred to, each with all its claims."""
        return tuple(self._quantity_entry(name) for name in sorted(self._asked["q"]))

    def claim_entries(self) -> tuple[Entry, ...]:
        """Entries of the claims referred to, those read from documents with their words."""
        order = {claim.id: place for place, claim in enumerate(self._evidence.claims)}
        names = sorted(self._asked["c"], key=lambda name: (order.get(name, len(order)), name))
        return tuple(
            self._text_entry(self._text_claims[name])
            if name in self._text_claims
            else self._pack_entry(self._pack_claims[name])
            for name in names
        )

    def instrument_entries(self) -> tuple[Entry, ...]:
        """Entries of the instruments referred to."""
        return tuple(self._instrument_entry(name) for name in sorted(self._asked["i"]))

    def document_entries(self) -> tuple[Entry, ...]:
        """Entries of the documents referred to."""
        found = sorted((self._documents[key] for key in self._asked["d"]), key=lambda d: d.name)
        return tuple(self._document_entry(document) for document in found)

    def source_entries(self) -> tuple[Entry, ...]:
        """Entries of the sources referred to, with their addresses."""
        return tuple(self._source_entry(name) for name in sorted(self._asked["s"]))

    def _quantity_entry(self, name: str) -> Entry:
        found = self._evidence.quantities[name]
        summary = self._evidence.summaries[name]
        about = ", ".join(
            part
            for part in (found.scope, found.period, found.quality, f"rule {found.rule}")
            if part
        )
        lines: list[Line] = [(_range_words(summary), ". ", sentence_case(about), ".")]
        if summary.conflict:
            lines.append(("Independent families exclude each other on this: a conflict, kept.",))
        if found.why:
            lines.append(("Why: ", found.why))
        if found.formula:
            lines.append(("Formula: ", *self._formula(found.formula)))
        if found.note:
            lines.append((found.note,))
        table = None
        if found.claims:
            columns = (
                Column("Source"), Column("Says", numeric=True), Column("Counts"),
                Column("Grade"), Column("Family"), Column("Remark"),
            )  # fmt: skip
            rows = tuple(self._claim_row(claim) for claim in found.claims)
            table = Table(f"Claims: {found.title}", columns, rows, stack=True)
        shown = sentence_case(found.title)
        title: Line = (shown, ", ", found.unit) if found.unit not in ("", "1") else (shown,)
        return Entry(anchor("q", name), title, tuple(lines), table)

    def _formula(self, formula: str) -> Line:
        """Show a formula with the quantities it names as links to their entries."""
        parts: list[str | Piece] = []
        for token in re.split(r"([A-Za-z_][A-Za-z0-9_]*)", formula):
            if token in self._asked["q"]:
                parts.append(Piece(token, href=f"#{anchor('q', token)}", style="code"))
            elif token:
                parts.append(Piece(token, style="code"))
        return tuple(parts)

    def _claim_row(self, claim: QuantityClaim) -> tuple[Line, ...]:
        remark = "; ".join(
            part for part in (f"fact {claim.fact}" if claim.fact else "", claim.note) if part
        )
        stated = claim.as_of.text if claim.as_of else ""
        counts = "the same thing" if claim.scope == "match" else f"something {claim.scope}"
        return (
            (self.source(claim.source), f", {stated}" if stated else ""),
            (_stated(claim),),
            (counts,),
            (claim.grade,),
            (claim.family,),
            (remark,),
        )

    def _text_entry(self, claim: Claim) -> Entry:
        document = self._documents[claim.document]
        span = claim.span
        quote: Line = (
            f"…{_squeeze(span.prefix)}",
            Piece(_squeeze(span.exact, keep=False), style="mark"),
            f"{_squeeze(span.suffix)}…",
        )
        who = claim.speaker.name if claim.speaker else "the outlet itself"
        about = [f"{claim.frame or claim.kind}, {claim.polarity}, {claim.mode}", f"speaker {who}"]
        if claim.said_at:
            about.append(f"said {claim.said_at.value} ({claim.said_at.basis})")
        if claim.when:
            about.append(" ".join(f"happened {claim.when.modifier} {claim.when.value}".split()))
        about.append(f"confidence {claim.confidence}")
        place: Line = (
            Piece(document.publisher, href=f"#{anchor('d', document.id[:12])}"),
            f", characters {span.start}–{span.end}",
        )
        return Entry(
            anchor("c", claim.id), place, (quote, (Piece("; ".join(about) + ".", style="muted"),))
        )

    def _pack_entry(self, entry: PackClaim) -> Entry:
        about = ", ".join(
            part
            for part in (entry.stance, entry.when, f"fact {entry.fact}" if entry.fact else "")
            if part
        )
        lines: list[Line] = [(entry.says,)]
        if about or entry.note:
            lines.append((Piece(". ".join(p for p in (about, entry.note) if p), style="muted"),))
        return Entry(anchor("c", entry.id), (self.source(entry.source), " says"), tuple(lines))

    def _instrument_entry(self, name: str) -> Entry:
        found = self._evidence.register.instruments[name]
        issuer = self._evidence.pack.parties.get(found.issuer)
        lines: list[Line] = [
            (f"{issuer.name if issuer else found.issuer}, {short_day(found.published_on)}.",)
        ]
        if found.sources:
            lines.append(("Sources: ", *self.sources(found.sources)))
        if found.url:
            lines.append((Piece(found.url, href=_web(found.url)),))
        if found.note:
            lines.append((found.note,))
        title = found.title if found.label == found.title else f"{found.label}: {found.title}"
        return Entry(anchor("i", name), (title,), tuple(lines))

    def _document_entry(self, document: Any) -> Entry:
        dated = document.published
        when = (
            f"read as of {dated.value.text} (basis: {dated.basis}, {dated.confidence})"
            if dated
            else "undated"
        )
        lines: list[Line] = [(f"{document.name}, {len(document.text)} characters, {when}.",)]
        lines.append((Piece(f"sha256 {document.raw_sha256}", style="code"),))
        if document.source is not None:
            lines.append(("Published by ", self.source(document.source.id), "."))
        return Entry(anchor("d", document.id[:12]), (document.publisher,), tuple(lines))

    def _source_entry(self, name: str) -> Entry:
        found = self._evidence.pack.sources[name]
        about = ", ".join(
            part
            for part in (
                found.grade,
                found.published.text if found.published else "undated",
                f"family {found.family}" if found.family else "",
                found.country,
            )
            if part
        )
        lines: list[Line] = [(about + ".",)]
        if found.url:
            lines.append((Piece(found.url, href=_web(found.url)),))
        if found.note:
            lines.append((found.note,))
        return Entry(anchor("s", name), (found.publisher,), tuple(lines))


def _web(address: str) -> str:
    """Return the address if a browser can follow it, else nothing."""
    return address if address.startswith(("http://", "https://")) else ""


def _range_words(summary: Any) -> str:
    if summary.best is None:
        return "No value is drawn"
    unit = "" if summary.unit in ("", "1") else f" {summary.unit}"
    if summary.low is None or summary.low == summary.high:
        return f"Value {exact(summary.best)}{unit}"
    return (
        f"Best {number(summary.best, digits=4)}, range {number(summary.low, digits=4)} to "
        f"{number(summary.high, digits=4)}{unit}"
    )


def _stated(claim: QuantityClaim) -> str:
    if claim.value is not None:
        shown = exact(claim.value)
    else:
        shown = f"{exact(claim.low or 0.0)} to {exact(claim.high or 0.0)}"
    hedge = "" if claim.hedge in ("", "none") else f"{claim.hedge} "
    unit = "" if claim.unit == "1" else f" {claim.unit}"
    return f"{hedge}{shown}{unit}"


def _squeeze(text: str, *, keep: bool = True) -> str:
    """Join runs of blanks; a blank at either end stays if it separates words."""
    words = " ".join(text.split())
    if not keep or not words:
        return words
    return f"{' ' if text[:1].isspace() else ''}{words}{' ' if text[-1:].isspace() else ''}"
