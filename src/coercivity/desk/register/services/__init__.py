"""Acts upon evidence: documents are added, read, and judged."""
