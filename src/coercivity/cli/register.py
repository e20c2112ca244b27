"""``coercivity controls diff``, ``export``, ``import``, ``crosswalk``: the register itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from coercivity.cli.choices import AsJson, PackName, chosen_pack, day_of, day_or_none
from coercivity.cli.showing import emit_json, emit_table, emit_text

if TYPE_CHECKING:
    from coercivity.controls import Change, MeasureState, Register

RegisterFile = Annotated[
    Path | None,
    typer.Option(
        "--register",
        metavar="FILE",
        help="Ask an exported register (.yaml, .parquet, .json) in place of the pack's own.",
    ),
]


def chosen_register(pack: str, file: Path | None) -> Register:
    """Return a pack's register, or the exported one that was asked for.

    Parameters
    ----------
    pack : str
        Name or path of the pack; its items and parties serve either.
    file : Path or None
        The exported register.

    Returns
    -------
    Register
        Ready for questions.
    """
    from coercivity.controls import build_register, read_register

    opened = chosen_pack(pack)
    if file is None:
        return build_register(opened)
    return read_register(file, items=opened.items, parties=opened.parties)


def diff(
    before: Annotated[str, typer.Argument(metavar="DATE", help="First day compared.")],
    after: Annotated[
        str, typer.Argument(metavar="DATE", help="Second day; the same one compares knowledge.")
    ],
    known_before: Annotated[
        str,
        typer.Option(
            "--known-before", metavar="DATE", help="State of knowledge in which the first is seen."
        ),
    ] = "",
    known_after: Annotated[
        str,
        typer.Option(
            "--known-after", metavar="DATE", help="State of knowledge in which the second is seen."
        ),
    ] = "",
    register: RegisterFile = None,
    pack: PackName = "",
    as_json: AsJson = False,
) -> None:
    """Compare the controls of two days, or what was believed of a day at two times."""
    changes = chosen_register(pack, register).diff(
        day_of(before, option="DATE"),
        day_of(after, option="DATE"),
        known_before=day_or_none(known_before, option="--known-before"),
        known_after=day_or_none(known_after, option="--known-after"),
    )
    if as_json:
        emit_json([_change(change) for change in changes])
        return
    emit_table(
        ("instrument", "article", "measure", "before", "after", "by"),
        [_change_row(change) for change in changes],
    )


def _change(change: Change) -> dict[str, Any]:
    return {
        "measure": change.measure,
        "before": _state(change.before),
        "after": _state(change.after),
        "actions": list(change.actions),
        "sources": list(change.sources),
    }


def _state(state: MeasureState | None) -> dict[str, Any] | None:
    if state is None:
        return None
    return {
        "instrument": state.instrument.id,
        "number": state.instrument.number,
        "article": state.measure.article,
        "phase": state.phase.value,
        "effect": state.effect.value,
        "since": state.since,
        "knowledge_ends": state.knowledge_ends,
        "parts": list(state.parts),
        "actions": list(state.actions),
        "sources": list(state.sources),
    }


def _change_row(change: Change) -> tuple[str, ...]:
    state = change.after or change.before
    assert state is not None
    words = [
        "not known of" if side is None else f"{side.phase.value} ({side.effect.value})"
        for side in (change.before, change.after)
    ]
    number = state.instrument.number or state.instrument.title
    return (number, state.measure.article, change.measure, *words, ", ".join(change.actions))


def export(
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help="File to write: .yaml, .parquet, or .json in the manner of FollowTheMoney.",
        ),
    ],
    pack: PackName = "",
) -> None:
    """Write the register to a file, from which it can be read back exactly."""
    from coercivity.controls import write_register

    register = chosen_register(pack, None)
    write_register(register, out)
    emit_text(f"{out}: {_counts(register)}")


def import_(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="An exported register: .yaml, .parquet, .json.")
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE", help="Write it again in another form."),
    ] = None,
    pack: PackName = "",
    as_json: AsJson = False,
) -> None:
    """Read and check a register, and say how it differs from the pack's own."""
    from coercivity.controls import write_register
    from coercivity.controls.interchange import rows_of_register

    read, own = chosen_register(pack, file), chosen_register(pack, None)
    if out is not None:
        write_register(read, out)
    rows = [{_key(row): row for row in rows_of_register(each)} for each in (own, read)]
    here, there = rows
    differences = {
        "only_in_pack": sorted(here.keys() - there.keys()),
        "only_in_file": sorted(there.keys() - here.keys()),
        "different": sorted(key for key in here.keys() & there.keys() if here[key] != there[key]),
    }
    if as_json:
        emit_json({"name": read.name, "holds": _counts(read), **differences})
        return
    emit_text(f"{file}: {_counts(read)}")
    emit_table(
        ("", "record"),
        [(kind.replace("_", " "), key) for kind, keys in differences.items() for key in keys],
    )


def _key(row: dict[str, Any]) -> str:
    return f"{row['record']} {row.get('id') or row.get('event')}"


def _counts(register: Register) -> str:
    return (
        f"{len(register.instruments)} instruments, {len(register.measures())} measures, "
        f"{len(register.actions)} acts"
    )


def crosswalk(
    pack: PackName = "",
    as_json: AsJson = False,
) -> None:
    """Show what the kinds of the pack's measures are called in MAST, Global Trade Alert, OECD."""
    from coercivity.controls import counterparts

    register = chosen_register(pack, None)
    kinds = sorted({measure.type for _, measure in register.measures()})
    rows = [row for kind in kinds for row in counterparts(kind)]
    if as_json:
        emit_json([row.to_json() for row in rows])
        return
    emit_table(
        ("kind", "scheme", "edition", "code", "label", "source", "note"),
        [tuple(row.to_json().values()) for row in rows],
    )
