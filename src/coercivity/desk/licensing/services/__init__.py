"""Acts upon cases and licences: one transaction each, every rule the library's."""
