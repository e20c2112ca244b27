"""Make .venv and install a requirements file into it, once per content; standard library only.

Usage: python3 tools/environment.py {runtime|desk|develop} [program …]

``develop`` also installs the programs of ``PROGRAMS`` where it can; those named must be there then.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LEVELS = ("runtime", "desk", "develop")


def fail(what: str, then: str) -> None:
    sys.exit(f"{what}\nNext: {then}")


def stamp(level: str) -> Path:
    """Name of the mark left when this exact content has been installed."""
    digest = hashlib.sha256()
    for path in (ROOT / "requirements" / f"{level}.txt", ROOT / "pyproject.toml"):
        digest.update(path.read_bytes())
    # A virtual environment does not survive being moved, so its place is part of the mark.
    digest.update(str(ROOT).encode())
    return VENV / f".installed-{level}-{digest.hexdigest()[:16]}"


def make_venv() -> None:
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=False)
    if made.returncode == 0:
        return
    # Debian keeps ensurepip in a package of its own.
    if os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "update", "-qq"], check=False)
        subprocess.run(["apt-get", "install", "-y", "-qq", "python3-venv"], check=False)
        made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=False)
    if made.returncode != 0:
        fail("python3 cannot make a virtual environment", "apt-get install python3-venv")


def usable() -> bool:
    """Whether .venv was made in this place by a Python that is still there."""
    if not PYTHON.exists():
        return False
    probe = subprocess.run([str(PYTHON), "-c", "import pip"], check=False, capture_output=True)
    return probe.returncode == 0


def install(level: str) -> None:
    pip = [str(PYTHON), "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    wanted = ROOT / "requirements" / f"{level}.txt"
    steps = (
        [*pip, "--require-hashes", "-r", str(wanted)],
        [*pip, "--no-deps", "--no-build-isolation", "--editable", str(ROOT)],
    )
    for step in steps:
        if subprocess.run(step, check=False).returncode != 0:
            fail("installation failed, see above", "check the network, then run make again")


def program_there(names: tuple[str, ...], places: tuple[str, ...]) -> bool:
    """Whether one of some programs is on the path, or a file matches one of the patterns."""
    if any(shutil.which(name) for name in names):
        return True
    return any(next(Path("/").glob(place), None) for place in places)


# Debian package: what it is for, programs it brings, and where those lie that are not on the path.
PROGRAMS = {
    "postgresql": (
        "the tests of the ledger start a PostgreSQL of their own",
        ("postgres",),
        ("usr/lib/postgresql/*/bin/postgres",),
    ),
    "chromium": (
        "the browser tests drive it",
        ("chromium", "chromium-browser", "google-chrome"),
        (),
    ),
}


def install_programs() -> list[str]:
    """Install the programs that the tests need and pip has not; return those still missing.

    A missing program never stops the installation: without root or apt the message says what to
    install, and the tests that need it say so again.
    """
    missing = [name for name, (_, *where) in PROGRAMS.items() if not program_there(*where)]
    apt = shutil.which("apt-get")
    if missing and apt and os.geteuid() == 0:
        print(f"installing {' and '.join(missing)} with apt", file=sys.stderr)
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run([apt, "update", "-qq"], check=False, env=quiet, stdout=subprocess.DEVNULL)
        for name in missing:
            installing = [apt, "install", "-y", "-qq", "--no-install-recommends", name]
            subprocess.run(installing, check=False, env=quiet, stdout=subprocess.DEVNULL)
        missing = [name for name in missing if not program_there(*PROGRAMS[name][1:])]
    for name in missing:
        print(f"{name} is missing: {PROGRAMS[name][0]}", file=sys.stderr)
        print(f"Next: apt-get install {name}, as root", file=sys.stderr)
    return missing


def require_programs(wanted: list[str], missing: list[str]) -> None:
    """Stop where a program is missing that somebody cannot do without."""
    unknown = [name for name in wanted if name not in PROGRAMS]
    if unknown:
        fail(f"no program is called {unknown[0]!r}", f"one of {', '.join(PROGRAMS)}")
    lacking = [name for name in wanted if name in missing]
    if lacking:
        names = " and ".join(lacking)
        fail(
            f"{names} could not be installed here, and these tests need it",
            f"apt-get install {' '.join(lacking)}, as root, then run make again",
        )


def compile_bytecode() -> None:
    """Compile the packages once, here: it saves four seconds a run where Python may not.

    Python does not where PYTHONDONTWRITEBYTECODE is set or the folder may not be written later;
    ``compileall`` writes in both cases, and leaves alone what is compiled already. Packages carry a
    few files that no Python can compile (templates, tests of old syntax), so its verdict says
    nothing.
    """
    paths = subprocess.run(
        [str(PYTHON), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=False,
        capture_output=True,
        text=True,
    )
    folders = [paths.stdout.strip() or str(VENV / "lib"), str(ROOT / "src")]
    compiling = [str(PYTHON), "-m", "compileall", "-qq", "-j", "0", *folders]
    subprocess.run(compiling, check=False, stdout=subprocess.DEVNULL)


def main() -> None:
    level, *wanted = sys.argv[1:] or ["runtime"]
    if level not in LEVELS:
        fail(f"no level is called {level!r}", f"one of {', '.join(LEVELS)}")
    if sys.version_info < (3, 11):  # noqa: UP036 - this script may be started by any Python
        fail(f"Python {sys.version.split()[0]} is too old", "install Python 3.11 or newer")
    if level == "develop":
        require_programs(wanted, install_programs())
    # Each level holds those before it.
    marks = [stamp(larger) for larger in LEVELS[LEVELS.index(level) :]]
    if any(mark.exists() for mark in marks) and usable():
        return
    if not usable():
        print("making .venv", file=sys.stderr)
        make_venv()
    print(f"installing the {level} environment; a few minutes, once", file=sys.stderr)
    install(level)
    compile_bytecode()
    for old in VENV.glob(f".installed-{level}-*"):
        old.unlink()
    stamp(level).touch()


if __name__ == "__main__":
    main()
