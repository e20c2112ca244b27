"""One small brief, made once; the page is looked at from many sides."""

from __future__ import annotations

import pytest

from coercivity.brief import make_brief

MEMBERS = 6


@pytest.fixture(scope="session")
def small_brief(tmp_path_factory):
    out = tmp_path_factory.mktemp("briefs") / "first"
    return make_brief("rare_earth_magnets", members=MEMBERS, seed=7, out=out)
