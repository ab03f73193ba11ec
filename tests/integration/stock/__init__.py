"""Stock, on a real table."""
