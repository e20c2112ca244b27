"""A backup is worth what its restoration shows: the rehearsal of docs/how-to/run-the-desk.md."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from browser.live_desk import LiveDesk, environment

pytest_plugins = ["support.postgres"]
pytestmark = pytest.mark.postgresql


def facts(home: Path, url: str, *words: str) -> dict:
    return json.loads(
        LiveDesk("", home, environment(home, url)).run("-m", "web.database_facts", *words)
    )


def test_a_backup_restores_everything(postgres_server, tmp_path: Path) -> None:
    from support.postgres import binaries

    file = tmp_path / "desk.dump"
    with postgres_server.database() as first, postgres_server.database() as second:
        LiveDesk("", tmp_path, environment(tmp_path, first)).run(
            "-m", "browser.small_demo", "12", "6", "--without-evidence"
        )
        before = facts(tmp_path, first)
        subprocess.run(
            [binaries() / "pg_dump", "--format=custom", "--no-owner", f"--file={file}", first],
            check=True,
        )
        subprocess.run(
            [
                binaries() / "pg_restore", "--exit-on-error", "--single-transaction", "--no-owner",
                f"--dbname={second}", file,
            ],
            check=True,
        )  # fmt: skip
        after = facts(tmp_path, second, "act")
        later = facts(tmp_path, second)
    acts = after.pop("acts")
    assert after == before
    assert before["counts"]["accounts_auditevent"] == sum(before["chains"].values()) > 50
    assert len(before["chains"]) > 8
    assert before["balances"]
    # The restored database works on: the next number is free, and the trail is still closed.
    assert later["counts"]["licensing_application"] == before["counts"]["licensing_application"] + 1
    assert f"case/{acts['case']}" not in before["chains"]
    assert acts["refused"], "the trigger that keeps the audit trail was not restored"
