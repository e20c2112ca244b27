"""Acts upon jobs and chains: each one transaction."""
