"""Settings come from the environment; production insists on what keeps it safe."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from coercivity.desk.environment import read_environment
from coercivity.errors import UsageError

GOOD = {"SECRET_KEY": "k" * 25 + "0123456789abcdefghijklmnopqrs", "DESK_HOSTS": "desk.example"}


def test_production_is_the_default_and_needs_key_and_hosts(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="SECRET_KEY is not set"):
        read_environment({"DESK_HOME": str(tmp_path)})
    with pytest.raises(UsageError, match="DESK_HOSTS is not set"):
        read_environment({"DESK_HOME": str(tmp_path), "SECRET_KEY": "x"})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "value"), [("DESK_MODE", "test"), ("DESK_HSTS_SECONDS", "a year")]
)
def test_what_cannot_be_is_refused(name: str, value: str) -> None:
    with pytest.raises(UsageError, match=name):
        read_environment({**GOOD, name: value})


def test_demo_makes_a_key_once_for_its_owner_alone(tmp_path: Path) -> None:
    given = {"DESK_MODE": "demo", "DESK_HOME": str(tmp_path / "home")}
    first, second = read_environment(given), read_environment(given)
    assert first.secret_key == second.secret_key
    assert len(first.secret_key) > 50
    assert (tmp_path / "home" / "secret-key").stat().st_mode & 0o077 == 0


def _django(tmp_path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    key = "".join(chr(33 + (i * 7) % 90) for i in range(64))
    env = {
        **{k: v for k, v in os.environ.items() if not k.startswith(("DESK_", "DJANGO_"))},
        "SECRET_KEY": key,
        "DESK_HOSTS": "desk.example",
        "DESK_HOME": str(tmp_path),
        "DATABASE_URL": f"sqlite:///{tmp_path}/desk.sqlite3",
    }
    command = [sys.executable, "-m", "coercivity.desk", *words]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def test_deployment_check_finds_nothing(tmp_path: Path) -> None:
    done = _django(tmp_path, "check", "--deploy", "--fail-level", "INFO")
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


def test_tables_and_migrations_agree(tmp_path: Path) -> None:
    done = _django(tmp_path, "makemigrations", "--check", "--dry-run")
    assert done.returncode == 0, done.stdout


def test_production_sends_everybody_to_tls(tmp_path: Path) -> None:
    code = (
        "import django; django.setup();"
        "from django.test import Client;"
        "c = Client();"
        "a = c.get('/sign-in', headers={'host': 'desk.example'});"
        "b = c.get('/sign-in', secure=True, headers={'host': 'desk.example'});"
        "d = c.get('/sign-in', secure=True, headers={'host': 'evil.example'});"
        "print(a.status_code, a['Location'], b['Strict-Transport-Security'],"
        " b.cookies['csrftoken']['secure'], d.status_code)"
    )
    _django(tmp_path, "migrate", "-v0")
    key = "".join(chr(33 + (i * 7) % 90) for i in range(64))
    env = {
        **os.environ,
        "SECRET_KEY": key,
        "DESK_MODE": "production",
        "DESK_HOSTS": "desk.example",
        "DESK_HOME": str(tmp_path),
        "DATABASE_URL": f"sqlite:///{tmp_path}/desk.sqlite3",
        "DJANGO_SETTINGS_MODULE": "coercivity.desk.settings",
    }
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == [
        "301",
        "https://desk.example/sign-in",
        "max-age=31536000;",
        "includeSubDomains;",
        "preload",
        "True",
        "400",
    ], done.stderr
