"""Options that several commands share, and how their words become values."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coercivity.errors import UsageError

if TYPE_CHECKING:
    from coercivity.catalogue import Pack
    from coercivity.claims.distributions import Draws
    from coercivity.claims.quantities import PackQuantity

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
PackName = Annotated[
    str,
    typer.Option(
        "--pack",
        "-p",
        envvar="COERCIVITY_PACK",
        help="Name of an embedded pack, or the path of a pack's folder.",
        show_default="the first pack",
    ),
]
AsOf = Annotated[
    str,
    typer.Option(
        "--as-of",
        metavar="DATE",
        help="Use only what was known on this day.",
        show_default="the pack's own date",
    ),
]
Members = Annotated[
    int,
    typer.Option("--members", "-n", min=2, help="Ensemble members drawn in every scenario."),
]
Seed = Annotated[
    int, typer.Option("--seed", min=0, help="Seed of all draws; same seed, same bytes.")
]
Threads = Annotated[
    int, typer.Option("--threads", min=0, help="Cores used; 0 is all. Results do not depend on it.")
]


def chosen_pack(name: str) -> Pack:
    """Open the pack that was asked for, or the one the product ships first.

    Parameters
    ----------
    name : str
        Name or path; empty for the default.

    Returns
    -------
    Pack
        The opened pack.
    """
    from coercivity.catalogue import open_pack

    return open_pack(name or default_pack_name())


def default_pack_name() -> str:
    """Return the name of the pack used when none is asked for.

    Returns
    -------
    str
        Read from the packs' own folder, because a subject is data.
    """
    from importlib import resources

    folder = resources.files("coercivity").joinpath("packs")
    return folder.joinpath("default.txt").read_text(encoding="utf-8").strip()


def day_of(text: str, *, option: str) -> date:
    """Read a calendar day.

    Parameters
    ----------
    text : str
        ISO 8601, such as ``2025-10-31``.
    option : str
        The option or argument it was given for, named in the message.

    Returns
    -------
    datetime.date
        The day.

    Raises
    ------
    UsageError
        If it is not a day of the calendar.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"{text!r} is not a date",
            where=option,
            expected="a day as YYYY-MM-DD, such as 2025-10-31",
            hint="correct the date",
        ) from None


def day_or_none(text: str, *, option: str) -> date | None:
    """Read a calendar day, or nothing.

    Parameters
    ----------
    text : str
        ISO 8601 or empty.
    option : str
        The option it was given for.

    Returns
    -------
    datetime.date or None
        The day; ``None`` if the text is empty.
    """
    return day_of(text, option=option) if text else None


def share_of(text: str, *, option: str) -> float:
    """Read a share, given as a number from 0 to 1 or with a percent sign.

    Parameters
    ----------
    text : str
        For instance ``0.001`` or ``0.1%``.
    option : str
        The option it was given for.

    Returns
    -------
    float
        A share of one.

    Raises
    ------
    UsageError
        If it is no number from 0 to 1.
    """
    words = text.strip()
    try:
        value = float(words.removesuffix("%")) / (100 if words.endswith("%") else 1)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise UsageError(
            f"{text!r} is not a share",
            where=option,
            expected="a number from 0 to 1, or a percentage such as 0.1%",
        )
    return value


def existing_folder(path: Path, *, option: str) -> Path:
    """Return a folder that is there.

    Parameters
    ----------
    path : Path
        The folder.
    option : str
        The option or argument it was given for.

    Returns
    -------
    Path
        The same path.

    Raises
    ------
    NotFoundError
        If there is no such folder.
    """
    from coercivity.errors import NotFoundError

    if not path.is_dir():
        raise NotFoundError(
            f"no folder at {path}",
            where=option,
            expected="a folder of .txt or .html documents",
            hint="check the path",
        )
    return path


def drawn(quantities: dict[str, PackQuantity], *, members: int, seed: int) -> Draws:
    """Draw quantities, importing the drawing only when it is needed.

    Parameters
    ----------
    quantities : dict of str to PackQuantity
        The pack's quantities.
    members, seed : int
        Size and seed.

    Returns
    -------
    Draws
        One value per quantity and member.
    """
    from coercivity.claims.distributions import draw

    return draw(quantities, members=members, seed=seed)
