"""Purchase orders, on a real table."""
