"""Claims as files: one JSON object a line, written whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from coercivity.claims.model import Claim, ClaimSet
from coercivity.errors import UsageError

__all__ = ["FORMS", "claim_rows", "export_claims", "exported_rows", "to_json", "to_jsonl"]

FORMS = ("jsonl", "web-annotation", "ftm")
"""Forms of export; each is one JSON object a line."""


def to_json(claim: Claim) -> dict[str, Any]:
    """Return a claim as a plain mapping."""
    return claim.to_json()


def claim_rows(claims: ClaimSet | Iterable[Claim]) -> list[dict[str, Any]]:
    """Return claims as plain mappings; those of a set also name file, publisher and family."""
    if not isinstance(claims, ClaimSet):
        return [claim.to_json() for claim in claims]
    documents = {document.id: document for document in claims.documents}
    rows = []
    for claim in claims:
        document = documents[claim.document]
        rows.append(
            {
                **claim.to_json(),
                "file": document.name,
                "publisher": document.publisher,
                "source": document.source.id if document.source else None,
                "family": document.family,
                "published": document.published.to_json() if document.published else None,
            }
        )
    return rows


def exported_rows(claims: ClaimSet, form: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of an export.

    Parameters
    ----------
    claims : ClaimSet
    form : str
        ``jsonl`` for the claims as they are, ``web-annotation`` for W3C Web Annotations, ``ftm``
        for FollowTheMoney entities.

    Raises
    ------
    UsageError
        If there is no such form.
    """
    if form == "jsonl":
        yield from claim_rows(claims)
    elif form == "web-annotation":
        from coercivity.claims.annotations import web_annotations

        yield from web_annotations(claims)
    elif form == "ftm":
        from coercivity.claims.follow_the_money import entities

        yield from entities(claims)
    else:
        raise UsageError(f"{form!r} is no form of export", expected=" ".join(FORMS))


def export_claims(claims: ClaimSet, path: str | Path, *, form: str = "jsonl") -> Path:
    """Write claims in a form others read; the file appears only when it is complete.

    Parameters
    ----------
    claims : ClaimSet
    path : str or Path
        Written beside first, then renamed.
    form : str
        One of :data:`FORMS`.

    Returns
    -------
    Path
        Of the file written.

    Raises
    ------
    UsageError
        If there is no such form.
    """
    return _written(exported_rows(claims, form), Path(path))


def to_jsonl(claims: ClaimSet | Iterable[Claim], path: str | Path) -> Path:
    """Write one claim a line; the file appears only when it is complete.

    Returns
    -------
    Path
        Of the file written.
    """
    return _written(claim_rows(claims), Path(path))


def _written(rows: Iterable[dict[str, Any]], target: Path) -> Path:
    """Write one row a line beside the file, then put it in its place."""
    beside = target.with_name(f".{target.name}.partial")
    try:
        with beside.open("w", encoding="utf-8", newline="\n") as handle:
            for row in rows:
                handle.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")
            handle.flush()
            os.fsync(handle.fileno())
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    beside.replace(target)
    return target
