"""A small pack on another subject, and a way to read a text with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from coercivity.catalogue import Pack, open_pack
from coercivity.claims import ClaimSet, extract
from coercivity.documents import DocumentSet, assign_families
from coercivity.documents.readers import parse_document

PACK = """\
name: lenses
title: "Lenses"
question: "Who may still buy lenses?"
default_as_of: 2024-06-30
"""
SOURCES = """\
- id: gazette
  publisher: "A gazette"
  grade: official
  published: 2024-03-01
"""
ITEMS = """\
- {id: lens, name: "Lenses", unit: unit, kind: component, aliases: ["optical lens", "lenses"]}
- {id: camera, name: "Cameras", unit: unit, kind: product, aliases: ["cameras"]}
- {id: glass, name: "Optical glass", unit: t, kind: material, aliases: ["optical glass"]}
"""
PARTIES = """\
- {id: norway, name: Government of Norway, kind: authority, country: "NO", aliases: [Oslo, Norway]}
- id: trade_no
  name: "Ministry of Trade of Norway"
  kind: authority
  country: "NO"
  parent: norway
  aliases: ["Norwegian trade ministry", "Trade Ministry"]
- {id: kari_nordmann, name: "Kari Nordmann", kind: person, country: "NO", aliases: [Nordmann]}
- {id: andes_optics, name: "Andes Optics", kind: firm, country: CL}
- {id: chile, name: "Government of Chile", kind: authority, country: CL, aliases: [Chile]}
"""


@pytest.fixture(scope="session")
def lenses(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    """A pack on lenses from Norway to Chile: no word of the first subject."""
    folder: Path = tmp_path_factory.mktemp("packs") / "lenses"
    folder.mkdir()
    for name, text in (
        ("pack.yaml", PACK),
        ("sources.yaml", SOURCES),
        ("items.yaml", ITEMS),
        ("parties.yaml", PARTIES),
    ):
        (folder / name).write_text(text, encoding="utf-8")
    return open_pack(folder)


@pytest.fixture(scope="session")
def read(lenses: Pack):
    """Read texts with the small pack: ``read("one", "two")`` gives one claim set."""

    def reader(*texts: str, suffix: str = ".txt") -> ClaimSet:
        documents = [
            parse_document(text.encode("utf-8"), name=f"{position}{suffix}")
            for position, text in enumerate(texts)
        ]
        return extract(DocumentSet(assign_families(documents)), lenses)

    return reader
