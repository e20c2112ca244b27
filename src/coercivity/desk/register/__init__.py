"""Documents, claims, their review, and controls on a date."""
