"""A live desk and Debian's Chromium; both are started once and thrown away."""

from __future__ import annotations

import fcntl
import os
import shutil
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from xdist.scheduler.loadscope import LoadScopeScheduling

from browser.live_desk import LiveDesk, fill, serve
from browser.person import Person
from browser.small_demo import SESSIONS

HERE = Path(__file__).resolve().parent
SEEDS = HERE.parent.parent.parent / "shared" / "seeds"
# Written for the walk after what was reported of one briefing; nothing is quoted.
RESTATED = {
    "first.txt": "date 2025-10-31\n\nThe Ministry of External Affairs said on Thursday that China "
    "has granted licences to some Indian companies to import rare earth magnets. Spokesperson "
    "Randhir Jaiswal gave no number.\n",
    "second.txt": "The Ministry of External Affairs said on Thursday that China has granted "
    "licences to four Indian companies to import rare earth magnets.\n",
}
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
# As tools/environment.py knows them.
NAMES = ("chromium", "chromium-browser", "google-chrome")
HINT = "apt-get install chromium, or python3 tools/environment.py develop as root"


def chromium_path() -> str | None:
    """Return where the browser is, under any of its names; None if it is not installed."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def _missing(what: str) -> None:
    if os.environ.get("CI") or os.environ.get("COERCIVITY_REQUIRE_BROWSER"):
        pytest.fail(f"{what}. Next: {HINT}")
    pytest.skip(f"{what}. Next: {HINT}")


class ByDesk(LoadScopeScheduling):
    """Keeps together what shares a desk: everything on PostgreSQL, and each file on SQLite."""

    def _split_scope(self, nodeid: str) -> str:
        return "postgresql" if "[postgresql" in nodeid else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByDesk:
    """Divide the tests under ``-n 2``; the groups of xdist do not reach it with every pytest."""
    return ByDesk(config, log)


@pytest.fixture(scope="session")
def filled_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a filled desk on SQLite that nobody writes to, made once for all workers."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "filled-desk"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / SESSIONS).exists():
            fill(folder)
    return folder


@pytest.fixture(scope="session")
def sqlite_desk(tmp_path_factory: pytest.TempPathFactory, filled_home: Path) -> Iterator[LiveDesk]:
    """A desk on SQLite."""
    home = shutil.copytree(filled_home, tmp_path_factory.mktemp("desk") / "home")
    with serve(home) as desk:
        yield desk


@pytest.fixture(scope="session")
def postgresql_desk(
    tmp_path_factory: pytest.TempPathFactory, postgres_server
) -> Iterator[LiveDesk]:
    """A desk on PostgreSQL; the test module brings the plugin ``support.postgres``."""
    home = tmp_path_factory.mktemp("desk-pg")
    with postgres_server.database() as url:
        fill(home, url, "12", "6", "--without-evidence")
        with serve(home, url) as desk:
            yield desk


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def desk(request: pytest.FixtureRequest) -> LiveDesk:
    """The desk on either database."""
    return request.getfixturevalue(f"{request.param}_desk")


# Not for the session: Playwright keeps a loop running, and Django refuses its database meanwhile.
@pytest.fixture(scope="module")
def chromium() -> Iterator[object]:
    """Debian's Chromium; nothing is downloaded."""
    sync_api = pytest.importorskip("playwright.sync_api")
    path = chromium_path()
    if path is None:
        _missing("chromium is not installed")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def somebody(chromium) -> Iterator[Callable[..., Person]]:
    """Return people who are signed in: ``somebody(desk, "officer", script=False)``."""
    with ExitStack() as stack:

        def signed_in(desk: LiveDesk, username: str, *, script: bool = True) -> Person:
            person = Person(chromium, desk, username, script=script)
            stack.callback(person.close)
            return person

        yield signed_in


@pytest.fixture(scope="session")
def two_articles() -> list[tuple[str, bytes]]:
    """The two seed articles, name and content; restated notes where ../shared is absent."""
    found = sorted(SEEDS.glob("*.txt"))
    if len(found) == 2:
        return [(path.name, path.read_bytes()) for path in found]
    warnings.warn(f"no {SEEDS}: restated notes are handed in, not the seeds", stacklevel=1)
    return [(name, text.encode()) for name, text in RESTATED.items()]


@pytest.fixture(scope="session")
def pictures() -> Path | None:
    """Folder of screenshots to be looked at; none unless ``COERCIVITY_PICTURES`` names one."""
    given = os.environ.get("COERCIVITY_PICTURES")
    if not given:
        return None
    Path(given).mkdir(parents=True, exist_ok=True)
    return Path(given)
