"""Products, without AWS."""
