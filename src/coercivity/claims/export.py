"""Claims as files: one JSON object a line, written whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from coercivity.claims.model import Claim, ClaimSet

__all__ = ["claim_rows", "to_json", "to_jsonl"]


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


def to_jsonl(claims: ClaimSet | Iterable[Claim], path: str | Path) -> Path:
    """Write one claim a line; the file appears only when it is complete.

    Returns
    -------
    Path
        Of the file written.
    """
    target = Path(path)
    beside = target.with_name(f".{target.name}.partial")
    with beside.open("w", encoding="utf-8", newline="\n") as handle:
        for row in claim_rows(claims):
            handle.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")
        handle.flush()
        os.fsync(handle.fileno())
    beside.replace(target)
    return target
