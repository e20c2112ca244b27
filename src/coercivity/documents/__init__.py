"""What was written: documents with exact offsets, date anchors and syndication families."""

from coercivity.documents.families import assign_families, overlap
from coercivity.documents.model import (
    Block,
    DateAnchor,
    Document,
    DocumentSet,
    Span,
    make_span,
)
from coercivity.documents.readers import from_pack, read_document, read_folder
from coercivity.documents.view import View, block_view

__all__ = [
    "Block",
    "DateAnchor",
    "Document",
    "DocumentSet",
    "Span",
    "View",
    "assign_families",
    "block_view",
    "from_pack",
    "make_span",
    "overlap",
    "read_document",
    "read_folder",
]
