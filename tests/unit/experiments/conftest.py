"""The small pack, opened and run once."""

from __future__ import annotations

import pytest

from coercivity.catalogue import Pack, open_pack
from coercivity.experiments import Ensemble, prepare, run_ensemble
from support.small_pack import write_small_pack

MEMBERS = 240


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    return open_pack(write_small_pack(tmp_path_factory.mktemp("packs")))


@pytest.fixture(scope="session")
def run(small: Pack) -> Ensemble:
    return run_ensemble(small, setting=prepare(small, members=MEMBERS, seed=3))
