"""``coercivity desk``: the web application."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from coercivity.cli.showing import emit_text
from coercivity.errors import UsageError

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="The desk: licences, evidence and scenarios on a database, in the browser.",
)

Host = Annotated[str, typer.Option("--host", help="Address to listen on.")]
Port = Annotated[int, typer.Option("--port", help="Port to listen on.")]


def _start_django(mode: str = "", home: Path | None = None) -> None:
    """Load the desk's settings; the environment given wins over the defaults of a command."""
    try:
        import django
    except ImportError as error:
        raise UsageError(
            "Django is not installed",
            expected="the extra 'desk'",
            hint="make desk, or pip install coercivity[desk]",
        ) from error
    if mode:
        os.environ.setdefault("DESK_MODE", mode)
    if home is not None:
        os.environ["DESK_HOME"] = str(home.resolve())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coercivity.desk.settings")
    django.setup()


@app.command("demo")
def demo(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    home: Annotated[
        Path, typer.Option("--home", help="Folder of the database and of the generated key.")
    ] = Path("build/desk"),
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Throw the demo data away and make them anew.")
    ] = False,
    serve: Annotated[
        bool, typer.Option("--serve/--no-serve", help="Start the server after making the data.")
    ] = True,
) -> None:
    """Start the desk on this machine with demo data, and print its address and accounts."""
    _start_django("demo", home)
    from django.core.management import call_command

    if fresh:
        _remove_demo()
    call_command("migrate", verbosity=0, interactive=False)
    call_command("demo_data")
    if not serve:
        return
    emit_text(f"\nThe desk is at http://{host}:{port}/ (stop it with Ctrl-C)")
    with _worker():
        _serve(host, port, workers=1)


def _remove_demo() -> None:
    """Delete the SQLite file; what a database server keeps is never thrown away from here."""
    from django.conf import settings

    database = settings.DATABASES["default"]
    if not database["ENGINE"].endswith("sqlite3"):
        raise UsageError(
            "the demo is not on SQLite",
            where="DATABASE_URL",
            expected="a database that can be thrown away",
            hint="drop and create the database yourself, then run the demo without --fresh",
        )
    for suffix in ("", "-wal", "-shm"):
        Path(f"{database['NAME']}{suffix}").unlink(missing_ok=True)


@app.command("serve")
def serve(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    workers: Annotated[int, typer.Option("--workers", help="Processes that answer requests.")] = 2,
) -> None:
    """Answer requests; the settings come from the environment (see docs/how-to)."""
    _start_django()
    _serve(host, port, workers=workers)


@app.command("worker")
def worker(
    count: Annotated[int, typer.Option("--count", help="Worker processes; 0 is one per core.")] = 0,
) -> None:
    """Work on the jobs in the database: simulations and imports."""
    _start_django()
    from django.core.management import call_command

    call_command("worker", count=count)


@app.command("migrate")
def migrate() -> None:
    """Bring the database to the tables of this version."""
    _start_django()
    from django.core.management import call_command

    call_command("migrate", interactive=False)


@app.command("add-organisation")
def add_organisation(
    slug: Annotated[str, typer.Argument(help="Short name, in lower case.")],
    name: Annotated[str, typer.Argument(help="Full name.")],
    kind: Annotated[str, typer.Option(help="authority, company, customs or research.")],
    country: Annotated[str, typer.Option(help="ISO 3166 alpha-2 code.")],
    zone: Annotated[str, typer.Option(help="IANA time zone of its calendar.")] = "UTC",
    serves: Annotated[
        str, typer.Option(help="Short name of the authority that a customs service works for.")
    ] = "",
) -> None:
    """Add an organisation to the database."""
    _start_django()
    from coercivity.desk.accounts.services import add_organisation as add

    found = add(slug=slug, name=name, kind=kind, country=country, zone=zone, serves=serves)
    emit_text(f"added {found.name}")


@app.command("add-person")
def add_person(
    username: Annotated[str, typer.Argument(help="How the person signs in.")],
    full_name: Annotated[str, typer.Argument(help="How the person is shown.")],
    organisation: Annotated[str, typer.Option(help="Short name of the organisation.")],
    role: Annotated[
        str, typer.Option(help="holder, officer, decider, auditor, analyst or customs.")
    ],
    service: Annotated[
        bool, typer.Option("--service", help="A service account: no password, tokens only.")
    ] = False,
) -> None:
    """Add a person; the password is asked for, or read from standard input in a pipe."""
    _start_django()
    from coercivity.desk.accounts.services import add_person_by_name, issue_token

    password = None if service else _password()
    user = add_person_by_name(
        username=username,
        full_name=full_name,
        organisation=organisation,
        role=role,
        password=password,
    )
    emit_text(f"added {user.full_name}")
    if service:
        emit_text(f"token, shown this once: {issue_token(user, name='first token')}")


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))


def _serve(host: str, port: int, *, workers: int) -> None:
    from coercivity.desk.serving import serve as answer_requests

    answer_requests(host, port, workers=workers)


@contextmanager
def _worker() -> Iterator[None]:
    """Run a worker beside the server, in a process of its own, and stop it with the server."""
    from django.core.management import get_commands

    if "worker" not in get_commands():
        yield
        return
    process = subprocess.Popen([sys.executable, "-m", "coercivity", "desk", "worker"])
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
