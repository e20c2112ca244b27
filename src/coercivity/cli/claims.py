"""``coercivity claims``: who says what, and how sayings compare."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from coercivity.cli import review
from coercivity.cli.choices import AsJson, PackName
from coercivity.cli.evidence import Extractors, Folder, Judgements, read_evidence
from coercivity.cli.showing import emit_json, emit_lines, emit_table, emit_text

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Claims: who says what, where in the text, how sure.",
)
review.add_to(app)


@app.command("extract")
def extract_claims(
    folder: Folder,
    pack: PackName = "",
    judgements: Judgements = None,
    extractor: Extractors = None,
    as_json: AsJson = False,
) -> int:
    """Print the claims of the documents in a folder; with --json one claim a line."""
    from coercivity.claims import claim_rows
    from coercivity.events import judge_claims

    read = read_evidence(folder, pack, judgements=judgements, extractors=extractor)
    claims = judge_claims(read.claims, read.judgements)
    names = {document.id: document.name for document in claims.documents}
    if as_json:
        emit_lines(claim_rows(claims))
    else:
        emit_table(
            ("document", "span", "frame", "polarity", "speaker", "text"),
            [
                (
                    names[claim.document],
                    f"{claim.span.start}–{claim.span.end}",
                    claim.frame or claim.kind,
                    claim.polarity,
                    claim.speaker.name if claim.speaker else "(outlet)",
                    claim.text,
                )
                for claim in claims
            ],
        )
    return read.tell()


@app.command("verdicts")
def show_verdicts(
    folder: Folder,
    pack: PackName = "",
    judgements: Judgements = None,
    extractor: Extractors = None,
    as_json: AsJson = False,
) -> int:
    """Compare the claims of the documents in a folder: agree, refine, conflict, diverge."""
    read = read_evidence(folder, pack, judgements=judgements, extractors=extractor)
    judged = read.judged()
    if as_json:
        emit_lines(verdict.to_json() for verdict in judged.verdicts)
    else:
        emit_table(
            ("relation", "rule", "one", "other", "note"),
            [
                (
                    verdict.relation,
                    verdict.rule,
                    verdict.span_a.exact,
                    verdict.span_b.exact if verdict.span_b else "",
                    verdict.note,
                )
                for verdict in judged.verdicts
            ],
        )
    return read.tell(*judged.notes)


@app.command("sums")
def show_sums(
    folder: Folder,
    pack: PackName = "",
    judgements: Judgements = None,
    as_json: AsJson = False,
) -> int:
    """Check numbers that must add up: parts and totals, months and their year. Corrects nothing."""
    from coercivity.claims.consistency import check_sums
    from coercivity.events import judge_claims

    read = read_evidence(folder, pack, judgements=judgements)
    checks = check_sums(judge_claims(read.claims, read.judgements))
    if as_json:
        emit_json([check.to_json() for check in checks])
    else:
        emit_table(
            ("fits", "rule", "difference", "unit", "note"),
            [
                (
                    "yes" if check.is_consistent else "no",
                    check.rule,
                    f"{check.difference:g}",
                    check.unit,
                    check.note,
                )
                for check in checks
            ],
        )
    return read.tell()


@app.command("export")
def export(
    folder: Folder,
    form: Annotated[
        str,
        typer.Option(
            "--as",
            help="jsonl, web-annotation (W3C Web Annotation) or ftm (FollowTheMoney entities).",
        ),
    ] = "jsonl",
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="File to write; its path is printed.",
            show_default="standard output",
        ),
    ] = None,
    pack: PackName = "",
    judgements: Judgements = None,
    extractor: Extractors = None,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="Tell the file written as JSON; rows always are."),
    ] = False,
) -> int:
    """Write the claims in a form that other programs read, one JSON object a line."""
    from coercivity.claims.export import FORMS, export_claims, exported_rows
    from coercivity.errors import UsageError
    from coercivity.events import judge_claims

    if form not in FORMS:
        raise UsageError(f"{form!r} is no form of export", where="--as", expected=" ".join(FORMS))
    read = read_evidence(folder, pack, judgements=judgements, extractors=extractor)
    claims = judge_claims(read.claims, read.judgements)
    if out is None:
        emit_lines(exported_rows(claims, form))
        return read.tell()
    written = str(export_claims(claims, out, form=form))
    if as_json:
        emit_json({"file": written, "form": form, "claims": len(claims)})
    else:
        emit_text(written)
    return read.tell()
