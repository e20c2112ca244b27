"""The eight sections of a brief, one module each."""
