"""What the desk reads from the environment, and nothing else does.

=======================  =========================================================================
``DESK_MODE``            ``production`` (the default), ``demo`` (plain HTTP on this machine, a
                         generated key) or ``debug`` (as demo, with Django's error pages)
``SECRET_KEY``           signs sessions and forms; needed in production, 50 characters or more
``DATABASE_URL``         ``postgresql://user:password@host/name``; SQLite in ``DESK_HOME`` if unset
``DESK_HOME``            folder of the SQLite file and of the generated key
``DESK_DOCUMENTS``       folder from which documents may be fetched, one subfolder for each
                         organisation, named by its slug; none is fetched if unset
``DESK_HOSTS``           names the desk answers to, separated by commas; needed in production
``DESK_ORIGINS``         origins that forms may be sent from, such as ``https://desk.example``
``DESK_BEHIND_PROXY``    ``1`` if a proxy in front sets X-Forwarded-Proto and is the only way in
``DESK_HSTS_SECONDS``    how long browsers insist on TLS; a year if unset
``DESK_CONNECTIONS``     connections to PostgreSQL that each process keeps at most; 6 if unset
=======================  =========================================================================
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from coercivity.errors import UsageError

__all__ = ["MODES", "Environment", "read_environment"]

MODES: Final = ("production", "demo", "debug")
_YEAR_SECONDS: Final = 365 * 24 * 3600
_CONNECTIONS: Final = 6


@dataclass(frozen=True)
class Environment:
    """Settings of one running desk.

    Parameters
    ----------
    mode : str
        One of :data:`MODES`.
    secret_key : str
        Signing key.
    database_url : str
        Where the rows are.
    home : Path
        Folder of local files.
    documents : Path or None
        Folder from which documents are fetched.
    hosts, origins : tuple of str
        Names answered to, origins trusted.
    behind_proxy : bool
        Whether a proxy's word on TLS is believed.
    hsts_seconds : int
        Duration of strict transport security, in seconds.
    connections : int
        Most connections to PostgreSQL of one process; requests beyond them wait for their turn.
    """

    mode: str
    secret_key: str
    database_url: str
    home: Path
    documents: Path | None
    hosts: tuple[str, ...]
    origins: tuple[str, ...]
    behind_proxy: bool
    hsts_seconds: int
    connections: int = _CONNECTIONS

    @property
    def is_production(self) -> bool:
        """Whether TLS and a given key are insisted on."""
        return self.mode == "production"


def read_environment(values: Mapping[str, str] | None = None) -> Environment:
    """Read the environment.

    Parameters
    ----------
    values : mapping, optional
        Variables; those of the process if not given.

    Raises
    ------
    UsageError
        If a variable is missing or not possible; the message names it.
    """
    env = os.environ if values is None else values
    mode = env.get("DESK_MODE", "production")
    if mode not in MODES:
        raise UsageError(
            f"DESK_MODE is {mode!r}", where="environment", expected="one of " + ", ".join(MODES)
        )
    home = Path(env.get("DESK_HOME") or _default_home(env))
    is_production = mode == "production"
    return Environment(
        mode=mode,
        secret_key=_secret_key(env, home, is_production=is_production),
        database_url=env.get("DATABASE_URL") or f"sqlite:///{home / 'desk.sqlite3'}",
        home=home,
        documents=Path(env["DESK_DOCUMENTS"]) if env.get("DESK_DOCUMENTS") else None,
        hosts=_hosts(env, is_production=is_production),
        origins=_split(env.get("DESK_ORIGINS", "")),
        behind_proxy=env.get("DESK_BEHIND_PROXY", "") == "1",
        hsts_seconds=_seconds(env.get("DESK_HSTS_SECONDS", "")),
        connections=_connections(env.get("DESK_CONNECTIONS", "")),
    )


def _default_home(env: Mapping[str, str]) -> Path:
    data = env.get("XDG_DATA_HOME")
    return (Path(data) if data else Path.home() / ".local" / "share") / "coercivity" / "desk"


def _secret_key(env: Mapping[str, str], home: Path, *, is_production: bool) -> str:
    given = env.get("SECRET_KEY", "")
    if given:
        return given
    if is_production:
        raise UsageError(
            "SECRET_KEY is not set",
            where="environment",
            expected="a random text of 50 characters or more, kept out of the repository",
            hint="or set DESK_MODE=demo to try the desk on this machine",
        )
    return _generated_key(home / "secret-key")


def _generated_key(path: Path) -> str:
    """Read the key of a demo, made at the first start and readable by its owner alone."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(f".{os.getpid()}")
        beside.touch(mode=0o600)
        beside.write_text(secrets.token_urlsafe(64), "utf-8")
        beside.rename(path)
    return path.read_text("utf-8")


def _hosts(env: Mapping[str, str], *, is_production: bool) -> tuple[str, ...]:
    hosts = _split(env.get("DESK_HOSTS", ""))
    if is_production and not hosts:
        raise UsageError(
            "DESK_HOSTS is not set", where="environment", expected="names such as desk.example"
        )
    return hosts or ("localhost", "127.0.0.1", "[::1]")


def _seconds(text: str) -> int:
    if not text:
        return _YEAR_SECONDS
    if not text.isdigit():
        raise UsageError(
            f"DESK_HSTS_SECONDS is {text!r}", where="environment", expected="whole seconds"
        )
    return int(text)


def _connections(text: str) -> int:
    if not text:
        return _CONNECTIONS
    # A page that shows a stream and a page beside it are two.
    if not text.isdigit() or int(text) < 2:
        raise UsageError(
            f"DESK_CONNECTIONS is {text!r}", where="environment", expected="a number, 2 or more"
        )
    return int(text)


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
