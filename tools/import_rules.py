"""Check the import contracts of pyproject.toml with import-linter."""

from __future__ import annotations

import sys

from importlinter.cli import lint_imports

sys.exit(lint_imports())
