"""Fixtures of the whole suite."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent

# Deadlines measure the machine, not the code; derandomised so that one commit has one outcome.
settings.register_profile(
    "suite", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("suite")


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of shared input beside the repository; tests that need it say so when it is absent."""
    folder = ROOT.parent / "shared"
    if not (folder / "seeds").is_dir():
        pytest.skip("no ../shared here: the tests on the two seed articles are not run")
    return folder


@pytest.fixture(scope="session")
def pack():
    """Return the first pack."""
    from coercivity.catalogue import open_pack

    return open_pack("rare_earth_magnets")
