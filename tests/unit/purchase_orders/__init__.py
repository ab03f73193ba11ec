"""Purchase orders, without a table."""
