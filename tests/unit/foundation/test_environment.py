"""The installer of the development environment: programs that pip does not bring."""

from __future__ import annotations

import importlib.util
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[3] / "tools" / "environment.py"


@pytest.fixture
def environment():
    spec = importlib.util.spec_from_file_location("environment_script", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def machine(environment, monkeypatch):
    """A machine without the programs, and the commands that are run on it."""
    commands = []

    def run(command, **_):
        commands.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(environment, "program_there", lambda names, places: False)
    monkeypatch.setattr(environment.subprocess, "run", run)
    monkeypatch.setattr(environment.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(environment.os, "geteuid", lambda: 0)
    return commands


def test_root_installs_what_is_missing(environment, machine):
    environment.install_programs()
    installed = [command[-1] for command in machine if "install" in command]
    assert installed == ["postgresql", "chromium"]
    assert machine[0][1] == "update"


def test_nothing_is_installed_that_is_there(environment, machine, monkeypatch):
    monkeypatch.setattr(environment, "program_there", lambda names, places: True)
    assert environment.install_programs() == []
    assert machine == []


@pytest.mark.parametrize("lacking", ["root", "apt"])
def test_without_root_or_apt_it_says_what_to_do_and_goes_on(
    environment, machine, monkeypatch, capsys, lacking
):
    if lacking == "root":
        monkeypatch.setattr(environment.os, "geteuid", lambda: 1000)
    else:
        monkeypatch.setattr(environment.shutil, "which", lambda name: None)
    assert environment.install_programs() == ["postgresql", "chromium"]
    assert machine == []
    told = capsys.readouterr().err
    assert "postgresql is missing: the tests of the ledger" in told
    assert "Next: apt-get install chromium, as root" in told


@pytest.mark.parametrize(("level", "n_calls"), [("runtime", 0), ("desk", 0), ("develop", 1)])
def test_only_the_develop_level_wants_them(environment, monkeypatch, level, n_calls):
    calls = []
    monkeypatch.setattr(environment, "install_programs", lambda: calls.append(1) or [])
    monkeypatch.setattr(environment, "usable", lambda: True)
    monkeypatch.setattr(environment, "stamp", lambda level: SCRIPT)
    monkeypatch.setattr(environment.sys, "argv", ["environment.py", level])
    environment.main()
    assert len(calls) == n_calls


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["develop", "chromium"], "chromium could not be installed here(.|\n)*apt-get install"),
        (["develop", "chrome"], "no program is called 'chrome'(.|\n)*postgresql, chromium"),
    ],
)
def test_a_program_that_is_needed_and_cannot_be_installed_stops_it(
    environment, machine, monkeypatch, arguments, said
):
    """Apt runs and does not bring the program: the mirror is away, or has no such package."""
    monkeypatch.setattr(environment.sys, "argv", ["environment.py", *arguments])
    with pytest.raises(SystemExit, match=said):
        environment.main()
    assert [command[-1] for command in machine if "install" in command] == [
        "postgresql",
        "chromium",
    ]


def test_a_program_is_found_by_name_or_by_place(environment):
    assert environment.program_there(("sh",), ())
    assert environment.program_there(("no-such-program",), ("bin/sh*",))
    assert not environment.program_there(("no-such-program",), ("bin/no-such-*",))


def test_another_level_is_refused(environment, monkeypatch):
    monkeypatch.setattr(environment.sys, "argv", ["environment.py", "develope"])
    with pytest.raises(SystemExit, match="runtime, desk, develop"):
        environment.main()
