"""Products, on a real table."""
