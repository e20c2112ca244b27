"""What the world is made of: sources, items, places, parties, and packs of sourced tables."""

from coercivity.catalogue.check import check_pack
from coercivity.catalogue.model import Item, Pack, Party, Record, Source
from coercivity.catalogue.pack import available_packs, open_pack
from coercivity.catalogue.schema import Column, Schema, load_schema, schema_names
from coercivity.catalogue.template import new_pack

__all__ = [
    "Column",
    "Item",
    "Pack",
    "Party",
    "Record",
    "Schema",
    "Source",
    "available_packs",
    "check_pack",
    "load_schema",
    "new_pack",
    "open_pack",
    "schema_names",
]
