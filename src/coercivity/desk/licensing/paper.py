"""A licence on paper."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, Final
from xml.sax.saxutils import escape

from coercivity.desk.licensing.convert import conditions_of
from coercivity.desk.licensing.models import Licence
from coercivity.desk.licensing.services.reading import LineState
from coercivity.licences import LicenceState, describe

__all__ = ["licence_pdf"]

# A font for names in Chinese script; it is part of every PDF reader and not embedded.
_CJK: Final = "STSong-Light"


def licence_pdf(licence: Licence, lines: Sequence[LineState], state: LicenceState) -> bytes:
    """Return a licence as a PDF file.

    Parameters
    ----------
    licence : Licence
        With its conditions.
    lines : sequence of LineState
        What it authorises and what is left.
    state : LicenceState
        Its state at the moment of printing.
    """
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.units import mm
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.platypus import SimpleDocTemplate

    pdfmetrics.registerFont(UnicodeCIDFont(_CJK))
    file = io.BytesIO()
    document = SimpleDocTemplate(
        file,
        pagesize=A4,
        leftMargin=22 * mm,
        rightMargin=22 * mm,
        topMargin=20 * mm,
        bottomMargin=20 * mm,
        title=f"Export licence {licence.reference}",
        author=licence.authority.name if licence.authority else licence.issuer,
        invariant=True,
    )
    document.build(_story(licence, lines, state))
    return file.getvalue()


def _story(licence: Licence, lines: Sequence[LineState], state: LicenceState) -> list[Any]:
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import Paragraph, Spacer

    styles = getSampleStyleSheet()
    body, title, heading = styles["BodyText"], styles["Title"], styles["Heading2"]
    pairs = [
        ("Issued by", licence.authority.name if licence.authority else licence.issuer),
        ("Holder", licence.holder_name),
        ("End users", ", ".join(licence.end_users)),
        ("From, to", f"{licence.origin}, {licence.destination}"),
        ("Kind", licence.kind),
        ("Valid from", f"{licence.valid_from} ({licence.zone})"),
        ("No longer valid from", str(licence.valid_to or "no end is set")),
        ("State when printed", state.value),
    ]
    story = [
        Paragraph(f"Export licence {_text(licence.number or licence.reference)}", title),
        _table(
            [[Paragraph(_text(k), body), Paragraph(_text(v), body)] for k, v in pairs], (45, 120)
        ),
        Paragraph("Goods", heading),
        _goods(lines, body),
        Paragraph("Conditions", heading),
    ]
    conditions = [describe(condition) for condition in conditions_of(licence)] or ["None."]
    story += [Paragraph(_text(text), body, bulletText="-") for text in conditions]
    note = (
        "What is left is kept in the ledger of the desk; this paper shows what was authorised. "
        "Made with Coercivity."
    )
    return [*story, Spacer(1, 12), Paragraph(note, styles["Italic"])]


def _goods(lines: Sequence[LineState], style: Any) -> Any:
    from reportlab.platypus import Paragraph

    rows = [[Paragraph(words, style) for words in ("Line", "Item", "Authorised")]]
    for found in lines:
        authorised = (
            "not known"
            if found.balance is None
            else f"{found.balance.authorised:f} {found.line.unit}"
        )
        cells = (str(found.line.number), found.item, authorised)
        rows.append([Paragraph(_text(cell), style) for cell in cells])
    return _table(rows, (15, 105, 45))


def _table(rows: list[list[Any]], widths_mm: tuple[float, ...]) -> Any:
    from reportlab.lib import colors
    from reportlab.lib.units import mm
    from reportlab.platypus import Table

    table = Table(rows, colWidths=[width * mm for width in widths_mm], hAlign="LEFT")
    table.setStyle(
        [("LINEBELOW", (0, 0), (-1, -1), 0.4, colors.grey), ("VALIGN", (0, 0), (-1, -1), "TOP")]
    )
    return table


def _text(text: str) -> str:
    """Escape a text, and set what the Latin font lacks in one that has it."""
    parts = []
    for letter in text:
        kept = escape(letter)
        parts.append(kept if ord(letter) < 256 else f'<font name="{_CJK}">{kept}</font>')
    return "".join(parts)
