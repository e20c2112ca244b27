"""Settings for type checkers and tests: no key, no file and no host from outside is needed."""

from __future__ import annotations

import os

for _name, _value in {
    "DESK_MODE": "debug",
    "SECRET_KEY": "only-for-checks-" + "0" * 50,
    "DATABASE_URL": os.environ.get("DESK_TEST_DATABASE_URL", "sqlite://:memory:"),
}.items():
    os.environ[_name] = _value

from coercivity.desk.settings import *  # noqa: E402, F403

DEBUG = False
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
# The real one is slow on purpose; hundreds of accounts are made in tests.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
