"""``coercivity evaluate``: how right the reading is, measured on labelled documents."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from coercivity.cli.choices import AsJson, PackName, chosen_pack, existing_folder
from coercivity.cli.showing import emit_json, emit_table, emit_text, working

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Measure the reading against documents that a person has labelled.",
)


@app.callback()
def start() -> None:
    """Measure the reading against documents that a person has labelled."""


@app.command("claims")
def evaluate_claims(
    gold: Annotated[Path, typer.Argument(help="Labels as JSON lines, one line a document.")],
    documents: Annotated[
        Path | None,
        typer.Option("--documents", "-d", help="Folder that each label's 'file' is relative to."),
    ] = None,
    pack: PackName = "",
    as_json: AsJson = False,
) -> None:
    """Score extracted claims: slots, numbers, questions told as facts, controls told as lifted."""
    from coercivity.claims.evaluation import evaluate_claims as evaluated

    folder = existing_folder(documents, option="--documents") if documents is not None else None
    opened = chosen_pack(pack)
    with working() as options:
        result = evaluated(gold, opened, documents=folder, options=options).to_json()
    if as_json:
        emit_json(result)
    else:
        _show(result)


def _show(result: dict[str, Any]) -> None:
    """Write the figures and the errors as tables."""
    rows = [("acts, all slots", result["slots"]), ("numbers", result["numbers"])]
    rows.extend((f"slot {name}", row) for name, row in result["per_slot"].items())
    rows.extend((f"frame {name}", row) for name, row in result["per_frame"].items())
    rows.extend(
        (name, result[name])
        for name in ("speaker", "dates", "polarity", "verdicts")
        if name in result
    )
    emit_table(
        ("of", "precision", "recall", "F1", "labelled"),
        [
            (
                name,
                _share(row["precision"]),
                _share(row["recall"]),
                _share(row["f1"]),
                row["wanted"],
            )
            for name, row in rows
        ],
    )
    emit_text(
        f"questions, denials or hedges told as facts: {result['false_assertions']}\n"
        f"controls wrongly told as lifted or suspended: {result['false_lifts']}"
    )
    emit_table(
        ("document", "error", "kind", "slot", "expected", "found"),
        [
            (
                document["document"],
                row["error"],
                row["kind"],
                row.get("slot", row.get("label", "")),
                row.get("expected", ""),
                row.get("found", ""),
            )
            for document in result["errors"]
            for row in document["errors"]
        ],
    )


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
