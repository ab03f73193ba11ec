"""Stock, without a table."""
