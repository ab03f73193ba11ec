"""What resources have in common, without a table."""
