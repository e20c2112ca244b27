"""The code knows no subject: what a pack is about stands in the pack alone."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from coercivity.catalogue import available_packs, open_pack

SOURCE = Path(__file__).resolve().parents[3] / "src" / "coercivity"

COUNTRIES = frozenset({"india", "indian", "china", "chinese", "beijing", "new delhi"})
"""Of the subjects; comments and docstrings may use them as examples of a country."""

SUBJECTS = frozenset(
    {
        "magnet", "magnets", "rare-earth", "rare earth", "rare earths", "neodymium", "dysprosium",
        "terbium", "fertiliser", "fertilizer", "urea", "kharif", "rabi", "farmers", "carmaker",
        "scooter", "electric vehicle", "mofcom", "dgft", "phosphate",
    }
)  # fmt: skip
"""Words that no module may use at all, beside the ids that packs give to items and sectors."""

ALLOWED = {
    ("network/compiled.py", "magnet"): "an example of the name of a group, in a docstring",
    ("claims/blocking.py", "magnets"): "an example of two near items, in a docstring",
    ("claims/blocking.py", "rare-earth"): "the same example",
    ("claims/products.py", "magnet"): "an example of a noun that names an item, in a docstring",
    ("cli/controls.py", "drone"): "an example of an end use, in a help text",
    ("experiments/own_chain.py", "magnet"): "an example in the template of a user's own table",
    ("experiments/own_chain.py", "scooter"): "the same template",
    ("desk/demo.py", "magnets"): "an invented firm of the demonstration",
    ("desk/licensing/forms.py", "indian"): "the name of a currency",
}


@cache
def pack_words() -> frozenset[str]:
    """Return ids of items with several words, and of sectors: no ordinary English."""
    found: set[str] = set()
    for name in available_packs():
        pack = open_pack(name)
        found |= {key for key in pack.items if "_" in key}
        found |= {str(row["id"]) for row in pack.meta["focus"]["sectors"]}
        found |= {str(row["id"]) for row in pack.table("scenarios") if "_" in row["id"]}
    # Everybody has a scenario and a sector of such names; they say nothing of a subject.
    return frozenset(found - {"no_controls", "as_reported", "electronics"})


def words_in(text: str, words: frozenset[str]) -> set[str]:
    low = text.lower()
    return {w for w in words if re.search(rf"(?<![a-z_]){re.escape(w)}(?![a-z_])", low)}


def spoken(tree: ast.Module) -> str:
    """Return names and strings of a module without its docstrings."""
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    parts = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            parts.append(node.value)
        elif isinstance(node, ast.Name | ast.FunctionDef | ast.ClassDef):
            parts.append(node.id if isinstance(node, ast.Name) else node.name)
    return "\n".join(parts)


def modules() -> list[Path]:
    return [path for path in sorted(SOURCE.rglob("*.py")) if "packs" not in path.parts]


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_module_names_no_subject(path):
    name, text = str(path.relative_to(SOURCE)), path.read_text("utf-8")
    found = words_in(text, SUBJECTS | pack_words())
    found |= words_in(spoken(ast.parse(text)), COUNTRIES)
    unexpected = {word for word in found if (name, word) not in ALLOWED}
    assert not unexpected, f"{name} speaks of {sorted(unexpected)}: that belongs into a pack"


def test_what_is_allowed_is_still_there():
    """An exception outlives what it excepts only until somebody looks."""
    stale = [
        (name, word)
        for name, word in ALLOWED
        if (SOURCE / name).is_file() and not words_in((SOURCE / name).read_text("utf-8"), {word})
    ]
    assert not stale, "take these out of ALLOWED"


def test_the_search_finds_a_subject():
    text = 'def f():\n    """Return what India needs."""\n    return "Urea for rabi_dap to China"\n'
    assert words_in(text, SUBJECTS | pack_words()) == {"urea", "rabi_dap"}
    assert words_in(spoken(ast.parse(text)), COUNTRIES) == {"china"}
