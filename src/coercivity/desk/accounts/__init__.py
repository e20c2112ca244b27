"""Organisations, people, roles, tokens, what each may see, and the audit trail."""
