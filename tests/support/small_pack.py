"""A pack small enough to check by hand: one mill, two makers of lamps, two acts.

The mill in Norway sends wire to a maker in Finland and to one in Sweden, a hundredth of a tonne for
a lamp. From 2025-02-01 wire from Norway needs a licence; from 2025-04-01 nobody tells whether a
second act, suspended until then, applies to Sweden.
"""

from __future__ import annotations

from pathlib import Path

SOURCE = Path(__file__).parent / "small_lamps"

TEXT = {
    path.name: path.read_text(encoding="utf-8")
    for path in sorted(SOURCE.iterdir())
    if path.is_file()
}


def write_small_pack(folder: Path, **changes: str) -> Path:
    """Write the pack; a keyword such as ``scenarios_yaml`` replaces a file's text."""
    root = folder / "lamps"
    root.mkdir(parents=True, exist_ok=True)
    for name, text in TEXT.items():
        given = changes.get(name.replace(".", "_"), text)
        (root / name).write_text(given, encoding="utf-8")
    return root
