"""What people read where machines get codes."""

from __future__ import annotations

import pytest

from coercivity.desk.wording import chain_in_words, details_in_words

DIGEST = "88d53bc0b387b72994492915df53394620418d9daf558fff9969fed55ef777c1"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("state: pending_decision; reason: See 1; then: 2.", "state: pending decision; "
         "reason: See 1; then: 2."),
        ("action: reject; claim: 1219dcd8a51b9d8d; other: ; changes: {}", "action: reject"),
        (f"kind: licence_effect; key: {DIGEST}", "kind: licence effect"),
        ("line: 1; quantity: 2.5 t; number: EUC-461381", "line: 1; quantity: 2.5 t; "
         "number: EUC-461381"),
        ("", ""),
    ],
)  # fmt: skip
def test_details_of_an_event(text: str, read: str) -> None:
    assert details_in_words(text) == read


def test_a_chain_is_named_in_words() -> None:
    assert chain_in_words("case/A0000012") == "Case A0000012"
    assert chain_in_words("evidence/institute/fertiliser") == "Evidence institute fertiliser"


@pytest.mark.django_db
def test_the_audit_trail_is_read_in_words_and_its_twin_in_codes(people, sign_in) -> None:
    from web.cases import submitted

    submitted(people)
    auditor = sign_in(people.auditor)
    page = auditor.get("/audit").content.decode()
    assert "state: submitted" in page
    assert "Line set" in page
    assert "sha256" not in page
    rows = auditor.get("/audit.json").json()["rows"]
    assert any(row["event"] == "line set" for row in rows)
    assert any("sha256: " in row["details"] for row in rows)
