"""Every command and every option is documented, and the page is current."""

from __future__ import annotations

from pathlib import Path

import pytest

from coercivity.cli.reference import EXIT_CODES, command_reference, commands

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reference" / "cli.md"


def test_the_page_is_what_the_command_tree_says():
    assert PAGE.read_text(encoding="utf-8").endswith(command_reference())


@pytest.mark.parametrize(("path", "command"), [pytest.param(*row, id=row[0]) for row in commands()])
def test_every_option_of_a_command_is_documented(path, command):
    text = PAGE.read_text(encoding="utf-8")
    start = text.index(f"\n## {path}\n")
    end = text.find("\n## ", start + 1)
    section = text[start : end if end > 0 else len(text)]
    for parameter in command.params:
        for name in parameter.opts if parameter.param_type_name == "option" else ():
            assert f"`{name}`" in section, f"{path} {name}"


def test_every_exit_code_is_documented():
    text = PAGE.read_text(encoding="utf-8")
    for code, meaning in EXIT_CODES:
        assert f"| {code} | {meaning} |" in text


@pytest.mark.parametrize(
    "page",
    sorted((ROOT / "docs").glob("how-to/*.md")) + sorted((ROOT / "docs").glob("tutorials/*.md")),
)
def test_commands_shown_in_guides_exist(page):
    """A guide that shows an option nobody has any more is worse than none."""
    known = dict(commands())
    for line in page.read_text(encoding="utf-8").splitlines():
        words = line.strip().removeprefix("$ ").split()
        if not words or words[0] != "coercivity" or "NOUN" in words:
            continue
        names = [word for word in words[1:] if not word.startswith("-")]
        path = next(
            (
                f"coercivity {' '.join(names[:depth])}"
                for depth in (3, 2, 1)
                if f"coercivity {' '.join(names[:depth])}" in known
            ),
            None,
        )
        if path is None:
            assert words[1].startswith("--"), line
            continue
        options = {name for parameter in known[path].params for name in parameter.opts}
        for word in words:
            if word.startswith("--"):
                assert word.split("=")[0] in options | {"--debug", "--quiet"}, line
