"""What a brief is made of: a small vocabulary of blocks, free of markup.

The sections write these blocks; the template and the terminal read them. Text is
a *line*: a tuple of plain strings and :class:`Piece` objects, so that a number can
carry the link to the claims behind it without anyone writing HTML by hand.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal, TypeAlias

PieceStyle = Literal["", "strong", "muted", "code", "quote", "mark", "nowrap"]
CalloutKind = Literal["note", "unknown", "conflict", "assumption"]
Stance = Literal["affirmed", "denied", "questioned", "hedged"]
Tone = Literal["", "good", "bad", "unsure", "neutral"]


@dataclass(frozen=True)
class Piece:
    """A run of text with a meaning of its own.

    Parameters
    ----------
    text : str
        The words shown.
    href : str
        Where the words lead: an anchor of the brief (``#q-…``) or a source's address.
    title : str
        A short explanation shown on hover.
    style : str
        One of ``strong, muted, code, quote, mark, nowrap`` or nothing.
    lang : str
        Language of the words if it is not English.
    """

    text: str
    href: str = ""
    title: str = ""
    style: PieceStyle = ""
    lang: str = ""


Line: TypeAlias = "tuple[str | Piece, ...]"


def plain(line: Line | str) -> str:
    """Return the words of a line without links or styles.

    Parameters
    ----------
    line : tuple of str or Piece
        Any line of a brief.

    Returns
    -------
    str
        The text as one string.
    """
    if isinstance(line, str):
        return line
    return "".join(part if isinstance(part, str) else part.text for part in line)


@dataclass(frozen=True)
class Para:
    """One paragraph; ``role`` is ``lead`` for the opening and ``small`` for an aside."""

    kind: ClassVar[str] = "para"
    line: Line
    role: Literal["", "lead", "small"] = ""


@dataclass(frozen=True)
class Heading:
    """A heading inside a section, one level below the section's own."""

    kind: ClassVar[str] = "heading"
    text: str
    anchor: str = ""


@dataclass(frozen=True)
class Callout:
    """A boxed remark: something unknown, in conflict, assumed, or worth a note."""

    kind: ClassVar[str] = "callout"
    tone: CalloutKind
    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Bullets:
    """A list of lines, ordered or not."""

    kind: ClassVar[str] = "bullets"
    items: tuple[Line, ...]
    ordered: bool = False


@dataclass(frozen=True)
class Column:
    """A table column: its heading and whether its cells are numbers."""

    title: str
    numeric: bool = False


@dataclass(frozen=True)
class Table:
    """A table whose first column names the row.

    ``stack`` asks the page to show each row as a card on a narrow screen; tables
    of numbers scroll inside their own frame instead.
    """

    kind: ClassVar[str] = "table"
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Line, ...], ...]
    note: Line = ()
    anchor: str = ""
    stack: bool = False


@dataclass(frozen=True)
class Picture:
    """A figure: SVG that scales to its place, alternative text, caption and data."""

    kind: ClassVar[str] = "picture"
    anchor: str
    title: str
    svg: str
    alt: str
    caption: Line = ()
    table: Table | None = None


@dataclass(frozen=True)
class Sentence:
    """One sentence of the answer and, apart from it, how sure it is."""

    line: Line
    sure: Line


@dataclass(frozen=True)
class Sentences:
    """The numbered sentences of the answer."""

    kind: ClassVar[str] = "sentences"
    items: tuple[Sentence, ...]


@dataclass(frozen=True)
class Witness:
    """What one source says of an event: stance, source, words, and where they stand."""

    stance: Stance
    source: Line
    words: Line
    quoted: bool = False


@dataclass(frozen=True)
class Happening:
    """One entry of the timeline, with who says so, who differs, what nobody says."""

    anchor: str
    when: str
    datetime: str
    title: Line
    status: str
    tone: Tone
    about: Line = ()
    witnesses: tuple[Witness, ...] = ()
    differs: tuple[Line, ...] = ()
    silent: Line = ()


@dataclass(frozen=True)
class Timeline:
    """Happenings in order of date."""

    kind: ClassVar[str] = "timeline"
    items: tuple[Happening, ...]


@dataclass(frozen=True)
class QuotePair:
    """Two reports of one matter, their common words marked."""

    anchor: str
    verdict: str
    tone: Tone
    about: str
    left: tuple[Line, Line]
    right: tuple[Line, Line]
    note: Line = ()


@dataclass(frozen=True)
class QuotePairs:
    """Quotes of several outlets set side by side."""

    kind: ClassVar[str] = "quotes"
    items: tuple[QuotePair, ...]


@dataclass(frozen=True)
class Ruling:
    """A determination: the question, the outcome in large type, and its trace."""

    kind: ClassVar[str] = "ruling"
    anchor: str
    question: Line
    outcome: str
    tone: Tone
    meaning: Line
    trace: tuple[tuple[str, Line], ...]
    note: Line = ()


@dataclass(frozen=True)
class Facts:
    """Terms and what holds for them, as a definition list."""

    kind: ClassVar[str] = "facts"
    items: tuple[tuple[str, Line], ...]


@dataclass(frozen=True)
class Fold:
    """Blocks folded away under a summary; opened on paper unless that would be tedious."""

    kind: ClassVar[str] = "fold"
    summary: str
    blocks: tuple[Block, ...]
    on_paper: bool = True


@dataclass(frozen=True)
class Code:
    """Literal text, such as a command."""

    kind: ClassVar[str] = "code"
    text: str


Block: TypeAlias = (
    "Para | Heading | Callout | Bullets | Table | Picture | Sentences | Timeline | "
    "QuotePairs | Ruling | Facts | Fold | Code"
)


@dataclass(frozen=True)
class Section:
    """A numbered section of the brief."""

    number: int
    anchor: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Entry:
    """One entry of the appendix that links point to: a quantity, claim or source."""

    anchor: str
    title: Line
    lines: tuple[Line, ...] = ()
    table: Table | None = None


@dataclass(frozen=True)
class Appendix:
    """Entries of one kind, in order of their anchors."""

    anchor: str
    title: str
    intro: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Page:
    """The whole brief as content: front matter, sections and appendices."""

    title: str
    question: str
    subtitle: Line
    facts: tuple[tuple[str, Line], ...]
    sections: tuple[Section, ...]
    appendices: tuple[Appendix, ...] = field(default=())
    disclaimer: str = ""
