"""Reports over the table."""
