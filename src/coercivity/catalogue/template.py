"""Make a new pack: a folder of files with headers, comments and one worked row each."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path

from coercivity.catalogue.schema import TABLE_FILES, load_schema
from coercivity.errors import InputError, UsageError

__all__ = ["new_pack"]

_PACK = """\
name: {name}
title: {name}, in a few words
question: What does this pack answer?
zone: UTC
default_as_of: 2025-01-01
"""
_SOURCES = """\
# One entry per publication. Copies of one wire story share a family.
- id: example_gazette
  publisher: Example Gazette
  url: https://example.org/notice
  published: 2025-01-01
  grade: official
"""


def new_pack(name: str, directory: Path | str = ".") -> Path:
    """Make the template of a pack, which already passes ``coercivity pack check``.

    Parameters
    ----------
    name : str
        Lower case letters, digits and underscores.
    directory : Path or str
        Where the folder is made.

    Returns
    -------
    Path
        The new folder.

    Raises
    ------
    UsageError
        If the name has other characters.
    InputError
        If the folder exists; nothing is written then.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise UsageError(
            f"{name!r} cannot name a pack", expected="lower case letters, digits and underscores"
        )
    target = Path(directory) / name
    if target.exists():
        raise InputError(f"{target} exists", hint="choose another name or folder")
    target.parent.mkdir(parents=True, exist_ok=True)
    # Written beside and renamed, so that an interrupted call leaves no half pack.
    draft = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=target.parent))
    try:
        _fill(draft, name)
        draft.chmod(0o755)
        draft.rename(target)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return target


def _fill(folder: Path, name: str) -> None:
    (folder / "documents").mkdir()
    (folder / "pack.yaml").write_text(_PACK.format(name=name), "utf-8")
    for table, file_name in TABLE_FILES.items():
        path = folder / file_name
        if table == "sources":
            path.write_text(_SOURCES, "utf-8")
        elif path.suffix == ".csv":
            columns = [column.attribute for column in load_schema(table).columns]
            path.write_text(",".join(columns) + "\n", "utf-8")
        else:
            lines = [f"# {c.attribute}: {c.description}" for c in load_schema(table).columns]
            path.write_text("\n".join(lines) + "\n", "utf-8")
