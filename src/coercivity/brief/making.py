"""Make a brief: gather evidence, simulate, write the page, and set the files in place."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from coercivity.brief.content import Page, Sentences, plain
from coercivity.options import Options

if TYPE_CHECKING:
    from coercivity.brief.dossier import Evidence, Findings
    from coercivity.brief.writing import Staging
    from coercivity.catalogue import Pack
    from coercivity.claims.apart import ApartReader

DEFAULT_MEMBERS: Final = 1000
DEFAULT_SEED: Final = 1


@dataclass(frozen=True, eq=False)
class Brief:
    """A finished brief.

    Parameters
    ----------
    answer : tuple of mapping
        The five sentences: ``sentence`` and ``how_sure``.
    events, verdicts, determinations, licences, outcomes, sensitivity : tuple of mapping
        What the sections rest on, as plain values.
    files : mapping of str to str
        What was written, by kind; empty if nothing was.
    page : Page
        The content, free of markup.
    html : str
        The whole page.
    evidence, findings : Evidence, Findings
        Everything behind it, for further work in Python.
    """

    answer: tuple[Mapping[str, str], ...]
    events: tuple[Mapping[str, Any], ...]
    verdicts: tuple[Mapping[str, Any], ...]
    determinations: tuple[Mapping[str, Any], ...]
    licences: tuple[Mapping[str, Any], ...]
    outcomes: tuple[Mapping[str, Any], ...]
    sensitivity: tuple[Mapping[str, Any], ...]
    files: Mapping[str, Any]
    page: Page = field(repr=False)
    html: str = field(repr=False)
    evidence: Evidence = field(repr=False)
    findings: Findings = field(repr=False)

    def to_json(self) -> dict[str, Any]:
        """Return the brief as plain values, ready for JSON."""
        from coercivity.brief.plain import brief_json

        return brief_json(self)

    def _repr_html_(self) -> str:
        """Return the five sentences for notebooks."""
        from markupsafe import escape

        items = "".join(f"<li>{escape(row['sentence'])}</li>" for row in self.answer)
        return f"<ol>{items}</ol>"


def make_brief(
    pack: Pack | str,
    *,
    documents: Path | str | None = None,
    as_of: date | None = None,
    members: int = DEFAULT_MEMBERS,
    seed: int = DEFAULT_SEED,
    out: Path | str | None = None,
    options: Options | None = None,
) -> Brief:
    """Answer the pack's question from what was published, and say how sure.

    Parameters
    ----------
    pack : Pack or str
        The subject, or its name or folder.
    documents : Path or str, optional
        Folder of .txt and .html documents; by default the pack's own restated notes.
    as_of : datetime.date, optional
        Only what was known on this day; by default the pack's own date.
    members : int
        Ensemble members drawn in every scenario.
    seed : int
        Seed of all draws.
    out : Path or str, optional
        Folder to write into; without it nothing is written.
    options : Options, optional
        Progress and threads.

    Returns
    -------
    Brief
        The answer, what it rests on, and the files written.

    Raises
    ------
    InputError
        If the day lies outside the network's span, or no document can be read.
    NotFoundError
        If the pack or the folder is not there.
    UsageError
        If there are fewer than two members.
    """
    from coercivity.brief.writing import Staging, check_place
    from coercivity.catalogue import open_pack
    from coercivity.claims.apart import ApartReader
    from coercivity.errors import UsageError

    if members < 2:
        raise UsageError(
            f"{members} members make no range", where="members", expected="two or more"
        )
    place = Path(out) if out is not None else None
    if place is not None:
        check_place(place)
    options = options or Options()
    # The reader's process loads the parser while the pack is opened and the network is built.
    with ApartReader(options) as reader, ExitStack() as stack:
        opened = open_pack(pack) if isinstance(pack, str) else pack
        return _made(
            opened,
            reader,
            folder=Path(documents) if documents is not None else None,
            as_of=as_of or opened.meta["default_as_of"],
            members=members,
            seed=seed,
            staging=None if place is None else stack.enter_context(Staging(place)),
            options=options,
        )


def _made(
    pack: Pack,
    reader: ApartReader,
    *,
    folder: Path | None,
    as_of: date,
    members: int,
    seed: int,
    staging: Staging | None,
    options: Options,
) -> Brief:
    """Run the pipeline: evidence, simulation, page, files."""
    from coercivity.brief.composing import compose
    from coercivity.brief.gathering import begin, finish
    from coercivity.brief.markup import render
    from coercivity.brief.phrases import read_phrases
    from coercivity.brief.plain import brief_parts
    from coercivity.brief.provenance import provenance
    from coercivity.brief.simulating import import_while, lay_ground, simulate_scenarios

    phrases = read_phrases(pack)
    begun = begin(pack, folder=folder, as_of=as_of, options=options, reader=reader)
    ground = lay_ground(pack, members=members, seed=seed, quantities=begun.quantities)
    import_while(lambda: reader.is_reading)
    evidence = finish(begun)
    findings = simulate_scenarios(
        evidence,
        phrases,
        ground=ground,
        options=options,
        on_results=None if staging is None else staging.begin,
    )
    made_by = provenance(evidence, folder=folder, members=members, seed=seed)
    options.progress("write", 0.95)
    page = compose(evidence, findings, phrases, made_by)
    html, answer, parts = render(page), answer_rows(page), brief_parts(evidence, findings)
    files: Mapping[str, Any] = {}
    if staging is not None:
        files = staging.finish(html=html, evidence=evidence, answer=answer, parts=parts)
    options.progress("write", 1.0)
    return Brief(
        answer=answer,
        files=files,
        page=page,
        html=html,
        evidence=evidence,
        findings=findings,
        **parts,
    )


def answer_rows(page: Page) -> tuple[Mapping[str, str], ...]:
    """Return the five sentences of a page without links.

    Parameters
    ----------
    page : Page
        A brief's content.

    Returns
    -------
    tuple of mapping
        ``sentence`` and ``how_sure``, with plain blanks.
    """
    rows = []
    for block in page.sections[0].blocks:
        if isinstance(block, Sentences):
            for item in block.items:
                rows.append(
                    {
                        "sentence": plain(item.line).replace("\u00a0", " "),
                        "how_sure": plain(item.sure).replace("\u00a0", " "),
                    }
                )
    return tuple(rows)
