"""Reports, without a table."""
