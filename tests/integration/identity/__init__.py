"""People, on a real table."""
