"""Documents of a folder as claims, with the plug-ins asked for and what people judged."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coercivity.cli.choices import chosen_pack, existing_folder
from coercivity.cli.showing import warn, working

if TYPE_CHECKING:
    from coercivity.catalogue import Pack
    from coercivity.claims import ClaimSet
    from coercivity.errors import Problem
    from coercivity.events import Judged, Judgement

Folder = Annotated[Path, typer.Argument(help="Folder of documents.")]
Judgements = Annotated[
    Path | None,
    typer.Option(
        "--judgements",
        help="File of judgements, one JSON object a line.",
        show_default=".judgements.jsonl in the folder",
    ),
]
Extractors = Annotated[
    list[str] | None,
    typer.Option(
        "--extractor",
        help="Also take claims from this plug-in; may be given again. None is used unasked.",
        show_default="none",
    ),
]


@dataclass(frozen=True)
class Read:
    """What was read of a folder.

    Parameters
    ----------
    pack : Pack
    claims : ClaimSet
        As extracted, before any judgement.
    judgements : tuple of Judgement
        In order of writing; empty if there is no file of them.
    file : Path
        Where judgements are kept; it need not be there.
    problems : tuple of Problem
        Documents refused or failed, and torn lines of the file of judgements.
    """

    pack: Pack
    claims: ClaimSet
    judgements: tuple[Judgement, ...]
    file: Path
    problems: tuple[Problem, ...]

    def judged(self) -> Judged:
        """Return claims and verdicts as people judged them."""
        from coercivity.events import judge

        return judge(self.claims, self.judgements)

    def tell(self, *notes: str) -> int:
        """Show notes and problems on standard error, and return the exit code."""
        from coercivity.errors import InputError

        for note in (*self.claims.notes, *notes):
            warn(f"note: {note}")
        for problem in self.problems:
            warn(f"refused: {problem}", always=True)
        return InputError.exit_code if self.problems else 0


def read_evidence(
    folder: Path,
    pack: str,
    *,
    judgements: Path | None = None,
    extractors: list[str] | None = None,
    option: str = "FOLDER",
) -> Read:
    """Read the documents of a folder and the judgements on them.

    Parameters
    ----------
    folder : Path
    pack : str
        Name or path; empty for the default.
    judgements : Path, optional
        File of judgements; the folder's own by default. One that is named must be there.
    extractors : list of str, optional
        Names of plug-ins.
    option : str
        What the folder was given as, named in messages.

    Returns
    -------
    Read

    Raises
    ------
    InputError, NotFoundError
        If the folder holds no document that can be read, or a plug-in is not installed.
    """
    from coercivity.claims import extract
    from coercivity.claims.plugins import add_proposed, load_extractor
    from coercivity.documents import read_folder
    from coercivity.events import judgements_file, read_judgements

    opened = chosen_pack(pack)
    loaded = {name: load_extractor(name) for name in extractors or ()}
    documents = read_folder(existing_folder(folder, option=option))
    if not documents.documents:
        _nothing_read(folder, documents.problems)
    with working() as options:
        claims = extract(documents, opened, options=options)
    problems = list(claims.problems)
    if loaded:
        claims, reports = add_proposed(claims, loaded)
        for report in reports:
            problems.extend(report.failures)
            for refused in report.refused:
                warn(f"not taken: {refused}")
    file = judgements or judgements_file(folder)
    rows: tuple[Judgement, ...] = ()
    if file.is_file():
        rows, torn = read_judgements(file)
        problems.extend(torn)
    return Read(opened, claims, rows, file, tuple(problems))


def _nothing_read(folder: Path, problems: tuple[Problem, ...]) -> None:
    from coercivity.errors import InputError, NotFoundError

    if problems:
        raise InputError(f"no document in {folder} could be read", problems=problems)
    raise NotFoundError(
        f"no documents in {folder}", expected=".txt or .html files", hint="check the path"
    )
